from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

Write = Callable[..., Path]

HEAD = """\
import pandas as pd
from fabrica.pipelines import Champion, Each, step
"""


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in {"pyproject.toml": '[project]\nname = "bikes"\n', **files}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
    return root


@pytest.fixture
def project(tmp_path: Path) -> Write:
    """Write a project: `train` is the body of its pipeline, after two lines of imports."""

    def write(train: str | None = None, **files: str) -> Path:
        named = {f"src/bikes/{name}.py": text for name, text in files.items()}
        if train is not None:
            named["src/bikes/pipelines/train.py"] = HEAD + dedent(train).lstrip("\n")
        return write_files(tmp_path / "project", {"src/bikes/__init__.py": "", **named})

    return write


TRAIN = """
from datetime import date
from sklearn.ensemble import HistGradientBoostingRegressor
from fabrica.pipelines import Metrics, Verdict, keep, promote

each = {"borough": ["Manhattan", "Queens"]}
fallback = "all"

@step("trips", reads=["data/taxis.csv"])
def prepare(borough: str) -> pd.DataFrame: ...

@step("train", "test")
def split(
    trips: pd.DataFrame, cutoff: date = date(2019, 3, 25)
) -> tuple[pd.DataFrame, pd.DataFrame]: ...

@step("model", memory="2Gi", cpu=2, retries=2, timeout="30m", tolerance=1e-6)
def train_model(train: pd.DataFrame, max_depth: int = 6) -> HistGradientBoostingRegressor: ...

@step("predictions")
def predict(model: HistGradientBoostingRegressor, test: pd.DataFrame) -> pd.Series: ...

@step("metrics")
def evaluate(predictions: pd.Series, test: pd.DataFrame) -> dict[str, float]: ...

@step("summary")
def summarise(metrics: Each[dict[str, float]]) -> pd.DataFrame: ...

@step(secrets=["SLACK_URL"], cache=False)
def send(summary: pd.DataFrame, to: str = "#trips") -> None: ...

def better(candidate: Metrics, production: Metrics | None) -> Verdict: ...
"""


@pytest.fixture
def train() -> str:
    """Return the body of a pipeline with values, a gather, a side effect and a gate."""
    return TRAIN
