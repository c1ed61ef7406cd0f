"""`each` and `fallback`: the values that a pipeline runs for, and which steps run per value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fabrica.pipelines._errors import ParameterError
from fabrica.pipelines._plan_model import EachPlan, ParameterPlan
from fabrica.pipelines._plan_modules import Module, Project
from fabrica.pipelines._plan_problems import EACH_LITERAL, Problems, nearest
from fabrica.pipelines._plan_settings import NotLiteral, literal, source_of
from fabrica.pipelines._plan_steps import StepSource
from fabrica.pipelines._plan_wiring import Wiring
from fabrica.pipelines._run_schema import Misfit, parse

_EXAMPLE = 'each = {"borough": ["Queens", "Bronx"]}'


def read_each(
    project: Project,
    module: Module,
    wiring: Wiring,
    parameters: Mapping[str, ParameterPlan],
    override: Mapping[str, Sequence[str]] | None,
    problems: Problems,
) -> EachPlan | None:
    """Return what the module's `each` and `fallback` say, or what an override says instead."""
    written = _values(project, module, problems)
    fallback = _fallback(project, module, problems)
    chosen = _override(written, override)
    if chosen is None:
        if fallback is not None and "each" not in module.facts["defs"]:
            problems.add(
                module,
                fallback[1],
                EACH_LITERAL,
                "`fallback` without `each`: there are no values to stand in for",
                f"write {_EXAMPLE}",
            )
        return None
    parameter, values, line = chosen
    standing = fallback[0] if fallback else None
    if standing is not None and override is None and standing in values:
        problems.add(
            module,
            line,
            EACH_LITERAL,
            f"the fallback `{standing}` is also a value of `each`: it is run along with them",
            f'remove "{standing}" from the list',
        )
    if not any(parameter in names for names in wiring.parameters.values()):
        close = nearest(
            parameter, sorted({n for names in wiring.parameters.values() for n in names})
        )
        text = f"`each` names `{parameter}`, but no step takes it"
        text = f"{text}; did you mean `{close}`?" if close else text
        hint = f"give a step the argument `{parameter}: str`"
        if override is not None:
            raise ParameterError(text, hint=hint)
        problems.add(module, line, EACH_LITERAL, text, hint)
    else:
        own = values if override is None else []
        written = [*own, standing] if standing is not None else own
        _check_types(module, line, parameters[parameter], written, problems)
        if override is not None:
            _check_given_types(parameters[parameter], values)
    return EachPlan(parameter, tuple(v for v in values if v != standing), standing)


def _check_types(
    module: Module, line: int, parameter: ParameterPlan, values: list[str], problems: Problems
) -> None:
    for value in values:
        misfit = _misfit(parameter, value)
        if misfit:
            problems.add(
                module,
                line,
                EACH_LITERAL,
                f"`{value}` of `each` does not fit `{parameter.name}`, which is {parameter.type}: "
                f"{misfit}",
                f"correct the value, or the hint at {parameter.file}:{parameter.line}",
            )


def _check_given_types(parameter: ParameterPlan, values: list[str]) -> None:
    for value in values:
        misfit = _misfit(parameter, value)
        if misfit:
            raise ParameterError(
                f"`{value}` is no value of `{parameter.name}`, which is {parameter.type}: {misfit}",
                hint=f"its type is declared at {parameter.file}:{parameter.line}",
            )


def _misfit(parameter: ParameterPlan, value: str) -> str | None:
    """Return why a value of `each` is none of its parameter's type."""
    try:
        parse(value, parameter.json_schema)
    except Misfit as misfit:
        return str(misfit)
    return None


def _literal_of(project: Project, module: Module, name: str) -> tuple[Any, int, Module] | None:
    """Return (expression, line, module) of a module-level value, following an import by name."""
    if name not in module.facts["defs"] and name not in module.facts["imports"]:
        return None
    found = project.resolve(module, name)
    value = found.module.facts["values"].get(found.name) if found.module else None
    if found.module is None or value is None:
        definitions = module.facts["defs"].get(name)
        line = definitions[0]["line"] if definitions else module.facts["imports"][name][2]
        return ["x", f"{name} = …"], line, module
    return value[0], value[1], found.module


def _values(
    project: Project, module: Module, problems: Problems
) -> tuple[str, list[str], int] | None:
    entry = _literal_of(project, module, "each")
    if entry is None:
        return None
    expression, line, home = entry
    try:
        value = literal(expression)
    except NotLiteral:
        _bad(home, line, f"`each` must be a literal, got {source_of(expression)}", problems)
        return None
    if not isinstance(value, dict) or len(value) != 1:
        _bad(home, line, "`each` must be one parameter with its values", problems)
        return None
    [(parameter, values)] = value.items()
    if not isinstance(parameter, str) or not parameter.isidentifier():
        _bad(home, line, f"`each` must name a parameter, got {parameter!r}", problems)
        return None
    if not isinstance(values, list) or not values or not all(map(_is_value, values)):
        _bad(home, line, f"the values of `{parameter}` must be a list of texts or whole numbers, "
             "and not empty", problems)  # fmt: skip
        return None
    texts = [str(item) for item in values]
    for twice in sorted({text for text in texts if texts.count(text) > 1}):
        _bad(home, line, f"`each` has the value `{twice}` twice", problems)
    return parameter, list(dict.fromkeys(texts)), line


