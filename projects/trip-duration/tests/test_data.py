import pandas as pd
import pytest
from fabrica import warehouse
from pandera.errors import SchemaErrors

from trip_duration.data import BOROUGHS, EVERYWHERE, check_trips, is_a_trip, read_trips
from trip_duration.zones import ZONES

KNOWN_AFTERWARDS = {"passengers", "fare", "tip", "tolls", "total", "payment", "dropoff_borough"}


def test_the_data_is_what_this_project_was_made_for():
    taxis = warehouse.query("from taxis")

    assert len(taxis) == 6_433
    assert set(taxis["pickup_borough"].dropna()) == set(BOROUGHS)
    assert set(taxis["pickup_zone"].dropna()) | set(taxis["dropoff_zone"].dropna()) == set(ZONES)
    assert len(check_trips(read_trips(EVERYWHERE))) == len(taxis)


@pytest.mark.parametrize(
    ("borough", "trips"),
    [("Manhattan", 5_268), ("Queens", 657), ("Brooklyn", 383), ("Bronx", 99), (EVERYWHERE, 6_433)],
)
def test_each_borough_has_its_trips(borough: str, trips: int):
    assert len(read_trips(borough)) == trips


def test_trips_from_nowhere_count_for_all_boroughs_together_only():
    everywhere = read_trips(EVERYWHERE)
    apart = sum(len(read_trips(borough)) for borough in BOROUGHS)

    assert everywhere["pickup_borough"].isna().sum() == 26
    assert apart == len(everywhere) - 26


def test_trips_come_in_the_order_of_time():
    assert read_trips(EVERYWHERE)["pickup"].is_monotonic_increasing


def test_what_is_known_afterwards_never_leaves_the_warehouse():
    assert KNOWN_AFTERWARDS.isdisjoint(read_trips("Queens").columns)


def test_a_borough_that_does_not_exist_has_no_trips_and_no_sql_either():
    trips = warehouse.query("from taxis where pickup_borough = ?", ["' or true --"])

    assert trips.empty


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("pickup", pd.Timestamp("2018-03-01"), "pickup"),
        ("dropoff", pd.Timestamp("2019-03-28"), "ends before it starts"),
        ("distance", -1.0, "distance"),
        ("distance", 2_000.0, "distance"),
        ("distance", float("nan"), "distance"),
        ("pickup_borough", "Hoboken", "pickup_borough"),
        ("dropoff_zone", "Hoboken", "dropoff_zone"),
    ],
)
def test_wrong_rows_are_refused(trip: pd.DataFrame, column: str, value: object, message: str):
    trip[column] = pd.Series([value]).astype(trip[column].dtype)

    with pytest.raises(SchemaErrors, match=message):
        check_trips(trip)


def test_a_column_that_nobody_asked_for_is_refused(trip: pd.DataFrame):
    with pytest.raises(SchemaErrors, match="fare"):
        check_trips(trip.assign(fare=9.5))


def test_data_of_which_too_much_is_no_trip_is_refused(trip: pd.DataFrame):
    stopped = trip.assign(dropoff=trip["pickup"])

    with pytest.raises(SchemaErrors, match="more than a tenth are no trips"):
        check_trips(pd.concat([trip] * 8 + [stopped] * 2, ignore_index=True))


@pytest.mark.parametrize(
    ("distance", "minutes", "expected"),
    [
        (2.4, 12, True),
        (2.4, 1, False),  # 144 miles an hour
        (0.2, 1, True),
        (0.2, 0.9, False),
        (0.0, 12, False),
        (2.4, 0, False),
        (30.0, 180, True),
        (30.0, 181, False),
    ],
)
def test_what_is_a_trip(trip: pd.DataFrame, distance: float, minutes: float, expected: bool):
    dropoff = trip["pickup"] + pd.to_timedelta(minutes, unit="min")

    assert is_a_trip(trip.assign(distance=distance, dropoff=dropoff)).tolist() == [expected]


def test_how_many_rows_are_no_trips():
    trips = read_trips(EVERYWHERE)

    assert (~is_a_trip(trips)).sum() == 84
