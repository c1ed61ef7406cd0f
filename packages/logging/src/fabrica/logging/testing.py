"""What tests need: the lines that code logs, as documents."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

from fabrica.logging._configure import configure
from fabrica.logging._output import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def captured(level: str = "debug") -> Iterator[list[dict[str, Any]]]:
    """Collect what is logged inside the block, as finished documents, instead of writing it.

    Lines of every thread are collected. They are redacted and plain, just as they would be
    written: what a test asserts is what production sees.

    Example:
        >>> from fabrica.logging import get_logger
        >>> with captured() as lines:
        ...     get_logger().warning("few trips", trips=99)
        >>> lines[0]["message"], lines[0]["trips"]
        ('few trips', 99)
    """
    import logging

    before, taken_before = state.settings, state.taken
    configure(level=level)
    lines: list[dict[str, Any]] = []
    state.taken = lines
    try:
        yield lines
    finally:
        state.taken = taken_before
        if before is not None:
            configure(format=before.format, level=logging.getLevelName(before.level).lower())
