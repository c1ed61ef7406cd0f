"""Versions, verdicts, promotions: who is champion, and what may become it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import GATE, PROJECT, judge, product, register
from fabrica.storage import Corrupted, Store, formats

from fabrica.tracking import (
    BadMetrics,
    Conflict,
    NewerSchema,
    NoSuchModel,
    Registry,
    keep,
    promote,
)

BETTER = promote("4.1 minutes instead of 4.6", metric="mae")
WORSE = keep("4.6 minutes instead of 4.1", metric="mae")


def test_an_empty_registry(registry: Registry) -> None:
    assert registry.models() == []
    assert registry.values("model") == []
    assert registry.versions("model") == []
    assert registry.history("model", "Queens") == []
    assert registry.verdicts("model") == []
    assert registry.champion("model") is None
    assert registry.serving("model", "Queens", "all") is None
    assert registry.barred("model") == frozenset()


def test_versions_are_numbered_and_equal_bytes_are_one_version(registry: Registry) -> None:
    one = register(registry, "a", "Queens")
    two = register(registry, "b", "Queens")
    assert (one.version, two.version) == (1, 2)
    assert register(registry, "a", "Queens", mae=9.0, run="run-2") == one
    assert registry.versions("model", "Queens") == [one, two]
    assert register(registry, "a", "Bronx").version == 1
    assert registry.values("model") == ["Bronx", "Queens"]
    assert registry.models() == ["model"]
    assert registry.version("model", "Queens", 2) == two


def test_odd_names_of_models_and_values(registry: Registry) -> None:
    for value in (None, "_", "New York/Queens", "..", "ä"):
        version = registry.register(
            "the/model", value, artifact=product("a"), run="r", metrics={}, parameters={}
        )
        registry.promote("the/model", value, 1, by="ada", reason="first")
        assert registry.champion("the/model", value) == version
    assert registry.models() == ["the/model"]
    assert set(registry.values("the/model")) == {None, "_", "New York/Queens", "..", "ä"}


def test_a_version_remembers_what_it_was_made_with(registry: Registry) -> None:
    version = register(registry, "a", max_depth=6)
    assert registry.parameters(version) == {"max_depth": 6}
    assert registry.version("model", None, 1).metrics == {"mae": 5.0}


def test_a_version_loads_its_model(store: Store, registry: Registry) -> None:
    saved = formats.save(store, {"slope": 2})
    version = registry.register("model", artifact=saved, run="r", metrics={})
    assert version.load(store) == {"slope": 2}


def test_a_version_that_is_not_there(registry: Registry) -> None:
    with pytest.raises(NoSuchModel, match="model of Queens has no version 3: it has none"):
        registry.version("model", "Queens", 3)
    register(registry, "a", "Queens")
    with pytest.raises(NoSuchModel, match="there are 1") as raised:
        registry.version("model", "Queens", 3)
    assert raised.value.hint == "python -m fabrica.tracking versions model --value Queens"


def test_who_works_with_nx_is_told_a_command_of_nx(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NX_TASK_TARGET_PROJECT", "trips")
    with pytest.raises(NoSuchModel) as raised:
        registry.version("model", "Staten Island", 3)
    assert raised.value.hint == "npx nx run trips:tracking champions"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), "4", None, True])
def test_metrics_are_finite_numbers(registry: Registry, number: Any) -> None:
    with pytest.raises(BadMetrics, match="metric mae is") as raised:
        registry.register(
            "model",
            artifact=product("a"),
            run="r",
            metrics={"mae": number},
        )
    assert raised.value.hint
    candidate = register(registry, "b")
    with pytest.raises(BadMetrics):
        registry.judge(
            "model",
            None,
            candidate,
            {"mae": number},
            None,
            None,
            BETTER,
            gate=GATE,
            run="r",
        )
    assert registry.verdicts("model") == []


def test_numbers_of_numpy_are_metrics(registry: Registry) -> None:
    metrics = {"mae": np.float32(0.5), "n": np.int64(3)}
    version = registry.register("model", artifact=product("a"), run="r", metrics=metrics)
    assert version.metrics == {"mae": 0.5, "n": 3}


def test_a_candidate_that_wins_becomes_champion(registry: Registry) -> None:
    first = register(registry, "a", "Queens", mae=4.6)
    decision = judge(registry, first, None, promote("the first version"))
    assert decision.promoted
    assert not decision.barred
    assert registry.champion("model", "Queens") == first
    second = register(registry, "b", "Queens", mae=4.1)
    assert judge(registry, second, first, BETTER).reason == BETTER.reason
    assert registry.champion("model", "Queens") == second
    history = registry.history("model", "Queens")
    assert [(p.promotion, p.version, p.previous) for p in history] == [(1, 1, None), (2, 2, 1)]
    assert history[1].by == {"kind": "gate", "name": "run-1"}
    assert history[1].reason == BETTER.reason


def test_a_candidate_that_loses_changes_nothing(registry: Registry) -> None:
    first, second = register(registry, "a"), register(registry, "b")
    judge(registry, first, None, BETTER)
    decision = judge(registry, second, first, WORSE)
    assert not decision.promoted
    assert decision.version == second
    assert registry.champion("model") == first
    assert len(registry.history("model")) == 1


def test_a_verdict_is_archived_with_both_metrics(store: Store, registry: Registry) -> None:
    first, second = register(registry, "a", mae=4.1), register(registry, "b", mae=4.6)
    judge(registry, first, None, BETTER)
    decision = judge(registry, second, first, WORSE, comparable=False, differing=["until", "from"])
    archived = store.read(decision.verdict_name)
    assert archived.pop("at")
    assert archived == {
        "schema": 1,
        "project": PROJECT,
        "model": "model",
        "value": None,
        "version": 2,
        "against": "1",
        "candidate": {"mae": 4.6},
        "production": {"mae": 4.1},
        "comparable": False,
        "differing": ["from", "until"],
        "gate": GATE,
        "promote": False,
        "reason": WORSE.reason,
        "metric": "mae",
        "run": "run-1",
    }
    name = decision.verdict_name.rpartition("/")[2]
    assert name.startswith("2-1-")
    assert [v["version"] for v in registry.verdicts("model")] == [1, 2]


def test_a_verdict_is_found_again_by_gate_and_metrics(registry: Registry) -> None:
    first, second = register(registry, "a", mae=4.1), register(registry, "b", mae=4.6)
    judge(registry, first, None, BETTER)
    judge(registry, second, first, WORSE)

    def ask(**changed: object) -> object:
        asked = {
            "gate": GATE,
            "candidate_metrics": {"mae": 4.6},
            "production_metrics": {"mae": 4.1},
            **changed,
        }
        return registry.verdict("model", None, second, first, **asked)  # type: ignore[arg-type]

    assert ask() == WORSE
    assert ask(gate="b" * 64) is None
    assert ask(candidate_metrics={"mae": 4.7}) is None
    assert ask(production_metrics={"mae": 4.2}) is None
    assert (
        registry.verdict(
            "model",
            None,
            second,
            None,
            gate=GATE,
            candidate_metrics={"mae": 4.6},
            production_metrics=None,
        )
        is None
    )


def test_the_same_verdict_again_is_archived_once(registry: Registry) -> None:
    first, second = register(registry, "a"), register(registry, "b")
    judge(registry, first, None, BETTER)
    names = {judge(registry, second, first, WORSE, run=run).verdict_name for run in ("r1", "r2")}
    assert len(names) == 1
    assert len(registry.verdicts("model")) == 2


def test_a_gate_is_replayed_without_any_effect(registry: Registry) -> None:
    first, second = register(registry, "a", mae=4.6), register(registry, "b", mae=4.5)
    judge(registry, first, None, BETTER)
    judge(registry, second, first, WORSE)

    def always(candidate, production):
        assert production is None or production == {"mae": 4.6}
        return promote(f"{candidate['mae']} is fine")

    replays = registry.replay("model", None, always)
    assert [r.changed for r in replays] == [False, True]
    assert replays[1].verdict.reason == "4.5 is fine"
    assert registry.champion("model") == first
    assert len(registry.verdicts("model")) == 2


def test_the_fallback_serves_a_value_without_a_champion(registry: Registry) -> None:
    fallback, own = register(registry, "all", "all"), register(registry, "bronx", "Bronx")
    judge(registry, fallback, None, BETTER)
    assert registry.serving("model", "Bronx", "all") == fallback
    assert registry.serving("model", "Bronx") is None
    assert registry.serving("model", "all", "all") == fallback
    decision = judge(registry, own, fallback, BETTER)
    assert decision.verdict_name.rpartition("/")[2].startswith("1-all.1-")
    assert registry.serving("model", "Bronx", "all") == own
    assert registry.history("model", "Bronx")[0].previous is None


def test_a_champion_that_changed_meanwhile_is_a_conflict(registry: Registry) -> None:
    first, second, third = (register(registry, text) for text in "abc")
    judge(registry, first, None, BETTER)
    judge(registry, second, first, BETTER)
    with pytest.raises(Conflict) as raised:
        judge(registry, third, first, BETTER)  # it was measured against the first
    assert raised.value.hint
    assert registry.champion("model") == second
    assert judge(registry, third, second, BETTER).promoted


def test_a_fallback_that_changed_meanwhile_is_a_conflict(registry: Registry) -> None:
    old, new = register(registry, "all", "all"), register(registry, "all 2", "all")
    own = register(registry, "bronx", "Bronx")
    judge(registry, old, None, BETTER)
    judge(registry, new, old, BETTER)
    with pytest.raises(Conflict):
        judge(registry, own, old, BETTER)
    assert judge(registry, own, new, BETTER).promoted


def test_a_first_version_that_is_no_longer_the_first_is_a_conflict(registry: Registry) -> None:
    first, second = register(registry, "a"), register(registry, "b")
    judge(registry, first, None, BETTER)
    with pytest.raises(Conflict):
        judge(registry, second, None, BETTER)


def test_who_loses_the_race_for_a_promotion_is_told(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = register(registry, "a"), register(registry, "b")
    real = registry._documents.create

    def slow(name: str, fields: dict) -> bool:
        if "/promotions/" in name:  # somebody is faster, at the last moment
            Registry(registry.store, PROJECT).promote("model", None, 1, by="ada", reason="faster")
        return real(name, fields)

    monkeypatch.setattr(registry._documents, "create", slow)
    with pytest.raises(Conflict, match="same moment"):
        judge(registry, second, None, BETTER)
    assert registry.champion("model") == first


def test_judging_the_champion_again_promotes_nothing(registry: Registry) -> None:
    first = register(registry, "a")
    judge(registry, first, None, BETTER)
    assert judge(registry, first, None, BETTER).promoted
    assert len(registry.history("model")) == 1


def test_a_rollback_bars_the_version_until_a_person_promotes_it(registry: Registry) -> None:
    first, second = register(registry, "a", "Queens"), register(registry, "b", "Queens")
    judge(registry, first, None, BETTER)
    judge(registry, second, first, BETTER)
    rolled = registry.rollback("model", "Queens", by="ada", reason="complaints")
    assert (rolled.version, rolled.previous, rolled.bars) == (1, 2, (2,))
    assert rolled.by == {"kind": "person", "name": "ada"}
    assert registry.champion("model", "Queens") == first
    # The next identical run makes the same bytes, and the gate says the same.
    again = register(registry, "b", "Queens", run="run-2")
    decision = judge(registry, again, first, BETTER)
    assert decision.barred
    assert not decision.promoted
    assert "python -m fabrica.tracking promote model 2 --value Queens" in decision.reason
    assert registry.champion("model", "Queens") == first
    # Another version isn't barred, and the bar outlives its promotion.
    third = register(registry, "c", "Queens")
    assert judge(registry, third, first, BETTER).promoted
    assert registry.barred("model", "Queens") == {2}
    assert judge(registry, again, third, BETTER).barred
    registry.promote("model", "Queens", 2, by="ada", reason="it was the data")
    assert registry.champion("model", "Queens") == second
    assert registry.barred("model", "Queens") == frozenset()


def test_a_rollback_of_the_only_version_leaves_the_fallback(registry: Registry) -> None:
    fallback, own = register(registry, "all", "all"), register(registry, "q", "Queens")
    judge(registry, fallback, None, BETTER)
    judge(registry, own, fallback, BETTER)
    assert registry.rollback("model", "Queens", by="ada", reason="bad").version is None
    assert registry.champion("model", "Queens") is None
    assert registry.serving("model", "Queens", "all") == fallback
    assert judge(registry, own, fallback, BETTER).barred
    other = register(registry, "q2", "Queens")
    assert judge(registry, other, fallback, BETTER).promoted
    with pytest.raises(NoSuchModel):
        registry.rollback("model", "Bronx", by="ada", reason="nothing there")


def test_rolling_back_twice_goes_back_twice(registry: Registry) -> None:
    versions = [register(registry, text) for text in "abc"]
    for before, version in zip([None, *versions], versions, strict=False):
        judge(registry, version, before, BETTER)
    assert registry.rollback("model", by="ada", reason="1").version == 2
    assert registry.rollback("model", by="ada", reason="2").version == 1
    assert registry.barred("model") == {2, 3}
    assert registry.rollback("model", by="ada", reason="3").version is None
    with pytest.raises(NoSuchModel, match="no champion"):
        registry.rollback("model", by="ada", reason="4")


def test_a_person_promotes_only_what_is_there(registry: Registry) -> None:
    with pytest.raises(NoSuchModel):
        registry.promote("model", None, 1, by="ada", reason="wish")
    assert registry.history("model") == []


def test_projects_share_a_store_and_no_models(store: Store, registry: Registry) -> None:
    register(registry, "a")
    assert Registry(store, "other").models() == []


def test_a_document_of_a_newer_release_is_refused(store: Store, registry: Registry) -> None:
    store.create(f"models/{PROJECT}/model/_/versions/1.json", {"schema": 2})
    with pytest.raises(NewerSchema, match="schema 2") as raised:
        registry.versions("model")
    assert "fabrica-tracking" in str(raised.value.hint)


def test_a_damaged_document_is_named(store: Store, registry: Registry) -> None:
    store.create_bytes(f"models/{PROJECT}/model/_/promotions/1.json", b"{")
    with pytest.raises(Corrupted, match=r"promotions/1\.json"):
        registry.champion("model")
