"""Defaults of parameters, read from source: a literal, a constant, a date, an enum's member."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from fabrica.pipelines._plan_hints import (
    Hint,
    canonical,
    class_facts,
    class_kind,
)
from fabrica.pipelines._plan_modules import Module, Project
from fabrica.pipelines._plan_settings import source_of

_DEPTH = 20


class Default(NamedTuple):
    """A default as JSON in `value`; what JSON cannot hold is `source`, and `value` is None."""

    value: Any = None
    source: str | None = None


class Computed(Exception):
    """A default that is computed on import; the argument is its source."""


def read_default(project: Project, module: Module, expression: Any) -> Default:
    """Return a default's value; Computed when it cannot be known without running code."""
    try:
        return Default(_value(project, module, expression, _DEPTH))
    except _NotJson:
        return Default(None, source_of(_followed(project, module, expression)))


def _followed(project: Project, module: Module, expression: Any) -> Any:
    """Return what a constant stands for: its name would stay when its value changes."""
    for _ in range(_DEPTH):
        if expression[0] != "n":
            break
        found = project.resolve(module, expression[1])
        value = found.module.facts.get("values", {}).get(found.name) if found.module else None
        if found.module is None or found.rest or value is None:
            break
        module, expression = found.module, value[0]
    return expression


class _NotJson(Exception):
    """A default that is fixed, but that JSON does not hold."""


def _value(project: Project, module: Module, expression: Any, depth: int) -> Any:
    if depth <= 0:
        raise Computed(source_of(expression))
    match expression:
        case ["c", float() as number] if number != number or abs(number) == float("inf"):
            raise _NotJson
        case ["c", value]:
            return value
        case ["l" | "t", items]:
            return [_value(project, module, item, depth - 1) for item in items]
        case ["S", items]:
            for item in items:
                _value(project, module, item, depth - 1)
            raise _NotJson
        case ["d", pairs]:
            return {_key(key): _value(project, module, item, depth - 1) for key, item in pairs}
        case ["n", name]:
            return _constant(project, module, name, depth)
        case ["k", ["n", name], arguments, keywords, source]:
            return _made(project, module, name, arguments, keywords, source, depth)
    raise Computed(source_of(expression))


def _key(expression: Any) -> str:
    if expression[0] == "c" and isinstance(expression[1], str):
        return expression[1]
    raise _NotJson


def _constant(project: Project, module: Module, name: str, depth: int) -> Any:
    found = project.resolve(module, name)
    if found.module is None:
        if found.external in ("math.inf", "math.nan", "numpy.nan", "numpy.inf"):
            raise _NotJson
        raise Computed(name)
    facts = found.module.facts
    if found.rest and found.name in facts.get("classes", ()):
        hint = Hint(f"{found.module.name}.{found.name}", found=found._replace(rest=""))
        if class_kind(project, hint) == "enum":
            return _member(project, found.module, hint, found.rest.removesuffix(".value"), depth)
        raise Computed(name)
    value = facts.get("values", {}).get(found.name)
    if value is None or found.rest:
        raise Computed(name)
    return _value(project, found.module, value[0], depth - 1)


def _member(project: Project, module: Module, hint: Hint, name: str, depth: int) -> Any:
    facts = class_facts(hint)
    for field, _, value, _ in facts["fields"] if facts else ():
        if field == name:
            try:
                return _value(project, module, value, depth - 1)
            except Computed:
                raise _NotJson from None  # auto(): fixed by the order of the members
    raise Computed(f"{hint.name.rpartition('.')[2]}.{name}")


def _made(
    project: Project,
    module: Module,
    name: str,
    arguments: list[Any],
    keywords: dict[str, Any],
    source: str,
    depth: int,
) -> Any:
    """Return what a call of a constructor with literals makes."""
    found = project.resolve(module, name)
    try:
        positional = [_value(project, module, argument, depth - 1) for argument in arguments]
        named = {key: _value(project, module, item, depth - 1) for key, item in keywords.items()}
    except _NotJson:
        positional, named = None, None
    qualified = canonical(found.qualified)
    if qualified in ("datetime.date", "datetime.datetime") and positional is not None:
        kind = date if qualified.endswith("date") else datetime
        try:
            return kind(*positional, **(named or {})).isoformat()
        except (TypeError, ValueError):
            raise Computed(source) from None
    if qualified.endswith((".fromisoformat",)) and positional:
        return positional[0]
    if found.module and not found.rest and found.name in found.module.facts.get("classes", ()):
        hint = Hint(found.qualified, found=found)
        if class_kind(project, hint) in ("dataclass", "pydantic", "namedtuple"):
            raise _NotJson
    if qualified in ("list", "dict") and not arguments and not keywords:
        return [] if qualified == "list" else {}
    if qualified in ("datetime.timedelta", "frozenset", "set", "tuple", "decimal.Decimal"):
        raise _NotJson
    raise Computed(source)
