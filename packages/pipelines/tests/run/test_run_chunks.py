"""Chunks of values, exit codes that say whether another try makes sense, and the end of a run."""

from __future__ import annotations

import json

import pytest

SOURCE = """
    import os
    from fabrica.pipelines import Skip, step

    each = {"city": ["a", "b", "c", "d", "e"]}

    @step("rows", reads=["rows.txt"], retries=1)
    def load(city: str) -> list:
        with open("started.txt", "a") as started:
            started.write(city)
        if city == "b":
            raise ValueError("no data")
        if city == "c":
            os._exit(7)
        if city == "d":
            raise Skip("too few")
        return [city]

    @step("size")
    def measure(rows: list) -> int:
        return len(rows)

    @step("total", timeout="0.2s", cache=False)
    def wait() -> int:
        import time
        time.sleep(30)
        return 1
"""


@pytest.fixture
def cities(project):
    project.write(SOURCE)
    project.file("rows.txt")
    return project


def opened(cities) -> str:
    return cities.call("open", "train").out.strip()


def chunk(cities, run: str, name: str, which: str, attempt: int = 1):
    words = ["--run", run, "--chunk", which, "--attempt", str(attempt)]
    return cities.call("step", "train", name, *words)


def test_a_chunk_runs_its_values_and_a_failure_leaves_the_others(cities):
    run = opened(cities)
    first = chunk(cities, run, "load", "0/2")  # a, c, e
    assert first.code == 1
    assert "its process ended with exit code 7" in first.err
    second = chunk(cities, run, "load", "1/2")  # b, d
    assert second.code == 1
    outcomes = {name: m["outcome"] for name, m in cities.manifests(run).items()}
    assert outcomes == {
        "load/a/1": "done",
        "load/b/1": "failed",
        "load/c/1": "failed",
        "load/d/1": "skipped",
        "load/e/1": "done",
    }


def test_another_attempt_is_for_what_did_not_end_well(cities):
    run = opened(cities)
    chunk(cities, run, "load", "0/2")
    chunk(cities, run, "load", "0/2", attempt=2)
    assert (cities.root / "started.txt").read_text() == "acec"


def test_what_cannot_start_is_not_tried_again(cities):
    run = opened(cities)
    chunk(cities, run, "load", "1/5")
    blocked = chunk(cities, run, "measure", "1/5")
    assert blocked.code == 3
    assert "measure b blocked" in blocked.err


def test_a_chunk_without_values_has_nothing_to_do(cities):
    run = opened(cities)
    assert chunk(cities, run, "load", "7/9").code == 0


def test_a_timeout_is_recorded(cities):
    run = opened(cities)
    ran = cities.call("step", "train", "wait", "--run", run)
    assert ran.code == 1
    assert cities.manifests(run)["wait/_/1"]["outcome"] == "timeout"


def test_a_store_that_refuses_is_worth_another_try(cities):
    run = opened(cities)
    cities.file(f".fabrica/store/runs/bikes/{run}/steps", "in the way of a folder")
    ran = cities.call("step", "train", "wait", "--run", run)
    assert ran.code == 75, ran.err


@pytest.mark.parametrize("which", ["3/3", "x/2", "1", "-1/2"])
def test_a_wrong_chunk(cities, which):
    ran = chunk(cities, opened(cities), "load", which)
    assert ran.code == 2
    assert f"--chunk {which} is no chunk" in ran.err or "expected one argument" in ran.err


def test_a_step_that_runs_once_has_no_chunks(cities):
    ran = chunk(cities, opened(cities), "wait", "0/2")
    assert ran.code == 2
    assert "runs once" in ran.err


def closed(cities, run: str, status: str, *failures: tuple[str, str]):
    told = json.dumps([{"displayName": name, "message": message} for name, message in failures])
    quoted = json.dumps(told)  # as Argo fills it in
    return cities.call("close", "train", "--run", run, "--status", status, "--failures", quoted)


def test_the_end_tells_what_the_cluster_says(cities):
    run = opened(cities)
    ended = closed(
        cities,
        run,
        "Failed",
        ("load(0)", "OOMKilled (exit code 137)"),
        ("measure(0)", "main: Error (exit code 3)"),
        ("measure", "retryStrategy.expression evaluated to false"),
    )
    assert ended.code == 1
    assert "load(0): OOMKilled (exit code 137)" in ended.err
    end = cities.store.read(f"runs/bikes/{run}/end/1.json")
    assert end["outcome"] == "failed"
    assert end["engine"] == {
        "status": "Failed",
        "stopped": False,
        "failures": [{"name": "load(0)", "message": "OOMKilled (exit code 137)"}],
    }


def test_a_run_that_was_stopped_is_cancelled(cities):
    run = opened(cities)
    ended = closed(cities, run, "Failed", ("load", "workflow shutdown with strategy:  Stop"))
    assert ended.code == 1
    assert cities.store.read(f"runs/bikes/{run}/end/1.json")["outcome"] == "cancelled"
