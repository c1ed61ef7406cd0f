"""Parameters from the command line, checked against the types that the plan found.

No user code is imported for it: a wrong value is told in milliseconds. What a value then becomes
in Python (an Enum, a dataclass, a pydantic model) is decided where the step runs
(`_execute_values`).
"""

from __future__ import annotations

import json

from fabrica.pipelines._errors import ParameterError
from fabrica.pipelines._plan import make_plan
from fabrica.pipelines._run_schema import Misfit, check, closest, parse, refuse_constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import Any

    from fabrica.pipelines._plan_model import ParameterPlan, Plan
    from fabrica.pipelines._run_mistakes import Mistakes


def plan_for(
    root: Path, pipeline: str, each: Iterable[str], resources: Iterable[str], mistakes: Mistakes
) -> Plan:
    """Plan with `--each` and `--resources`, which are left out where they are wrong.

    Raises:
        PlanFailed, UnknownPipeline, NotAProject: what is wrong with no argument.
    """
    values, settings = list(each), list(resources)
    try:
        return make_plan(
            root, pipeline, each=parse_each(values) or None, resources=parse_resources(settings)
        )
    except ParameterError as error:
        whole = error
    # Which of them it was, and what else is wrong: one by one.
    plan = make_plan(root, pipeline)
    for text in values:
        with mistakes.of(text):
            make_plan(root, pipeline, each=parse_each([text]))
    for text in settings:
        with mistakes.of(text):
            make_plan(root, pipeline, resources=parse_resources([text]))
    if not mistakes:  # each is right alone: two parameters in --each
        mistakes.add(whole)
    return plan


def read_parameters(
    plan: Plan, texts: Iterable[str], settings: Iterable[str], mistakes: Mistakes
) -> dict[str, Any]:
    """Parameters of a run, as JSON, from `--set name=value` and `--settings JSON`.

    Raises:
        ParameterError: all that is wrong, also what was found before.
    """
    given = read_given(plan, texts, settings, mistakes)
    mistakes.raise_any()
    _require(plan, given)
    return {**_defaults(plan), **given}


def read_given(
    plan: Plan, texts: Iterable[str], settings: Iterable[str], mistakes: Mistakes
) -> dict[str, Any]:
    """The parameters that are given, as JSON.

    `--settings` is an object of parameters, or the value of a parameter that is named `settings`.
    """
    given: dict[str, Any] = {}
    for text in settings:
        with mistakes.of(text):
            for name, value in _settings(plan, text, text in mistakes.places).items():
                with mistakes.of(text):
                    given[name] = _checked(_known(plan, name), value)
    for text in texts:
        with mistakes.of(text):
            name, value = _split(text)
            given[name] = _parsed(_known(plan, name), value)
    return given


def _split(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ParameterError(
            f"--set {text}: no value", hint=f"write --set {text}=VALUE, for each parameter once"
        )
    return name.strip(), value


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


def parse_resources(texts: Iterable[str]) -> dict[str, dict[str, Any]] | None:
    """Resources by step; what is said later overrides what is said before, setting by setting."""
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        try:
            given = json.loads(text)
        except ValueError as error:
            raise ParameterError(f"--resources is not JSON: {error}") from None
        if not isinstance(given, dict) or not all(isinstance(s, dict) for s in given.values()):
            raise ParameterError(
                "--resources wants an object by step",
                hint="""write --resources '{"train_model": {"cpu": 2}}'""",
            )
        for step, settings in given.items():
            found[step] = {**found.get(step, {}), **settings}
    return found or None


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


def _settings(plan: Plan, text: str, of_a_file: bool) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=refuse_constant)
    except ValueError as error:
        raise ParameterError(
            f"--settings is not JSON: {error}", hint="""write --settings '{"max_depth": 8}'"""
        ) from None
    whole = plan.parameters.get("settings")
    by_name = isinstance(value, dict) and all(key in plan.parameters for key in value)
    if by_name or (isinstance(value, dict) and (whole is None or of_a_file)):
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
            edit=f"each: {{{name}: [{', '.join(plan.each.values[:2])}]}}",
        )
    if name in plan.parameters:
        return plan.parameters[name]
    names = settable(plan)
    hint = f"one of its parameters: {', '.join(names)}" if names else "without: it takes none"
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
        raise _misfit(parameter, repr(text[:80]), misfit) from None


def _checked(parameter: ParameterPlan, value: Any) -> Any:
    try:
        return check(value, parameter.json_schema)
    except Misfit as misfit:
        raise _misfit(parameter, json.dumps(value)[:80], misfit) from None


def _misfit(parameter: ParameterPlan, got: str, misfit: Misfit) -> ParameterError:
    declared = f"it is declared at {parameter.file}:{parameter.line}"
    example = _example(parameter)
    return ParameterError(
        f"parameter {parameter.name} wants {parameter.type}, got {got}: {misfit}",
        hint=f"--set {parameter.name}={example} ({declared})",
        edit=f"{parameter.name}: {example} ({declared})",
    )
