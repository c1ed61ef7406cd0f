"""A store that fails in the middle of a run: one error with its place, and no more work for it."""

from __future__ import annotations

import pytest

OPTIONS = [(), ("--isolate",), ("--jobs", "2")]

BREAKS = """
    import os
    from pathlib import Path
    from fabrica.pipelines import step

    each = {"part": ["a", "b", "c"]}

    @step("rows", reads=["rows.txt"])
    def load() -> list:
        return [1, 2]

    @step("taken")
    def take(rows: list) -> int:
        if not Path(".fabrica/mended").exists():
            os.rename(".fabrica/store", ".fabrica/away")
            Path(".fabrica/store").write_text("")
        return len(rows)

    @step("made")
    def make(taken: int, part: str) -> str:
        return part
"""


def mend(project) -> None:
    (project.root / ".fabrica/store").unlink()
    (project.root / ".fabrica/away").rename(project.root / ".fabrica/store")
    project.file(".fabrica/mended")


@pytest.mark.parametrize("options", OPTIONS)
def test_a_store_that_cannot_be_written_any_more(project, options):
    project.write(BREAKS)
    project.file("rows.txt")
    ran = project.run(*options)
    assert ran.code == 1, ran.err
    assert "Traceback" not in ran.err
    assert ran.err.count("can't be written: Not a directory") == 1, ran.err
    assert f"the store {project.root}/.fabrica/store can't be written" in ran.err
    assert "→ point FABRICA_STORE to a folder that you may write" in ran.err
    assert ran.ended["outcome"] == "failed"
    assert ran.counts == {"done": 1, "failed": 1, "blocked": 3}
    mend(project)
    assert [m["outcome"] for m in project.manifests().values()] == ["done"]
    again = project.run("--resume")
    assert again.code == 0, again.err
    assert again.ended["run"] == ran.ended["run"]
    assert again.counts == {"cached": 1, "done": 4}


FULL = """
    import resource
    from fabrica.pipelines import step

    @step("small", reads=["rows.txt"])
    def first() -> int:
        return 1

    @step("large")
    def second(small: int) -> str:
        # Small files can be written, large ones cannot: so does a disk with little space left.
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
        return "x" * 100_000

    @step("other")
    def third(small: int) -> int:
        return 3
"""


@pytest.mark.parametrize("options", OPTIONS)
def test_a_product_that_the_store_does_not_take(project, options):
    project.write(FULL)
    project.file("rows.txt")
    ran = project.run(*options)
    assert ran.code == 1
    assert ran.counts == {"done": 2, "failed": 1}
    assert "Traceback" not in ran.err
    assert ran.err.count("can't be written: File too large") == 1
    manifests = project.manifests()
    assert manifests["second/_/1"]["outcome"] == "failed"
    assert manifests["third/_/1"]["outcome"] == "done"


@pytest.mark.parametrize("options", OPTIONS)
def test_a_log_that_the_store_does_not_take(project, options):
    project.write(
        FULL.replace("20_000", "8_000").replace(
            'return "x" * 100_000', "print('x' * 7_000)\n        limit(3_000)\n        return 'y'"
        )
        + """
    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
"""
    )
    project.file("rows.txt")
    ran = project.run(*options)
    assert ran.counts == {"done": 2, "failed": 1}
    assert "Traceback" not in ran.err
    assert project.manifests()["second/_/1"]["outcome"] == "failed"


ENDS = """
    import os
    from pathlib import Path
    from fabrica.pipelines import Metrics, Verdict, promote, step

    class Model:
        pass

    @step("model")
    def train() -> Model:
        return Model()

    @step("metrics")
    def measure(model: Model) -> dict[str, float]:
        return {"mae": 1.0}

    def better(candidate: Metrics, production: Metrics | None) -> Verdict:
        os.rename(".fabrica/store", ".fabrica/away")
        Path(".fabrica/store").write_text("")
        return promote("always")
"""


def test_a_store_that_fails_under_the_gate(project):
    project.write(ENDS)
    ran = project.run()
    assert ran.code != 0
    assert "Traceback" not in ran.err
    assert ran.err.count("can't be written: Not a directory") == 1, ran.err
    assert ran.ended["outcome"] in ("failed", "partial")


def test_a_store_that_fails_under_a_step_of_a_cluster(project):
    project.write(BREAKS)
    project.file("rows.txt")
    run = project.call("open", "train").out.strip()
    assert project.call("step", "train", "load", "--run", run).code == 0
    ran = project.call("step", "train", "take", "--run", run)
    assert ran.code != 0
    assert "Traceback" not in ran.err
    assert ran.err.count("can't be written: Not a directory") == 1, ran.err
    assert "try point FABRICA_STORE" in ran.err


def test_a_folder_for_scratch_that_cannot_be_written(project):
    project.write(FULL)
    project.file("rows.txt")
    project.file(".fabrica/scratch")
    ran = project.run()
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert ".fabrica/scratch cannot be written: File exists" in ran.err
    assert ran.counts == {"failed": 1, "blocked": 2}
