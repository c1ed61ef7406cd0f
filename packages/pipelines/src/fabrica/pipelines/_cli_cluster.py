"""The entry points that a cluster calls, one process each: open, step, gate, close.

They share everything with the run on a laptop; what a run knows they read from the store.
"""

from __future__ import annotations

import json
import os
import sys

from fabrica.storage import StorageError, open_store

from fabrica.pipelines._cli_chunk import chunk_of, run_values
from fabrica.pipelines._cli_codes import CANCELLED, FAILED, FINAL, SUCCEEDED, UNREACHABLE
from fabrica.pipelines._cli_engine import read_engine
from fabrica.pipelines._cli_run import _end_like_interrupt
from fabrica.pipelines._errors import NotResumable, ParameterError, ProcessDied, StepError
from fabrica.pipelines._execute_errors import render
from fabrica.pipelines._execute_seeds import limit_threads
from fabrica.pipelines._manifests import BAD, GOOD, Result, read_results, result_of
from fabrica.pipelines._run import end_run, usual_threads
from fabrica.pipelines._run_context import Context, read_context
from fabrica.pipelines._run_inputs import NotStarted
from fabrica.pipelines._run_look import ALWAYS, NEW_DATA, UNCHANGED, look, unchanged_since
from fabrica.pipelines._run_open import Request, has_run, open_run, resume_run
from fabrica.pipelines._run_schedule import Schedule, stands
from fabrica.pipelines._run_schema import closest
from fabrica.pipelines._run_step import StepRunner
from fabrica.pipelines._run_worker import StoredResults, deadline
from fabrica.pipelines._usage import Tally, pods_of, record_pod
from fabrica.pipelines._usage_meter import process_usage
from fabrica.pipelines._usage_pod import read_pod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from fabrica.pipelines._plan_model import StepPlan
    from fabrica.pipelines._run_step import Prepared
    from fabrica.pipelines._usage_pod import Pod


def open_for_cluster(root: Path, request: Request, when: str = ALWAYS) -> int:
    """Write run.json and print the run's id; `unchanged` where it is for new data and has none.

    A run that is there is continued, where its code, lock and parameters are the same: its pod was
    lost after it had written, or a person wants the steps that are missing.
    """
    pod = read_pod()
    if request.run and has_run(root, request):
        context, _ = resume_run(root, request, request.run)
        when = ALWAYS  # it was begun, so that there was something new, or somebody wants it
    else:
        context = open_run(root, request)
    used, since = process_usage(), None
    if when == NEW_DATA:
        _end_like_interrupt()
        since = look(context, lambda step, value, data: _to_stderr(data))
        print(f"nothing new since run {since}" if since else "new data", file=sys.stderr)
    record_pod(context.store, context.project, context.run, pod, used=used)
    print(UNCHANGED if since else context.run)
    return SUCCEEDED


def run_one_step(
    root: Path,
    pipeline: str,
    name: str,
    run: str,
    value: str | None,
    attempt: int,
    pod: Pod | None = None,
) -> int:
    """Run one step of an open run; its results are where the next step looks for them."""
    pod = pod or read_pod()
    context = _context(root, pipeline, run)
    step = _step(context, name)
    value = _checked_value(context, step.scope, value)
    limit_threads(os.environ, step.threads)
    _end_like_interrupt()
    stored = StoredResults(context)
    runner = StepRunner(context, stored, _to_stderr, pod)
    try:
        prepared = runner.prepare(step, value)
        result = _earlier(stored(name, value), prepared) or runner.cached(prepared, attempt)
        if result is None:
            with deadline(step):
                result, _ = runner.make(prepared, attempt)
    except NotStarted as not_started:
        result = not_started.result
        if result.outcome == "skipped":
            runner.skip(step, value, attempt, result)
    except (StepError, StorageError) as error:
        result = runner.fail(step, value, attempt, error)
    if not runner.has_recorded:
        record_pod(context.store, context.project, run, pod, name, value)
    return _report(name, value, result)


