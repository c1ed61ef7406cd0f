"""The prediction service: how long a taxi trip will take.

Start it here with `npx nx serve trip-duration`.
Keep it running with `npx nx run trip-duration:deploy`.
"""

from difflib import get_close_matches
from typing import Annotated, Any, Literal

from fabrica.serving import Champion, Frame, Input, Series
from pydantic import AfterValidator, Field, FiniteFloat, NaiveDatetime
from sklearn.pipeline import Pipeline

from trip_duration.model import predict_minutes
from trip_duration.zones import ZONES

each, fallback = "borough", "all"


def known_zone(zone: str) -> str:
    """Return a zone of the data as it is; ValueError for any other.

    The model would answer a slip as if no zone were named, and nobody would notice.
    """
    if zone in ZONES:
        return zone
    near = get_close_matches(zone, ZONES, 1)
    raise ValueError("no zone of the data" + (f"; did you mean {near[0]}?" if near else ""))


LISTED: Any = {"enum": list(ZONES)}  # for /openapi.json, and what a 422 says is allowed
Zone = Annotated[str, Field(max_length=80, json_schema_extra=LISTED), AfterValidator(known_zone)]


class Trip(Input):
    """A trip about to start."""

    pickup: NaiveDatetime = Field(description="New York time", examples=["2019-03-28T17:30:00"])
    distance: FiniteFloat = Field(ge=0, le=200, description="miles", examples=[2.4])
    borough: Literal["Manhattan", "Queens", "Brooklyn", "Bronx"] = Field(
        description="where it starts"
    )
    pickup_zone: Zone | None = Field(
        default=None, description="taxi zone", examples=["Midtown Center"]
    )
    dropoff_zone: Zone | None = Field(
        default=None, description="taxi zone", examples=["Upper East Side North"]
    )


def predict(trips: Frame[Trip], model: Champion[Pipeline]) -> Series[float]:
    """Predict the minutes from pickup to dropoff."""
    return predict_minutes(model, trips)
