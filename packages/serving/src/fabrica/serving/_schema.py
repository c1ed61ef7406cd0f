"""What a caller may send, in words, and an example of it, from the JSON schema of an Input."""

import datetime as dt
import json
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import AwareDatetime, NaiveDatetime, ValidationError

from fabrica.serving._types import Input

Schema = Mapping[str, Any]
SHOWN_VALUES = 30
"""At most so many values of an enumeration are listed in a text."""


def allowed(row: type[Input]) -> dict[str, str]:
    """Say for each field what is allowed in it.

    Example:
        >>> class Trip(Input):
        ...     distance: float
        ...     card: bool = False
        >>> allowed(Trip)
        {'distance': 'a finite number', 'card': 'true or false (may be left out)'}
    """
    schema = row.model_json_schema()
    definitions = schema.get("$defs", {})
    required = set(schema.get("required", ()))
    return {
        name: _field_text(row, name, part, definitions)
        + ("" if name in required else " (may be left out)")
        for name, part in schema.get("properties", {}).items()
    }


def _field_text(row: type[Input], name: str, part: Schema, definitions: Schema) -> str:
    moment = _moment(row, name)
    if moment is not None:
        return moment
    return describe(part, definitions)


def _moment(row: type[Input], name: str) -> str | None:
    """Say whether a date and time takes an offset, which its JSON schema does not."""
    by_name = {info.validation_alias or key: info for key, info in row.model_fields.items()}
    annotation = by_name[name].annotation if name in by_name else None
    if annotation is NaiveDatetime:
        return 'a date and time without an offset, such as "2026-01-05T08:30:00"'
    if annotation is AwareDatetime:
        return 'a date and time with its offset, such as "2026-01-05T08:30:00Z"'
    return None


FORMATS = {
    "date-time": 'a date and time, such as "2026-01-05T08:30:00"',
    "date": 'a date, such as "2026-01-05"',
    "time": 'a time, such as "08:30:00"',
    "duration": 'a duration, such as "PT15M"',
    "uuid": "a UUID",
    "uri": "a URL",
    "email": "an e-mail address",
}


def describe(part: Schema, definitions: Schema) -> str:
    """Say in words what a JSON schema allows.

    Example:
        >>> describe({"type": "number", "minimum": 0, "maximum": 200}, {})
        'a finite number from 0 to 200'
    """
    part = _resolved(part, definitions)
    if "enum" in part or "const" in part:
        return _enumeration(part.get("enum", [part.get("const")]))
    if "anyOf" in part or "oneOf" in part:
        options = part.get("anyOf") or part.get("oneOf") or []
        return " or ".join(dict.fromkeys(describe(option, definitions) for option in options))
    return _typed(part, definitions)


def _resolved(part: Schema, definitions: Schema) -> Schema:
    while "$ref" in part:
        part = definitions[part["$ref"].rsplit("/", 1)[1]]
    return part


def _enumeration(values: list[Any]) -> str:
    shown = ", ".join(json.dumps(value) for value in values[:SHOWN_VALUES])
    more = f" and {len(values) - SHOWN_VALUES} more" if len(values) > SHOWN_VALUES else ""
    return f"one of {shown}{more}" if len(values) > 1 else shown


def _typed(part: Schema, definitions: Schema) -> str:
    kind = part.get("type")
    if kind == "string":
        return _text(part)
    if kind in ("number", "integer"):
        return ("a finite number" if kind == "number" else "a whole number") + _bounds(part)
    if kind == "boolean":
        return "true or false"
    if kind == "null":
        return "null"
    if kind == "array":
        items = part.get("items")
        of = f", each {describe(items, definitions)}" if isinstance(items, Mapping) else ""
        return f"a list{_bounds(part, 'minItems', 'maxItems')}{of}"
    if kind == "object":
        fields = ", ".join(part.get("properties", ()))
        return f"an object of {fields}" if fields else "an object"
    return "any JSON value"


def _text(part: Schema) -> str:
    text = FORMATS.get(part.get("format", ""), "text")
    if "pattern" in part:
        text += f" that matches {part['pattern']}"
    if "minLength" in part or "maxLength" in part:
        text += f" of length{_bounds(part, 'minLength', 'maxLength') or ' any'}"
    return text


