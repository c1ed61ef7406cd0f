"""Runs, and the way back from a model to what it was made of."""

from __future__ import annotations

import pytest
from conftest import PROJECT, Runs, digest, product, register
from fabrica.storage import Store

from fabrica.tracking import NoSuchModel, Registry, attempts, lineage, run
from fabrica.tracking import runs as list_runs


def test_runs_are_listed_with_their_last_end(store: Store, runs: Runs) -> None:
    assert list_runs(store, PROJECT) == []
    runs.open("run-b", started="2026-11-21T08:00:00.000Z")
    runs.open("run-a", started="2026-11-21T09:00:00.000Z")
    runs.open("run-c", started="2026-11-21T07:00:00.000Z")
    runs.end("run-b", 1, "failed")
    for number in range(2, 11):
        runs.end("run-b", number, "partial")
    runs.end("run-b", 11, "succeeded")
    found = list_runs(store, PROJECT)
    assert [r["run"] for r in found] == ["run-c", "run-b", "run-a"]
    assert [r["outcome"] for r in found] == [None, "succeeded", None]
    assert found[1]["counts"] == {"done": 3, "failed": 0}
    assert run(store, PROJECT, "run-b") == found[1]


def test_a_run_that_is_not_there(store: Store) -> None:
    with pytest.raises(NoSuchModel, match="no run nothing") as raised:
        run(store, PROJECT, "nothing")
    assert raised.value.hint == "python -m fabrica.tracking runs"


def test_attempts_are_in_order(store: Store, runs: Runs) -> None:
    runs.open("run-1")
    for attempt in (10, 2, 1):
        runs.step("run-1", "train", "Queens", {}, {}, attempt=attempt, outcome="failed")
    runs.step("run-1", "load", None, {}, {"trips": "t"})
    store.create_bytes(f"runs/{PROJECT}/run-1/steps/load/_/1.log", b"a log beside it")
    found = [(a["step"], a["value"], a["attempt"]) for a in attempts(store, PROJECT, "run-1")]
    assert found == [
        ("load", None, 1),
        ("train", "Queens", 1),
        ("train", "Queens", 2),
        ("train", "Queens", 10),
    ]


@pytest.fixture
def trained(store: Store, runs: Runs) -> Registry:
    """Two values; Queens' data is cached from an earlier run; the Bronx has equal bytes."""
    runs.open("run-0", started="2026-11-20T08:00:00.000Z")
    runs.open("run-1")
    for value in ("Bronx", "Queens"):
        whence = {"run": "run-0", "step": "load", "value": value} if value == "Queens" else None
        runs.step(
            "run-1",
            "load",
            value,
            {},
            {"trips": "the same trips"},
            reads={"data/taxis.csv": digest("csv")},
            outcome="cached" if whence else "done",
            whence=whence,
        )
        inputs = {"trips": digest("the same trips")}
        products = {"train": f"train {value}", "test": f"test {value}"}
        runs.step("run-1", "split", value, inputs, products, parameters={"cutoff": "2019-03-25"})
        runs.step("run-1", "train", value, {}, {}, attempt=1, outcome="failed")
        runs.step(
            "run-1",
            "train",
            value,
            {"train": digest(f"train {value}"), "rates": None},
            {"model": f"model {value}"},
            attempt=2,
            parameters={"max_depth": 6},
        )
        inputs = {"model": digest(f"model {value}"), "test": digest(f"test {value}")}
        runs.step("run-1", "evaluate", value, inputs, {"metrics": f"metrics {value}"})
    registry = Registry(store, PROJECT)
    register(registry, "model Queens", "Queens", max_depth=6)
    return registry


def test_a_lineage_leads_to_commit_lock_data_and_parameters(
    store: Store, trained: Registry
) -> None:
    found = lineage(store, PROJECT, "model", "Queens", 1)
    assert found["artifact"]["digest"] == digest("model Queens")
    assert found["run"]["git"]["commit"] == digest("run-1")[:40]
    assert found["run"]["lock"] == digest("lock")
    assert found["parameters"] == {"cutoff": "2019-03-25", "max_depth": 6}
    steps = [(s["step"], s["value"], s["run"]) for s in found["steps"]]
    assert steps == [
        ("load", "Queens", "run-0"),  # where its products were really made
        ("split", "Queens", "run-1"),
        ("train", "Queens", "run-1"),
    ]
    assert found["steps"][0]["commit"] == digest("run-0")[:40]
    assert found["data"] == [
        {
            "step": "load",
            "value": "Queens",
            "reads": {"data/taxis.csv": digest("csv")},
            "products": {"trips": digest("the same trips")},
        }
    ]


def test_a_lineage_follows_products_of_each_value(store: Store, runs: Runs) -> None:
    runs.open("run-1")
    for value in ("Bronx", "Queens"):
        runs.step("run-1", "load", value, {}, {"trips": f"trips {value}"})
    gathered = {value: digest(f"trips {value}") for value in ("Bronx", "Queens")}
    runs.step("run-1", "train", None, {"trips": gathered}, {"model": "model"})
    registry = Registry(store, PROJECT)
    registry.register("model", artifact=product("model"), run="run-1", metrics={})
    registry.promote("model", None, 1, by="ada", reason="first")
    found = lineage(store, PROJECT, "model")
    assert [s["value"] for s in found["steps"]] == ["Bronx", "Queens", None]
    assert [source["value"] for source in found["data"]] == ["Bronx", "Queens"]


def test_a_step_cached_from_another_project_has_no_commit_here(store: Store, runs: Runs) -> None:
    runs.open("run-1")
    whence = {"run": "elsewhere", "step": "train", "value": None}
    runs.step("run-1", "train", None, {}, {"model": "m"}, outcome="cached", whence=whence)
    registry = Registry(store, PROJECT)
    registry.register("model", artifact=product("m"), run="run-1", metrics={})
    (step,) = lineage(store, PROJECT, "model", None, 1)["steps"]
    assert (step["run"], step["commit"]) == ("elsewhere", None)


def test_a_lineage_of_nothing(store: Store, trained: Registry) -> None:
    with pytest.raises(NoSuchModel, match="model of Queens has no champion"):
        lineage(store, PROJECT, "model", "Queens")
    with pytest.raises(NoSuchModel, match="no version 7"):
        lineage(store, PROJECT, "model", "Queens", 7)
