"""What a usage costs: the prices that the plugin passes on, and one formula."""

from __future__ import annotations

import json
import os

from fabrica.pipelines._errors import ParameterError
from fabrica.pipelines._usage import GIB, TIMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fabrica.pipelines._usage import Usage

_PARTS = ("steps", "values")


def cost(usage: Mapping[str, Any], prices: Mapping[str, float]) -> float:
    """Return what pods have reserved at these prices, with a month of storing what was made.

    Args:
        usage: of a run, a step or a value.
        prices: `cpuHour`, `memoryGiBHour`, `gpuHour`, `storageGiBMonth`; what is missing is free.

    Example:
        >>> cost({"reserved": None, "storageBytes": 2 * GIB}, {"storageGiBMonth": 0.02})
        0.04
    """
    reserved = usage["reserved"] or dict.fromkeys(TIMES, 0.0)
    hours = zip(TIMES, ("cpuHour", "memoryGiBHour", "gpuHour"), strict=True)
    spent = sum(reserved[time] / 3600 * (prices.get(price) or 0.0) for time, price in hours)
    return spent + usage["storageBytes"] / GIB * (prices.get("storageGiBMonth") or 0.0)


def prices_of(environ: Mapping[str, str] = os.environ) -> dict[str, Any] | None:
    """Return the prices that `FABRICA_PRICES` holds as JSON, with their `currency`; None without.

    Raises:
        ParameterError: it is no JSON object.
    """
    text = environ.get("FABRICA_PRICES")
    if not text:
        return None
    try:
        prices = json.loads(text)
    except ValueError:
        prices = None
    if isinstance(prices, dict) and isinstance(prices.get("currency"), str):
        return prices
    raise ParameterError(
        "FABRICA_PRICES holds no prices",
        hint='write them as JSON: {"currency": "EUR", "cpuHour": 0.04, "memoryGiBHour": 0.005}',
    )


def priced(usage: Usage, prices: Mapping[str, Any] | None) -> Usage:
    """Return a run's usage with `cost`, that of its steps and values too; as it is without prices.

    The rounding is to a millionth of the currency.
    """
    if prices is None:
        return usage

    def one(of: Usage) -> Usage:
        return {**of, "cost": round(cost(of, prices), 6)}

    parts = {part: {name: one(of) for name, of in usage[part].items()} for part in _PARTS}
    return {**one(usage), **parts, "currency": prices["currency"]}
