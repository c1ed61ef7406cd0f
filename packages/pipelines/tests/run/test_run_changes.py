"""What changes while a run is on its way never ends in the cache under what was before."""

from __future__ import annotations

import os

import pytest

EDITED = """
    import time
    from pathlib import Path
    from fabrica.pipelines import step
    from bikes.scale import scale

    @step("rows", reads=["rows.txt"])
    def load() -> list:
        if Path(".fabrica/edits").exists():
            edit()
        return [1, 2]

    def edit():
        for line in Path(".fabrica/edits").read_text().splitlines():
            name, _, text = line.partition("|")
            Path(name).write_text(text.replace(";", "\\n") + "\\n")

    @step("doubled")
    def double(rows: list) -> list:
        from bikes.late import factor
        return [scale(row) * factor() for row in rows]

    @step("counted")
    def count(rows: list) -> int:
        return len(rows)
"""
LATE = "def factor():;    return 2"
SCALE = "def scale(row):;    return row"


def write(project, name: str, text: str) -> None:
    project.file(f"src/bikes/{name}.py", text.replace(";", "\n") + "\n")


@pytest.fixture
def edited(project):
    """A project whose first step edits its source, as a person would meanwhile."""
    project.write(EDITED)
    project.file("rows.txt")
    write(project, "late", LATE)
    write(project, "scale", SCALE)
    return project


def edit(project, name: str, text: str) -> None:
    project.file(".fabrica/edits", f"src/bikes/{name}.py|{text}\n")


@pytest.mark.parametrize("options", [(), ("--isolate",), ("--jobs", "2")])
def test_code_that_is_edited_while_the_run_is_on_its_way(edited, options):
    edit(edited, "late", LATE.replace("2", "70 // 10"))
    ran = edited.run(*options)
    assert ran.code == 1
    assert ran.outcomes("double") == {None: "failed"}
    assert ran.outcomes("count") == {None: "done"}, "its code is as it was planned"
    assert "changed after the run was planned" in ran.err
    assert "run again: what is done comes from the cache" in ran.err
    assert "Traceback" not in ran.err
    again = edited.run()
    assert again.counts == {"cached": 2, "done": 1}
    manifest = edited.manifests(again.ended["run"])["double/_/1"]
    assert edited.load(manifest, "doubled") == [7, 14]
    write(edited, "late", LATE)
    manifest = edited.manifests(edited.run().ended["run"])["double/_/1"]
    assert edited.load(manifest, "doubled") == [2, 4], "the code before has its own product"


def test_the_file_that_changed_is_named(edited):
    edit(edited, "late", LATE.replace("2", "70 // 10"))
    assert "src/bikes/late.py changed after the run was planned" in edited.run().err


def test_code_that_is_edited_while_its_step_runs(edited):
    """The step has loaded the code before, and a process that it starts would load the new one."""
    source = EDITED.replace("edit()\n", "edit(); scale(1); time.sleep(0.1)\n")
    edited.write(source)
    edit(edited, "scale", SCALE.replace("return row", "return row * 3"))
    ran = edited.run()
    assert ran.outcomes("load") == {None: "failed"}
    assert "step `load` would be recorded with other code than it ran" in ran.err
    assert ran.counts == {"failed": 1, "blocked": 2}


def test_a_skip_of_code_that_changed_is_no_answer(edited):
    edited.write(
        EDITED.replace("return [scale", 'if factor() == 7: raise Skip("7"); return [scale')
        .replace("import step", "import Skip, step")
        .replace('raise Skip("7"); return', 'raise Skip("7")\n        return')
    )
    edit(edited, "late", LATE.replace("2", "70 // 10"))
    assert edited.run().outcomes("double") == {None: "failed"}


def test_a_comment_may_be_written_while_the_run_is_on_its_way(edited):
    edit(edited, "late", "# twice;" + LATE)
    assert edited.run().counts == {"done": 3}


def test_the_gate_is_the_planned_one(project):
    project.write("""
        from pathlib import Path
        from fabrica.pipelines import Metrics, Verdict, promote, step

        class Model:
            pass

        @step("model", reads=["rows.txt"])
        def train() -> Model:
            return Model()

        @step("metrics")
        def measure(model: Model) -> dict[str, float]:
            Path("src/bikes/rule.py").write_text("def rule():\\n    return 'new'\\n")
            return {"mae": 1.0}

        def better(candidate: Metrics, production: Metrics | None) -> Verdict:
            from bikes.rule import rule
            return promote(rule())
    """)
    project.file("rows.txt")
    project.file("src/bikes/rule.py", "def rule():\n    return 'old'\n")
    ran = project.run()
    assert ran.code == 1
    verdict = ran.verdicts()[None]
    assert verdict["outcome"] == "failed"
    assert "src/bikes/rule.py changed after the run was planned: the gate" in verdict["reason"]


READS = """
    from pathlib import Path
    from fabrica.pipelines import Skip, step

    @step("rows", reads=["data"])
    def load() -> list:
        rows = [Path("data/a.txt").read_text()]
        meanwhile()
        return rows

    @step("again", reads=["data/a.txt"])
    def load_again(rows: list) -> str:
        return Path("data/a.txt").read_text()

    def meanwhile():
        %s
"""


@pytest.mark.parametrize(
    ("meanwhile", "named"),
    [
        ('Path("data/a.txt").write_text("b")', "data/a.txt"),
        ('Path("data/a.txt").unlink()', "data/a.txt"),
        ('Path("data/new.txt").write_text("n")', "data/new.txt"),
        ('Path("data/a.txt").write_text("b"); raise Skip("no rows")', "data/a.txt"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--isolate",)])
def test_a_file_that_changes_while_the_step_reads_it(project, meanwhile, named, options):
    project.write(READS % meanwhile)
    project.file("data/a.txt", "a")
    ran = project.run(*options)
    assert ran.code == 1
    assert ran.counts == {"failed": 1, "blocked": 1}
    assert f"{named} changed while the run was on its way" in ran.err
    assert "step `load` has read of it" in ran.err
    assert "Traceback" not in ran.err
    assert not list(project.store.names("cache"))


def test_a_file_that_changes_between_two_steps_that_read_it(project):
    project.write(
        READS.replace('reads=["data"]', "cache=False") % 'Path("data/a.txt").write_text("b")'
    )
    project.file("data/a.txt", "a")
    assert project.run().counts == {"done": 2}, "its key was made after the change"
    assert project.load(project.manifests()["load_again/_/1"], "again") == "b"


def test_a_file_that_is_written_with_what_it_held(project):
    project.write(READS % 'Path("data/a.txt").write_text("a")')
    project.file("data/a.txt", "a")
    assert project.run().counts == {"done": 2}
    assert project.run().counts == {"cached": 2}


def test_two_edits_of_equal_size_within_a_second(edited):
    edited.run()
    late = edited.root / "src/bikes/late.py"
    seconds = late.stat().st_mtime_ns // 10**9
    write(edited, "late", LATE.replace("2", "7"))
    os.utime(late, ns=(0, seconds * 10**9))
    ran = edited.run()
    manifest = edited.manifests(ran.ended["run"])["double/_/1"]
    assert edited.load(manifest, "doubled") == [7, 14]
