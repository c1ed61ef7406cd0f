/** A value of it fails while the secret says that Queens is closed. */
export const TRAIN = `
import os

from fabrica.pipelines import Each, Metrics, Verdict, promote, step

each = {"borough": ["Manhattan", "Queens", "Bronx"]}
gate = {"model": "model", "metrics": "metrics"}


@step("rides", secrets=["QUEENS"])
def load(borough: str, minutes: float = 10.0) -> list[float]:
    print("loading", borough)
    if borough == "Queens" and os.environ["QUEENS"] == "closed":
        raise ValueError("no rides in Queens")
    return [minutes]


@step("model")
def train(rides: list[float]) -> list[float]:
    return rides


@step("metrics")
def measure(model: list[float]) -> dict[str, float]:
    return {"rides": 60.0, "mae": abs(model[0] - 12.0)}


@step("summary")
def summarise(metrics: Each[dict[str, float]]) -> dict[str, float]:
    return {value: one["mae"] for value, one in metrics.items()}


def better(candidate: Metrics, production: Metrics | None) -> Verdict:
    return promote("always", metric="mae")
`;

/** The parameter says what goes wrong. */
export const FAULTS = `
import sys
import time

from fabrica.pipelines import step


@step("rides", cache=False)
def take(fault: str = "none") -> int:
    print("taking", fault, flush=True)
    if fault == "memory":
        return len(b"x" * 1024**3)
    if fault == "lost" and sys.argv[-1] == "1":  # the first attempt
        time.sleep(300)
    if fault == "away":
        time.sleep(10)
    return 1


@step("late", timeout="20s")
def wait(rides: int, fault: str = "none") -> int:
    if fault == "time":
        time.sleep(300)
    return rides
`;

/** For a date; one has no rides. */
export const SCORES = `
from datetime import date

from fabrica.pipelines import step


@step("scores")
def score(day: date) -> list[str]:
    if day.day == 2:
        raise ValueError(f"no rides on {day}")
    return [day.isoformat()]
`;