def _bounds(part: Schema, low: str = "minimum", high: str = "maximum") -> str:
    above, below = part.get("exclusiveMinimum"), part.get("exclusiveMaximum")
    lowest, highest = part.get(low), part.get(high)
    if lowest is not None and highest is not None:
        return f" from {lowest} to {highest}"
    words = [
        f"at least {lowest}" if lowest is not None else "",
        f"above {above}" if above is not None else "",
        f"at most {highest}" if highest is not None else "",
        f"below {below}" if below is not None else "",
        f"a multiple of {part['multipleOf']}" if "multipleOf" in part else "",
    ]
    said = ", ".join(filter(None, words))
    return f" {said}" if said else ""


def field_names(row: type[Input]) -> frozenset[str]:
    """All names of fields that the Input and what it holds declare."""
    schema = row.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return frozenset(name for part in parts for name in part.get("properties", ()))


def declares_examples(row: type[Input]) -> bool:
    """Whether the author gave an example for every field that must be sent."""
    fields = row.model_fields.values()
    return all(info.examples or not info.is_required() for info in fields)


def example(row: type[Input]) -> dict[str, Any] | None:
    """A request that the Input accepts: declared examples first; None when none is found.

    Example:
        >>> class Trip(Input):
        ...     distance: float
        >>> example(Trip)
        {'distance': 1.0}
    """
    schema = row.model_json_schema()
    definitions = schema.get("$defs", {})
    made: dict[str, Any] = {}
    for name, part in schema.get("properties", {}).items():
        aware = (_moment(row, name) or "").startswith("a date and time with its offset")
        if name in schema.get("required", ()) or "examples" in part:
            made[name] = _value(part, definitions, aware)
    try:
        row.model_validate_json(json.dumps(made, allow_nan=False))
    except (ValidationError, ValueError, TypeError):
        return None
    return made


def _value(part: Schema, definitions: Schema, aware: bool = False) -> Any:
    for found in _stated(part):
        return found
    part = _resolved(part, definitions)
    for found in _stated(part):
        return found
    if "anyOf" in part or "oneOf" in part:
        return _value((part.get("anyOf") or part["oneOf"])[0], definitions)
    kind = part.get("type")
    if kind == "string":
        return _sample_text(part, aware)
    if kind in ("number", "integer"):
        return _sample_number(part)
    if kind == "object":
        fields = part.get("properties", {})
        return {name: _value(fields[name], definitions) for name in part.get("required", ())}
    if kind == "array":
        return [_value(part.get("items", {}), definitions)] * part.get("minItems", 0)
    return kind == "boolean" or None


def _stated(part: Schema) -> Iterator[Any]:
    if part.get("examples"):
        yield part["examples"][0]
    if "default" in part:
        yield part["default"]
    if "const" in part:
        yield part["const"]
    if part.get("enum"):
        yield part["enum"][0]


def _sample_text(part: Schema, aware: bool) -> str:
    moment = dt.datetime(2026, 1, 5, 8, 30)
    samples = {
        "date-time": moment.isoformat() + ("Z" if aware else ""),
        "date": moment.date().isoformat(),
        "time": moment.time().isoformat(),
        "duration": "PT15M",
        "uuid": "00000000-0000-4000-8000-000000000000",
        "uri": "https://example.com/",
        "email": "someone@example.com",
    }
    text = samples.get(part.get("format", ""), "text")
    text = text.ljust(part.get("minLength", 0), "x")
    return text[: part.get("maxLength", len(text))]


def _sample_number(part: Schema) -> float:
    low = part.get("minimum", part.get("exclusiveMinimum"))
    high = part.get("maximum", part.get("exclusiveMaximum"))
    if low is not None and high is not None:
        number = low + min(1, (high - low) / 2)
    elif low is not None:
        number = low + 1
    else:
        number = high - 1 if high is not None else 1
    step = part.get("multipleOf")
    if step:
        number = step * -(-number // step)
    return typing.cast(float, int(number) if part["type"] == "integer" else float(number))
