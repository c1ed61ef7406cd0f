"""Parameters from the command line, checked against the types that the plan found.

No user code is imported for it: a wrong value is told in milliseconds. What a value then becomes
in Python (an Enum, a dataclass, a pydantic model) is decided where the step runs
(`_execute_values`).
"""

from __future__ import annotations

import json

from fabrica.pipelines._errors import ParameterError
from fabrica.pipelines._run_schema import Misfit, check, closest, parse, refuse_constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from fabrica.pipelines._plan_model import ParameterPlan, Plan


def read_parameters(
    plan: Plan, texts: Iterable[str] = (), settings: Iterable[str] = ()
) -> dict[str, Any]:
    """Parameters of a run, as JSON, from `--set name=value` and `--settings JSON`.

    `--settings` is an object of parameters, or the value of a parameter that is named `settings`.

    Raises:
        ParameterError: an unknown or a missing parameter, or a value that does not fit.
    """
    given: dict[str, Any] = {}
    for text in settings:
        for name, value in _settings(plan, text).items():
            given[name] = _checked(_known(plan, name), value)
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise ParameterError(
                f"--set {text}: no value", hint=f"write --set {text}=VALUE, for each parameter once"
            )
        given[name.strip()] = _parsed(_known(plan, name.strip()), value)
    _require(plan, given)
    return {**_defaults(plan), **given}


def parse_each(texts: Iterable[str]) -> dict[str, list[str]]:
    """Read `borough=Queens,Bronx`; a value that holds a comma is given as a JSON list.

    Said again, the later one counts: a person overrides what the workspace's settings say.
    """
    found: dict[str, list[str]] = {}
    for text in texts:
        name, sign, values = text.partition("=")
        if not sign:
            raise ParameterError(
                f"--each {text}: no value", hint=f"write --each {text}=VALUE,VALUE"
            )
        found[name.strip()] = _list(values)
    return found


def each_value(plan: Plan, value: str) -> Any:
    """Read a value of `each`, which a plan holds as text, as its parameter's type."""
    assert plan.each is not None
    return _parsed(plan.parameters[plan.each.parameter], value)


def _list(text: str) -> list[str]:
    if text.lstrip().startswith("["):
        try:
            return [str(value) for value in json.loads(text)]
        except ValueError:
            pass
    return [value.strip() for value in text.split(",") if value.strip()]


def _settings(plan: Plan, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=refuse_constant)
    except ValueError as error:
        raise ParameterError(
            f"--settings is not JSON: {error}", hint="""write --settings '{"max_depth": 8}'"""
        ) from None
    whole = plan.parameters.get("settings")
    if isinstance(value, dict) and (whole is None or all(key in plan.parameters for key in value)):
        return value
    if whole is None:
        raise ParameterError(
            "--settings wants a JSON object of parameters",
            hint="""write --settings '{"max_depth": 8}'""",
        )
    return {"settings": value}


def _known(plan: Plan, name: str) -> ParameterPlan:
    if plan.each is not None and name == plan.each.parameter:
        raise ParameterError(
            f"{name} is the parameter that the steps run for each value of",
            hint=f"write --each {name}={','.join(plan.each.values[:2])}",
        )
    if name in plan.parameters:
        return plan.parameters[name]
    names = settable(plan)
    hint = f"parameters of {plan.pipeline}: {', '.join(names)}" if names else "it takes none"
    close = closest(name, names)
    raise ParameterError(
        f"pipeline {plan.pipeline} has no parameter {name}"
        + (f"; did you mean {close}?" if close else ""),
        hint=hint,
    )


def settable(plan: Plan) -> list[str]:
    """Names of the parameters that a person can set."""
    each = plan.each.parameter if plan.each else None
    return sorted(name for name in plan.parameters if name != each)


def _require(plan: Plan, given: Mapping[str, Any]) -> None:
    each = plan.each.parameter if plan.each else None
    missing = [
        p for p in plan.parameters.values() if p.required and p.name not in given and p.name != each
    ]
    if not missing:
        return
    lines = [
        f"{p.file}:{p.line}: parameter {p.name} ({p.type}) of step "
        f"{', '.join(p.steps)} has no value"
        for p in missing
    ]
    example = " ".join(f"--set {p.name}={_example(p)}" for p in missing)
    raise ParameterError("\n".join(lines), hint=f"write {example}, or give it a default")


def _example(parameter: ParameterPlan) -> str:
    schema = parameter.json_schema
    if schema.get("enum"):
        return str(schema["enum"][0])
    if schema.get("format") == "date":
        return "2026-01-31"
    return {"integer": "1", "number": "0.5", "boolean": "true"}.get(str(schema.get("type")), "…")


def _defaults(plan: Plan) -> dict[str, Any]:
    each = plan.each.parameter if plan.each else None
    return {
        p.name: p.default
        for p in plan.parameters.values()
        if not p.required and p.default_source is None and p.name != each
    }


def _parsed(parameter: ParameterPlan, text: str) -> Any:
    try:
        return parse(text, parameter.json_schema)
    except Misfit as misfit:
        raise _misfit(parameter, text, misfit) from None


def _checked(parameter: ParameterPlan, value: Any) -> Any:
    try:
        return check(value, parameter.json_schema)
    except Misfit as misfit:
        raise _misfit(parameter, json.dumps(value), misfit) from None


def _misfit(parameter: ParameterPlan, text: str, misfit: Misfit) -> ParameterError:
    return ParameterError(
        f"parameter {parameter.name} wants {parameter.type}, got {text[:80]!r}: {misfit}",
        hint=f"it is declared at {parameter.file}:{parameter.line}; "
        f"write --set {parameter.name}={_example(parameter)}",
    )
