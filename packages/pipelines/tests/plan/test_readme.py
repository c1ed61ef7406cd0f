"""The README's example is a pipeline, and its table has every number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fabrica.pipelines import _plan_problems as problems
from fabrica.pipelines import make_plan
from fabrica.pipelines._cli import main

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


def test_the_options_are_those_of_the_command_line(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    options = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, flags=re.MULTILINE))
    assert set(re.findall(r"^\| `(--[a-z-]+)", README, flags=re.MULTILINE)) == options


def test_the_variables_are_those_that_the_sources_read() -> None:
    variables = set(re.findall(r"^\| `(FABRICA_[A-Z_]+)`", README, flags=re.MULTILINE))
    sources = Path(problems.__file__).parent.glob("*.py")
    read = set(re.findall(r'"(FABRICA_[A-Z_]+)"', "".join(map(Path.read_text, sources))))
    assert variables - {"FABRICA_STORE"} == read - {"FABRICA_STORE", "FABRICA_THREADS"}
