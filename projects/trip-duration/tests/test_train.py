import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from fabrica.pipelines import Skip, make_plan

from trip_duration.data import EVERYWHERE
from trip_duration.evaluation import PARTS
from trip_duration.pipelines.train import (
    better,
    evaluate,
    prepare_trips,
    split,
    summarise,
    train_model,
)

ROOT = Path(__file__).parents[1]
Halves = tuple[pd.DataFrame, pd.DataFrame]


def test_no_trip_of_the_training_is_later_than_one_held_out(halves: Halves):
    train, test = halves

    assert train["pickup"].max() < pd.Timestamp("2019-03-25") <= test["pickup"].min()
    assert len(train) + len(test) == len(prepare_trips(EVERYWHERE))


def test_the_cutoff_is_a_parameter(trips: pd.DataFrame):
    train, test = split(trips, EVERYWHERE, cutoff=date(2019, 3, 30))

    assert train["pickup"].max() < pd.Timestamp("2019-03-30") <= test["pickup"].min()


def test_a_borough_with_too_few_trips_is_skipped_and_says_so():
    with pytest.raises(Skip, match="Bronx has 73 trips before 2019-03-25; 200 are needed"):
        split(prepare_trips("Bronx"), "Bronx")


@pytest.mark.parametrize(("cutoff", "held_out"), [(date(2019, 4, 1), 0), (date(2019, 3, 31), 20)])
def test_a_borough_with_too_few_trips_held_out_is_skipped_and_says_so(cutoff: date, held_out: int):
    with pytest.raises(Skip, match=f"Queens has {held_out} trips from {cutoff} on; 50 are needed"):
        split(prepare_trips("Queens"), "Queens", cutoff=cutoff)


def test_training_twice_makes_the_same_bytes(halves: Halves, tmp_path: Path):
    """In two processes, so that nothing of the first can help the second."""
    halves[0].head(1_000).to_parquet(tmp_path / "train.parquet")
    program = """
import sys, pandas as pd
from fabrica.storage import formats, open_store
from trip_duration.pipelines.train import train_model
model = train_model(pd.read_parquet(sys.argv[1] + "/train.parquet"))
print(formats.save(open_store("file://" + sys.argv[2]), model)["digest"])
"""
    digests = {
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path), str(tmp_path / name)],
            env={"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for name in ("one", "two")
    }

    assert len(digests) == 1


def test_metrics_are_all_there_and_finite(halves: Halves):
    train, test = halves
    metrics = evaluate(train_model(train, iterations=2), train, test)

    assert set(metrics) == {"trips", "mae", "mae_low", "mae_high", "baseline_mae", *PARTS}
    assert pd.Series(metrics).notna().all()
    assert metrics["mae_low"] < metrics["mae"] < metrics["mae_high"]


def test_the_summary_has_a_row_per_borough_the_largest_first():
    metrics = {"trips": 10.0, "mae": 3.0, "mae_low": 2.0, "mae_high": 4.0, "baseline_mae": 7.0}
    summary = summarise({"Queens": metrics, "Manhattan": {**metrics, "trips": 20.0}})  # pyright: ignore[reportArgumentType]

    assert summary["borough"].tolist() == ["Manhattan", "Queens"]


def measured(mae: float, *, spread: float = 0.0, width: float = 0.3) -> dict[str, float]:
    parts = {part: mae + (spread if n % 2 else -spread) for n, part in enumerate(PARTS)}
    return {
        "trips": 500.0,
        "mae": mae,
        "mae_low": mae - width,
        "mae_high": mae + width,
        "baseline_mae": 7.0,
        **parts,
    }


@pytest.mark.parametrize(
    ("candidate", "production", "promoted", "reason"),
    [
        (measured(3.0), None, True, "the first model; the usual time is 7.00 min off"),
        (measured(6.8), None, False, "not clearly better than the usual time, 7.00 min"),
        (measured(8.0), measured(9.0), False, "not clearly better than the usual time"),
        (measured(3.0), measured(3.2), True, "0.20 ± 0.00 min better"),
        (measured(3.0, spread=0.5), measured(3.2), False, "0.20 ± 0.33 min better: may be chance"),
        (measured(3.2), measured(3.0), False, "0.20 ± 0.00 min worse"),
        (measured(3.0), measured(3.0), False, "0.00 ± 0.00 min better: may be chance"),
    ],
)
def test_the_gate(
    candidate: dict[str, float],
    production: dict[str, float] | None,
    promoted: bool,
    reason: str,
):
    verdict = better(candidate, production)

    assert verdict.promote is promoted
    assert reason in verdict.reason
    assert verdict.metric == "mae"


def test_the_plan_has_no_problems():
    plan = make_plan(ROOT, "train")

    assert [step.name for step in plan.steps] == [
        *("prepare_trips", "split", "train_model", "evaluate", "summarise")
    ]
    assert plan.gate is not None
    assert (plan.gate.model, plan.gate.metrics) == ("model", "metrics")
