"""One event in, one line out: the same for structlog's loggers and the standard library's."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from fabrica.logging._context import context
from fabrica.logging._plain import plain
from fabrica.logging._secrets import redact
from fabrica.logging._trace import trace_ids
from fabrica.logging._tracebacks import structured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from typing import Any

# After `timestamp` and `level` these fields, in this order; what else is logged follows.
FIRST = (
    "message", "logger", "project", "run", "step", "value", "request", "trace_id", "span_id",
)  # fmt: skip
_OURS = frozenset({"timestamp", "level", "message"})
_NOT_SHOWN = frozenset({"event", "exc_info", "stack_info", "traceparent", "error"})
_LEVELS = {"exception": "error", "warn": "warning", "fatal": "critical", "notset": "info"}


def document(level: str, event: Mapping[str, Any], created: float | None = None) -> dict[str, Any]:
    """Return what a line says as plain, redacted JSON, its fields in the order that is shown.

    Args:
        level: name of the method or of the standard library's level.
        event: `event` is the message, `exc_info` and `stack_info` as in the standard library;
            all else are fields.
        created: seconds since the epoch; now by default.
    """
    bound = context()
    fields: dict[str, Any] = {**bound, **_structlog_context()}
    fields.update((_field_name(name), value) for name, value in event.items())
    fields["message"] = str(plain(event.get("event", "")))
    fields.update(trace_ids(bound))
    shown = {name: fields[name] for name in FIRST if name in fields}
    shown.update((n, v) for n, v in fields.items() if n not in shown and n not in _NOT_SHOWN)
    if event.get("stack_info"):
        shown["stack"] = str(event["stack_info"])
    error = _error(event)
    if error is not None:
        shown["error"] = error
    line = {"timestamp": _rfc3339(created), "level": _LEVELS.get(level, level)}
    return line | redact(plain(shown))


def exception_of(event: Mapping[str, Any]) -> BaseException | None:
    """Return the exception that an event carries: `exc_info=`, or an exception as `error=`."""
    info = event.get("exc_info")
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        return info[1] if len(info) > 1 else None
    if info:
        return sys.exc_info()[1]
    error = event.get("error")
    return error if isinstance(error, BaseException) else None


def _error(event: Mapping[str, Any]) -> Any:
    """`error` is always an object: an index of logs refuses a field of two types."""
    exception = exception_of(event)
    if exception is not None:
        return structured(exception)
    error = event.get("error")
    if error is None or isinstance(error, dict):
        return error
    return {"message": str(plain(error))}


def _field_name(name: str) -> str:
    if name == "logger_name":  # structlog wants `logger` for itself
        return "logger"
    return f"{name}_" if name in _OURS else name


def _structlog_context() -> MutableMapping[str, Any] | dict[str, Any]:
    """Ids bound with structlog's own contextvars, by libraries that use it."""
    contextvars = sys.modules.get("structlog.contextvars")
    return contextvars.get_contextvars() if contextvars is not None else {}


def _rfc3339(created: float | None) -> str:
    now = datetime.now(UTC) if created is None else _utc(created)
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"


def _utc(created: float) -> datetime:
    return datetime.fromtimestamp(created, UTC)
