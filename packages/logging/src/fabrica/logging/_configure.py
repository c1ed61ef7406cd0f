"""`configure` and `get_logger`: the only modules here that import structlog."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import Any, cast

import structlog

from fabrica.logging._errors import SettingError
from fabrica.logging._output import HouseHandler, Settings, log, state
from fabrica.logging._render import is_terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from types import TracebackType

    from structlog.typing import FilteringBoundLogger

FORMATS = ("json", "console")
LEVELS = ("debug", "info", "warning", "error", "critical")


def get_logger(name: str | None = None, **fields: Any) -> FilteringBoundLogger:
    """Return a logger; `log.info("trained", rows=5268)` writes one line.

    The message says what happened, always in the same words; what varies goes into fields. Under
    the first logger the standard library's logging is routed into the same lines.

    Args:
        name: shown as `logger`; by custom `__name__`.
        fields: on every line of this logger.

    Raises:
        SettingError: FABRICA_LOG_LEVEL or FABRICA_LOG_FORMAT holds something else than it may.

    Example:
        >>> log = get_logger(__name__)
        >>> log.debug("not shown by default", rows=3)
    """
    if state.settings is None:
        configure()
    initial = {"logger_name": name, **fields} if name else fields
    return cast("FilteringBoundLogger", structlog.get_logger(**initial))


def configure(*, format: str | None = None, level: str | None = None) -> None:
    """Set up logging for this process; called again, it changes what it is told.

    Every logger, also one that exists, obeys. Nothing needs to call it: the first logger does.

    Args:
        format: `json` or `console`; by default FABRICA_LOG_FORMAT, else `console` when standard
            error is a terminal.
        level: the lowest level that is written; by default FABRICA_LOG_LEVEL, else `info`.

    Raises:
        SettingError: a format or a level that there is not.

    Example:
        >>> configure(format="json", level="warning")
        >>> configure()
    """
    found = Settings(_format(format), _level(level))
    state.settings = found
    structlog.configure(
        processors=[_hand_over],
        wrapper_class=structlog.make_filtering_bound_logger(found.level),
        logger_factory=_Nothing,
        cache_logger_on_first_use=False,  # or a logger that exists would not obey
    )
    _route_standard_library(found.level)
    _log_what_nobody_caught(found.format)


def _format(given: str | None) -> str:
    format = _chosen("format", given, "FABRICA_LOG_FORMAT", FORMATS)
    if format is not None:
        return format
    return "console" if is_terminal(sys.stderr) else "json"


def _level(given: str | None) -> int:
    level = _chosen("level", given, "FABRICA_LOG_LEVEL", LEVELS)
    return logging.getLevelNamesMapping()[(level or "info").upper()]


def _chosen(what: str, given: str | None, variable: str, allowed: tuple[str, ...]) -> str | None:
    text = given if given is not None else os.environ.get(variable)
    if not text:
        return None
    if text.lower() in allowed:
        return text.lower()
    source = f"{what}=" if given is not None else f"the environment variable {variable} is "
    raise SettingError(
        f"{source}{text!r}: there is no such {what} of logs",
        hint=f"use one of {', '.join(allowed)}",
    )


def _hand_over(_logger: Any, method: str, event: MutableMapping[str, Any]) -> Any:
    """Write the event: the one processor, so that both kinds of loggers take the same way."""
    log(method, event)
    raise structlog.DropEvent


class _Nothing:
    """What structlog would write to; `_hand_over` has written before."""

    def __init__(self, *args: Any) -> None: ...


def _route_standard_library(level: int) -> None:
    root = logging.getLogger()
    for handler in list(root.handlers):
        # Exactly these write every record a second time; subclasses belong to somebody (pytest's).
        if type(handler) is logging.StreamHandler or isinstance(handler, HouseHandler):
            root.removeHandler(handler)
    root.addHandler(HouseHandler())
    root.setLevel(level)
    logging.captureWarnings(True)


def _log_what_nobody_caught(format: str) -> None:
    """In JSON an exception that ends the process, or a thread, is one line as well."""
    if format == "json":
        if sys.excepthook is sys.__excepthook__:
            sys.excepthook = _log_exception
        if threading.excepthook is threading.__excepthook__:
            threading.excepthook = _log_thread_exception
        return
    if sys.excepthook is _log_exception:
        sys.excepthook = sys.__excepthook__
    if threading.excepthook is _log_thread_exception:
        threading.excepthook = threading.__excepthook__


def _log_exception(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log("critical", {"event": "uncaught exception", "exc_info": error})


def _log_thread_exception(hook: threading.ExceptHookArgs) -> None:
    if hook.exc_value is None or issubclass(hook.exc_type, SystemExit):
        return
    name = hook.thread.name if hook.thread else None
    log("error", {"event": "uncaught exception", "thread": name, "exc_info": hook.exc_value})
