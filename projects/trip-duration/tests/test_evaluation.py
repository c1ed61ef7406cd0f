import numpy as np
import pandas as pd
import pytest

from trip_duration.evaluation import PARTS, gain, interval, measure


def test_measure():
    actual = pd.Series(range(100), dtype=float)
    measured = measure(predicted=actual + 2, actual=actual, baseline=50.0)

    assert measured["trips"] == 100
    assert measured["mae"] == measured["mae_low"] == measured["mae_high"] == 2
    assert measured["baseline_mae"] == 25
    assert [measured[part] for part in PARTS] == [2.0] * 10


def test_the_interval_holds_the_mean_and_narrows_with_more_trips():
    errors = np.random.default_rng(1).exponential(3, 2_000)
    low, high = interval(errors)
    few_low, few_high = interval(errors[:50])

    assert low < errors.mean() < high
    assert high - low < few_high - few_low


def test_the_interval_is_right_19_times_of_20():
    random = np.random.default_rng(2)
    hits = 0
    for _ in range(60):
        low, high = interval(random.exponential(3, 200))
        hits += low <= 3 <= high

    assert hits >= 52


def test_a_difference_is_seen_that_intervals_hide():
    random = np.random.default_rng(3)
    actual = pd.Series(random.uniform(5, 60, 1_000))
    errors = random.normal(0, 6, 1_000)
    one = measure(actual + errors, actual, 30.0)
    other = measure(actual + 0.95 * errors, actual, 30.0)

    assert other["mae_high"] > one["mae_low"]
    better, margin = gain(other, one)
    assert better > margin > 0


@pytest.mark.parametrize("seed", range(5))
def test_a_difference_by_chance_is_within_the_margin(seed: int):
    random = np.random.default_rng(seed)
    actual = pd.Series(random.uniform(5, 60, 1_000))
    one = measure(actual + random.normal(0, 6, 1_000), actual, 30.0)

    better, margin = gain(one, one)
    assert better == margin == 0
