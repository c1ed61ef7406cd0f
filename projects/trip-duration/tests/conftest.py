import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # as the runner does, before scikit-learn is loaded

from datetime import datetime, timedelta

import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from trip_duration.data import EVERYWHERE
from trip_duration.pipelines.train import prepare_trips, split, train_model


@pytest.fixture(scope="session")
def trips() -> pd.DataFrame:
    """All trips, prepared as the pipeline does it."""
    return prepare_trips(EVERYWHERE)


@pytest.fixture(scope="session")
def halves(trips: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return split(trips, EVERYWHERE)


@pytest.fixture(scope="session")
def model(halves: tuple[pd.DataFrame, pd.DataFrame]) -> Pipeline:
    """The model of all boroughs, with the pipeline's own settings."""
    return train_model(halves[0])


@pytest.fixture
def trip() -> pd.DataFrame:
    """One ordinary trip of twelve minutes."""
    pickup = datetime(2019, 3, 28, 17, 30)
    return pd.DataFrame(
        {
            "pickup": pd.to_datetime([pickup]),
            "dropoff": pd.to_datetime([pickup + timedelta(minutes=12)]),
            "distance": [2.4],
            "pickup_zone": ["Midtown Center"],
            "dropoff_zone": ["Upper East Side North"],
            "pickup_borough": ["Manhattan"],
        }
    )
