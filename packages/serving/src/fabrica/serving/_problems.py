"""What is wrong with a request: named fields and what they allow, never what was sent.

pydantic's own errors carry the input. Here only texts that pydantic fixes (and the author's,
when they hold nothing of the input) leave the process, beside the names of declared fields.
"""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fabrica.serving._schema import allowed, field_names
from fabrica.serving._types import Input

SHOWN = 20
"""At most so many problems are listed; their number is always said."""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
"""What an unknown field must look like for its name to be repeated."""

Location = Sequence[str | int]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: the field, what is the matter, what is allowed there."""

    field: str
    problem: str
    allowed: str

    def document(self) -> dict[str, str]:
        """As it stands in an answer."""
        return {"field": self.field, "problem": self.problem, "allowed": self.allowed}


class Refused(Exception):
    """The request is not what the service's Input allows: a 422 with these problems."""

    def __init__(self, problems: Sequence[Problem], total: int | None = None) -> None:
        super().__init__("the input is refused")
        self.problems = tuple(problems[:SHOWN])
        self.total = len(problems) if total is None else total

    @property
    def text(self) -> str:
        """One line that says how many problems there are, and the first."""
        first = self.problems[0]
        more = f" (and {self.total - 1} more)" if self.total > 1 else ""
        return f"{first.field} {first.problem}; allowed: {first.allowed}{more}"


MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this service",
    "finite_number": "is not a finite number",
    "float_type": "is not a number",
    "int_type": "is not a whole number",
    "string_type": "is not text",
    "string_unicode": "is not valid Unicode text",
    "bool_type": "is not true or false",
    "literal_error": "is not one of the values",
    "enum": "is not one of the values",
    "model_type": "is not an object",
    "dict_type": "is not an object",
    "list_type": "is not a list",
    "none_required": "is not null",
    "datetime_type": "is not a date and time",
    "datetime_parsing": "is not a date and time",
    "datetime_from_date_parsing": "is not a date and time",
    "datetime_object_invalid": "is not a date and time",
    "timezone_naive": "has an offset, and must not",
    "timezone_aware": "has no offset, and must",
    "date_type": "is not a date",
    "date_parsing": "is not a date",
    "date_from_datetime_parsing": "is not a date",
    "date_from_datetime_inexact": "is not a date",
    "time_type": "is not a time",
    "time_parsing": "is not a time",
    "greater_than": "is too small",
    "greater_than_equal": "is too small",
    "less_than": "is too large",
    "less_than_equal": "is too large",
    "multiple_of": "is not a multiple of what is asked for",
    "string_too_short": "is too short",
    "string_too_long": "is too long",
    "string_pattern_mismatch": "does not match the pattern",
    "too_short": "has too few items",
    "too_long": "has too many items",
}
"""Texts by pydantic's error type; every other type is "is refused"."""

AUTHORED = ("value_error", "assertion_error")


class Explainer:
    """Turns pydantic's errors about one Input into problems that repeat nothing of the input."""

    def __init__(self, row: type[Input]) -> None:
        self._allowed = allowed(row)
        self._names = field_names(row)
        self._fields = "the fields " + ", ".join(self._allowed)

    def refused(self, errors: Sequence[Mapping[str, Any]]) -> Refused:
        """Explain pydantic's errors (with their input and context)."""
        return Refused([self._problem(error) for error in errors[:SHOWN]], len(errors))

    def at(self, location: Location, problem: str) -> Refused:
        """Explain one problem at a place of the request."""
        return Refused([Problem(self.path(location), problem, self._allowed_at(location))])

    def path(self, location: Location) -> str:
        """Write a place as ``[3].distance``; names that nobody declared are left out."""
        parts = [self._part(part) for part in location]
        return "".join(parts).removeprefix(".") or "body"

    def _part(self, part: str | int) -> str:
        if isinstance(part, int):
            return f"[{part}]"
        return f".{part}" if part in self._names or NAME.fullmatch(part) else ".?"

    def _allowed_at(self, location: Location) -> str:
        named = next((p for p in location if isinstance(p, str) and p in self._allowed), None)
        return self._allowed[named] if named else f"an object with {self._fields}"

    def _problem(self, error: Mapping[str, Any]) -> Problem:
        location = error["loc"]
        text = MESSAGES.get(error["type"], "is refused")
        if error["type"] in AUTHORED:
            text = self._authored(error)
        nested = [part for part in location if isinstance(part, str)][1:]
        if error["type"] == "extra_forbidden" and not nested:
            return Problem(self.path(location), text + self._meant(location), self._fields)
        return Problem(self.path(location), text, self._allowed_at(location))

    def _meant(self, location: Location) -> str:
        near = difflib.get_close_matches(str(location[-1])[:40], list(self._allowed), 1)
        return f"; did you mean {near[0]}?" if near else ""

    def _authored(self, error: Mapping[str, Any]) -> str:
        """The author's own text of a validator, unless it repeats a value of the input."""
        text = str(error.get("ctx", {}).get("error", ""))
        said = {leaf for leaf in _leaves(error.get("input")) if leaf and leaf in text}
        return f"is refused: {text}" if text and not said else "is refused by a check"


