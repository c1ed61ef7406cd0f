"""Champions: loaded, swapped, never replaced by what can't be loaded, gone after a rollback."""

import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import wait_for
from fakes import Marks, Versions

from fabrica.serving import ModelNotLoaded, NoModel, NothingToServe
from fabrica.serving._champions import Champions, Served, Snapshot
from fabrica.serving._marks import StoredMarks
from fabrica.storage import open_store


@pytest.fixture
def versions() -> Versions:
    return Versions()


def champions(versions: Versions, *values: str, fallback: str | None = "all") -> Champions:
    return Champions(versions, versions.load, ("model",), values or (None,), fallback)


def served(snapshot: Snapshot) -> dict[str | None, tuple[str | None, int]]:
    return {v: (s.version.value, s.version.version) for (_, v), s in snapshot.served.items()}


def test_own_champions_and_the_fallbacks(versions: Versions) -> None:
    versions.promote("model", "all", "A")
    versions.promote("model", "Queens", "Q")
    made = champions(versions, "Queens", "Bronx", "Brooklyn")
    made.start()
    assert served(made.snapshot) == {
        "Queens": ("Queens", 1),
        "Bronx": ("all", 1),
        "Brooklyn": ("all", 1),
    }
    assert made.snapshot.models(("model",), "Bronx")["model"].model == "A"
    assert sorted(versions.loads) == ["model-Queens-1", "model-all-1"]


def test_a_value_without_a_model_names_those_there_are(versions: Versions) -> None:
    versions.promote("model", "Queens", "Q")
    made = champions(versions, "Queens", "Bronx", fallback=None)
    made.start()
    with pytest.raises(NoModel, match="no model serves Bronx; there are models for: Queens") as e:
        made.snapshot.models(("model",), "Bronx")
    assert e.value.values == ("Queens",)


def test_nothing_promoted_is_told_with_the_way_out(versions: Versions) -> None:
    with pytest.raises(NothingToServe, match="no version of model has been promoted") as caught:
        champions(versions, "Queens").start()
    assert "pipeline" in (caught.value.hint or "")


def test_a_version_that_was_rolled_back_is_named_with_the_command_that_brings_it_back(
    versions: Versions,
) -> None:
    versions.promote("model", "Staten Island", "S")
    del versions.promoted["model", "Staten Island"]
    with pytest.raises(
        NothingToServe, match="version 1 of Staten Island was rolled back"
    ) as caught:
        champions(versions, "Queens", "Staten Island").start()
    back = "python -m fabrica.tracking promote model 1 --reason WHY --value 'Staten Island'"
    assert (caught.value.hint or "").startswith(back)


def test_a_swap_loads_only_what_is_new(versions: Versions) -> None:
    versions.promote("model", "all", "A")
    made = champions(versions, "Queens", "Bronx")
    made.start()
    before = made.snapshot
    assert made.refresh() == []
    versions.promote("model", "Queens", "Q")
    assert made.refresh() == [("model", "Queens")]
    assert served(made.snapshot) == {"Queens": ("Queens", 1), "Bronx": ("all", 1)}
    assert served(before) == {"Queens": ("all", 1), "Bronx": ("all", 1)}
    assert versions.loads == ["model-all-1", "model-Queens-1"]
    assert made.swaps == 1


def test_what_cannot_be_loaded_never_replaces_what_serves(
    versions: Versions, caplog: pytest.LogCaptureFixture
) -> None:
    versions.promote("model", "Queens", "Q")
    made = champions(versions, "Queens")
    made.start()
    versions.promote("model", "Queens", "broken")
    versions.corrupted.add("model-Queens-2")
    for _ in range(3):
        made.refresh()
    assert served(made.snapshot) == {"Queens": ("Queens", 1)}
    assert versions.loads.count("model-Queens-2") == 1
    assert made.failures == 3
    assert caplog.text.count("champion not loaded") == 1
    versions.promote("model", "Queens", "good")
    made.refresh()
    assert served(made.snapshot) == {"Queens": ("Queens", 3)}


