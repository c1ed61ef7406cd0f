"""What the model must be able to do before anybody relies on it."""

import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from trip_duration.evaluation import gain
from trip_duration.features import minutes
from trip_duration.model import predict_minutes
from trip_duration.pipelines.train import better, evaluate, prepare_trips, split, train_model

Halves = tuple[pd.DataFrame, pd.DataFrame]


def test_it_halves_the_error_of_always_saying_the_usual_time(model: Pipeline, halves: Halves):
    metrics = evaluate(model, *halves)

    assert metrics["mae_high"] < metrics["baseline_mae"] / 2
    assert metrics["mae"] < 3.4


@pytest.mark.parametrize(
    ("borough", "limit"), [("Manhattan", 3.1), ("Queens", 4.9), ("Brooklyn", 4.1)]
)
def test_it_is_good_in_every_borough(model: Pipeline, halves: Halves, borough: str, limit: float):
    test = halves[1]
    there = test[test["pickup_borough"] == borough]

    assert (predict_minutes(model, there) - minutes(there)).abs().mean() < limit


def test_it_is_neither_too_early_nor_too_late_on_the_whole(model: Pipeline, halves: Halves):
    test = halves[1]
    late = predict_minutes(model, test) > minutes(test)

    assert 0.42 < late.mean() < 0.58


def test_it_knows_trips_of_unknown_zones(model: Pipeline, trip: pd.DataFrame):
    nowhere = trip.assign(pickup_zone=None, dropoff_zone="No Such Zone")

    assert 5 < predict_minutes(model, nowhere).iloc[0] < 40


def test_farther_takes_longer(model: Pipeline, trip: pd.DataFrame):
    trips = pd.concat([trip.assign(distance=miles) for miles in (0.5, 1, 2, 4, 8, 16)])

    assert predict_minutes(model, trips).is_monotonic_increasing


def test_no_distance_takes_little_time(model: Pipeline, trip: pd.DataFrame):
    assert 0 < predict_minutes(model, trip.assign(distance=0.0)).iloc[0] < 15


def test_the_afternoon_takes_longer_than_the_night(model: Pipeline, trip: pd.DataFrame):
    night = trip.assign(pickup=pd.Timestamp("2019-03-28 03:30"))

    assert predict_minutes(model, trip).iloc[0] > 1.3 * predict_minutes(model, night).iloc[0]


def test_an_answer_does_not_depend_on_the_others(model: Pipeline, halves: Halves):
    test = halves[1].head(50)
    alone = pd.concat([predict_minutes(model, test.iloc[[n]]) for n in range(len(test))])

    pd.testing.assert_series_equal(predict_minutes(model, test), alone)
    backwards = predict_minutes(model, test.iloc[::-1])
    pd.testing.assert_series_equal(backwards.sort_index(), alone)


def test_better_settings_are_promoted_and_worse_are_not(model: Pipeline, halves: Halves):
    train, test = halves
    now = evaluate(model, train, test)
    more = evaluate(train_model(train, iterations=100), train, test)
    fewer = evaluate(train_model(train, iterations=5), train, test)

    assert better(more, now).promote
    assert not better(fewer, now).promote
    assert not better(now, now).promote


def test_queens_has_a_better_model_of_its_own(model: Pipeline):
    train, test = split(prepare_trips("Queens"), "Queens")
    own = evaluate(train_model(train), train, test)
    of_all = evaluate(model, train, test)
    difference, margin = gain(own, of_all)

    assert difference > margin