def _leaves(value: object) -> Iterable[str]:
    """All texts and numbers in a value, as they would read in a message."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting.extend(value.values())
            waiting.extend(value.keys())
        elif isinstance(value, list | tuple | set | frozenset):
            waiting.extend(value)
        elif isinstance(value, Input):
            waiting.extend(dict(value).values())
        elif value is not None:
            yield from {str(value), repr(value)}


JSON_TEXTS = (
    ("recursion limit", "is nested too deeply"),
    ("number out of range", "has too many digits"),
    ("unicode code point", "is not UTF-8"),
    ("hex escape", "holds half of a surrogate pair (a \\ud800 to \\udfff that stands alone)"),
    ("surrogate", "holds half of a surrogate pair (a \\ud800 to \\udfff that stands alone)"),
    ("control character", "holds a control character that JSON wants escaped"),
)
CUT_SHORT = "EOF while parsing"
POSITION = re.compile(r"at line (\d+) column (\d+)")


def explain_json(explainer: Explainer, body: bytes, message: str) -> Refused:
    """Explain a body that is not JSON: the field where it stops being JSON, line and column.

    One that is cut short has no wrong field: whatever the rest held did not arrive.
    """
    found = POSITION.search(message)
    line, column = (int(found[1]), int(found[2])) if found else (1, 0)
    where = f"line {line}, column {column}"
    if CUT_SHORT in message:
        return explainer.at((), f"is not valid JSON: it is cut short at {where}")
    location = _field(path_at(body, _offset(body, line, column)))
    for mark, text in JSON_TEXTS:
        if mark in message:
            return explainer.at(location, f"{text} ({where})")
    return explainer.at(location, f"is not valid JSON at {where}")


def _field(path: Location) -> Location:
    """The path down to the first key: the row, and the field of the service's Input."""
    keys = [place for place, part in enumerate(path) if isinstance(part, str)]
    return path[: keys[0] + 1] if keys else path[:1]


def _offset(body: bytes, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = body.find(b"\n", start) + 1
    return start + column


TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{}:,]', re.DOTALL)
"""A string (which may break off at the end of the text) or a mark of JSON's structure."""


def path_at(body: bytes, offset: int) -> tuple[str | int, ...]:
    """The keys and indexes that lead to a byte of a JSON text, which may break off there.

    Example:
        >>> path_at(b'[{"a": 1}, {"b": [1, x]}]', 21)
        (1, 'b', 1)
    """
    path: list[str | int] = []
    last: bytes | None = None
    for match in TOKEN.finditer(body[:offset]):
        token = match[0]
        if token == b"[":
            path.append(0)
        elif token == b"{":
            path.append("")
        elif token in (b"]", b"}"):
            del path[-1:]
        elif token == b":" and path and last is not None:
            path[-1] = _key(last)
        elif token == b"," and path:
            top = path[-1]
            path[-1] = top + 1 if isinstance(top, int) else ""
        last = token if token.startswith(b'"') else None
    return tuple(part for part in path if part != "")


def _key(token: bytes) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return "?"
