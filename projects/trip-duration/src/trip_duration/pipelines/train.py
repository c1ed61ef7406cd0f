"""The pipeline `train`: from taxi trips to a model per borough, and one for all of them.

Each step is a plain function: an argument named like a product of another step receives it, any
other argument is a parameter. Every step runs once per borough.

    npx nx run trip-duration:run
    npx nx run trip-duration:run --set iterations=100

Steps that nothing changed for come from the cache.
"""

from datetime import date

import pandas as pd
from fabrica.pipelines import Each, Metrics, Skip, Verdict, keep, promote, step
from sklearn.pipeline import Pipeline

from trip_duration import evaluation
from trip_duration import model as models
from trip_duration.data import is_a_trip, read_trips
from trip_duration.features import minutes

each = {"borough": ["Manhattan", "Queens", "Brooklyn", "Bronx"]}
fallback = "all"  # its model serves a borough whose own is not better


@step("trips", reads=["data/taxis.csv"])
def prepare_trips(borough: str) -> pd.DataFrame:
    """Read the trips that start in the borough, checked, without what is no trip."""
    trips = read_trips(borough)
    return trips[is_a_trip(trips)].reset_index(drop=True)


@step("train", "test")
def split(
    trips: pd.DataFrame,
    borough: str,
    cutoff: date = date(2019, 3, 25),
    fewest_trips: int = 200,
    fewest_held_out: int = 50,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hold out the trips from the cutoff on: a model is asked about days after those it knows."""
    known = trips["pickup"] < pd.Timestamp(cutoff)
    if known.sum() < fewest_trips:
        raise Skip(f"{borough} has {known.sum()} trips before {cutoff}; {fewest_trips} are needed")
    later = (~known).sum()
    if later < fewest_held_out:
        raise Skip(f"{borough} has {later} trips from {cutoff} on; {fewest_held_out} are needed")
    return trips[known].reset_index(drop=True), trips[~known].reset_index(drop=True)


@step("model", memory="1Gi")
def train_model(
    train: pd.DataFrame, iterations: int = 15, max_depth: int = 6, learning_rate: float = 0.1
) -> Pipeline:
    """Fit the model of the borough."""
    return models.fit(
        train, iterations=iterations, max_depth=max_depth, learning_rate=learning_rate
    )


@step("metrics")
def evaluate(model: Pipeline, train: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
    """Measure the error on the held-out trips, beside that of always saying the usual time."""
    usual = float(minutes(train).median())
    return evaluation.measure(models.predict_minutes(model, test), minutes(test), usual)


@step("summary")
def summarise(metrics: Each[dict[str, float]]) -> pd.DataFrame:
    """Put the boroughs side by side, the largest first."""
    table = pd.DataFrame([{"borough": borough, **numbers} for borough, numbers in metrics.items()])
    columns = ["borough", "trips", "mae", "mae_low", "mae_high", "baseline_mae"]
    return table[columns].sort_values("trips", ascending=False, ignore_index=True)


def better(candidate: Metrics, production: Metrics | None) -> Verdict:
    """Decide whether the new model serves from now on; both were measured on the same trips.

    It must beat always saying the usual time even at the far end of its interval. And what serves
    today (for a borough without a model of its own: the model of all boroughs) by more than the
    margin of error.
    """
    usual = candidate["baseline_mae"]
    if candidate["mae_high"] >= usual:
        return keep(f"not clearly better than the usual time, {usual:.2f} min", "mae")
    if production is None:
        return promote(f"the first model; the usual time is {usual:.2f} min off", "mae")
    gain, margin = evaluation.gain(candidate, production)
    if gain > margin:
        return promote(f"{gain:.2f} ± {margin:.2f} min better", "mae")
    if gain < 0:
        return keep(f"{-gain:.2f} ± {margin:.2f} min worse", "mae")
    return keep(f"{gain:.2f} ± {margin:.2f} min better: may be chance", "mae")
