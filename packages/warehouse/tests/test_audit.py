"""A pipeline sees what a query reads through Python's audit hooks."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
read = []
sys.addaudithook(lambda event, args: read.append(args[0]) if event == "fabrica.read" else None)
from fabrica import warehouse
warehouse.query(sys.argv[1])
print(*read, sep="\\n")
"""
REFUSING = """
import sys
def hook(event, args):
    if event == "fabrica.read":
        raise RuntimeError("undeclared " + args[0])
sys.addaudithook(hook)
from fabrica import warehouse
try:
    warehouse.query("from trips")
except RuntimeError as error:
    print(error)
"""


def run(program, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    "sql",
    [
        *("from trips", "select 1 from trips a, trips b", "from 'data/trips.csv'"),
        *("from read_csv('data/*.csv')", "with t as (from trips) select (select count(*) from t)"),
    ],
)
def test_each_file_that_a_query_reads_is_reported_once(project, sql):
    assert run(PROGRAM, sql) == [str(project.root.resolve() / "data" / "trips.csv")]


def test_a_query_without_files_reports_none(project):
    assert run(PROGRAM, "select 1 as a") == [""]


def test_a_hook_can_refuse(project):
    assert run(REFUSING) == [f"undeclared {project.root.resolve() / 'data' / 'trips.csv'}"]


def test_importing_costs_nothing_heavy():
    program = "import sys; from fabrica import warehouse; print(*sys.modules)"
    modules = set(" ".join(run(program)).split())
    assert modules.isdisjoint({"duckdb", "pandas", "numpy", "pyarrow"})


def test_the_public_face_is_complete():
    from fabrica import warehouse

    assert set(dir(warehouse)) == set(warehouse.__all__)
    assert all(hasattr(warehouse, name) for name in warehouse.__all__)
