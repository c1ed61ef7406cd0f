"""A line's document as text: JSON for machines, or readable on a terminal."""

from __future__ import annotations

import json
import os
from datetime import datetime
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TextIO

# On a terminal one person looks at one run of one project: these say nothing new.
_KNOWN = ("project", "run", "trace_id", "span_id")
_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False
).encode
# All control characters but tab and newline: a logged escape sequence must not drive a terminal.
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127, *range(128, 160))}
for _code in (9, 10):
    del _CONTROLS[_code]


def as_json(document: dict[str, Any]) -> str:
    """Return one line of JSON."""
    return _encode(document)


def for_people(document: dict[str, Any], colours: bool) -> str:
    """Return a readable line, with a traceback below it when there is one."""
    fields = {name: _safe(value) for name, value in document.items() if name not in _KNOWN}
    when = datetime.fromisoformat(fields["timestamp"])
    fields["timestamp"] = when.astimezone().strftime("%H:%M:%S")
    error = fields.pop("error", None)
    line = _console(colours)(None, fields["level"], fields)
    trace = _traceback(error) if error else ""
    return f"{line}\n{trace}" if trace else str(line)


def wants_colours(stream: TextIO) -> bool:
    """Tell whether a stream shows colours: a terminal, unless NO_COLOR or TERM=dumb says no."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return is_terminal(stream)


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a stream is a terminal; a closed one is none."""
    try:
        return stream is not None and stream.isatty()
    except (AttributeError, ValueError):
        return False


@cache
def _console(colours: bool) -> Any:
    from structlog.dev import ConsoleRenderer

    return ConsoleRenderer(colors=colours, event_key="message", sort_keys=False)


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return value.translate(_CONTROLS)
    if isinstance(value, dict):
        return {_safe(key): _safe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_safe(item) for item in value]
    return value


def _traceback(error: dict[str, Any]) -> str:
    """As Python prints it: the cause first, the frames, the exception last."""
    parts = []
    if error.get("cause"):
        parts += [_traceback(error["cause"]), "\nwhile handling this, or because of it:\n"]
    if error.get("frames"):
        parts.append("Traceback (most recent call last):")
    for frame in error.get("frames", ()):
        parts.append(f'  File "{frame["file"]}", line {frame["line"]}, in {frame["function"]}')
        if "code" in frame:
            parts.append(f"    {frame['code']}")
    named = ": ".join(str(error[key]) for key in ("type", "message") if error.get(key))
    parts += [named, *error.get("notes", ())]
    if error.get("hint"):
        parts.append(f"hint: {error['hint']}")
    for number, member in enumerate(error.get("errors", ()), 1):
        parts += [f"--- error {number} of the group", _traceback(member)]
    return "\n".join(parts)