def test_what_the_code_cannot_answer_with_waits_and_what_served_goes_on(
    versions: Versions, caplog: pytest.LogCaptureFixture
) -> None:
    versions.promote("model", "all", "A")
    versions.promote("model", "Queens", "Q")
    made = champions(versions, "Queens", "Bronx")
    made.start()

    def answer(value: str | None, models: Mapping[str, Served]) -> None:
        if models["model"].model == "other feature":
            raise KeyError("borough")

    made.answer = answer
    versions.promote("model", "Queens", "other feature")
    versions.promote("model", "all", "B")
    for _ in range(3):
        made.refresh()
    assert served(made.snapshot) == {"Queens": ("Queens", 1), "Bronx": ("all", 2)}
    assert {key: one.version.version for key, one in made.snapshot.held.items()} == {
        ("model", "Queens"): 2
    }
    assert versions.loads.count("model-Queens-2") == 1
    assert caplog.text.count("champion held back") == 1
    versions.promote("model", "Queens", "good")
    made.refresh()
    assert served(made.snapshot)["Queens"] == ("Queens", 3)
    assert made.snapshot.held == {}


def test_two_models_of_one_service_are_swapped_together_or_not_at_all(versions: Versions) -> None:
    versions.promote("low", None, 1)
    versions.promote("high", None, 1)
    made = Champions(versions, versions.load, ("low", "high"), (None,))
    made.start()

    def answer(value: str | None, models: Mapping[str, Served]) -> None:
        assert models["low"].model == models["high"].model

    made.answer = answer
    versions.promote("low", None, 2)
    made.refresh()
    assert made.snapshot.served["low", None].model == 1
    versions.promote("high", None, 2)
    made.refresh()
    assert {one.model for one in made.snapshot.served.values()} == {2}


def test_a_corrupted_champion_keeps_a_service_from_starting(versions: Versions) -> None:
    versions.promote("model", "all", "A")
    versions.promote("model", "Queens", "broken")
    versions.corrupted.add("model-Queens-1")
    with pytest.raises(ModelNotLoaded, match="model-Queens-1 is corrupted"):
        champions(versions, "Queens", "Bronx").start()


def test_a_restart_serves_what_loads(versions: Versions) -> None:
    versions.promote("model", "all", "A")
    versions.promote("model", "Queens", "broken")
    versions.corrupted.add("model-Queens-1")
    made = champions(versions, "Queens", "Bronx")
    made.start(partial=True)
    assert served(made.snapshot) == {"Bronx": ("all", 1)}
    with pytest.raises(ModelNotLoaded, match="model for Queens can't be loaded now"):
        made.snapshot.models(("model",), "Queens")


def test_a_restart_at_which_nothing_loads_fails(versions: Versions) -> None:
    versions.promote("model", "all", "broken")
    versions.corrupted.add("model-all-1")
    with pytest.raises(ModelNotLoaded):
        champions(versions, "Queens").start(partial=True)


def test_after_a_rollback_of_the_only_version_the_fallback_serves_or_nobody(
    versions: Versions,
) -> None:
    versions.promote("model", "Queens", "Q")
    made = champions(versions, "Queens")
    made.start()
    del versions.promoted["model", "Queens"]
    made.refresh()
    assert served(made.snapshot) == {}
    versions.promote("model", "all", "A")
    made.refresh()
    assert served(made.snapshot) == {"Queens": ("all", 1)}


def test_a_store_that_is_away_changes_nothing(versions: Versions) -> None:
    versions.promote("model", "Queens", "Q")
    made = champions(versions, "Queens")
    made.start()
    versions.unreachable = True
    made.refresh()
    assert served(made.snapshot) == {"Queens": ("Queens", 1)}
    versions.unreachable = False
    versions.promoted.clear()
    versions.decided.clear()
    made.refresh()
    assert served(made.snapshot) == {"Queens": ("Queens", 1)}


