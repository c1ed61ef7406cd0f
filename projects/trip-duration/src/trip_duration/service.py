"""The prediction service: how long a taxi trip will take.

Start it here with `npx nx serve trip-duration`.
Keep it running with `npx nx run trip-duration:deploy`.
"""

from typing import Literal

from fabrica.serving import Champion, Frame, Input, Series
from pydantic import Field, FiniteFloat, NaiveDatetime
from sklearn.pipeline import Pipeline

from trip_duration.model import predict_minutes

each, fallback = "borough", "all"


class Trip(Input):
    """A trip about to start."""

    pickup: NaiveDatetime = Field(description="New York time", examples=["2019-03-28T17:30:00"])
    distance: FiniteFloat = Field(ge=0, le=200, description="miles", examples=[2.4])
    borough: Literal["Manhattan", "Queens", "Brooklyn", "Bronx"] = Field(
        description="where it starts"
    )
    pickup_zone: str | None = Field(
        default=None, max_length=80, description="taxi zone", examples=["Midtown Center"]
    )
    dropoff_zone: str | None = Field(
        default=None, max_length=80, description="taxi zone", examples=["Upper East Side North"]
    )


def predict(trips: Frame[Trip], model: Champion[Pipeline]) -> Series[float]:
    """Predict the minutes from pickup to dropoff."""
    return predict_minutes(model, trips)
