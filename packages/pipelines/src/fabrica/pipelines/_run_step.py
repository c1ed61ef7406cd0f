"""One step of a run, whole: inputs, key, cache, call, manifest.

The run in process, its workers and a pod of a cluster all go through here.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from fabrica.pipelines import _run_cache as cache
from fabrica.pipelines._execute_errors import describe
from fabrica.pipelines._keys import cacheable, key_of, seed_of
from fabrica.pipelines._manifests import SCHEMA, Result, step_document, timestamp
from fabrica.pipelines._run_inputs import NOTHING, digests, resolve
from fabrica.pipelines._usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fabrica.pipelines._execute import Executor, Made
    from fabrica.pipelines._execute_capture import Live
    from fabrica.pipelines._plan_model import StepPlan
    from fabrica.pipelines._run_context import Context
    from fabrica.pipelines._run_inputs import Inputs, Lookup
    from fabrica.pipelines._usage_pod import Pod


class Prepared(NamedTuple):
    """A step that can start: what it receives, and the key of what it will make."""

    step: StepPlan
    value: str | None
    inputs: Inputs
    parts: Mapping[str, Any]
    key: str


class StepRunner:
    """Runs steps of one run in this process.

    Args:
        context: the run.
        lookup: gives the result of a step for a value.
        live: is given what steps print, while they print it.
        pod: the pod that runs them, whose time counts as theirs.
    """

    def __init__(
        self,
        context: Context,
        lookup: Lookup,
        live: Live | None = None,
        pod: Pod | None = None,
    ) -> None:
        self.context = context
        self._pod = pod
        self.has_recorded = False
        self._lookup = lookup
        self._live = live
        self._executor: Executor | None = None

    @property
    def executor(self) -> Executor:
        """Made when the first step has to be called: a cached run never needs it."""
        if self._executor is None:
            from fabrica.pipelines._execute import Executor

            self._executor = Executor(self.context, self._live)
        return self._executor

    def prepare(
        self, step: StepPlan, value: str | None, instead: Mapping[str, Any] = NOTHING
    ) -> Prepared:
        """Find inputs and key; raises NotStarted or StepError."""
        return self.prepared(step, value, resolve(self.context, step, value, self._lookup, instead))

    def prepared(self, step: StepPlan, value: str | None, inputs: Inputs) -> Prepared:
        """Find the key of a step for inputs that are known; raises StepError."""
        parts = self.context.keys.parts(step, value, digests(inputs))
        return Prepared(step, value, inputs, parts, key_of(parts))

    def cached(self, prepared: Prepared, attempt: int) -> Result | None:
        """The result that the cache has for it, recorded; None when it has none."""
        entry = self.find(prepared)
        if entry is None:
            return None
        result = _result_of_entry(entry)
        document = self._document(prepared, attempt, result)
        document["from"] = {name: entry[name] for name in ("run", "step", "value")}
        self._record(document, attempt)
        return result

    def find(self, prepared: Prepared) -> Mapping[str, Any] | None:
        """The cache's entry for a prepared step."""
        if not self.context.use_cache or not cacheable(prepared.step):
            return None
        return cache.find(self.context.store, prepared.key)

    def make(self, prepared: Prepared, attempt: int) -> tuple[Result, BaseException | None]:
        """Call the step and record how it went; the second is an interruption to pass on."""
        made = self.call(prepared)
        result = _result(made)
        document = self._document(prepared, attempt, result)
        document.update(
            started=timestamp(made.started),
            cpuSeconds=made.cpu_seconds,
            peakBytes=made.peak_bytes,
            log=made.log,
        )
        self._record(document, attempt)
        result.usage = usage_of(document)
        return result, made.interrupt

    def call(self, prepared: Prepared) -> Made:
        """Call the step and offer its products to the cache; no manifest is written."""
        step = prepared.step
        keep = cacheable(step)
        made = self.executor.execute(
            step, prepared.value, prepared.inputs, prepared.key, watch=keep
        )
        if made.outcome in ("done", "skipped") and keep:
            whence = {"project": self.context.project, "run": self.context.run}
            whence |= {"step": step.name, "value": prepared.value}
            whence |= {"skipped": made.reason if made.outcome == "skipped" else None}
            entry = cache.publish(self.context.store, prepared.key, made.products, whence)
            if self.context.use_cache and made.outcome == "done":
                made.products = entry["products"]
        return made

    def fail(
        self,
        step: StepPlan,
        value: str | None,
        attempt: int,
        error: Exception,
        outcome: str = "failed",
        prepared: Prepared | None = None,
    ) -> Result:
        """Record a step that could not be called, or whose process did not answer."""
        document = describe(error, self.context.root)
        result = Result(outcome, reason=document["message"].splitlines()[0], error=document)
        self._record(self._unprepared(step, value, attempt, result, prepared), attempt)
        return result

    def skip(self, step: StepPlan, value: str | None, attempt: int, result: Result) -> None:
        """Record a step that is skipped, or cancelled, without having been called."""
        self._record(self._unprepared(step, value, attempt, result, None), attempt)

    def _unprepared(
        self,
        step: StepPlan,
        value: str | None,
        attempt: int,
        result: Result,
        prepared: Prepared | None,
    ) -> dict[str, Any]:
        empty = Prepared(step, value, {}, {"parameters": {}}, "")
        document = self._document(prepared or empty, attempt, result)
        if prepared is None:
            document.update(key=None, keyParts=None, seed=None)
        return document

    def _document(self, prepared: Prepared, attempt: int, result: Result) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "run": self.context.run,
            "step": prepared.step.name,
            "value": prepared.value,
            "attempt": attempt,
            "key": prepared.key,
            "keyParts": prepared.parts,
            "inputs": digests(prepared.inputs),
            "parameters": prepared.parts["parameters"],
            "products": result.products,
            "outcome": result.outcome,
            "from": None,
            "reason": result.reason,
            "error": result.error,
            "seed": seed_of(prepared.key) if prepared.key else None,
            "threads": prepared.step.threads,
            "started": timestamp(time.time() - result.seconds),
            "seconds": result.seconds,
            "cpuSeconds": 0.0,
            "peakBytes": None,
            "gpus": prepared.step.resources.gpu or 0,
            "reserved": None,
            "log": None,
        }

    def _record(self, document: dict[str, Any], attempt: int) -> None:
        """Write the manifest; a number that is taken (another resume) gives way to the next."""
        context = self.context
        step, value = document["step"], document["value"]
        if self._pod is not None:
            document["reserved"] = self._pod.reserved()
        self.has_recorded = True
        while not context.store.create(
            step_document(context.project, context.run, step, value, attempt), document
        ):
            attempt += 1
            document["attempt"] = attempt


def _result_of_entry(entry: Mapping[str, Any]) -> Result:
    """An entry holds products, or says that the step was skipped and why: equal data, equal end."""
    if entry.get("skipped") is not None:
        return Result("skipped", reason=entry.get("skipped"))
    return Result("cached", entry["products"])


def _result(made: Made) -> Result:
    return Result(
        made.outcome,
        made.products,
        reason=made.reason,
        error=made.error,
        seconds=made.seconds,
        retry=made.retry,
    )
