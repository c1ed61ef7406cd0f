import pandas as pd
import pytest

from trip_duration.features import FEATURES, add_features, minutes


def test_features_of_an_ordinary_trip(trip: pd.DataFrame):
    assert add_features(trip)[FEATURES].to_dict("records") == [
        {
            "pickup_zone": "Midtown Center",
            "dropoff_zone": "Upper East Side North",
            "distance": 2.4,
            "hour": 17.5,
            "weekday": 3,
            "airport": 0,
        }
    ]


@pytest.mark.parametrize(
    ("pickup", "dropoff", "airport"),
    [
        ("JFK Airport", "Midtown Center", 1),
        ("Midtown Center", "LaGuardia Airport", 2),
        ("JFK Airport", "LaGuardia Airport", 3),
        (None, "JFK Airport", 2),
        (None, None, 0),
    ],
)
def test_airports(trip: pd.DataFrame, pickup: str | None, dropoff: str | None, airport: int):
    trip = trip.assign(pickup_zone=pd.Series([pickup]), dropoff_zone=pd.Series([dropoff]))

    assert add_features(trip)["airport"].tolist() == [airport]


def test_features_do_not_depend_on_how_the_trip_ended(trip: pd.DataFrame):
    longer = trip.assign(dropoff=trip["dropoff"] + pd.Timedelta(hours=1))

    pd.testing.assert_frame_equal(add_features(trip)[FEATURES], add_features(longer)[FEATURES])
    pd.testing.assert_frame_equal(
        add_features(trip)[FEATURES], add_features(trip.drop(columns="dropoff"))[FEATURES]
    )


def test_features_leave_what_they_are_given_alone(trip: pd.DataFrame):
    before = trip.copy()
    add_features(trip)

    pd.testing.assert_frame_equal(trip, before)


def test_rows_keep_their_index(trip: pd.DataFrame):
    trips = pd.concat([trip, trip]).set_axis([7, 3])

    assert add_features(trips).index.tolist() == [7, 3]


def test_minutes(trip: pd.DataFrame):
    assert minutes(trip).tolist() == [12.0]
