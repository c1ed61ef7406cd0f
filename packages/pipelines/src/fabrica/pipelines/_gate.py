"""The gate that ends a run: the candidate against what production serves, value by value.

The fallback comes first, since a value without a champion of its own is served by it. Production
is measured again on the candidate's test data, through the run's own steps from model to metrics;
what was measured or decided before comes from the cache, without loading a model.
"""

from __future__ import annotations

import math

from fabrica.storage import StorageError

from fabrica.pipelines._errors import BadGate
from fabrica.pipelines._execute_errors import describe, headline
from fabrica.pipelines._keys import every_parameter
from fabrica.pipelines._manifests import BAD
from fabrica.pipelines._run_inputs import NotStarted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from fabrica.tracking import ModelVersion, Promotion

    from fabrica.pipelines._plan_model import GatePlan, StepPlan
    from fabrica.pipelines._run_context import Context
    from fabrica.pipelines._run_schedule import Schedule

    Emit = Callable[[dict[str, Any]], None]
    Metrics = Mapping[str, float]

_RACES = 10


def judge_all(
    context: Context, schedule: Schedule, emit: Emit, verdicts: list[dict[str, Any]]
) -> None:
    """Judge the model of every value, the fallback first; adds the gate-ended events.

    Args:
        context: the run.
        schedule: holds the results of the run's steps, and calls steps for a new measurement.
        emit: is given the events.
        verdicts: receives the gate-ended events as they come.
    """
    gate = Gate(context, schedule)
    for value in gate.values:
        emit({"event": "gate-started", "model": gate.plan.model, "value": value})
        verdict = gate.judge(value)
        verdicts.append(verdict)
        emit(verdict)