def test_two_models(versions: Versions) -> None:
    versions.promote("low", None, "L")
    made = Champions(versions, versions.load, ("low", "high"), (None,))
    made.start()
    with pytest.raises(NoModel, match="no version of high is promoted"):
        made.snapshot.models(("low", "high"), None)
    versions.promote("high", None, "H")
    made.refresh()
    found = made.snapshot.models(("low", "high"), None)
    assert {name: served.model for name, served in found.items()} == {"low": "L", "high": "H"}


def test_watching_swaps_and_ends(versions: Versions) -> None:
    versions.promote("model", "Queens", "Q")
    made = champions(versions, "Queens")
    made.start()
    stop = threading.Event()
    watcher = threading.Thread(target=made.watch, args=(0.001, stop))
    watcher.start()
    versions.promote("model", "Queens", "R")
    wait_for(lambda: served(made.snapshot) == {"Queens": ("Queens", 2)}, "no swap")
    stop.set()
    watcher.join(10)
    assert not watcher.is_alive()


def refuse_other_features(value: str | None, models: Mapping[str, Served]) -> None:
    """As a release whose code knows the features of the first model alone."""
    if models["model"].model == "other feature":
        raise KeyError("borough")


def replica(versions: Versions, marks: Marks) -> Champions:
    return Champions(versions, versions.load, ("model",), (None,), None, marks)


def test_a_replica_that_starts_later_serves_what_the_others_went_on_with(
    versions: Versions,
) -> None:
    marks = Marks()
    versions.promote("model", None, "A")
    first = replica(versions, marks)
    first.start()
    first.answer = refuse_other_features
    for _ in range(2):
        versions.promote("model", None, "other feature")
        first.refresh()
    assert sorted(marks.marked) == [2, 3]

    second = replica(versions, marks)
    second.start()
    assert served(second.snapshot) == {None: (None, 1)}
    assert second.snapshot.held["model", None].version.version == 3
    second.answer = refuse_other_features
    versions.promote("model", None, "good")
    second.refresh()
    assert served(second.snapshot) == {None: (None, 4)}


def test_a_replica_that_starts_later_does_without_what_could_not_be_loaded(
    versions: Versions,
) -> None:
    marks = Marks()
    versions.promote("model", None, "A")
    first = replica(versions, marks)
    first.start()
    versions.corrupted.add("model-None-2")
    versions.promote("model", None, "broken")
    first.refresh()
    second = replica(versions, marks)
    second.start()
    assert served(second.snapshot) == {None: (None, 1)}


def test_marks_are_of_one_image_and_kept_in_the_store(
    versions: Versions, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(str(tmp_path))
    version = versions.promote("model", "Staten Island", "A")
    here, there = (StoredMarks(store, "trips", f"trips@sha256:{digit}") for digit in "12")
    for _ in range(2):
        here.add(version, "KeyError: 'borough'")
    assert [here.has(version), there.has(version)] == [True, False]
    [name] = store.names("models/trips/model")
    assert name.startswith("models/trips/model/Staten%20Island/unserved/1-")
    assert store.read(name)["reason"] == "KeyError: 'borough'"
    assert caplog.text == ""


def test_a_mark_that_no_longer_holds_is_found_out(versions: Versions) -> None:
    marks = Marks()
    versions.promote("model", None, "A")
    marks.add(versions.promote("model", None, "B"), "the warehouse was away")
    made = replica(versions, marks)
    made.start()
    assert served(made.snapshot) == {None: (None, 1)}
    made.answer = refuse_other_features
    made.refresh()
    assert served(made.snapshot) == {None: (None, 2)}


def test_a_release_that_can_serve_no_champion_does_not_start_with_another_s(
    versions: Versions,
) -> None:
    marks = Marks()
    versions.promote("model", None, "A")
    marks.add(versions.promote("model", None, "broken"), "it was damaged")
    versions.corrupted.update({"model-None-1", "model-None-2"})
    with pytest.raises(ModelNotLoaded):
        replica(versions, marks).start()
