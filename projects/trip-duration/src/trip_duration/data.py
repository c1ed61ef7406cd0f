"""The trips: read, checked, and what counts as a trip."""

import pandas as pd
import pandera.pandas as pa
from fabrica import warehouse

from trip_duration.features import minutes
from trip_duration.zones import ZONES

BOROUGHS = ["Manhattan", "Queens", "Brooklyn", "Bronx"]
EVERYWHERE = "all"

SHORTEST, LONGEST = 1.0, 180.0  # minutes
FASTEST = 80.0  # miles an hour

# Only what is known at pickup, and the dropoff time to learn from. Fare, tip, tolls, total and
# payment are known when the trip is over: they stay in the warehouse, so no model can see them.
TRIPS = """
    select pickup, dropoff, distance, pickup_zone, dropoff_zone, pickup_borough
    from taxis
    where $borough = 'all' or pickup_borough = $borough
    order by all
"""

TRIPS_SCHEMA = pa.DataFrameSchema(
    {
        "pickup": pa.Column(
            "datetime64[us]",
            pa.Check.in_range(pd.Timestamp("2019-02-28"), pd.Timestamp("2019-04-01")),
        ),
        "dropoff": pa.Column("datetime64[us]"),
        "distance": pa.Column(float, pa.Check.in_range(0, 200), description="miles"),
        "pickup_zone": pa.Column(str, pa.Check.isin(ZONES), nullable=True),
        "dropoff_zone": pa.Column(str, pa.Check.isin(ZONES), nullable=True),
        "pickup_borough": pa.Column(str, pa.Check.isin(BOROUGHS), nullable=True),
    },
    checks=[
        pa.Check(lambda trips: trips["dropoff"] >= trips["pickup"], error="ends before it starts"),
        pa.Check(
            lambda trips: is_a_trip(trips).mean() >= 0.9, error="more than a tenth are no trips"
        ),
    ],
    strict=True,
)


def read_trips(borough: str) -> pd.DataFrame:
    """Read the trips that start in a borough, the oldest first.

    Args:
        borough: one of `BOROUGHS`, or `EVERYWHERE` for all trips. Those whose pickup borough is
            not recorded (26) count there only: they say how long a trip of their length takes
            at their hour, but not in which borough.

    Returns:
        `pickup` and `dropoff` (New York time), `distance` (miles), `pickup_zone`,
        `dropoff_zone`, `pickup_borough` (each may be missing).

    Raises:
        SchemaErrors: the data is not what this project was made for; says which rows.
    """
    return check_trips(warehouse.query(TRIPS, {"borough": borough}))


def check_trips(trips: pd.DataFrame) -> pd.DataFrame:
    """Return the trips as they are, or say all that is wrong with them: SchemaErrors."""
    return TRIPS_SCHEMA.validate(trips, lazy=True)


def is_a_trip(trips: pd.DataFrame) -> pd.Series:
    """Tell which rows are trips, and not a meter started by mistake or left running.

    A trip takes from a minute to three hours, goes some distance, and at a taxi's speed.
    """
    took = minutes(trips)
    hours = (took / 60).where(took > 0)
    plausible = took.between(SHORTEST, LONGEST) & (trips["distance"] > 0)
    return plausible & (trips["distance"] / hours <= FASTEST)
