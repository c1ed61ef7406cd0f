"""The gate that ends a run."""

from __future__ import annotations

import pytest

SOURCE = """
    from pathlib import Path
    from fabrica.pipelines import Metrics, Skip, Verdict, keep, promote, step

    each = {"borough": ["Queens", "Bronx"]}
    fallback = "all"

    class Model:
        def __init__(self, depth, of):
            self.depth = depth
            self.of = of

    @step("trips", reads=["data/trips.txt"])
    def load(borough: str, cutoff: int = 10) -> list:
        if borough == "Bronx":
            raise Skip("Bronx has 3 trips; 60 are needed")
        return [borough, cutoff, Path("data/trips.txt").read_text().strip()]

    @step("model")
    def train(trips: list, depth: int = 4) -> Model:
        return Model(depth, trips[0])

    @step("predictions")
    def predict(model: Model, trips: list) -> list:
        print("PREDICT", model.of, model.depth, "on", trips[0])
        return [12 / model.depth + (1 if model.of != trips[0] else 0)]

    @step("metrics")
    def evaluate(predictions: list, trips: list) -> dict[str, float]:
        return {"trips": 40, "mae": predictions[0], "mae_low": predictions[0] - 1,
                "mae_high": predictions[0] + 1}

    def better(candidate: Metrics, production: Metrics | None) -> Verdict:
        Path("asked.txt").open("a").write("asked\\n")
        if production is None:
            return promote("first version", "mae")
        words = f"{candidate['mae']:.3g} against {production['mae']:.3g} minutes"
        if candidate["mae"] < production["mae"]:
            return promote(words, "mae")
        return keep(words, "mae")
"""


@pytest.fixture
def models(project):
    project.write(SOURCE)
    project.file("data/trips.txt", "monday")
    return project


def short(ran):
    serving = {
        value: (verdict["outcome"], (verdict["serving"] or {}).get("version"))
        for value, verdict in ran.verdicts().items()
    }
    assert next(iter(serving)) == "all", "the fallback is judged first"
    return serving


def test_the_first_run_promotes_the_fallback_and_what_beats_it(models):
    ran = models.run()
    assert ran.code == 0, ran.err
    assert short(ran) == {
        "all": ("promoted", 1),
        "Queens": ("promoted", 1),
        "Bronx": ("skipped", 1),
    }
    queens = ran.verdicts()["Queens"]
    assert (queens["candidate"]["mae"], queens["production"]["mae"]) == (3, 4)
    assert queens["serving"] == {"value": "Queens", "version": 1}
    bronx = ran.verdicts()["Bronx"]
    assert bronx["serving"] == {"value": "all", "version": 1}
    assert bronx["reason"] == "Bronx has 3 trips; 60 are needed"


def test_an_identical_run_changes_nothing_and_asks_nobody(models):
    models.run()
    asked = (models.root / "asked.txt").read_text()
    ran = models.run()
    assert short(ran) == {
        "all": ("unchanged", 1),
        "Queens": ("unchanged", 1),
        "Bronx": ("skipped", 1),
    }
    assert ran.verdicts()["all"]["metric"] == "mae"
    assert (models.root / "asked.txt").read_text() == asked


def test_better_replaces_worse_does_not(models):
    models.run()
    better = models.run("--set", "depth=6")
    assert short(better)["Queens"] == ("promoted", 2)
    assert short(better)["all"] == ("promoted", 2)
    worse = models.run("--set", "depth=2")
    assert short(worse)["Queens"] == ("kept", 2)
    assert worse.verdicts()["Queens"]["reason"] == "6 against 2 minutes"
    assert worse.verdicts()["Queens"]["version"] == 3


def test_a_verdict_is_replayed_without_loading_a_model(models):
    models.run("--set", "depth=6")
    first = models.run("--set", "depth=2")
    asked = (models.root / "asked.txt").read_text()
    again = models.run("--set", "depth=2")
    assert again.ended["verdicts"] == first.ended["verdicts"]
    assert (models.root / "asked.txt").read_text() == asked


def test_production_is_measured_again_on_the_candidates_data(models):
    models.run()
    models.file("data/trips.txt", "tuesday")
    models.run("--set", "depth=3")
    verdicts = [n for n in models.store.names("models/bikes/model/Queens/verdicts")]
    documents = [models.store.read(name) for name in verdicts]
    second = next(d for d in documents if d["version"] == 2)
    assert second["production"]["mae"] == 3 and second["candidate"]["mae"] == 4
    assert (second["comparable"], second["differing"]) == (True, ["depth"])
    assert second["against"] == "1"


def test_another_cutoff_is_not_comparable(models):
    models.run()
    models.run("--set", "cutoff=11", "--set", "depth=6")
    documents = [
        models.store.read(name) for name in models.store.names("models/bikes/model/Queens/verdicts")
    ]
    second = next(d for d in documents if d["version"] == 2)
    assert (second["comparable"], second["differing"]) == (False, ["cutoff", "depth"])


@pytest.mark.parametrize("default", ["Window(1)", "WINDOW"])
def test_another_default_that_is_no_json_is_not_comparable(models, default):
    def source(days):
        return (
            replaced("cutoff: int = 10", f"cutoff: int = 10, window: Window = {default}")
            .replace(
                "    class Model:",
                "    from dataclasses import dataclass\n\n    @dataclass\n    class Window:\n"
                f"        days: int = 7\n\n    WINDOW = Window({days})\n\n    class Model:",
            )
            .replace("Window(1)", f"Window({days})")
        )

    models.write(source(1))
    models.run()
    models.write(source(30))
    models.run("--set", "depth=6")
    documents = [
        models.store.read(name) for name in models.store.names("models/bikes/model/Queens/verdicts")
    ]
    second = next(d for d in documents if d["version"] == 2)
    assert (second["comparable"], second["differing"]) == (False, ["depth", "window"])


