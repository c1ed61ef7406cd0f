"""What a model sees of a trip. Training and the service share it, so that they never differ."""

import pandas as pd

ZONES = ["pickup_zone", "dropoff_zone"]
NUMBERS = ["distance", "hour", "weekday", "airport"]
FEATURES = [*ZONES, *NUMBERS]


def add_features(trips: pd.DataFrame) -> pd.DataFrame:
    """Add what can be told at pickup, when the passenger has named the destination.

    Args:
        trips: `pickup` (New York time), `distance` (miles to the destination), `pickup_zone` and
            `dropoff_zone` (taxi zones; may be missing).

    Returns:
        The same rows, with `hour` (0 to 24, with the minutes), `weekday` (0 is Monday), `airport`
        (1 from one, 2 to one, 3 both, else 0), and zones as text or missing.
    """
    zones = {zone: trips[zone].astype("object").where(trips[zone].notna(), None) for zone in ZONES}
    from_airport, to_airport = (zones[zone].map(_is_airport) for zone in ZONES)
    pickup = trips["pickup"]
    return trips.assign(
        **zones,
        hour=pickup.dt.hour + pickup.dt.minute / 60,
        weekday=pickup.dt.day_of_week,
        airport=from_airport + 2 * to_airport,
    )


def minutes(trips: pd.DataFrame) -> pd.Series:
    """Return how long each trip took, from `pickup` to `dropoff`: what the model predicts."""
    return ((trips["dropoff"] - trips["pickup"]).dt.total_seconds() / 60).rename("minutes")


def _is_airport(zone: str | None) -> int:
    return int(zone is not None and "Airport" in zone)
