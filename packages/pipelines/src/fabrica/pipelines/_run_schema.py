"""Values against the part of JSON Schema that a plan uses: from text, and from JSON."""

from __future__ import annotations

import json
import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


_WANTED = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "text",
}


class Misfit(ValueError):
    """A value does not fit its schema; the text says what was wanted."""


def closest(name: str, names: Sequence[str]) -> str | None:
    """The name that was probably meant."""
    from difflib import get_close_matches

    found = get_close_matches(name.lower(), [n.lower() for n in names], 1, 0.6)
    return next((n for n in names if found and n.lower() == found[0]), None)


def refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(f"{name} is no JSON number")


def parse(text: str, schema: Mapping[str, Any]) -> Any:
    """Read the text of a command line as a value of the schema."""
    if "anyOf" in schema:
        return _parse_any(text, schema["anyOf"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return _parse_any(text, [{**schema, "type": one} for one in kind])
    if schema.get("enum"):
        return _parse_enum(text, schema["enum"])
    if kind == "string":
        return check(text, schema)
    if kind == "null":
        if text.strip().lower() in ("", "null", "none"):
            return None
        raise Misfit("null is wanted")
    if kind == "integer":
        return _number(int, text.strip(), "a whole number")
    if kind == "number":
        return _number(float, text.strip(), "a number")
    if kind == "boolean":
        if text.strip().lower() in _WORDS:
            return _WORDS[text.strip().lower()]
        raise Misfit("true or false is wanted")
    return _parse_json(text, schema)


def _parse_any(text: str, schemas: Iterable[Mapping[str, Any]]) -> Any:
    ordered = sorted(schemas, key=lambda one: one.get("type") == "string")
    problems = []
    for schema in ordered:
        try:
            return parse(text, schema)
        except Misfit as misfit:
            problems.append(str(misfit))
    raise Misfit(", or ".join(problems))


def _parse_enum(text: str, allowed: Sequence[Any]) -> Any:
    for value in allowed:
        if text == str(value):
            return value
    names = [str(value) for value in allowed]
    close = closest(text, names)
    raise Misfit(
        f"one of {', '.join(names)} is wanted" + (f"; did you mean {close}?" if close else "")
    )


def _parse_json(text: str, schema: Mapping[str, Any]) -> Any:
    try:
        value = json.loads(text, parse_constant=refuse_constant)
    except ValueError:
        if "type" not in schema:
            return text
        raise Misfit(f"JSON of type {schema['type']} is wanted") from None
    return check(value, schema)


def _number(kind: type, text: str, wanted: str) -> Any:
    try:
        value = kind(text)
    except ValueError:
        raise Misfit(f"{wanted} is wanted") from None
    if not math.isfinite(value):
        raise Misfit("a finite number is wanted")
    return value


def check(value: Any, schema: Mapping[str, Any]) -> Any:
    """Check a JSON value against the part of JSON Schema that a plan uses; returns the value."""
    if "anyOf" in schema:
        return _check_any(value, schema["anyOf"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return _check_any(value, [{**schema, "type": one} for one in kind])
    if schema.get("enum") and value not in schema["enum"]:
        return _parse_enum(str(value), schema["enum"])
    if kind is not None and not _is(value, kind):
        raise Misfit(_WANTED.get(kind, f"JSON of type {kind}") + " is wanted")
    if kind == "number":
        value = float(value)
    if schema.get("format") in ("date", "date-time"):
        _check_time(value, schema["format"])
    if isinstance(value, dict):
        return _check_object(value, schema)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [_inside(f"item {n}", item, schema["items"]) for n, item in enumerate(value)]
    return value


def _check_any(value: Any, schemas: Iterable[Mapping[str, Any]]) -> Any:
    problems = []
    for schema in schemas:
        try:
            return check(value, schema)
        except Misfit as misfit:
            problems.append(str(misfit))
    raise Misfit(", or ".join(problems))


def _is(value: Any, kind: str) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    wanted = {"string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}
    return isinstance(value, wanted.get(kind, object))


def _check_time(value: Any, kind: str) -> None:
    from datetime import date, datetime

    try:
        if kind == "date":
            date.fromisoformat(value)
        else:
            datetime.fromisoformat(value)
    except (TypeError, ValueError):
        example = "2026-01-31" if kind == "date" else "2026-01-31T08:00:00"
        raise Misfit(f"a {kind} such as {example} is wanted") from None


def _check_object(value: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    known = schema.get("properties") or {}
    for name in schema.get("required") or ():
        if name not in value:
            raise Misfit(f"{name} is missing")
    extra = schema.get("additionalProperties", True)
    checked = {}
    for name, item in value.items():
        if name in known:
            checked[name] = _inside(name, item, known[name])
        elif extra is False:
            close = closest(name, list(known))
            raise Misfit(f"no field {name}" + (f"; did you mean {close}?" if close else ""))
        else:
            checked[name] = _inside(name, item, extra if isinstance(extra, dict) else {})
    return checked


def _inside(name: str, value: Any, schema: Mapping[str, Any]) -> Any:
    try:
        return check(value, schema)
    except Misfit as misfit:
        raise Misfit(f"{name}: {misfit}") from None
