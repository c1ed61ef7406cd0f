"""Metrics: finite numbers by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from hashlib import sha256
from numbers import Real

from fabrica.storage import canonical

from ._errors import BadMetrics


def finite(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return metrics as plain numbers.

    Raises:
        BadMetrics: one isn't a number, is NaN, or is infinite.

    Example:
        >>> finite({"mae": 4.25})
        {'mae': 4.25}
    """
    found = {}
    for name, number in metrics.items():
        if isinstance(number, bool) or not isinstance(number, Real):
            raise BadMetrics(
                f"metric {name} is {number!r}, not a number", f"return a float for {name}"
            )
        if not math.isfinite(number):
            raise BadMetrics(
                f"metric {name} is {number}: a gate can't compare it",
                f"find out why {name} is undefined, or raise Skip(…) when there is too little data",
            )
        found[name] = number if isinstance(number, int) else float(number)
    return found


def verdict_key(
    candidate: Mapping[str, float], production: Mapping[str, float] | None, gate: str
) -> str:
    """Return what tells one verdict from another: both metrics and the gate's code, hashed."""
    asked = {
        "candidate": finite(candidate),
        "production": None if production is None else finite(production),
        "gate": gate,
    }
    return sha256(canonical(asked)).hexdigest()[:16]
