"""Canonical JSON and names: the same document gives the same bytes everywhere."""

from __future__ import annotations

import json

from ._errors import FormatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

NO_VALUE = "_"

# `json.dumps` with these settings would make an encoder at every call.
_ENCODER = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
)


def canonical(document: Mapping[str, Any] | list[Any]) -> bytes:
    """Return the one JSON text of a document: sorted keys, no spaces, UTF-8, one newline.

    Raises:
        FormatError: for what JSON can't hold, NaN and Infinity among it.

    Example:
        >>> canonical({"b": 1, "a": "é"})
        b'{"a":"\\xc3\\xa9","b":1}\\n'
    """
    try:
        return _ENCODER.encode(document).encode() + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        raise FormatError(
            f"not a JSON document: {error}",
            "keep to dict, list, str, int, float (finite), bool and None",
        ) from error


def encode(value: str | None) -> str:
    """Return a value as one part of an object's name: percent-encoded, ``_`` for None.

    Example:
        >>> encode("New York/Queens"), encode("_"), encode(None)
        ('New%20York%2FQueens', '%5F', '_')
    """
    if value is None:
        return NO_VALUE
    if value.isascii() and value.isalnum():
        return value  # nearly all are; the module for the others costs a millisecond to import
    # quote() leaves dots and underscores: "..", "." and "_" alone would mean something else.
    if value == NO_VALUE:
        return "%5F"
    if not value.strip("."):
        return value.replace(".", "%2E") or "%"
    from urllib.parse import quote

    try:
        return quote(value, safe="")
    except UnicodeEncodeError as error:
        raise FormatError(f"{value!r} is not text that can be stored: {error.reason}") from error


def decode(part: str) -> str | None:
    """Return the value that `encode` made a part of a name from.

    Example:
        >>> decode("New%20York%2FQueens"), decode("_")
        ('New York/Queens', None)
    """
    if part == NO_VALUE:
        return None
    if "%" not in part:
        return part
    from urllib.parse import unquote

    return "" if part == "%" else unquote(part)
