"""Each run says what it used, by step and by value; in a pod also what it had for itself."""

from __future__ import annotations

import json
import subprocess
import time

import pytest

SOURCE = """
    import subprocess
    import sys
    from fabrica.pipelines import step

    each = {"borough": ["Queens", "Bronx"]}

    @step("trips", gpu=2)
    def load(borough: str, megabytes: int = 0) -> list:
        held = bytearray(megabytes << 20)
        return [borough, len(held)]

    @step("model")
    def train(trips: list, others: int = 0) -> list:
        burn = "sum(i * i for i in range(3_000_000))"
        for _ in range(others):
            subprocess.run([sys.executable, "-c", burn], check=True)
        return trips
"""
POD = {"cpu": 0.5, "memoryBytes": 1 << 30, "gpus": 1}
PRICES = {"currency": "EUR", "cpuHour": 3600, "gpuHour": 7200, "storageGiBMonth": 1 << 30}
MIB = 1 << 20
SAID = """
{"event": "opened", "since": "2000-01-01T00:00:00Z"}
{"event": "closed", "seconds": 12.5, "message": null}
""".lstrip()


@pytest.fixture
def bikes(project):
    project.write(SOURCE)
    return project


def pod(since: float | None = None) -> str:
    return json.dumps({**POD, "since": since or time.time()})


def test_a_run_says_what_it_used(bikes):
    ran = bikes.run("--set", "megabytes=64", "--set", "others=2")
    usage = ran.ended["usage"]
    manifests = bikes.manifests().values()
    assert usage["cpuSeconds"] == pytest.approx(sum(m["cpuSeconds"] for m in manifests), abs=1e-3)
    products = [product for m in manifests for product in m["products"].values()]
    assert usage["storageBytes"] == sum(product["bytes"] for product in products)
    assert usage["gpuSeconds"] == pytest.approx(2 * usage["steps"]["load"]["gpuSeconds"] / 2)
    assert usage["gpuSeconds"] > 0 and usage["reserved"] is None
    assert set(usage["steps"]) == {"load", "train"} and set(usage["values"]) == {"Queens", "Bronx"}
    assert usage == bikes.store.read(f"runs/bikes/{ran.ended['run']}/end/1.json")["usage"]
    assert "  used " in ran.err and "of memory at most; made " in ran.err


def test_processes_that_a_step_starts_count(bikes):
    bikes.run("--set", "others=2")
    assert bikes.manifests()["train/Queens/1"]["cpuSeconds"] > 0.1


def test_the_peak_is_the_own_one_of_each_step(bikes):
    bikes.run("--set", "megabytes=200")
    manifests = bikes.manifests()
    assert manifests["load/Queens/1"]["peakBytes"] > 200 * MIB
    assert manifests["train/Queens/1"]["peakBytes"] < 150 * MIB


def test_what_the_cache_has_costs_nothing(bikes):
    bikes.run("--each", "borough=Queens", "--set", "others=1")
    again = bikes.run("--each", "borough=Queens", "--set", "others=1", "--jobs", "2")
    steps = again.ended["usage"]["steps"]
    assert "train" not in steps  # load runs every time
    assert steps["load"]["cpuSeconds"] > 0


def test_a_resumed_run_counts_what_it_used_before(bikes):
    source = SOURCE.replace("return trips", "return trips[int(os.environ['FIRST']) :]")
    source = source.replace('"model")', '"model", secrets=["FIRST"])')
    bikes.write(source.replace("import subprocess", "import os, subprocess", 1))
    first = bikes.run("--set", "others=1", FIRST="none")
    assert first.code == 1
    second = bikes.run("--resume", first.ended["run"], FIRST="0")
    assert second.code == 0, second.err
    before, after = (ran.ended["usage"]["steps"]["train"]["cpuSeconds"] for ran in (first, second))
    assert after > before * 1.2


@pytest.fixture
def closed(bikes) -> str:
    """A run of a cluster: each of its pods is an hour old."""
    hour = time.time() - 3600
    run = bikes.call("open", "train", FABRICA_RESERVED=pod(hour)).out.strip()
    for step in ("load", "train"):
        options = ("--run", run, "--chunk", "0/1")
        assert bikes.call("step", "train", step, *options, FABRICA_RESERVED=pod(hour)).code == 0
    assert bikes.call("close", "train", "--run", run, FABRICA_RESERVED=pod(hour)).code == 0
    return run


def test_pods_say_what_they_reserved(bikes, closed):
    usage = bikes.store.read(f"runs/bikes/{closed}/end/1.json")["usage"]
    hours = usage["reserved"]["gpuSeconds"] / 3600
    assert hours == pytest.approx(4, abs=0.05)  # open, a pod for each step, close
    assert usage["reserved"]["cpuSeconds"] == pytest.approx(hours * 1800, rel=1e-3)
    assert usage["reserved"]["memoryGiBSeconds"] == pytest.approx(hours * 3600, rel=1e-3)
    assert usage["steps"]["(run)"]["reserved"]["gpuSeconds"] == pytest.approx(7200, abs=60)
    # A pod takes values one after the other: the first has waited for it.
    queens, bronx = (usage["values"][value]["reserved"] for value in ("Queens", "Bronx"))
    assert queens["gpuSeconds"] == pytest.approx(7200, abs=60)
    assert bronx["gpuSeconds"] < 60


def test_a_pod_that_has_nothing_to_do_counts_too(bikes, closed):
    again = bikes.call(
        "step", "train", "load", "--run", closed, "--value", "Queens", FABRICA_RESERVED=pod()
    )
    assert "done earlier" in again.err
    written = bikes.store.names(f"runs/bikes/{closed}/usage/")
    values = [bikes.store.read(name)["value"] for name in written]
    assert sorted(values, key=str) == [None, None, "Queens"]


def test_the_end_says_what_it_cost(bikes, closed):
    def follow(*options: str):
        return subprocess.run(
            bikes.command("follow", "train", "--run", closed, *options),
            cwd=bikes.root,
            env=bikes.environ(FABRICA_PRICES=json.dumps(PRICES)),
            input=SAID,
            capture_output=True,
            text=True,
            timeout=60,
        )

    usage = json.loads(follow("--json").stdout.splitlines()[-1])["usage"]
    reserved = usage["reserved"]
    wanted = reserved["cpuSeconds"] + 2 * reserved["gpuSeconds"] + usage["storageBytes"]
    assert usage["cost"] == pytest.approx(wanted, rel=1e-5)
    assert set(usage["steps"]["load"]) >= {"cost", "reserved"} and usage["currency"] == "EUR"
    shown = follow().stderr
    assert "its pods reserved 2.0" in shown and " CPU-h, 4.0" in shown and " EUR\n" in shown


def test_prices_that_are_none(bikes, closed):
    shown = subprocess.run(
        bikes.command("follow", "train", "--run", closed),
        cwd=bikes.root,
        env=bikes.environ(FABRICA_PRICES="dear"),
        input=SAID,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "error: FABRICA_PRICES holds no prices" in shown.stderr
    assert shown.returncode == 2
