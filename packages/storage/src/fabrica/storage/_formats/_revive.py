"""From JSON back to the types that a step returned: dates, enumerations, dataclasses, pydantic.

What a type's name leads to is used only when it is one of these; a name in a document of the store
never calls anything else. A type that isn't there (any more) is no error: its JSON is returned.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from importlib import import_module
from typing import Any


def revive(value: Any, name: str) -> Any:
    """Return a JSON value as the type of that qualified name.

    Example:
        >>> revive("2019-03-25", "datetime.date")
        datetime.date(2019, 3, 25)
    """
    found = _find(name)
    return value if found is None else _as(value, found)


def _find(name: str) -> Any:
    """The class of a qualified name; None when there is none."""
    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            found: Any = import_module(".".join(parts[:end]))
        except ImportError:
            continue
        for part in parts[end:]:
            found = getattr(found, part, None)
        return found
    return None


def _as(value: Any, hint: Any) -> Any:
    if value is None:
        return None
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _as(value, arguments[0])
    if origin in (typing.Union, types.UnionType):
        choices = [a for a in arguments if a is not type(None)]
        return _as(value, choices[0]) if len(choices) == 1 else value
    if origin in (list, Sequence) and isinstance(value, list):
        return [_as(item, arguments[0]) for item in value]
    if origin is tuple and isinstance(value, list):
        kinds = arguments[:1] * len(value) if arguments[-1:] == (...,) else arguments
        return tuple(_as(v, k) for v, k in zip(value, kinds, strict=True))
    if origin in (dict, Mapping) and isinstance(value, dict):
        return {key: _as(item, arguments[1]) for key, item in value.items()}
    return _built(value, hint) if isinstance(hint, type) else value


def _built(value: Any, kind: type) -> Any:
    if issubclass(kind, datetime | date) and isinstance(value, str):
        return kind.fromisoformat(value)
    if issubclass(kind, Enum):
        return kind(value)
    if kind is tuple and isinstance(value, list):
        return tuple(value)
    if hasattr(kind, "model_validate"):  # pydantic
        return kind.model_validate(value)  # type: ignore[attr-defined]
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):  # a named tuple
        hints = typing.get_type_hints(kind)
        fields = kind._fields  # type: ignore[attr-defined]
        items = value.values() if isinstance(value, dict) else value
        return kind(*(_as(v, hints.get(f)) for f, v in zip(fields, items, strict=True)))
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        hints = typing.get_type_hints(kind, include_extras=True)
        fields = {f.name: f.init for f in dataclasses.fields(kind)}
        return kind(**{k: _as(v, hints[k]) for k, v in value.items() if fields.get(k)})
    return value