def _is_value(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _fallback(project: Project, module: Module, problems: Problems) -> tuple[str, int] | None:
    entry = _literal_of(project, module, "fallback")
    if entry is None:
        return None
    expression, line, home = entry
    if expression[0] != "c" or not isinstance(expression[1], str) or not expression[1]:
        problems.add(
            home,
            line,
            EACH_LITERAL,
            f"`fallback` must be a text, got {source_of(expression)}",
            'write fallback = "all"',
        )
        return None
    return expression[1], line


def _bad(module: Module, line: int, text: str, problems: Problems) -> None:
    problems.add(module, line, EACH_LITERAL, text, f"write {_EXAMPLE}")


def _override(
    written: tuple[str, list[str], int] | None, override: Mapping[str, Sequence[str]] | None
) -> tuple[str, list[str], int] | None:
    if not override:
        return written
    if len(override) != 1:
        raise ParameterError(
            f"`each` names {len(override)} parameters; a pipeline has one",
            hint="write --each borough=Queens,Bronx",
            edit="each: {borough: [Queens, Bronx]}",
        )
    [(parameter, values)] = override.items()
    if written is not None and written[0] != parameter:
        raise ParameterError(
            f"`each` names `{parameter}`, but the pipeline runs for each `{written[0]}`",
            hint=f"write --each {written[0]}={','.join(written[1][:2])}",
            edit=f"each: {{{written[0]}: [{', '.join(written[1][:2])}]}}",
        )
    if isinstance(values, str) or not all(isinstance(v, str) and v for v in values):
        raise ParameterError(
            f"the values of `{parameter}` must be a list of texts, got {values!r}",
            hint=f"write --each {parameter}={','.join(written[1][:2]) if written else 'A,B'}",
        )
    for value in values:
        meant = _misspelt(value, written[1]) if written else None
        if meant:
            raise ParameterError(
                f"`{value}` is no value of `{parameter}`; did you mean `{meant}`?",
                hint=f"write --each {parameter}={meant}, or add `{value}` to `each` "
                "in the pipeline's module",
                edit=f"{meant}, or add `{value}` to `each` in the pipeline's module",
            )
    return parameter, list(dict.fromkeys(values)), written[2] if written else 1


def _misspelt(value: str, known: Sequence[str]) -> str | None:
    """Return what was meant; a value that differs in its digits alone (`store-3`) is a new one."""
    if value in known:
        return None
    from difflib import get_close_matches

    close = get_close_matches(value.lower(), [k.lower() for k in known], 1, 0.8)
    meant = next((k for k in known if close and k.lower() == close[0]), None)
    return meant if meant and re.sub(r"\d", "", meant) != re.sub(r"\d", "", value) else None


def scopes(
    wiring: Wiring, ordered: list[StepSource], each: EachPlan | None, problems: Problems
) -> dict[str, str]:
    """Return "each" or "once" for each step; `ordered` has each after those it waits for."""
    found: dict[str, str] = {}
    for step in ordered:
        inputs = wiring.inputs[step.name]
        per_value = [p for p in inputs if p.kind == "product" and found.get(p.step or "") == "each"]
        takes_value = each is not None and each.parameter in wiring.parameters[step.name]
        found[step.name] = "each" if per_value or takes_value else "once"
        gathers = [p for p in inputs if p.kind == "each"]
        lines = {argument.name: argument.line for argument in step.arguments}
        for plan in gathers:
            if found.get(plan.step or "") != "each":
                problems.add(
                    step.module,
                    lines[plan.argument],
                    19,
                    f"`{plan.argument}` of step `{step.name}` is `Each[…]`, but `{plan.step}` "
                    "runs once",
                    f"take `{plan.argument}` without `Each`, or let `{plan.step}` take the "
                    "parameter of `each`",
                )
        if gathers and found[step.name] == "each":
            other = each.parameter if takes_value and each else per_value[0].argument
            problems.add(
                step.module,
                lines[other],
                20,
                f"step `{step.name}` takes `{gathers[0].argument}: Each[…]`, over all values, and "
                f"`{other}`, of one value, both",
                f"remove `{other}`, or gather it too: `{other}: Each[…]`"
                if per_value and not takes_value
                else f"remove `{other}`: a step that gathers runs once",
            )
            found[step.name] = "once"
    return found
