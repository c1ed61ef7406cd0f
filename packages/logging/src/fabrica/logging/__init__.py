"""The house format for logs: JSON in production, readable on a terminal.

>>> from fabrica.logging import bound, get_logger
>>> log = get_logger(__name__)
>>> with bound(run="2026-11-21-1", step="model"):
...     log.info("trained", rows=5268, seconds=1.2)  # doctest: +SKIP

Importing this module costs next to nothing: structlog is imported with the first logger.
"""

from fabrica.logging._context import bind, bound, context
from fabrica.logging._errors import LoggingError, SettingError
from fabrica.logging._secrets import redact, register_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fabrica.logging._configure import configure, get_logger

__all__ = [
    "LoggingError",
    "SettingError",
    "bind",
    "bound",
    "configure",
    "context",
    "get_logger",
    "redact",
    "register_secret",
]


def __getattr__(name: str) -> object:
    if name in ("configure", "get_logger"):
        from fabrica.logging import _configure

        return getattr(_configure, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
