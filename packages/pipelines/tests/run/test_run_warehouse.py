"""Steps that query the warehouse, with a stand-in for it: it answers with a file's text."""

from __future__ import annotations

import os

import pytest

WAREHOUSE = """
import os
import sys


def query(sql):
    path = os.environ["FABRICA_WAREHOUSE"].removeprefix("duckdb://")
    sys.audit("fabrica.read", path)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 100).decode()
    finally:
        os.close(descriptor)
"""
SOURCE = """
    from pathlib import Path
    from fabrica import warehouse
    from fabrica.pipelines import step

    @step("name", reads=["name.txt"])
    def load() -> str:
        return Path("name.txt").read_text()

    @step("rows")
    def fetch(name: str) -> str:
        return ask(name)

    @step("length")
    def measure(name: str) -> int:
        return len(name)

    def ask(name):
        return warehouse.query(f"select * from {name}")
"""


@pytest.fixture
def queried(project, tmp_path, monkeypatch):
    project.write(SOURCE)
    project.file("name.txt", "taxis")
    library = tmp_path / "library/fabrica/warehouse"
    library.mkdir(parents=True)
    (library / "__init__.py").write_text(WAREHOUSE)
    path = [str(tmp_path / "library"), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(part for part in path if part))
    # What is below the folder of temporary files is not watched.
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    for name in ("one", "two"):
        (tmp_path / f"{name}.duckdb").write_text(name)
    return project


def address(project, name: str) -> str:
    return f"duckdb://{project.root.parent}/{name}.duckdb"


def rows(project, ran) -> str:
    return project.load(project.manifests(ran.ended["run"])["fetch/_/1"], "rows")


@pytest.mark.parametrize("options", [(), ("--isolate",)])
def test_another_warehouse_has_other_rows(queried, options):
    first = queried.run(*options, FABRICA_WAREHOUSE=address(queried, "one"))
    assert first.code == 0, first.err
    assert rows(queried, first) == "one"
    assert queried.run(*options, FABRICA_WAREHOUSE=address(queried, "one")).counts == {"cached": 3}
    second = queried.run(*options, FABRICA_WAREHOUSE=address(queried, "two"))
    assert second.outcomes("fetch") == {None: "done"}
    assert rows(queried, second) == "two"
    assert second.counts == {"cached": 2, "done": 1}, "steps that query nothing have their products"


def test_a_database_with_new_rows(queried):
    queried.run(FABRICA_WAREHOUSE=address(queried, "one"))
    (queried.root.parent / "one.duckdb").write_text("new")
    assert rows(queried, queried.run(FABRICA_WAREHOUSE=address(queried, "one"))) == "new"


def test_equal_databases_are_one_wherever_they_are(queried):
    queried.run(FABRICA_WAREHOUSE=address(queried, "one"))
    queried.file("data/copy.duckdb", "one")
    url = f"duckdb://{queried.root}/data/copy.duckdb"
    assert queried.run(FABRICA_WAREHOUSE=url).counts == {"cached": 3}


def test_a_database_inside_of_the_project_needs_no_reads(queried):
    queried.file("data/own.duckdb", "own")
    ran = queried.run(FABRICA_WAREHOUSE=f"duckdb://{queried.root}/data/own.duckdb")
    assert ran.code == 0, ran.err
    assert rows(queried, ran) == "own"


def test_a_database_that_changes_while_the_step_runs(queried):
    queried.write(
        SOURCE.replace(
            "return ask(name)", 'Path("../one.duckdb").write_text("x"); return ask(name)'
        )
    )
    ran = queried.run(FABRICA_WAREHOUSE=address(queried, "one"))
    assert ran.outcomes("fetch") == {None: "failed"}
    assert "the database of FABRICA_WAREHOUSE changed while the run was on its way" in ran.err


def test_a_run_of_another_warehouse_is_not_resumed(queried):
    queried.write(SOURCE.replace("return len(name)", "return 1 / 0"))
    run = queried.run(FABRICA_WAREHOUSE=address(queried, "one")).ended["run"]
    ran = queried.run("--resume", run, FABRICA_WAREHOUSE=address(queried, "two"))
    assert ran.code == 2
    assert "FABRICA_WAREHOUSE names other data now" in ran.err
