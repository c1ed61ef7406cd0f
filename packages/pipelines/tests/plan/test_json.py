"""plan.json: the same source gives the same bytes, and what was written is read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fabrica.pipelines import PlanUnreadable, make_plan, plan_json, read_plan


@pytest.fixture
def root(project, train) -> Path:
    return project(train)


def test_a_plan_is_read_back(root: Path) -> None:
    plan = make_plan(root, "train")
    assert read_plan(plan_json(plan)) == plan


def test_the_same_source_gives_the_same_bytes(root: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from fabrica.pipelines import *;"
        "sys.stdout.buffer.write(plan_json(make_plan(Path(sys.argv[1]), 'train')))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script, str(root)],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert found == {plan_json(make_plan(root, "train"))}


def test_keys_are_sorted_and_named_as_the_contract_names_them(root: Path) -> None:
    data = plan_json(make_plan(root, "train"))
    document = json.loads(data)
    assert (
        data
        == json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    )
    assert document.keys() == {
        "schema", "project", "pipeline", "module", "file", "each", "parameters", "steps", "gate",
    }  # fmt: skip
    assert document["schema"] == 1
    assert document["parameters"]["cutoff"].keys() == {
        "type", "jsonSchema", "required", "default", "steps", "file", "line",
    }  # fmt: skip
    assert document["steps"][0].keys() == {
        "name", "entry", "file", "line", "scope", "after", "products", "inputs", "parameters",
        "reads", "secrets", "cache", "resources", "threads", "retries", "timeoutSeconds",
    }  # fmt: skip
    assert document["gate"].keys() == {"entry", "file", "line", "model", "metrics", "rejudge"}


def test_the_schema_before_and_unknown_keys_are_read(root: Path) -> None:
    plan = make_plan(root, "train")
    document = json.loads(plan_json(plan))
    document["schema"] = 0
    document["colour"] = "red"
    document["steps"][0]["colour"] = "red"
    assert read_plan(json.dumps(document).encode()) == plan


def test_what_an_older_plan_lacks_has_its_default() -> None:
    document = {
        "schema": 0,
        "project": "bikes",
        "pipeline": "train",
        "module": "bikes.train",
        "file": "src/bikes/train.py",
        "steps": [{"name": "load", "entry": "bikes.train:load"}],
    }
    [step] = read_plan(json.dumps(document).encode()).steps
    assert (step.scope, step.cache, step.threads, step.timeout_seconds) == ("once", True, 1, None)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"{", "the plan is not valid JSON"),
        (b"\xff", "the plan is not valid JSON"),
        (b"[]", "the document is not a plan: it has no schema number"),
        (
            b'{"schema": 2}',
            "the plan has schema 2; this version of fabrica-pipelines reads 1 and 0",
        ),
        (b'{"schema": 1}', "the plan is incomplete: KeyError('project')"),
    ],
)
def test_what_is_no_plan(data: bytes, text: str) -> None:
    with pytest.raises(PlanUnreadable) as failure:
        read_plan(data)
    assert str(failure.value).startswith(text)
    assert failure.value.hint