def run_chunk(root: Path, pipeline: str, name: str, run: str, chunk: str, attempt: int) -> int:
    """Run one step for the values of a chunk; one that fails leaves the others."""
    pod = read_pod()
    context = _context(root, pipeline, run)
    step = _step(context, name)
    values = chunk_of(context.values, chunk)
    if step.scope == "once":
        raise ParameterError(f"step {name} runs once, not per value", hint="leave --chunk out")
    if len(values) == 1:
        return run_one_step(root, pipeline, name, run, values[0], attempt, pod)
    stored = StoredResults(context)

    def died(value: str | None, error: ProcessDied) -> None:
        runner = StepRunner(context, stored, pod=pod)
        _report(name, value, runner.fail(step, value, attempt, error))

    _end_like_interrupt()
    if attempt > 1:  # what ended well in an attempt before
        values = [value for value in values if (was := stored(name, value)) is None or not was.good]
    command = ["step", pipeline, name, "--run", run, "--attempt", str(attempt)]
    return run_values(values, command, died, pod)


def gate_values(root: Path, pipeline: str, run: str, value: str | None) -> int:
    """Judge the models of a run, or the model of one value; events on standard output."""
    from fabrica.pipelines._gate import Gate

    pod = read_pod()
    context = _context(root, pipeline, run)
    if context.plan.gate is None:
        raise ParameterError(
            f"pipeline {pipeline} has no gate",
            hint="write def better(candidate: Metrics, production: Metrics | None) -> Verdict",
        )
    schedule = _schedule(context)
    schedule.results = _StoredMapping(context)  # type: ignore[assignment]
    try:
        gate = Gate(context, schedule)
        verdicts = [gate.judge(one) for one in ([value] if value is not None else gate.values)]
    finally:
        schedule.close()
        record_pod(context.store, context.project, run, pod)
    for verdict in verdicts:
        print(json.dumps({"schema": 1, **verdict}, ensure_ascii=False))
    return FAILED if any(v["outcome"] == "failed" for v in verdicts) else SUCCEEDED


def close_run(
    root: Path, pipeline: str, run: str, status: str | None = None, failures: str | None = None
) -> int:
    """Count what the steps left behind, gate what the gate has not seen, and end the run.

    Args:
        root: the project.
        pipeline: its pipeline.
        run: the run.
        status: how the cluster says that the run ended: Succeeded, Failed or Error.
        failures: what it says of pods that failed. A pod that was lost wrote nothing itself.
    """
    from fabrica.pipelines._gate import judge_all

    pod = read_pod()
    engine = read_engine(status, failures)
    for failure in engine["failures"]:
        print(f"{failure['name']}: {failure['message']}", file=sys.stderr)
    context = _context(root, pipeline, run)
    schedule = _schedule(context)
    used = Tally()
    results = _read_all(context, used)
    for node in schedule.nodes:
        # What left nothing behind never started, or was lost with its pod.
        schedule.results[node.key] = results.get(node.key) or Result("blocked")
    since = unchanged_since(context)
    if since:
        schedule.results = results
        schedule.nodes = [node for node in schedule.nodes if node.key in results]
    verdicts: list[dict[str, Any]] = []
    try:
        if context.plan.gate is not None and not engine["stopped"] and not since:
            judge_all(context, schedule, lambda event: None, verdicts)
    finally:
        schedule.close()
    record_pod(context.store, context.project, run, pod)
    for document in pods_of(context.store, context.project, run):
        used.add_manifest(document)
    schedule.used = used  # the calls of the gate are in what its pod used
    outcome, counts = end_run(
        context,
        schedule,
        verdicts,
        cancelled=engine["stopped"],
        engine=engine if status and status != "Succeeded" else None,
        unchanged=since,
    )
    print(json.dumps({"schema": 1, "run": run, "outcome": outcome, "counts": counts}))
    return SUCCEEDED if outcome == "succeeded" else FAILED


