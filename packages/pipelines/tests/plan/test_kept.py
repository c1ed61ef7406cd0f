"""A plan whose files are all as they were is read, not made; any change makes it again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fabrica.pipelines import PlanFailed, make_plan, plan_json
from fabrica.pipelines._reach import code_digests

SCRIPT = """
import sys
from pathlib import Path
from fabrica.pipelines import make_plan
from fabrica.pipelines._reach import code_digests
root = Path(sys.argv[1])
plan = make_plan(root, "train")
print(sorted(code_digests(plan, root).items()))
print("fabrica.pipelines._plan_make" in sys.modules)
"""


def planned(root: Path) -> list[str]:
    """Plan in a fresh process; return its digests, and whether the plan was made anew."""
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(root)], capture_output=True, text=True, check=True
    ).stdout.splitlines()


@pytest.fixture
def root(project) -> Path:
    return project(
        """
        from bikes import tools
        try:
            from bikes.fast import speed
        except ImportError:
            speed = None

        @step("a")
        def first(depth: int = 3) -> int:
            return tools.one() + speed
        """,
        tools="def one():\n    return 1\n",
    )


def test_the_second_time_it_is_read(root: Path) -> None:
    digests, made = planned(root)
    assert made == "True"
    assert planned(root) == [digests, "False"]


def test_read_or_made_it_is_the_same(root: Path) -> None:
    first = make_plan(root, "train")
    digests = code_digests(first, root)
    second = make_plan(root, "train")
    assert (second, plan_json(second)) == (first, plan_json(first))
    assert code_digests(second, root) == digests


def test_values_and_resources_ask_for_another_plan(root: Path) -> None:
    code_digests(make_plan(root, "train"), root)
    code_digests(make_plan(root, "train", each={"depth": ["1"]}), root)
    assert make_plan(root, "train").each is None
    more = make_plan(root, "train", resources={"first": {"cpu": 4}})
    assert more.step("first").threads == 4


def test_a_module_that_appears_is_seen(root: Path) -> None:
    before = code_digests(make_plan(root, "train"), root)
    (root / "src/bikes/fast.py").write_text("speed = 3\n")
    after = code_digests(make_plan(root, "train"), root)
    assert before != after
    (root / "src/bikes/fast.py").unlink()
    assert code_digests(make_plan(root, "train"), root) == before


def test_a_notebook_that_appears_is_seen(root: Path) -> None:
    code_digests(make_plan(root, "train"), root)
    (root / "src/bikes/explore.ipynb").write_text(
        '{"cells": [{"cell_type": "code", "source": '
        '"from fabrica.pipelines import step\\n@step(\\"a\\")\\ndef f() -> int: ..."}]}'
    )
    with pytest.raises(PlanFailed, match="is in a notebook"):
        make_plan(root, "train")


def test_a_problem_is_told_every_time(root: Path) -> None:
    code_digests(make_plan(root, "train"), root)
    file = root / "src/bikes/tools.py"
    file.write_text("def one():\n    return eval('1')\n")
    for _ in range(2):
        with pytest.raises(PlanFailed, match="eval"):
            make_plan(root, "train")


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"question": "x"}', b"\xff\x00"])
def test_a_damaged_file_costs_time_and_no_more(root: Path, damage: bytes) -> None:
    plan = make_plan(root, "train")
    digests = code_digests(plan, root)
    [kept] = (root / ".fabrica/facts/plans").glob("*.json")
    kept.write_bytes(damage)
    again = make_plan(root, "train")
    assert again == plan
    assert code_digests(again, root) == digests


def test_a_project_that_is_not_writable_is_planned(root: Path) -> None:
    (root / ".fabrica").write_text("no folder")
    plan = make_plan(root, "train")
    assert code_digests(plan, root).keys() == {"first"}


def test_the_oldest_are_forgotten(root: Path) -> None:
    for depth in range(45):
        plan = make_plan(root, "train", each={"depth": [str(depth)]})
        code_digests(plan, root)
    assert len(list((root / ".fabrica/facts/plans").glob("*.json"))) == 40
