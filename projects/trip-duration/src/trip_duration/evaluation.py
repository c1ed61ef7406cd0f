"""How good a model is on trips it has not seen, and how sure that is."""

from collections.abc import Mapping
from math import sqrt
from statistics import fmean, stdev

import numpy as np
import pandas as pd

PARTS = [f"mae_{number:02d}" for number in range(1, 11)]
RESAMPLES = 1_000


def measure(predicted: pd.Series, actual: pd.Series, baseline: float) -> dict[str, float]:
    """Compare predicted with actual minutes.

    Args:
        predicted: minutes, one per trip, in the order of time.
        actual: minutes of the same trips.
        baseline: what one would say without a model, in minutes.

    Returns:
        `trips`: how many. `mae`: mean absolute error in minutes. `mae_low`, `mae_high`: where it
        lies in 95 of 100 resamples of the trips. `baseline_mae`: error of the baseline.
        `mae_01` to `mae_10`: the error in each of ten stretches of time with equally many trips,
        by which two models are compared on the same trips.
    """
    errors = (predicted - actual).abs().to_numpy()
    low, high = interval(errors)
    return {
        "trips": float(len(errors)),
        "mae": float(errors.mean()),
        "mae_low": low,
        "mae_high": high,
        "baseline_mae": float((actual - baseline).abs().mean()),
        **{
            part: float(stretch.mean())
            for part, stretch in zip(PARTS, np.array_split(errors, len(PARTS)), strict=True)
        },
    }


def interval(errors: np.ndarray) -> tuple[float, float]:
    """Return the bootstrap interval (95 %) of a mean."""
    random = np.random.default_rng(0)
    means = [random.choice(errors, len(errors)).mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def gain(candidate: Mapping[str, float], production: Mapping[str, float]) -> tuple[float, float]:
    """Return by how many minutes a model is better than another, and the margin of error.

    Both were measured on the same trips, so most of what makes their errors uncertain (a hard
    day, a long trip) is common to both. Whether two intervals overlap would miss that; the
    difference in each stretch of time doesn't. The margin is two standard errors.
    """
    gains = [production[part] - candidate[part] for part in PARTS]
    return fmean(gains), 2 * stdev(gains) / sqrt(len(gains))
