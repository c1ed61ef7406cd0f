"""`each`, `Each`, `Skip`, optional inputs: values go their own ways."""

from __future__ import annotations

SOURCE = """
    from fabrica.pipelines import Each, Skip, step

    each = {"borough": ["Queens", "Bronx", "Brooklyn/West"]}
    fallback = "all"

    @step("trips")
    def load(borough: str) -> list:
        if borough == "Bronx":
            raise Skip(f"{borough} has 3 trips; 60 are needed")
        return [borough]

    @step("model")
    def train(trips: list) -> str:
        if trips[0].startswith("Brooklyn"):
            raise ValueError("no convergence")
        return trips[0].upper()

    @step("report")
    def report(model: Each[str]) -> dict:
        return dict(model)
"""


def test_values_fail_and_skip_by_themselves(project):
    project.write(SOURCE)
    ran = project.run()
    assert ran.code == 1
    assert ran.ended["outcome"] == "partial"
    assert ran.outcomes("train") == {
        "all": "done", "Queens": "done", "Bronx": "skipped", "Brooklyn/West": "failed",
    }  # fmt: skip
    assert ran.counts == {"done": 6, "skipped": 2, "failed": 1}
    manifests = project.manifests()
    assert project.load(manifests["report/_/1"], "report") == {"Queens": "QUEENS"}
    assert manifests["train/Brooklyn%2FWest/1"]["error"]["message"] == "no convergence"
    assert manifests["train/Bronx/1"]["reason"] == "Bronx has 3 trips; 60 are needed"


def test_the_fallback_runs_first(project):
    project.write(SOURCE)
    started = [e["value"] for e in project.run().events if e["event"] == "step-started"]
    assert started[0] == "all"


def test_values_from_the_command_line(project):
    project.write(SOURCE)
    ran = project.run("--each", "borough=Queens,Bronx")
    assert set(ran.outcomes("load")) == {"all", "Queens", "Bronx"}
    assert ran.code == 0


def test_an_unknown_each_is_a_wrong_input(project):
    project.write(SOURCE)
    ran = project.run("--each", "boro=Queens")
    assert ran.code == 2
    assert "borough" in ran.err and "Traceback" not in ran.err


def test_the_value_cannot_be_set(project):
    project.write(SOURCE)
    ran = project.run("--set", "borough=Queens")
    assert ran.code == 2
    assert "--each borough=" in ran.err


def test_skipping_everything_is_no_failure(project):
    project.write(SOURCE)
    ran = project.run("--each", "borough=Bronx")
    assert ran.code == 0
    assert ran.outcomes("report") == {None: "skipped"}


def test_a_step_that_was_skipped_is_not_asked_again(project):
    project.write("""
        from pathlib import Path
        from fabrica.pipelines import Skip, step

        @step("rows", reads=["rows.txt"])
        def load() -> list:
            Path("asked.txt").open("a").write("asked\\n")
            if len(Path("rows.txt").read_text()) < 3:
                raise Skip("too few")
            return [1]
    """)
    project.file("rows.txt", "1")
    first, second = project.run(), project.run()
    assert first.counts == second.counts == {"skipped": 1}
    assert (project.root / "asked.txt").read_text() == "asked\n"
    assert project.manifests(second.ended["run"])["load/_/1"]["reason"] == "too few"
    project.file("rows.txt", "1234")
    assert project.run().counts == {"done": 1}


def test_an_optional_input_is_none_when_nothing_made_it(project):
    project.write("""
        from fabrica.pipelines import Skip, step

        @step("holidays")
        def holidays() -> list:
            raise Skip("no calendar")

        @step("total")
        def add(holidays: list | None = None, weather: list | None = None) -> str:
            return f"{holidays} {weather}"
    """)
    ran = project.run()
    assert ran.code == 0, ran.err
    assert project.load(project.manifests()["add/_/1"], "total") == "None None"


def test_per_value_steps_share_a_step_that_runs_once(project):
    project.write("""
        from fabrica.pipelines import step

        each = {"borough": ["a", "b"]}

        @step("zones")
        def zones() -> list:
            return ["z"]

        @step("count")
        def count(zones: list, borough: str) -> int:
            return len(zones)
    """)
    ran = project.run()
    assert ran.outcomes("zones") == {None: "done"}
    assert ran.outcomes("count") == {"a": "done", "b": "done"}


def test_several_products(project):
    project.write("""
        from fabrica.pipelines import step

        @step("low", "high")
        def split() -> tuple[list, list]:
            return [1], [2]

        @step("sum")
        def add(low: list, high: list) -> int:
            return low[0] + high[0]
    """)
    assert project.run().code == 0
    assert project.load(project.manifests()["add/_/1"], "sum") == 3


def test_a_value_has_the_type_of_its_hint(project):
    project.write("""
        from fabrica.pipelines import step

        each = {"depth": [1, 2]}

        @step("next")
        def add_one(depth: int) -> int:
            return depth + 1

        @step("kind")
        def kind(next: int, depth: int) -> str:
            return f"{next} after {depth!r}"
    """)
    ran = project.run()
    assert ran.code == 0, ran.err
    manifests = project.manifests()
    assert project.load(manifests["kind/2/1"], "kind") == "3 after 2"
    again = project.run("--each", "depth=5", "--jobs", "2")
    manifests = project.manifests(again.ended["run"])
    assert project.load(manifests["kind/5/1"], "kind") == "6 after 5"


def test_a_value_that_does_not_fit_its_hint(project):
    source = """
        from fabrica.pipelines import step

        each = {"depth": [1, 2]}

        @step("next")
        def add_one(depth: int) -> int:
            return depth + 1
    """
    project.write(source)
    ran = project.run("--each", "depth=deep")
    assert ran.code == 2
    assert "`deep` is no value of `depth`, which is int: a whole number is wanted" in ran.err
    project.write(source.replace("[1, 2]", '[1, "deep"]'))
    ran = project.run()
    assert ran.code == 2
    assert "train.py:3: `deep` of `each` does not fit `depth`, which is int" in ran.err


def test_the_fallback_has_the_type_of_the_hint_too(project):
    project.write("""
        from fabrica.pipelines import step

        each = {"store": [7]}
        fallback = "all"

        @step("kind")
        def kind(store: int | str) -> str:
            return repr(store)
    """)
    assert project.run().code == 0
    manifests = project.manifests()
    assert project.load(manifests["kind/all/1"], "kind") == "'all'"
    assert project.load(manifests["kind/7/1"], "kind") == "7"


def test_the_order_of_values_that_are_gathered_counts(project):
    project.write("""
        from fabrica.pipelines import Each, step

        each = {"borough": ["Queens", "Bronx"]}

        @step("count", reads=["rows.txt"])
        def count(borough: str) -> int:
            return len(borough)

        @step("names")
        def names(count: Each[int]) -> list:
            return list(count)
    """)
    project.file("rows.txt")
    project.run()
    assert project.load(project.manifests()["names/_/1"], "names") == ["Queens", "Bronx"]
    ran = project.run("--each", "borough=Bronx,Queens")
    assert ran.outcomes("count") == {"Bronx": "cached", "Queens": "cached"}
    assert ran.outcomes("names") == {None: "done"}
    manifest = project.manifests(ran.ended["run"])["names/_/1"]
    assert project.load(manifest, "names") == ["Bronx", "Queens"]
    assert project.run("--each", "borough=Bronx,Queens").counts == {"cached": 3}
