"""Trace ids in the W3C form, from OpenTelemetry where it runs, else from a `traceparent`."""

from __future__ import annotations

import os
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# version-trace_id-parent_id-flags; later versions may append fields, version ff is invalid.
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")


def trace_ids(context: Mapping[str, object]) -> dict[str, str]:
    """Return `trace_id` and `span_id` of what is going on, or an empty dict.

    The innermost wins: OpenTelemetry's current span, the bound `traceparent`, the variable
    TRACEPARENT that a traced parent process hands down.
    """
    return (
        _from_opentelemetry()
        or parse_traceparent(context.get("traceparent"))
        or parse_traceparent(os.environ.get("TRACEPARENT"))
    )


def parse_traceparent(header: object) -> dict[str, str]:
    """Read a W3C `traceparent`; one that is not valid counts as none, as the standard says.

    Example:
        >>> parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        {'trace_id': '0af7651916cd43dd8448eb211c80319c', 'span_id': 'b7ad6b7169203331'}
    """
    found = _TRACEPARENT.fullmatch(header.strip()) if isinstance(header, str) else None
    if found is None or not found[1].strip("0") or not found[2].strip("0"):
        return {}
    return {"trace_id": found[1], "span_id": found[2]}


def _from_opentelemetry() -> dict[str, str]:
    trace = sys.modules.get("opentelemetry.trace")  # never imported for this: it may be absent
    if trace is None:
        return {}
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return {}
    return {"trace_id": format(span.trace_id, "032x"), "span_id": format(span.span_id, "016x")}
