"""A registry in memory."""

from types import SimpleNamespace
from typing import Any

from fabrica.tracking import ModelVersion


class Versions:
    """As `fabrica.tracking.Registry`, with models that need no store; can be made to fail."""

    def __init__(self) -> None:
        self.promoted: dict[tuple[str, str | None], ModelVersion] = {}
        self.made: dict[str, ModelVersion] = {}
        self.decided: dict[tuple[str, str | None], int] = {}
        self.models: dict[str, Any] = {}
        self.loads: list[str] = []
        self.corrupted: set[str] = set()
        self.unreachable = False

    def promote(self, model: str, value: str | None, content: Any) -> ModelVersion:
        """Make the next version champion."""
        number = self.decided.get((model, value), 0) + 1
        digest = f"{model}-{value}-{number}"
        self.models[digest] = content
        version = ModelVersion(model, value, number, {"digest": digest}, "run")
        self.promoted[model, value] = version
        self.made[digest] = version
        self.decided[model, value] = number
        return version

    def serving(
        self, model: str, value: str | None, fallback: str | None = None
    ) -> ModelVersion | None:
        """The champion, else the fallback's."""
        if self.unreachable:
            raise OSError("the store is away")
        return self.promoted.get((model, value)) or self.promoted.get((model, fallback))

    def history(self, model: str, value: str | None) -> list[Any]:
        """The promotions, each of the next version."""
        count = self.decided.get((model, value), 0)
        return [SimpleNamespace(version=number) for number in range(1, count + 1)]

    def version(self, model: str, value: str | None, version: int) -> ModelVersion:
        """One that was promoted."""
        return self.made[f"{model}-{value}-{version}"]

    def barred(self, model: str, value: str | None) -> frozenset[int]:
        """Those that were promoted and serve no more: nothing else is taken back here."""
        rolled_back = (model, value) in self.decided and (model, value) not in self.promoted
        return frozenset([self.decided[model, value]] if rolled_back else [])

    def load(self, version: ModelVersion) -> Any:
        """The model; raises for a corrupted one."""
        digest = version.artifact["digest"]
        self.loads.append(digest)
        if digest in self.corrupted:
            raise ValueError(f"{digest} is corrupted")
        return self.models[digest]


class Marks:
    """Marks of one release, in memory."""

    def __init__(self) -> None:
        self.marked: dict[int, str] = {}

    def add(self, version: ModelVersion, reason: str) -> None:
        """Mark a version of the one model that a test has."""
        self.marked[version.version] = reason

    def has(self, version: ModelVersion) -> bool:
        """Whether it is marked."""
        return version.version in self.marked
