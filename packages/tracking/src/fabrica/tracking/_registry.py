"""The registry: versions, verdicts and promotions, as immutable documents in the store.

There is no server and no lock. The champion is what the newest promotion says; promotions are a
chain, in which each says what it replaced, and of two that want the same place one loses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fabrica.storage import NotFound, decode, encode

from ._documents import Documents, now
from ._errors import Conflict, NoSuchModel
from ._metrics import finite, verdict_key
from ._models import Decision, ModelVersion, Promotion
from ._names import command, named

if TYPE_CHECKING:
    from fabrica.storage import Store

    from ._verdict import Verdict


@dataclass(frozen=True, slots=True)
class Replay:
    """What a gate says today of an archived verdict's metrics.

    Attributes:
        archived: the verdict's document.
        verdict: what the gate says now.
    """

    archived: Mapping[str, Any]
    verdict: Verdict

    @property
    def changed(self) -> bool:
        """Whether the gate decides otherwise than it did."""
        return self.verdict.promote != self.archived["promote"]


class Registry:
    """The models of one project.

    Args:
        store: where they are.
        project: whose they are.

    Example:
        >>> registry = Registry(open_store(), "trip-duration")    # doctest: +SKIP
        >>> registry.serving("model", "Bronx", "all").name        # doctest: +SKIP
        'all.3'
    """

    def __init__(self, store: Store, project: str) -> None:
        self.store = store
        self.project = project
        self._documents = Documents(store, project)

    # What there is

    def models(self) -> list[str]:
        """Return the names of the models, sorted."""
        return [str(decode(m)) for m in self.store.children(f"models/{encode(self.project)}")]

    def values(self, model: str) -> list[str | None]:
        """Return the values that a model has versions of, sorted."""
        folder = f"models/{encode(self.project)}/{encode(model)}"
        return [decode(value) for value in self.store.children(folder)]

    def versions(self, model: str, value: str | None = None) -> list[ModelVersion]:
        """Return all versions, oldest first."""
        numbers = self._documents.numbers(model, value, "versions")
        return [self._documents.version(model, value, number) for number in numbers]

    def version(self, model: str, value: str | None, version: int) -> ModelVersion:
        """Return one version.

        Raises:
            NoSuchModel: there is none of that number.
        """
        try:
            return self._documents.version(model, value, version)
        except NotFound as error:
            numbers = self._documents.numbers(model, value, "versions")
            there = f"there are {', '.join(map(str, numbers))}" if numbers else "it has none"
            raise NoSuchModel(
                f"{named(model, value)} has no version {version}: {there}",
                command("versions", model, value) if numbers else command("champions"),
            ) from error

    def champion(self, model: str, value: str | None = None) -> ModelVersion | None:
        """Return the version that was promoted for a value itself, or None."""
        promotion = self._documents.newest(model, value)
        if promotion is None or promotion.version is None:
            return None
        return self._documents.version(model, value, promotion.version)

    def serving(
        self, model: str, value: str | None = None, fallback: str | None = None
    ) -> ModelVersion | None:
        """Return what serves a value today: its own champion, else the fallback's, else None."""
        own = self.champion(model, value)
        if own is not None or fallback is None or fallback == value:
            return own
        return self.champion(model, fallback)

    def history(self, model: str, value: str | None = None) -> list[Promotion]:
        """Return all promotions and rollbacks, oldest first."""
        numbers = self._documents.numbers(model, value, "promotions")
        return [self._documents.promotion(model, value, number) for number in numbers]

    def barred(self, model: str, value: str | None = None) -> frozenset[int]:
        """Return the versions that were rolled back, and not promoted by a person since."""
        newest = self._documents.newest(model, value)
        return frozenset(newest.bars if newest else ())

    def parameters(self, version: ModelVersion) -> dict[str, Any]:
        """Return the parameters that a version was made with."""
        return dict(version.parameters)

    # A candidate

    def register(
        self,
        model: str,
        value: str | None = None,
        *,
        artifact: Mapping[str, Any],
        run: str,
        metrics: Mapping[str, float],
        parameters: Mapping[str, Any] | None = None,
    ) -> ModelVersion:
        """Return the version of an artifact; a new one, unless it is registered already.

        The same bytes are the same version: a run that is repeated registers nothing new, and
        doesn't bring back what was rolled back.

        Args:
            model: the model's name.
            value: the value it was made for.
            artifact: the product that it is.
            run: the run that made it.
            metrics: what it was measured to be there.
            parameters: the parameters of that run.

        Raises:
            BadMetrics: a metric is NaN or infinite.
        """
        numbers = finite(metrics)
        while True:
            taken = self._documents.numbers(model, value, "versions")
            for number in reversed(taken):  # an unchanged run made the last one
                known = self._documents.version(model, value, number)
                if known.artifact["digest"] == artifact["digest"]:
                    return known
            version = ModelVersion(
                model,
                value,
                taken[-1] + 1 if taken else 1,
                dict(artifact),
                run,
                numbers,
                dict(parameters or {}),
                now(),
            )
            name = self._documents.name(model, value, "versions", version.version)
            if self._documents.create(name, asdict(version)):
                return version

    def judge(
        self,
        model: str,
        value: str | None,
        candidate: ModelVersion,
        candidate_metrics: Mapping[str, float],
        production: ModelVersion | None,
        production_metrics: Mapping[str, float] | None,
        verdict: Verdict,
        *,
        gate: str,
        run: str,
        comparable: bool = True,
        differing: Iterable[str] = (),
    ) -> Decision:
        """Archive a verdict and carry it out.

        Args:
            model: the model's name.
            value: the value that is decided about.
            candidate: the challenger.
            candidate_metrics: what it was measured to be.
            production: what served the value when it was compared: see `serving`.
            production_metrics: what that was measured to be on the candidate's test data.
            verdict: what the gate said.
            gate: the digest of the gate's code.
            run: the run that ends with it.
            comparable: whether both were made with the same parameters of the data.
            differing: the names of the parameters that differ.

        Raises:
            Conflict: another version was promoted in the meantime: measure against that one.
            BadMetrics: a metric is NaN or infinite.
        """
        against = _against(production, value)
        key = verdict_key(candidate_metrics, production_metrics, gate)
        name = self._verdict_name(model, value, candidate.version, against, key)
        self._documents.create(
            name,
            {
                "model": model,
                "value": value,
                "version": candidate.version,
                "against": against,
                "candidate": finite(candidate_metrics),
                "production": None if production_metrics is None else finite(production_metrics),
                "comparable": comparable,
                "differing": sorted(differing),
                "gate": gate,
                "promote": verdict.promote,
                "reason": verdict.reason,
                "metric": verdict.metric,
                "run": run,
                "at": now(),
            },
        )
        if not verdict.promote:
            return Decision(candidate, False, verdict.reason, name)
        newest = self._documents.newest(model, value)
        if newest is not None and newest.version == candidate.version:
            return Decision(candidate, True, verdict.reason, name)
        if newest is not None and candidate.version in newest.bars:
            back = command("promote", model, value, candidate.version)
            reason = f"version {candidate.version} was rolled back; to bring it back: {back}"
            return Decision(candidate, False, reason, name, barred=True)
        self._still_serves(model, value, newest, production)
        by = {"kind": "gate", "name": run}
        bars = newest.bars if newest else ()
        self._append(
            model, value, newest, candidate.version, by, verdict.reason, bars, verdict=name
        )
        return Decision(candidate, True, verdict.reason, name)

    def verdict(
        self,
        model: str,
        value: str | None,
        candidate: ModelVersion,
        production: ModelVersion | None,
        *,
        gate: str,
        candidate_metrics: Mapping[str, float],
        production_metrics: Mapping[str, float] | None,
    ) -> Verdict | None:
        """Return what the same gate said of the same metrics before, or None."""
        from ._verdict import Verdict

        key = verdict_key(candidate_metrics, production_metrics, gate)
        against = _against(production, value)
        name = self._verdict_name(model, value, candidate.version, against, key)
        try:
            document = self._documents.read(name)
        except NotFound:
            return None
        return Verdict(document["promote"], document["reason"], document["metric"])

    def verdicts(self, model: str, value: str | None = None) -> list[dict[str, Any]]:
        """Return all archived verdicts, oldest first."""
        names = self.store.names(self._documents.folder(model, value, "verdicts"))
        found = [self._documents.read(name) for name in names]
        return sorted(found, key=lambda verdict: (verdict["at"], verdict["version"]))

    def replay(
        self,
        model: str,
        value: str | None,
        better: Callable[[Mapping[str, float], Mapping[str, float] | None], Verdict],
    ) -> list[Replay]:
        """Ask a gate again about all archived metrics: try a new rule before it decides anything.

        Args:
            model: the model's name.
            value: the value.
            better: the gate; nothing it says is archived or carried out.

        Example:
            >>> [r.archived["version"] for r in registry.replay("model", "Queens", better)
            ...  if r.changed]                                              # doctest: +SKIP
            [4]
        """
        return [
            Replay(archived, better(archived["candidate"], archived["production"]))
            for archived in self.verdicts(model, value)
        ]

    # A person's decisions

    def promote(
        self, model: str, value: str | None, version: int, *, by: str, reason: str
    ) -> Promotion:
        """Make a version champion, whatever a gate says; a rolled-back one may come back so.

        Raises:
            NoSuchModel: there is no such version.
            Conflict: somebody else promoted at the same moment.
        """
        self.version(model, value, version)
        newest = self._documents.newest(model, value)
        bars = tuple(b for b in (newest.bars if newest else ()) if b != version)
        return self._append(model, value, newest, version, _person(by), reason, bars)

    def rollback(self, model: str, value: str | None = None, *, by: str, reason: str) -> Promotion:
        """Put back the version before the champion, and bar the champion.

        Where there is no earlier version, the fallback serves, or nobody does. The barred version
        stays barred until a person promotes it: the next identical run doesn't bring it back.

        Raises:
            NoSuchModel: nothing is promoted.
            Conflict: somebody else promoted at the same moment.
        """
        history = self.history(model, value)
        newest = history[-1] if history else None
        if newest is None or newest.version is None:
            raise NoSuchModel(
                f"{named(model, value)} has no champion to roll back", command("champions")
            )
        bars = tuple(sorted({*newest.bars, newest.version}))
        earlier = [p.version for p in history if p.version is not None and p.version not in bars]
        version = earlier[-1] if earlier else None
        return self._append(model, value, newest, version, _person(by), reason, bars)

    def _still_serves(
        self,
        model: str,
        value: str | None,
        newest: Promotion | None,
        production: ModelVersion | None,
    ) -> None:
        """Check that the verdict compared with what serves now."""
        own = newest.version if newest else None
        if production is None or production.value == value:
            same = own == (production.version if production else None)
        else:  # the fallback's champion stood in
            fallback = self._documents.newest(model, production.value)
            same = own is None and fallback is not None and fallback.version == production.version
        if not same:
            raise Conflict(
                f"{named(model, value)}: another version was promoted while this one was judged",
                "run the pipeline again: it is judged against the new champion",
            )

    def _append(
        self,
        model: str,
        value: str | None,
        newest: Promotion | None,
        version: int | None,
        by: Mapping[str, str],
        reason: str,
        bars: tuple[int, ...],
        *,
        verdict: str | None = None,
    ) -> Promotion:
        promotion = Promotion(
            model=model,
            value=value,
            promotion=newest.promotion + 1 if newest else 1,
            version=version,
            previous=newest.version if newest else None,
            by=by,
            reason=reason,
            verdict=verdict,
            bars=bars,
            at=now(),
        )
        name = self._documents.name(model, value, "promotions", promotion.promotion)
        if not self._documents.create(name, asdict(promotion)):
            raise Conflict(
                f"{named(model, value)}: somebody else promoted a version at the same moment",
                f"look at what serves now, and decide again: {command('champions')}",
            )
        return promotion

    def _verdict_name(
        self, model: str, value: str | None, version: int, against: str, key: str
    ) -> str:
        folder = self._documents.folder(model, value, "verdicts")
        return f"{folder}/{version}-{encode(against)}-{key}.json"


def _against(production: ModelVersion | None, value: str | None) -> str:
    if production is None:
        return "none"
    return str(production.version) if production.value == value else production.name


def _person(name: str) -> dict[str, str]:
    return {"kind": "person", "name": name}
