"""The champions that are served: loaded at start, swapped when another is promoted.

A request takes one snapshot and keeps it; a swap replaces the whole snapshot at once, so no
request sees half of it and none waits. What can't be loaded, or can't be answered with, never
replaces what serves.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from fabrica.serving._errors import ModelNotLoaded, NoModel, NothingToServe
from fabrica.serving._marks import Marked

if TYPE_CHECKING:
    from fabrica.serving._marks import Marks
    from fabrica.tracking import ModelVersion, Promotion

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

    def history(self, model: str, value: str | None) -> Sequence["Promotion"]:
        """All promotions and rollbacks, oldest first."""
        ...

    def version(self, model: str, value: str | None, version: int) -> "ModelVersion":
        """One version."""
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
    held: Mapping[Key, Served] = field(default_factory=dict)
    """Champions that wait, because this service's code can't answer with them."""

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


T = TypeVar("T")


class _Rarely:
    """Does what may fail; what failed is not tried again at every look, but ever rarer."""

    def __init__(self) -> None:
        self._failed: dict[Hashable, tuple[float, float, Exception]] = {}

    def do(self, key: Hashable, work: Callable[[], T]) -> T:
        until, delay, error = self._failed.get(key, (0.0, 0.5, None))
        if error is not None and time.monotonic() < until:
            raise error
        try:
            done = work()
        except Exception as error:
            self._failed[key] = (time.monotonic() + delay, min(2 * delay, 60.0), error)
            raise
        self._failed.pop(key, None)
        return done


class Champions:
    """Keeps the newest snapshot of a service's champions.

    Args:
        versions: The registry.
        load: Turns a version into the model object (``ModelVersion.load`` of the store).
        models: Names of the models that ``predict`` takes.
        values: The listed values, or ``(None,)`` for a service without ``each``.
        fallback: The value that stands in for one without a champion.
        marks: Where it is written down which champions this release can't serve, for its
            replicas that start later; None where a release has one process.

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
        marks: "Marks | None" = None,
    ) -> None:
        self._versions = versions
        self._load = load
        self._marks = marks
        self._rarely = _Rarely()
        self._models = tuple(models)
        self._values = tuple(values)
        self._keys: list[Key] = [(model, value) for model in models for value in values]
        self._fallback = fallback
        self._lock = threading.Lock()
        self._reported: set[str] = set()
        self.answer: Callable[[str | None, Mapping[str, Served]], None] | None = None
        """Answers an example of a value with its models, or raises; asked before a swap."""
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
        self._step_back()
        self.refresh()
        failed, served = self.snapshot.failed, self.snapshot.served
        if failed and not (partial and served):
            raise ModelNotLoaded(
                "\n".join(dict.fromkeys(failed.values())),
                "run the pipeline again to make a new version, or roll the model back",
            )
        if not served:
            raise self._nothing()

    def _step_back(self) -> None:
        """Begin with the champions before those that this release was found not to serve."""
        found = {key: served for key in self._keys if (served := self._before(*key))}
        self.snapshot = Snapshot(MappingProxyType(found))

    def _before(self, model: str, value: str | None) -> Served | None:
        newest = self._versions.serving(model, value, self._fallback)
        if newest is None or self._marks is None or not self._marks.has(newest):
            return None
        barred = self._versions.barred(model, newest.value)
        for promotion in reversed(self._versions.history(model, newest.value)):
            number = promotion.version
            if number is None or number in barred:
                continue
            version = self._versions.version(model, newest.value, number)
            if not self._marks.has(version):
                with contextlib.suppress(Exception):  # an older one, then
                    return Served(version, self._load(version))
        return None

    def _nothing(self) -> NothingToServe:
        """Why nothing serves: a run doesn't bring back what was rolled back, a person does."""
        from fabrica.tracking import command

        fallback = [(model, self._fallback) for model, _ in self._keys if self._fallback]
        for model, value in dict.fromkeys([*self._keys, *fallback]):
            barred = self._versions.barred(model, value)
            if barred:
                version = max(barred)
                of = f" of {value}" if value else ""
                return NothingToServe(
                    f"no version of {model} is champion: version {version}{of} was rolled back",
                    f"{command('promote', model, value, version, '--reason', 'WHY')}"
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
            there = [*before.served.values(), *before.held.values()]
            loaded = {served.version.artifact["digest"]: served for served in there}
            served: dict[Key, Served] = {}
            failed: dict[Key, str] = {}
            for key in self._keys:
                self._resolve(key, before, loaded, served, failed)
            held = self._hold(before, served)
            changed = [key for key in served if served[key] != before.served.get(key)]
            self.snapshot = Snapshot(
                MappingProxyType(served), MappingProxyType(failed), MappingProxyType(held)
            )
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
        version: ModelVersion | None = None
        try:
            version = self._versions.serving(*key, self._fallback)
            if version is None:
                if not self._has_history(key):
                    self._keep(key, before, served)  # history never ends: the store went away
                return
            served[key] = self._served(version, loaded)
        except Exception as error:
            first = self._failed(key, error)
            if not self._keep(key, before, served):
                failed[key] = f"{type(error).__name__}: {error}"
            elif first and version and self._marks:
                self._marks.add(version, str(error))

    def _hold(self, before: Snapshot, served: dict[Key, Served]) -> dict[Key, Served]:
        """Keep what serves a value where the code can't answer with what should replace it.

        A pipeline may be ahead of the code that runs: its model has another feature, and the
        release that computes it is yet to be deployed.
        """
        held: dict[Key, Served] = {}
        for value in self._values:
            keys = [(model, value) for model in self._models]
            if any(key not in served or key not in before.served for key in keys):
                continue
            new = {key[0]: served[key] for key in keys}
            if all(served[key].model is before.served[key].model for key in keys):
                continue
            try:
                self._answers(value, new)
            except Exception as error:
                for key in keys:
                    if served[key] != before.served[key]:
                        held[key], served[key] = served[key], before.served[key]
                        self._report_held(key, held[key].version, error)
        return held

    def _answers(self, value: str | None, models: Mapping[str, Served]) -> None:
        answer = self.answer
        if answer is None:
            self._check_marks(models)  # the start: what was found out need not be found again
        else:
            digests = tuple(one.version.artifact["digest"] for one in models.values())
            self._rarely.do((value, digests), lambda: answer(value, models))

    def _check_marks(self, models: Mapping[str, Served]) -> None:
        for served in models.values():
            if self._marks and self._marks.has(served.version):
                raise Marked("another replica of this release can't answer with it")

    def _report_held(self, key: Key, version: "ModelVersion", error: Exception) -> None:
        first = self._say(
            key,
            f"{version}: {error}",
            "champion held back: this release can't answer with it; deploy the code that fits",
            error.__cause__ or error,
            {"champion": version.value, "version": version.version, "reason": str(error)},
        )
        if first and self._marks and not isinstance(error, Marked):
            self._marks.add(version, str(error))

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
            model = self._rarely.do(digest, lambda: self._load(version))
            loaded[digest] = Served(version, model)
        elif there.version != version:
            return Served(version, there.model)
        return loaded[digest]

    def _failed(self, key: Key, error: Exception) -> bool:
        return self._say(key, str(error), "champion not loaded", error)

    def _say(
        self,
        key: Key,
        what: str,
        message: str,
        error: BaseException,
        more: Mapping[str, object] = MappingProxyType({}),
    ) -> bool:
        """Say it once, not at every look; whether this was the first."""
        self.failures += 1
        text = f"{key}: {what}"
        first = text not in self._reported
        if first:
            self._reported.add(text)
            log.error(message, extra={**_fields(key), **more}, exc_info=error)
        return first

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
    marks: "Marks | None" = None,
) -> Champions:
    """Champions whose artifacts come from a store, for a definition's models and values."""

    def load(version: "ModelVersion") -> object:
        return version.load(store)

    return Champions(registry, load, models, tuple(values) or (None,), fallback, marks)
