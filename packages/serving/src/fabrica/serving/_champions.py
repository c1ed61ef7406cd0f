"""The champions that are served: loaded at start, swapped when another is promoted.

A request takes one snapshot and keeps it; a swap replaces the whole snapshot at once, so no
request sees half of it and none waits. What can't be loaded never replaces what serves.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from shlex import quote
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from fabrica.serving._errors import ModelNotLoaded, NoModel, NothingToServe

if TYPE_CHECKING:
    from fabrica.tracking import ModelVersion

log = logging.getLogger(__name__)

Key = tuple[str, str | None]
"""A model and the value that is asked for."""


class Versions(Protocol):
    """What is asked of a registry: `fabrica.tracking.Registry` fits, and so does a test's fake."""

    def serving(
        self, model: str, value: str | None, fallback: str | None = None
    ) -> "ModelVersion | None":
        """The champion that serves a value: its own, else the fallback's, else None."""
        ...

    def history(self, model: str, value: str | None) -> Sequence[object]:
        """All promotions and rollbacks."""
        ...

    def barred(self, model: str, value: str | None) -> frozenset[int]:
        """The versions that were rolled back, and not promoted since."""
        ...


@dataclass(frozen=True)
class Served:
    """A loaded champion: the version, and the model object that ``predict`` receives."""

    version: "ModelVersion"
    model: object = field(repr=False, compare=False)

    def document(self) -> dict[str, str | int | None]:
        """As it stands in an answer: whose champion, and which version."""
        return {"value": self.version.value, "version": self.version.version}


@dataclass(frozen=True)
class Snapshot:
    """Which champion serves which value at one moment; never changed."""

    served: Mapping[Key, Served] = field(default_factory=dict)
    failed: Mapping[Key, str] = field(default_factory=dict)
    """Why a champion that should serve, and that nothing stands in for, can't be loaded."""

    def models(self, names: Sequence[str], value: str | None) -> dict[str, Served]:
        """The champions for one value, by the model's name.

        Raises:
            NoModel: A model has no version for this value; names the values that have.
            ModelNotLoaded: A version is promoted for this value, but can't be loaded.
        """
        found: dict[str, Served] = {}
        for name in names:
            served = self.served.get((name, value))
            if served is None:
                raise self._missing(name, value)
            found[name] = served
        return found

    def _missing(self, name: str, value: str | None) -> NoModel | ModelNotLoaded:
        if (name, value) in self.failed:
            return ModelNotLoaded(f"{name} for {value or 'this service'} can't be loaded now")
        there = self.values(name)
        if value is None:
            return NoModel(f"no version of {name} is promoted", there)
        return NoModel(
            f"no {name} serves {value}; there are models for: {', '.join(there) or 'no value yet'}",
            there,
        )

    def values(self, name: str) -> tuple[str, ...]:
        """The values that a model serves, in the order of the definition."""
        return tuple(v for (model, v) in self.served if model == name and v is not None)


class _Loader:
    """Loads artifacts once; one that fails is not tried again at every look, but ever rarer."""

    def __init__(self, load: Callable[["ModelVersion"], object]) -> None:
        self._load = load
        self._failed: dict[str, tuple[float, float, Exception]] = {}

    def load(self, version: "ModelVersion") -> object:
        digest = version.artifact["digest"]
        until, delay, error = self._failed.get(digest, (0.0, 0.5, None))
        if error is not None and time.monotonic() < until:
            raise error
        try:
            model = self._load(version)
        except Exception as error:
            self._failed[digest] = (time.monotonic() + delay, min(2 * delay, 60.0), error)
            raise
        self._failed.pop(digest, None)
        return model


