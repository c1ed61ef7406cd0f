"""Exceptions as structure, so that a log can be searched by type, file and line."""

from __future__ import annotations

import traceback

from fabrica.logging._plain import cut, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

_MOST_FRAMES = 50
_MOST_CAUSES = 10
_MOST_IN_GROUP = 20


def structured(error: BaseException) -> dict[str, Any]:
    """Return an exception as `type`, `message`, `frames` (outermost first) and what caused it.

    Values of variables are left out: they hold people's data and secrets.

    Example:
        >>> structured(ValueError("no such zone"))
        {'type': 'ValueError', 'message': 'no such zone', 'frames': []}
    """
    return _structured(error, set())


def _structured(error: BaseException, seen: set[int]) -> dict[str, Any]:
    seen.add(id(error))
    found: dict[str, Any] = {
        "type": _type(error),
        "message": _message(error),
        "frames": _frames(error.__traceback__),
    }
    notes = getattr(error, "__notes__", None)
    if isinstance(notes, list) and notes:
        found["notes"] = [cut(str(plain(note))) for note in notes]
    hint = getattr(error, "hint", None)
    if isinstance(hint, str):
        found["hint"] = cut(hint)
    if isinstance(error, BaseExceptionGroup):
        members = [member for member in error.exceptions if id(member) not in seen]
        found["errors"] = [_structured(member, seen) for member in members[:_MOST_IN_GROUP]]
    cause = _cause(error)
    if cause is not None and id(cause) not in seen and len(seen) < _MOST_CAUSES:
        found["cause"] = _structured(cause, seen)
    return found


def _cause(error: BaseException) -> BaseException | None:
    if error.__cause__ is not None:
        return error.__cause__
    return None if error.__suppress_context__ else error.__context__


def _type(error: BaseException) -> str:
    kind = type(error)
    if kind.__module__ in ("builtins", "__main__"):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _message(error: BaseException) -> str:
    try:
        return cut(str(error))
    except Exception as failure:
        return f"<its __str__ raises {type(failure).__name__}>"


def _frames(trace: TracebackType | None) -> list[dict[str, Any]]:
    """The innermost frames are kept when there are too many: that is where it broke."""
    summary = traceback.StackSummary.extract(traceback.walk_tb(trace), lookup_lines=False)
    return [_frame(frame) for frame in summary[-_MOST_FRAMES:]]


def _frame(frame: traceback.FrameSummary) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "file": frame.filename,
        "line": frame.lineno,
        "function": frame.name,
    }
    if frame.line:
        shown["code"] = cut(frame.line)
    return shown
