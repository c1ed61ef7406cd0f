import json

import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.pipeline import Pipeline

from trip_duration.service import Trip, predict

REQUEST = {
    "pickup": "2019-03-28T17:30:00",
    "distance": 2.4,
    "borough": "Manhattan",
    "pickup_zone": "Midtown Center",
    "dropoff_zone": "Upper East Side North",
}


def asked(**change: object) -> Trip:
    """The request with a change, as the service reads it."""
    return Trip.model_validate_json(json.dumps({**REQUEST, **change}))


def frame(*requests: dict[str, object]) -> pd.DataFrame:
    """Rows as the service makes them; the index does not start at 0."""
    trips = pd.DataFrame(list(requests), index=range(7, 7 + len(requests)))
    return trips.assign(pickup=trips["pickup"].astype("datetime64[us]"))


def test_each_trip_gets_its_own_answer(model: Pipeline):
    near, far = REQUEST, {**REQUEST, "distance": 12.0}

    answers = predict(frame(near, far), model)

    assert answers.index.tolist() == [7, 8]
    assert 5 < answers[7] < 30 < answers[8] < 120


def test_zones_may_be_left_out(model: Pipeline):
    answers = predict(frame({**REQUEST, "pickup_zone": None, "dropoff_zone": None}), model)

    assert 5 < answers[7] < 40


def test_training_and_service_see_the_same_features(model: Pipeline, trips: pd.DataFrame):
    columns = ["pickup", "distance", "pickup_zone", "dropoff_zone"]
    some = trips.head(20)

    asked = predict(some[columns].astype({"pickup_zone": object, "dropoff_zone": object}), model)

    pd.testing.assert_series_equal(asked, predict(some, model))


def test_the_request_of_these_tests_is_taken():
    assert asked().pickup_zone == "Midtown Center"


def test_a_request_in_json_is_taken():
    trip = Trip.model_validate_json(
        '{"pickup":"2019-03-28T17:30","distance":2.4,"borough":"Bronx"}'
    )

    assert trip.dropoff_zone is None


@pytest.mark.parametrize(
    "change",
    [
        {"distance": -1.0},
        {"distance": 201.0},
        {"distance": float("nan")},
        {"distance": "2.4"},
        {"borough": "Hoboken"},
        {"borough": "all"},
        {"pickup": "yesterday"},
        {"pickup": "2019-03-28T17:30:00+00:00"},
        {"pickup_zone": "x" * 81},
        {"pickup_zone": "Hoboken"},
        {"dropoff_zone": ""},
        {"fare": 9.5},
        {"dropoff": "2019-03-28T17:42:00"},
    ],
)
def test_a_trip_that_cannot_be_is_refused(change: dict[str, object]):
    with pytest.raises(ValidationError) as caught:
        asked(**change)

    assert {error["loc"] for error in caught.value.errors()} == {tuple(change)}


def test_a_slip_in_a_zone_is_told_with_what_was_meant():
    with pytest.raises(ValidationError, match="did you mean Midtown Center") as caught:
        asked(pickup_zone="Midtown Centre")

    assert [error["loc"] for error in caught.value.errors()] == [("pickup_zone",)]
