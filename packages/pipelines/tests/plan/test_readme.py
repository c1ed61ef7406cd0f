"""The README's example is a pipeline, and its table has every number."""

from __future__ import annotations

import re
from pathlib import Path

from fabrica.pipelines import _plan_problems as problems
from fabrica.pipelines import make_plan

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_example_is_a_pipeline(tmp_path: Path) -> None:
    [source] = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    folder = tmp_path / "src/bike_demand/pipelines"
    folder.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "bike-demand"\n')
    (folder.parent / "features.py").write_text("FEATURES = []\ndef add_features(x): return x\n")
    (folder / "train.py").write_text(source)
    plan = make_plan(tmp_path, "train")
    assert [step.name for step in plan.steps] == [
        "load", "split", "train_model", "evaluate", "summarise",
    ]  # fmt: skip
    assert plan.gate is not None
    assert (plan.gate.model, plan.gate.metrics) == ("model", "metrics")


def test_the_table_has_every_number() -> None:
    numbers = [int(number) for number in re.findall(r"^\| +(\d+) +\|", README, flags=re.MULTILINE)]
    assert numbers == list(range(1, problems.MISSING + 1))
