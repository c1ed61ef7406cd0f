"""Turns anything that is logged into what JSON can hold, without ever failing."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from datetime import date, time
from enum import Enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DEEPEST = 8
_MOST_ITEMS = 1_000
_LONGEST = 20_000
_LARGEST = 2**53  # integers beyond are not exact in every JSON reader


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value as str, bool, int, float, None, list or dict; long ones are cut.

    A dataframe or an array is named with its shape: rows do not belong in a log.

    Example:
        >>> plain({"when": date(2019, 3, 1), "error": float("nan"), "tags": {"a"}})
        {'when': '2019-03-01', 'error': 'NaN', 'tags': ['a']}
    """
    if value is None or value is True or value is False:
        return value
    kind = type(value)
    if kind is str:
        return cut(value)
    if kind is int:
        return value if -_LARGEST <= value <= _LARGEST else _digits(value)
    if kind is float:
        return value if math.isfinite(value) else _not_finite(value)
    if depth >= _DEEPEST:
        return cut(_repr(value))
    if isinstance(value, Mapping):
        return _items(value, depth)
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value[:_MOST_ITEMS]]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item, depth + 1) for item in value), key=repr)[:_MOST_ITEMS]
    return _object(value, depth)


def cut(text: str) -> str:
    """Cut a text that is too long for a line, and make it valid UTF-8."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… ({len(text)} characters)"
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _items(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    try:
        items = list(value.items())[:_MOST_ITEMS]
    except Exception as error:
        return {"unreadable": type(error).__name__}
    return {_key(key): plain(item, depth + 1) for key, item in items}


def _key(key: object) -> str:
    return cut(key if isinstance(key, str) else str(plain(key, _DEEPEST - 1)))


def _object(value: Any, depth: int) -> Any:
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Enum):
        return plain(value.value, depth + 1)
    if isinstance(value, (str, int, float)):
        return plain(_builtin(value), depth)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes>"
    if isinstance(value, BaseException):
        return cut(f"{type(value).__name__}: {_str(value)}")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _dataclass(value, depth)
    return _by_shape(value, depth)


def _builtin(value: str | int | float) -> str | int | float:
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value


def _dataclass(value: Any, depth: int) -> dict[str, Any]:
    shown = (field.name for field in dataclasses.fields(value) if field.repr)
    return {name: plain(getattr(value, name, None), depth + 1) for name in shown}


def _by_shape(value: Any, depth: int) -> Any:
    """Scalars of NumPy are their value; dataframes, series and arrays their name and shape."""
    shape = getattr(type(value), "shape", None) and getattr(value, "shape", None)
    if shape == () and hasattr(value, "item"):
        return plain(value.item(), depth + 1)
    if isinstance(shape, tuple):
        return f"<{type(value).__name__} {' x '.join(str(n) for n in shape)}>"
    if isinstance(value, (Exception, type)):
        return cut(_repr(value))
    text = _str if type(value).__str__ is not object.__str__ else _repr
    return cut(text(value))


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # Python refuses to print integers of more than 4300 digits
        return f"<integer of {value.bit_length()} bits>"


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _str(value: object) -> str:
    try:
        return str(value)
    except Exception as error:
        return f"<{type(value).__name__} whose __str__ raises {type(error).__name__}>"


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__name__} whose __repr__ raises {type(error).__name__}>"
