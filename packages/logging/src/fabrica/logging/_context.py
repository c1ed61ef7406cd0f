"""The ids that every line of a piece of work carries, kept in a context variable.

Standard library only, and little of it: `fabrica.pipelines` imports this around each step.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_EMPTY: Mapping[str, object] = MappingProxyType({})
_ids: ContextVar[Mapping[str, object]] = ContextVar("fabrica.logging", default=_EMPTY)


class bound:
    """Bind ids to every line that is logged inside the block, on top of those already bound.

    Ids that are None are left out. `traceparent`, the W3C header of a request, is shown as
    `trace_id` and `span_id`. The ids follow the context: an asyncio task inherits them; a thread
    that the block starts does not (run its function with `contextvars.copy_context().run`).

    Example:
        >>> with bound(project="trip-duration", run="r1", step="model", value="Queens"):
        ...     context()["step"]
        'model'
        >>> dict(context())
        {}
    """

    __slots__ = ("_bound", "_tokens")

    def __init__(self, **ids: object) -> None:
        self._bound = ids
        self._tokens: list[Token[Mapping[str, object]]] = []

    def __enter__(self) -> None:
        self._tokens.append(_ids.set(_merged(self._bound)))

    def __exit__(self, *details: object) -> None:
        _ids.reset(self._tokens.pop())


def bind(**ids: object) -> None:
    """Bind ids to every line that is logged from here on in this context; None unbinds an id.

    For a process that does one thing. Around a part of the work use `bound`, which undoes itself.

    Example:
        >>> bind(project="trip-duration")
        >>> bind(project=None)
    """
    _ids.set(_merged(ids))


def context() -> Mapping[str, object]:
    """Return the ids bound here and now, read-only."""
    return _ids.get()


def _merged(ids: Mapping[str, object]) -> Mapping[str, object]:
    merged = {name: value for name, value in {**_ids.get(), **ids}.items() if value is not None}
    return MappingProxyType(merged)
