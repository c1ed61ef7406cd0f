"""Where lines go: to what `sys.stderr` is at that moment, whole, and never with an exception."""

from __future__ import annotations

import logging
import sys
import threading
from dataclasses import dataclass

from fabrica.logging._line import document
from fabrica.logging._render import as_json, for_people, wants_colours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_lock = threading.Lock()


@dataclass(frozen=True)
class Settings:
    """How lines look, and from which level on there are any."""

    format: str
    level: int


class _State:
    """What `configure` decided; `taken` holds what a test captures instead of printing it."""

    settings: Settings | None = None
    taken: list[dict[str, Any]] | None = None


state = _State()


def log(level: str, event: Mapping[str, Any], created: float | None = None) -> None:
    """Write one event as one line."""
    line = document(level, event, created)
    if state.taken is not None:
        state.taken.append(line)
        return
    write(line)


def write(line: dict[str, Any]) -> None:
    """Write one document in the format that is set.

    A log that cannot be written (a closed pipe, a full disk) must not end the program.
    """
    stream = sys.stderr
    if stream is None:
        return
    readable = state.settings is not None and state.settings.format == "console"
    text = for_people(line, wants_colours(stream)) if readable else as_json(line)
    try:
        with _lock:
            stream.write(text + "\n")
            stream.flush()
    except (OSError, ValueError):
        return


class HouseHandler(logging.Handler):
    """Brings the records of the standard library into the same lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a message whose arguments do not fit is shown as it is."""
        try:
            message = record.getMessage()
        except Exception:
            message = f"{record.msg} % {record.args!r}"
        event = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        event |= {"event": message, "logger": record.name}
        event |= {"exc_info": record.exc_info, "stack_info": record.stack_info}
        log(record.levelname.lower(), event, record.created)


_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}
