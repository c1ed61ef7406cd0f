"""A run of a cluster is shown as one on a laptop: by its files, and what the engine says."""

from __future__ import annotations

import json
import subprocess

import pytest

SOURCE = """
    from fabrica.pipelines import step

    each = {"borough": ["Queens", "Bronx", "Bronx Park"]}

    @step("trips", retries=1)
    def load(borough: str, fails: str = "") -> list:
        print("loading", borough)
        if borough == fails:
            raise ValueError(f"no trips in {borough}")
        return [borough]

    @step("model")
    def train(trips: list) -> list:
        return trips
"""


@pytest.fixture
def run(project) -> str:
    project.write(SOURCE)
    return project.call("open", "train", "--set", "fails=Bronx").out.strip()


def follow(project, run: str, *events: dict, environment: str = "staging"):
    said = "".join(json.dumps(event) + "\n" for event in events)
    command = project.command("follow", "train", "--run", run, "--json")
    return subprocess.run(
        [*command, "--environment", environment],
        cwd=project.root,
        env=project.environ(),
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
    )


def step(project, run: str, name: str, *options: str) -> int:
    return project.call("step", "train", name, "--run", run, *options).code


def event(name: str, step: str = "load", chunk: str = "1/3", **more: object) -> dict:
    return {"event": name, "step": step, "chunk": chunk, **more}


OPENED = {"event": "opened", "since": "2000-01-01T00:00:00Z"}
CLOSED = {"event": "closed", "seconds": 12.5, "message": None}


def ends(shown) -> list[tuple]:
    told = [json.loads(line) for line in shown.stdout.splitlines()]
    return [(e["step"], e["value"], e["outcome"]) for e in told if e["event"] == "step-ended"]


def test_what_steps_wrote_and_what_the_engine_says(project, run):
    assert step(project, run, "load", "--chunk", "0/3") == 0
    assert step(project, run, "load", "--chunk", "1/3") == 1
    assert step(project, run, "load", "--chunk", "1/3", "--attempt", "2") == 1
    project.call("close", "train", "--run", run)
    shown = follow(
        project,
        run,
        OPENED,
        event("started", chunk="0/3"),
        event("output", chunk="0/3", text="loading Queens"),
        event("ended", chunk="0/3", message=None),
        event("retried", attempt=1, message="Error (exit code 1)"),
        event("ended", message="Error (exit code 1)"),
        event("retried", chunk="2/3", attempt=1, message="its pod was deleted"),
        event("ended", chunk="2/3", message="out of memory"),
        CLOSED,
    )
    assert shown.returncode == 1
    assert ends(shown) == [
        ("load", "Queens", "done"),
        ("load", "Bronx", "failed"),
        ("load", "Bronx Park", "failed"),
    ]
    assert shown.stderr.count("load Queens | loading Queens") == 1
    assert "load Bronx | loading Bronx" in shown.stderr  # of a pod that is gone, from the store
    assert "ValueError: no trips in Bronx" in shown.stderr
    assert "attempt 1 of 2 failed: its pod was deleted; again\n" in shown.stderr
    assert "Bronx Park  0.00 s  out of memory" in shown.stderr
    ended = json.loads(shown.stdout.splitlines()[-1])
    assert (ended["outcome"], ended["seconds"]) == ("failed", 12.5)


def test_a_pod_with_several_values(project, run):
    step(project, run, "load", "--chunk", "0/1")
    shown = follow(
        project,
        run,
        OPENED,
        event("started", chunk="0/1"),
        event("output", chunk="0/1", text="loading Queens"),
        event("ended", chunk="0/1", message="Error (exit code 1)"),
    )
    assert shown.returncode == 130  # nobody follows it any more; it goes on
    assert sorted(ends(shown)) == [
        ("load", "Bronx", "failed"),
        ("load", "Bronx Park", "done"),
        ("load", "Queens", "done"),
    ]


def test_a_run_that_is_continued(project, run):
    step(project, run, "load", "--chunk", "0/3")
    later = {**OPENED, "since": "2999-01-01T00:00:00Z"}
    shown = follow(project, run, later, event("ended", chunk="0/3", message=None), CLOSED)
    assert ends(shown) == [("load", "Queens", "cached")]
    assert "done earlier in this run" in shown.stderr
    assert "the run ended without writing its end" in shown.stderr
    assert shown.returncode == 1


def test_the_next_commands_are_those_of_the_cluster(project, run):
    project.call("close", "train", "--run", run)
    said = [json.dumps(one) + "\n" for one in (OPENED, CLOSED)]
    command = project.command("follow", "train", "--run", run, "--environment", "staging")
    shown = subprocess.run(
        [*command, "--set", "fails=Bronx"],
        cwd=project.root,
        env=project.environ(),
        input="".join(said),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "npx nx run bikes:run train --environment=staging --set fails=Bronx" in shown.stderr
    assert f"npx nx run bikes:resume --environment=staging --run={run}" in shown.stderr


def test_a_run_that_did_not_open(project):
    project.write(SOURCE)
    said = {"event": "said", "text": "error: the store does not answer"}
    shown = follow(project, "none", said, {**CLOSED, "message": "open failed"})
    assert "  error: the store does not answer\n" in shown.stderr
    assert "the run did not begin: open failed" in shown.stderr
    assert shown.returncode == 1


def test_a_run_that_the_engine_has_forgotten(project, run):
    step(project, run, "load", "--chunk", "0/3")
    project.call("close", "train", "--run", run)
    shown = follow(project, run, {**OPENED, "since": ""}, {**CLOSED, "seconds": None})
    assert ends(shown) == [("load", "Queens", "done")]
    assert "load Queens | loading Queens" in shown.stderr
    assert json.loads(shown.stdout.splitlines()[-1])["seconds"] > 0