def test_a_rolled_back_version_stays_barred(models):
    from fabrica.tracking import Registry

    models.run()
    models.run("--set", "depth=6")
    Registry(models.store, "bikes").rollback("model", "Queens", by="ada", reason="complaints")
    ran = models.run("--set", "depth=6")
    assert short(ran)["Queens"] == ("barred", 1)
    assert "rolled back" in ran.verdicts()["Queens"]["reason"]
    assert ran.code == 0


def test_the_table(models):
    models.run("--set", "depth=3")
    ran = models.call("run", "train")
    table = ran.err[ran.err.index("model `model`") :]
    lines = table.splitlines()
    assert lines[0] == (
        "model `model`: mae of the candidate and of production, on the same held-out data"
    )
    assert lines[1].split() == [
        "borough", "trips", "candidate", "production", "verdict", "serving", "reason",
    ]  # fmt: skip
    row = next(line for line in lines if line.strip().startswith("Queens"))
    assert row.split()[:6] == ["Queens", "40", "3.00", "4.00", "promoted", "v2"]
    bronx = next(line for line in lines if line.strip().startswith("Bronx"))
    assert bronx.split()[1:7] == ["–", "–", "–", "skipped", "all", "v2"]  # noqa: RUF001
    assert "python -m fabrica.tracking champions" in table
    assert max(len(line) for line in lines) <= 100


def replaced(old: str, new: str) -> str:
    assert old in SOURCE
    return SOURCE.replace(old, new)


def test_a_gate_that_raises_leaves_production(models):
    models.run()
    models.write(replaced('words = f"', 'raise KeyError("rmse")\n        words = f"'))
    ran = models.run("--set", "depth=6")
    assert ran.code == 1
    assert short(ran)["Queens"] == ("failed", 1)
    assert "KeyError: 'rmse'" in ran.err and "in better" in ran.err


def test_a_gate_must_return_a_verdict(models):
    models.write(replaced('return promote("first version", "mae")', "return True"))
    ran = models.run()
    assert ran.code == 1
    assert "the gate `better` returned bool, not a verdict" in ran.ended["verdicts"][0]["reason"]


def test_a_metric_that_is_no_number(models):
    models.write(replaced('"mae": predictions[0],', '"mae": "3",'))
    ran = models.run()
    assert ran.code == 1
    assert "mae is '3', and a gate can only compare numbers" in ran.ended["verdicts"][0]["reason"]


def test_a_champion_that_cannot_be_measured_any_more(models):
    models.run()
    models.write(SOURCE.replace("model.depth", "model.leaves").replace("self.depth", "self.leaves"))
    ran = models.run()
    assert ran.code == 1
    reason = ran.verdicts()["all"]["reason"]
    assert (
        "version 1 of `model` for all, which serves, cannot be measured by step `predict`" in reason
    )
    assert short(ran)["all"] == ("failed", 1)
    by_hand = "python -m fabrica.tracking promote model 2 --reason WHY --value all"
    assert by_hand in models.call("run", "train").err


def test_values_that_failed_are_judged_as_failed(models):
    models.write(
        replaced(
            "return Model(depth",
            'if trips[0] == "Queens": raise ValueError("x")\n        return Model(depth',
        )
    )
    ran = models.run()
    assert short(ran) == {"all": ("promoted", 1), "Queens": ("failed", 1), "Bronx": ("skipped", 1)}
    assert ran.verdicts()["Queens"]["reason"] == "ValueError: x"
    assert ran.ended["outcome"] == "partial"


def test_a_step_before_the_model_that_fails_is_named(models):
    models.write(replaced("return [borough, cutoff", "return [1 / 0, cutoff"))
    verdict = models.run().verdicts()["Queens"]
    assert (verdict["outcome"], verdict["serving"]) == ("failed", None)
    assert verdict["reason"] == "load: ZeroDivisionError: division by zero"


def test_gates_work_in_isolation_and_in_parallel(models):
    first = models.run("--isolate")
    assert short(first)["Queens"] == ("promoted", 1)
    assert short(models.run("--jobs", "2", "--set", "depth=6"))["Queens"] == ("promoted", 2)


def test_the_champion_is_an_input_of_another_pipeline(models):
    source = """
        from fabrica.pipelines import Champion, step
        from bikes.pipelines.train import Model

        @step("score")
        def score(model: Champion[Model]) -> int:
            return model.depth
    """
    models.write(source.replace("bikes.pipelines.train", "bikes.model"), name="score")
    models.file("src/bikes/model.py", "class Model:\n    pass\n")
    missing = models.call("run", "score", "--json")
    assert missing.code == 1
    assert "no version of it is promoted" in missing.err
    single = (
        SOURCE.replace('fallback = "all"', "")
        .replace('each = {"borough": ["Queens", "Bronx"]}', "")
        .replace("borough: str, ", "")
        .replace('borough == "Bronx"', "False")
        .replace("[borough,", '["x",')
    )
    models.write(single)
    assert models.run().code == 0
    ran = models.call("run", "score", "--json")
    assert ran.code == 0, ran.err
    run = models.store.read(f"runs/bikes/{ran.ended['run']}/run.json")
    assert run["champions"]["model"]["_"]["version"] == 1
    assert models.load(models.manifests(ran.ended["run"])["score/_/1"], "score") == 4
    assert models.call("run", "score", "--json").counts == {"cached": 1}
