"""A store on a local disk, a registry, and runs as the runner writes them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from fabrica.storage import Store, encode, open_store

from fabrica.tracking import ModelVersion, Registry

PROJECT = "trip-duration"
GATE = "a" * 64


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FABRICA_STORE", raising=False)
    monkeypatch.delenv("FABRICA_PROJECT", raising=False)
    monkeypatch.delenv("NX_TASK_TARGET_PROJECT", raising=False)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store((tmp_path / "store").as_uri())


@pytest.fixture
def registry(store: Store) -> Registry:
    return Registry(store, PROJECT)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def product(text: str, **fields: Any) -> dict[str, Any]:
    made = {"digest": digest(text), "bytes": 9, "format": "json", "type": "dict", "rows": None}
    return {**made, **fields}


def register(
    registry: Registry, text: str, value: str | None = None, mae: float = 5.0, **more: Any
) -> ModelVersion:
    """A version whose artifact is named by a text."""
    return registry.register(
        "model",
        value,
        artifact=product(text),
        run=more.pop("run", "run-1"),
        metrics={"mae": mae},
        parameters=more,
    )


def judge(
    registry: Registry,
    candidate: ModelVersion,
    production: ModelVersion | None,
    verdict: Any,
    **more: Any,
) -> Any:
    """Judge with metrics that the versions have."""
    return registry.judge(
        "model",
        more.pop("value", candidate.value),
        candidate,
        candidate.metrics,
        production,
        production.metrics if production else None,
        verdict,
        gate=more.pop("gate", GATE),
        run=more.pop("run", "run-1"),
        **more,
    )


class Runs:
    """Writes the documents of runs, as `fabrica.pipelines` does."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def open(self, run: str, started: str = "2026-11-21T08:00:00.000Z", **more: Any) -> None:
        document = {
            "schema": 1,
            "run": run,
            "project": PROJECT,
            "pipeline": "train",
            "environment": "local",
            "trigger": {"kind": "person", "by": "ada"},
            "git": {"commit": digest(run)[:40], "dirty": False, "diff": None},
            "lock": digest("lock"),
            "image": None,
            "python": "3.11.7",
            "platform": "linux-x86_64",
            "parameters": {"max_depth": 6},
            "started": started,
            **more,
        }
        assert self.store.create(f"runs/{PROJECT}/{run}/run.json", document)

    def step(
        self,
        run: str,
        step: str,
        value: str | None,
        inputs: dict[str, Any],
        products: dict[str, str],
        **more: Any,
    ) -> None:
        attempt = more.pop("attempt", 1)
        document = {
            "schema": 1,
            "run": run,
            "step": step,
            "value": value,
            "attempt": attempt,
            "key": digest(f"{step}{value}"),
            "keyParts": {"reads": more.pop("reads", {})},
            "inputs": inputs,
            "parameters": more.pop("parameters", {}),
            "products": {name: product(text) for name, text in products.items()},
            "outcome": more.pop("outcome", "done"),
            "from": more.pop("whence", None),
            "seed": 7,
        }
        name = f"runs/{PROJECT}/{run}/steps/{step}/{encode(value)}/{attempt}.json"
        assert self.store.create(name, document)

    def end(self, run: str, number: int = 1, outcome: str = "succeeded") -> None:
        document = {
            "schema": 1,
            "outcome": outcome,
            "counts": {"done": 3, "failed": 0},
            "verdicts": [],
            "ended": "2026-11-21T08:01:00.000Z",
        }
        assert self.store.create(f"runs/{PROJECT}/{run}/end/{number}.json", document)


@pytest.fixture
def runs(store: Store) -> Runs:
    return Runs(store)