class Champions:
    """Keeps the newest snapshot of a service's champions.

    Args:
        versions: The registry.
        load: Turns a version into the model object (``ModelVersion.load`` of the store).
        models: Names of the models that ``predict`` takes.
        values: The listed values, or ``(None,)`` for a service without ``each``.
        fallback: The value that stands in for one without a champion.

    Example:
        >>> champions = Champions(registry, load, ("model",), ("Queens",))  # doctest: +SKIP
        >>> champions.start(); champions.snapshot.values("model")           # doctest: +SKIP
        ('Queens',)
    """

    def __init__(
        self,
        versions: Versions,
        load: Callable[["ModelVersion"], object],
        models: Sequence[str],
        values: Sequence[str | None],
        fallback: str | None = None,
    ) -> None:
        self._versions = versions
        self._loader = _Loader(load)
        self._keys: list[Key] = [(model, value) for model in models for value in values]
        self._fallback = fallback
        self._lock = threading.Lock()
        self._reported: set[str] = set()
        self.snapshot = Snapshot()
        self.swaps = 0
        self.failures = 0

    def start(self, partial: bool = False) -> None:
        """Load all champions.

        Args:
            partial: Serve what loads, when something does; for a restart of what served before.

        Raises:
            NothingToServe: No version is promoted for any value.
            ModelNotLoaded: A promoted version can't be loaded.
        """
        self.refresh()
        failed, served = self.snapshot.failed, self.snapshot.served
        if failed and not (partial and served):
            raise ModelNotLoaded(
                "\n".join(dict.fromkeys(failed.values())),
                "run the pipeline again to make a new version, or roll the model back",
            )
        if not served:
            raise self._nothing()

    def _nothing(self) -> NothingToServe:
        """Why nothing serves: a run doesn't bring back what was rolled back, a person does."""
        fallback = [(model, self._fallback) for model, _ in self._keys if self._fallback]
        for model, value in dict.fromkeys([*self._keys, *fallback]):
            barred = self._versions.barred(model, value)
            if barred:
                version = max(barred)
                of, option = (f" of {value}", f" --value {quote(value)}") if value else ("", "")
                return NothingToServe(
                    f"no version of {model} is champion: version {version}{of} was rolled back",
                    f"python -m fabrica.tracking promote {quote(model)} {version}{option}"
                    "    (or run the pipeline with another parameter: its gate judges it)",
                )
        names = " or ".join(dict.fromkeys(model for model, _ in self._keys))
        return NothingToServe(
            f"no version of {names} has been promoted",
            "run the project's pipeline first: its gate promotes the model",
        )

    def refresh(self) -> list[Key]:
        """Look for promotions, load what is new, and swap. Returns the keys that changed."""
        with self._lock:
            before = self.snapshot
            loaded = {
                served.version.artifact["digest"]: served for served in before.served.values()
            }
            served: dict[Key, Served] = {}
            failed: dict[Key, str] = {}
            for key in self._keys:
                self._resolve(key, before, loaded, served, failed)
            changed = [key for key in served if served[key] != before.served.get(key)]
            self.snapshot = Snapshot(MappingProxyType(served), MappingProxyType(failed))
            self.swaps += sum(key in before.served for key in changed)
        for key in changed:
            self._announce(key, before.served.get(key), served[key])
        return changed

    def _resolve(
        self,
        key: Key,
        before: Snapshot,
        loaded: dict[str, Served],
        served: dict[Key, Served],
        failed: dict[Key, str],
    ) -> None:
        """Put what serves a key into ``served``, or why nothing does into ``failed``."""
        try:
            version = self._versions.serving(*key, self._fallback)
            if version is None:
                if not self._has_history(key):
                    self._keep(key, before, served)  # history never ends: the store went away
                return
            served[key] = self._served(version, loaded)
        except Exception as error:
            self._failed(key, error)
            if not self._keep(key, before, served):
                failed[key] = f"{type(error).__name__}: {error}"

    def _has_history(self, key: Key) -> bool:
        """Whether anything was ever decided: nothing serves after a rollback of the only one."""
        model, value = key
        values = [value] if self._fallback is None else [value, self._fallback]
        return any(self._versions.history(model, each) for each in values)

    def _keep(self, key: Key, before: Snapshot, served: dict[Key, Served]) -> bool:
        if key in before.served:
            served[key] = before.served[key]
        return key in before.served

    def _served(self, version: "ModelVersion", loaded: dict[str, Served]) -> Served:
        digest = version.artifact["digest"]
        there = loaded.get(digest)
        if there is None:
            loaded[digest] = Served(version, self._loader.load(version))
        elif there.version != version:
            return Served(version, there.model)
        return loaded[digest]

    def _failed(self, key: Key, error: Exception) -> None:
        """Say it once, not at every look."""
        self.failures += 1
        text = f"{key}: {error}"
        if text not in self._reported:
            self._reported.add(text)
            log.error("champion not loaded", extra=_fields(key), exc_info=error)

    def _announce(self, key: Key, before: Served | None, now: Served) -> None:
        fields = {"champion": now.version.value, "version": now.version.version}
        text = "champion swapped" if before else "champion loaded"
        log.info(text, extra=_fields(key) | fields)

    def watch(self, interval: float, stop: threading.Event) -> None:
        """Refresh every ``interval`` seconds until ``stop`` is set. For a thread of its own."""
        while not stop.wait(interval):
            try:
                self.refresh()
            except Exception:
                log.exception("looking for promotions failed")


def _fields(key: Key) -> dict[str, str | int | None]:
    model, value = key
    return {"model": model, "value": value}


def champions_of(
    store: Any,
    registry: Versions,
    models: Sequence[str],
    values: Sequence[str],
    fallback: str | None,
) -> Champions:
    """Champions whose artifacts come from a store, for a definition's models and values."""
    return Champions(
        registry, lambda version: version.load(store), models, tuple(values) or (None,), fallback
    )
