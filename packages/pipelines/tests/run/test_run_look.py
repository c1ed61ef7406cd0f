"""`open --when new-data`: a run begins only if there is something new since one succeeded."""

from __future__ import annotations

import json
import subprocess

import pytest

SOURCE = """
    import os
    from pathlib import Path
    from fabrica.pipelines import Metrics, Skip, Verdict, promote, step

    each = {"borough": ["Queens", "Bronx"]}
    gate = {"model": "model", "metrics": "metrics"}

    @step("newest", secrets=["ROWS"])
    def look() -> str:
        rows = os.environ["ROWS"]
        print("looking at", rows)
        if rows == "none":
            raise ValueError("the database is away")
        return rows

    @step("trips", secrets=["BRONX"])
    def load(borough: str) -> list:
        if borough == os.environ["BRONX"]:
            raise Skip("too few")
        return [borough]

    @step("model")
    def train(trips: list, newest: str, depth: int = 1) -> list:
        return [newest, *trips]

    @step("metrics")
    def evaluate(model: list) -> dict[str, float]:
        return {"mae": 1.0}

    @step(cache=False)
    def tell(metrics: dict[str, float]) -> None:
        print("told")

    def better(candidate: Metrics, production: Metrics | None) -> Verdict:
        return promote("always", "mae")
"""
STEPS = ("look", "load", "train", "evaluate", "tell")


class Pods:
    """What the engine does."""

    def __init__(self, project) -> None:
        self.project = project
        self.data = {"ROWS": "10", "BRONX": "Bronx"}

    def open(self, *options: str):
        return self.project.call("open", "train", *options, **self.data)

    def tick(self, *options: str) -> str:
        """A run for new data, to its end; returns what `open` says, or the run."""
        before = set(self.project.runs())
        opened = self.open("--when", "new-data", *options)
        assert opened.code == 0, opened.err
        [self.run] = set(self.project.runs()) - before
        if opened.out.strip() != "unchanged":
            assert opened.out.strip() == self.run
            for step in STEPS:
                chunk = () if step == "look" else ("--chunk", "0/1")
                options = ("--run", self.run, *chunk)
                self.project.call("step", "train", step, *options, **self.data)
        self.closed = self.project.call(
            "close", "train", "--run", self.run, "--status", "Succeeded"
        )
        return opened.out.strip()

    @property
    def end(self):
        return self.project.store.read(f"runs/bikes/{self.run}/end/1.json")


@pytest.fixture
def pods(project) -> Pods:
    project.write(SOURCE)
    return Pods(project)


def test_nothing_new_ends_at_once(pods):
    assert pods.tick() == pods.run  # the first
    first = pods.run
    assert (pods.end["outcome"], pods.end.get("unchanged")) == ("succeeded", None)
    assert pods.tick() == "unchanged"
    assert (pods.end["outcome"], pods.end["unchanged"]) == ("succeeded", first)
    assert {n: c for n, c in pods.end["counts"].items() if c} == {"done": 2, "skipped": 1}
    assert pods.end["verdicts"] == [] and pods.closed.code == 0
    assert {name.split("/")[0] for name in pods.project.manifests(pods.run)} == {"look", "load"}
    assert pods.tick() == "unchanged"  # since one that was itself unchanged


def test_new_data_goes_on_and_is_read_once(pods):
    pods.tick()
    pods.data["ROWS"] = "11"
    assert pods.tick() == pods.run
    assert pods.end["outcome"] == "succeeded"
    manifests = pods.project.manifests(pods.run)
    assert [name for name in manifests if name.startswith("look")] == ["look/_/1"]
    assert manifests["train/Queens/1"]["outcome"] == "done"
    verdicts = {verdict["value"]: verdict["outcome"] for verdict in pods.end["verdicts"]}
    assert verdicts == {"Queens": "promoted", "Bronx": "skipped"}


def test_a_value_that_was_skipped_has_trips_now(pods):
    pods.tick()
    pods.data["BRONX"] = "nobody"
    assert pods.tick() == pods.run


def test_what_failed_is_tried_again(pods):
    pods.tick()
    good = pods.data["ROWS"]
    pods.data["ROWS"] = "none"
    assert pods.tick() == pods.run
    assert pods.end["outcome"] == "failed" and pods.closed.code == 1
    pods.data["ROWS"] = good
    assert pods.tick() == "unchanged"  # since the one that succeeded


def test_other_code_and_other_parameters_are_new(pods):
    pods.tick()
    assert pods.tick("--set", "depth=2") == pods.run
    pods.project.write(SOURCE.replace("[newest, *trips]", "[newest]"))
    assert pods.tick("--set", "depth=2") == pods.run
    assert pods.tick("--set", "depth=2") == "unchanged"


def test_without_the_option_a_run_goes_on(pods):
    pods.tick()
    assert pods.open().out.strip() in pods.project.runs()
    assert "looking" not in pods.open().err


def test_a_run_that_had_nothing_to_do_is_shown_so(pods):
    pods.tick()
    pods.tick()
    said = (
        '{"event": "opened", "since": "2000-01-01T00:00:00Z"}\n'
        '{"event": "closed", "seconds": 4.5, "message": null}\n'
    )
    shown = subprocess.run(
        pods.project.command("follow", "train", "--run", pods.run, "--json"),
        cwd=pods.project.root,
        env=pods.project.environ(),
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert shown.returncode == 0
    assert "succeeded in 4.50 s: nothing new since run " in shown.stderr
    assert json.loads(shown.stdout.splitlines()[-1])["unchanged"] == pods.project.runs()[0]