def _read_all(context: Context, used: Tally) -> dict[tuple[str, str | None], Result]:
    """Read how each step ended, each file once, and count what its attempts used."""
    found: dict[tuple[str, str | None], Result] = {}
    for attempts in read_results(context.store, context.project, context.run).values():
        documents = [context.store.read(attempts[number]) for number in sorted(attempts)]
        for document in documents:
            used.add_manifest(document)
        good = [document for document in documents if document["outcome"] in GOOD]
        last = (good or documents)[-1]
        found[last["step"], last["value"]] = result_of(last)
    return found


def _schedule(context: Context) -> Schedule:
    """What calls steps for the gate, in the circumstances that it has in a run on a laptop."""
    threads = usual_threads(context.plan)
    limit_threads(os.environ, threads)
    _end_like_interrupt()
    return Schedule(context, lambda event: None, lambda step, value, data: None, threads=threads)


class _StoredMapping:
    """Results by (step, value), read from the store when they are asked for."""

    def __init__(self, context: Context) -> None:
        self._stored = StoredResults(context)

    def get(self, key: tuple[str, str | None]) -> Result | None:
        return self._stored(*key)

    def __getitem__(self, key: tuple[str, str | None]) -> Result:
        result = self._stored(*key)
        if result is None:
            raise KeyError(key)
        return result


def _context(root: Path, pipeline: str, run: str) -> Context:
    from fabrica.pipelines._plan_modules import Project

    context = read_context(root, open_store(), Project(os.fspath(root)).name, run)
    if context.document["pipeline"] != pipeline:
        raise NotResumable(
            f"run {run} is one of pipeline {context.document['pipeline']}, not of {pipeline}",
            hint="give the pipeline that the run was opened for",
        )
    return context


def _step(context: Context, name: str) -> StepPlan:
    step = context.steps.get(name)
    if step is None:
        close = closest(name, list(context.steps))
        raise ParameterError(
            f"pipeline {context.plan.pipeline} has no step {name}"
            + (f"; did you mean {close}?" if close else ""),
            hint=f"its steps: {', '.join(context.steps)}",
        )
    return step


def _earlier(known: Result | None, prepared: Prepared) -> Result | None:
    """What the step made earlier in this run: a pod that was lost, or a run that is continued."""
    if known is None or not known.good or not stands(known, prepared):
        return None
    return Result("cached", known.products, "done earlier in this run")


def _checked_value(context: Context, scope: str, value: str | None) -> str | None:
    if scope == "once":
        return None
    if value is None:
        raise ParameterError("the step runs once per value", hint="add --value VALUE")
    if value not in context.values:
        close = closest(value, [v for v in context.values if v])
        raise ParameterError(
            f"the run has no value {value}" + (f"; did you mean {close}?" if close else ""),
            hint=f"its values: {', '.join(v for v in context.values if v)}",
        )
    return value


def _report(name: str, value: str | None, result: Result) -> int:
    """Say how a step ended, told apart from what it printed: who follows the run knows it."""
    where = name + (f" {value}" if value else "")
    lines = [f"{where} {result.outcome}" + (f": {result.reason}" if result.reason else "")]
    if result.error:
        lines += render(dict(result.error)).splitlines()
        if result.error.get("hint"):
            lines.append(f"→ {result.error['hint']}")
    for line in lines:
        print(f"fabrica: {line}".rstrip(), file=sys.stderr)
    return _code(result)


def _code(result: Result) -> int:
    if result.outcome == "cancelled":
        return CANCELLED
    if result.outcome not in (*BAD, "blocked"):
        return SUCCEEDED
    if str((result.error or {}).get("type")).endswith(("NotReadable", "NotWritable")):
        return UNREACHABLE
    return FAILED if result.retry else FINAL


def _to_stderr(data: bytes) -> None:
    os.write(_STDERR, data)


_STDERR = os.dup(2)