class Gate:
    """Judges the models of one run."""

    def __init__(self, context: Context, schedule: Schedule) -> None:
        from fabrica.tracking import Registry

        assert context.plan.gate is not None
        self.plan: GatePlan = context.plan.gate
        self._context = context
        self._schedule = schedule
        self._registry = Registry(context.store, context.project)
        self._fallback = context.plan.each.fallback if context.plan.each else None
        self._maker = self._step_of(self.plan.model)
        self._measurer = self._step_of(self.plan.metrics)
        self._data_parameters = _data_parameters(context, self.plan)
        self._parameters = every_parameter(context.plan, context.parameters)

    @property
    def values(self) -> tuple[str | None, ...]:
        """What is judged, in this order."""
        return self._context.values if self._maker.scope == "each" else (None,)

    def judge(self, value: str | None) -> dict[str, Any]:
        """Judge one value; a failure of the gate is in the answer, production stays as it is."""
        event = self._event(value)
        for step in (self._maker, self._measurer):
            result = self._schedule.results.get(
                (step.name, value if step.scope == "each" else None)
            )
            if result is None or not result.good:
                failed = result is None or result.outcome in (*BAD, "blocked")
                event["outcome"] = "failed" if failed else "skipped"
                event["reason"] = (result and result.reason) or f"{step.name} did not run"
                event["serving"] = self._serving(value)
                return event
        try:
            self._decide(value, event)
        except KeyboardInterrupt:
            raise
        except Exception as error:
            document = describe(error, self._context.root)
            event.update(outcome="failed", error=document)
            event["reason"] = headline(document).strip().splitlines()[0]
        event["serving"] = self._serving(value)
        return event

    def _decide(self, value: str | None, event: dict[str, Any]) -> None:
        from fabrica.tracking import Conflict

        metrics = self._metrics_of_candidate(value)
        event["candidate"] = metrics
        candidate = self._register(value, metrics)
        event["version"] = candidate.version
        for _ in range(_RACES):
            production = self._registry.serving(self.plan.model, value, self._fallback)
            if production is not None and _same(production, candidate):
                self._unchanged(value, candidate, event)
                return
            try:
                self._compare(value, candidate, metrics, production, event)
                return
            except Conflict:
                continue  # somebody else promoted meanwhile: measure against what serves now
        raise BadGate(
            f"the champion of `{self.plan.model}` changed {_RACES} times while it was judged",
            hint="run again when the other runs have ended",
        )

    def _unchanged(self, value: str | None, candidate: ModelVersion, event: dict[str, Any]) -> None:
        promotion = self._registry.history(self.plan.model, value)[-1]
        verdict = _verdict_of(self._context, promotion)
        event.update(
            outcome="unchanged",
            reason=f"version {candidate.version} serves already",
            production=event["candidate"],
            metric=verdict.get("metric"),
        )
        if promotion.by == {"kind": "gate", "name": self._context.run}:
            # This run promoted it before: it was resumed, or its gate ran in another process.
            event.update(
                outcome="promoted", reason=promotion.reason, production=verdict.get("production")
            )

    def _compare(
        self,
        value: str | None,
        candidate: ModelVersion,
        metrics: Metrics,
        production: ModelVersion | None,
        event: dict[str, Any],
    ) -> None:
        digest = self._context.codes["gate"]
        measured = None
        if production is not None:
            measured = self._measure(value, candidate.version, production)
        event["production"] = measured
        known = self._registry.verdict(
            self.plan.model,
            value,
            candidate,
            production,
            gate=digest,
            candidate_metrics=metrics,
            production_metrics=measured,
        )
        verdict = known if known is not None else self._ask(metrics, measured)
        differing = self._differing(candidate, production)
        decision = self._registry.judge(
            self.plan.model,
            value,
            candidate,
            metrics,
            production,
            measured,
            verdict,
            gate=digest,
            comparable=not any(name in self._data_parameters for name in differing),
            differing=differing,
            run=self._context.run,
        )
        event["metric"] = verdict.metric
        event["reason"] = decision.reason
        if decision.barred:
            event["outcome"] = "barred"
        else:
            event["outcome"] = "promoted" if decision.promoted else "kept"

    def _ask(self, candidate: Metrics, production: Metrics | None) -> Any:
        """Ask the user's function; its answer must be a verdict."""
        from fabrica.tracking import Verdict

        verdict = self._schedule.runner.executor.call_gate(self.plan.entry, candidate, production)
        if not isinstance(verdict, Verdict):
            raise BadGate(
                f"{self.plan.file}:{self.plan.line}: the gate `{self._name}` returned "
                f"{type(verdict).__name__}, not a verdict",
                hint="return promote(reason) or keep(reason); both come from fabrica.pipelines",
            )
        return verdict

    def _measure(self, value: str | None, candidate: int, production: ModelVersion) -> Metrics:
        """Metrics of production on the candidate's test data."""
        instead: dict[str, Any] = {self.plan.model: dict(production.artifact)}
        for name in self.plan.rejudge:
            step = self._context.steps[name]
            if any(product.name == self.plan.model for product in step.products):
                continue
            instead |= self._measure_step(step, value, instead, candidate, production)
        return self._load_metrics(instead[self.plan.metrics], "production")

    def _measure_step(
        self,
        step: StepPlan,
        value: str | None,
        instead: dict[str, Any],
        candidate: int,
        production: ModelVersion,
    ) -> Mapping[str, Any]:
        where = value if step.scope == "each" else None
        try:
            prepared = self._schedule.runner.prepare(step, where, instead)
        except NotStarted as not_started:
            raise BadGate(
                f"production cannot be measured: {not_started.result.reason}",
                hint="mend the step, and run again",
            ) from None
        entry = self._schedule.runner.find(prepared)
        if entry is not None and entry.get("skipped") is None:
            return entry["products"]
        result = self._schedule.call(prepared)
        if result.outcome == "done":
            return result.products
        of = f" for {production.value}" if production.value is not None else ""
        from fabrica.tracking import command

        by_hand = command("promote", self.plan.model, value, candidate, "--reason", "WHY")
        raise BadGate(
            f"version {production.version} of `{self.plan.model}`{of}, which serves, cannot be "
            f"measured by step `{step.name}`: {result.reason}",
            hint=f"let `{step.name}` measure models of earlier code, too (of scikit-learn: "
            f"model.feature_names_in_), or decide by hand: {by_hand}",
        )

    def _metrics_of_candidate(self, value: str | None) -> Metrics:
        where = value if self._measurer.scope == "each" else None
        products = self._schedule.results[self._measurer.name, where].products
        return self._load_metrics(products[self.plan.metrics], "the candidate")

    def _load_metrics(self, product: Mapping[str, Any], whose: str) -> Metrics:
        from fabrica.storage import formats

        metrics = formats.load(self._context.store, product)
        place = f"{self._measurer.file}:{self._measurer.line}: metrics of {whose}"
        if not isinstance(metrics, dict):
            raise BadGate(
                f"{place} are {type(metrics).__name__}, not numbers by name",
                hint="return a dict of numbers from the step",
            )
        for name, number in metrics.items():
            usable = isinstance(number, (int, float)) and not isinstance(number, bool)
            if not usable or not math.isfinite(number):
                raise BadGate(
                    f"{place}: {name} is {number!r}, and a gate can only compare numbers",
                    hint=f"leave {name} out, or raise Skip(…) when there is nothing to measure",
                )
        return metrics

    def _register(self, value: str | None, metrics: Metrics) -> ModelVersion:
        where = value if self._maker.scope == "each" else None
        artifact = self._schedule.results[self._maker.name, where].products[self.plan.model]
        return self._registry.register(
            self.plan.model,
            value,
            artifact=dict(artifact),
            run=self._context.run,
            metrics=dict(metrics),
            parameters=self._parameters,
        )

    def _differing(self, candidate: ModelVersion, production: ModelVersion | None) -> list[str]:
        """Names of parameters that production was trained with otherwise."""
        if production is None:
            return []
        before = self._registry.parameters(production)
        now = self._parameters
        return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))

    def _serving(self, value: str | None) -> dict[str, Any] | None:
        version = self._registry.serving(self.plan.model, value, self._fallback)
        return version and {"value": version.value, "version": version.version}

    def _step_of(self, product: str) -> StepPlan:
        for step in self._context.plan.steps:
            if any(made.name == product for made in step.products):
                return step
        raise BadGate(f"no step makes `{product}`, which the gate needs")

    @property
    def _name(self) -> str:
        return self.plan.entry.rpartition(":")[2]

    def _event(self, value: str | None) -> dict[str, Any]:
        return {
            "event": "gate-ended",
            "model": self.plan.model,
            "value": value,
            "version": None,
            "outcome": "failed",
            "candidate": None,
            "production": None,
            "reason": None,
            "metric": None,
            "serving": None,
            "error": None,
        }


def _same(production: ModelVersion, candidate: ModelVersion) -> bool:
    return production.value == candidate.value and production.version == candidate.version


def _data_parameters(context: Context, gate: GatePlan) -> frozenset[str]:
    """Parameters that shape the data on which models are measured.

    A champion that was trained with another cutoff may have seen the candidate's test data; one
    with another depth has not.
    """
    names: set[str] = set()
    waiting = list(gate.rejudge)
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        step = context.steps[name]
        names.update(step.parameters)
        waiting += [g.step for g in step.inputs if g.step is not None and g.name != gate.model]
    return frozenset(names)


def _verdict_of(context: Context, promotion: Promotion) -> Mapping[str, Any]:
    """The archived verdict that a promotion rests on; empty for a person's decision."""
    if not promotion.verdict:
        return {}
    try:
        return context.store.read(promotion.verdict)
    except StorageError:
        return {}
