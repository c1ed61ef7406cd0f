"""The model: it learns the pace of a trip, and predicts minutes."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import TargetEncoder

from trip_duration.features import FEATURES, ZONES, add_features, minutes

# Starting and stopping take time as if half a mile were driven: without it the pace of a trip
# around the corner has no meaning. With 0.3 to 1 the third week of March is predicted equally well.
EXTRA_MILES = 0.5

# A trip's zones are encoded by the pace of other trips, never by its own.
FOLDS: Any = KFold(5, shuffle=True, random_state=0)
TREES: dict[str, Any] = {
    "loss": "absolute_error",  # few odd trips don't rule it
    "max_leaf_nodes": 15,
    "min_samples_leaf": 10,
    "early_stopping": False,
    "random_state": 0,
}


def fit(trips: pd.DataFrame, *, iterations: int, max_depth: int, learning_rate: float) -> Pipeline:
    """Fit a model to trips that have ended.

    Its target is the logarithm of the pace (minutes a mile): trees can't extrapolate, so they
    learn how fast a taxi gets on, and the distance does the rest. A zone is seen as its mean pace,
    drawn towards the mean of all zones when it has few trips.

    Args:
        trips: as `read_trips` returns them, without rows that are no trips.
        iterations: trees, one after the other.
        max_depth: of each tree.
        learning_rate: how much each tree corrects.
    """
    zones = TargetEncoder(cv=FOLDS)
    trees = HistGradientBoostingRegressor(
        max_iter=iterations, max_depth=max_depth, learning_rate=learning_rate, **TREES
    )
    encode = ColumnTransformer([("zones", zones, ZONES)], remainder="passthrough")
    model = Pipeline([("encode", encode), ("trees", trees)])
    pace = minutes(trips) / (trips["distance"] + EXTRA_MILES)
    return model.fit(add_features(trips)[FEATURES], np.log(pace))


def predict_minutes(model: Pipeline, trips: pd.DataFrame) -> pd.Series:
    """Predict how long each trip takes, in minutes; evaluation and the service both ask here.

    Args:
        model: made by `fit`.
        trips: what `add_features` takes; one row a trip.
    """
    # Those that the model learnt from: the gate measures earlier ones, and a rollback serves them.
    features = add_features(trips)[list(model.feature_names_in_)]
    pace = np.exp(model.predict(features))
    return pd.Series(pace * (trips["distance"].to_numpy() + EXTRA_MILES), trips.index)
