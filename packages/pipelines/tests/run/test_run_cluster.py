"""The entry points of a cluster share the code, the cache and the files of a local run."""

from __future__ import annotations

import pytest

SOURCE = """
    from fabrica.pipelines import Each, Metrics, Skip, Verdict, promote, step

    each = {"borough": ["Queens", "Bronx"]}
    fallback = "all"

    class Model:
        def __init__(self, of):
            self.of = of

    @step("trips", reads=["trips.txt"])
    def load(borough: str) -> list:
        if borough == "Bronx":
            raise Skip("too few")
        return [borough]

    @step("model")
    def train(trips: list, depth: int = 1) -> Model:
        print("training")
        return Model(trips[0])

    @step("metrics")
    def evaluate(model: Model, trips: list) -> dict[str, float]:
        return {"mae": 1.0}

    @step("report")
    def report(metrics: Each[dict[str, float]]) -> list:
        return sorted(metrics)

    def better(candidate: Metrics, production: Metrics | None) -> Verdict:
        return promote("always", "mae")
"""


@pytest.fixture
def cluster(project):
    project.write(SOURCE)
    project.file("trips.txt")
    return project


def step(cluster, run: str, name: str, value: str | None = None, attempt: int = 1):
    options = ["--value", value] if value else []
    return cluster.call("step", "train", name, "--run", run, "--attempt", str(attempt), *options)


def run_all(cluster, run: str) -> list[int]:
    codes = []
    for name in ("load", "train", "evaluate"):
        codes += [step(cluster, run, name, value).code for value in ("all", "Queens", "Bronx")]
    return [*codes, step(cluster, run, "report").code]


def test_a_run_in_pieces(cluster):
    run = cluster.call("open", "train", "--set", "depth=3").out.strip()
    assert cluster.store.read(f"runs/bikes/{run}/run.json")["parameters"]["depth"] == 3
    assert run_all(cluster, run) == [0] * 10
    manifests = cluster.manifests(run)
    assert manifests["train/Bronx/1"]["outcome"] == "skipped"
    assert cluster.load(manifests["report/_/1"], "report") == ["Queens"]
    gate = cluster.call("gate", "train", "--run", run)
    assert gate.code == 0, gate.err
    assert [event["outcome"] for event in gate.events] == ["promoted", "promoted", "skipped"]
    closed = cluster.call("close", "train", "--run", run)
    assert closed.code == 0, closed.err
    end = cluster.store.read(f"runs/bikes/{run}/end/1.json")
    assert end["outcome"] == "succeeded"
    assert end["counts"]["done"] == 7 and end["counts"]["skipped"] == 3
    assert [verdict["outcome"] for verdict in end["verdicts"]] == [
        "promoted",
        "promoted",
        "skipped",
    ]


def test_the_cluster_and_the_laptop_share_the_cache(cluster):
    assert cluster.run("--set", "depth=3").code == 0
    run = cluster.call("open", "train", "--set", "depth=3").out.strip()
    run_all(cluster, run)
    outcomes = [manifest["outcome"] for manifest in cluster.manifests(run).values()]
    assert sorted(outcomes) == ["cached"] * 7 + ["skipped"] * 3


def test_a_run_that_failed_in_the_cluster_is_finished_locally(cluster):
    run = cluster.call("open", "train").out.strip()
    step(cluster, run, "load", "Queens")
    ran = cluster.run("--resume", run)
    assert ran.code == 0, ran.err
    assert ran.outcomes("load")["Queens"] == "cached"


def test_the_gate_of_one_value(cluster):
    run = cluster.call("open", "train").out.strip()
    run_all(cluster, run)
    gate = cluster.call("gate", "train", "--run", run, "--value", "Queens")
    assert [event["value"] for event in gate.events] == ["Queens"]


def test_a_step_that_cannot_start(cluster):
    run = cluster.call("open", "train").out.strip()
    ran = step(cluster, run, "train", "Queens")
    assert ran.code == 3
    assert "load has not run" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("step", "train", "trian", "--run", "RUN"), "no step trian; did you mean train?"),
        (("step", "train", "train", "--run", "RUN"), "add --value"),
        (("step", "train", "train", "--run", "RUN", "--value", "Quens"), "did you mean Queens?"),
        (("step", "train", "train", "--run", "x"), "no run x of bikes"),
        (("step", "score", "train", "--run", "RUN"), "is one of pipeline train, not of score"),
    ],
)
def test_wrong_input(cluster, arguments, said):
    run = cluster.call("open", "train").out.strip()
    ran = cluster.call(*(run if argument == "RUN" else argument for argument in arguments))
    assert ran.code == 2
    assert said in ran.err


def test_what_a_run_has_done_is_not_done_again(cluster):
    """A pod that was lost after it had written is started again."""
    run = cluster.call("open", "train").out.strip()
    step(cluster, run, "load", "Queens")
    again = step(cluster, run, "load", "Queens", attempt=2)
    assert again.code == 0
    assert "done earlier in this run" in again.err
    assert sorted(cluster.manifests(run)) == ["load/Queens/1"]


def test_a_pod_that_opened_the_run_may_do_so_again(cluster):
    for _ in range(2):
        opened = cluster.call("open", "train", "--run", "20260101T000000-1a2b3c4d")
        assert (opened.code, opened.out.strip()) == (0, "20260101T000000-1a2b3c4d")
    other = cluster.call("open", "train", "--run", "20260101T000000-1a2b3c4d", "--set", "depth=9")
    assert other.code == 2
    assert "it had other parameters" in other.err


def test_the_commit_of_an_image(cluster):
    run = cluster.call("open", "train", FABRICA_COMMIT="c0ffee").out.strip()
    git = cluster.store.read(f"runs/bikes/{run}/run.json")["git"]
    assert (git["commit"], git["dirty"]) == ("c0ffee", False)


CIRCUMSTANCES = """
    import os
    import random
    from fabrica.pipelines import Metrics, Verdict, promote, step

    class Model:
        pass

    @step("model", cpu=2)
    def train() -> Model:
        return Model()

    @step("metrics", cpu=2)
    def measure(model: Model) -> dict[str, float]:
        return {"mae": 1.0}

    def better(candidate: Metrics, production: Metrics | None) -> Verdict:
        words = list({f"word {i}" for i in range(9)})
        threads = [os.environ.get(f"{name}_NUM_THREADS") for name in ("OMP", "OPENBLAS")]
        return promote(f"{words} {threads} {random.random()}")
"""


@pytest.mark.parametrize("command", ["gate", "close"])
def test_the_gate_of_a_cluster_sees_what_it_sees_in_a_run(project, command):
    project.write(CIRCUMSTANCES)
    reason = project.run().verdicts()[None]["reason"]
    assert "['2', '2']" in reason
    (project.root / ".fabrica/store").rename(project.root / ".fabrica/first")
    run = project.call("open", "train").out.strip()
    for name in ("train", "measure"):
        assert step(project, run, name).code == 0
    ran = project.call(command, "train", "--run", run)
    assert ran.code == 0, ran.err
    store = project.store
    (verdict,) = [store.read(name) for name in store.names("models") if "/verdicts/" in name]
    assert verdict["reason"] == reason
