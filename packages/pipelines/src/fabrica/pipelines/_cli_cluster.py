"""The entry points that a cluster calls, one process each: open, step, gate, close.

They share everything with the run on a laptop; what a run knows they read from the store.
"""

from __future__ import annotations

import json
import os
import sys

from fabrica.storage import StorageError, open_store

from fabrica.pipelines._cli_run import _end_like_interrupt
from fabrica.pipelines._errors import NotResumable, ParameterError, StepError
from fabrica.pipelines._execute_errors import render
from fabrica.pipelines._execute_seeds import limit_threads
from fabrica.pipelines._manifests import BAD, Result
from fabrica.pipelines._run import end_run, usual_threads
from fabrica.pipelines._run_context import Context, read_context
from fabrica.pipelines._run_inputs import NotStarted
from fabrica.pipelines._run_open import Request, open_run
from fabrica.pipelines._run_schedule import Schedule
from fabrica.pipelines._run_schema import closest
from fabrica.pipelines._run_step import StepRunner
from fabrica.pipelines._run_worker import StoredResults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

SUCCEEDED, FAILED, CANCELLED = 0, 1, 130


def open_for_cluster(root: Path, request: Request) -> int:
    """Write run.json and print the run's id."""
    context = open_run(root, request)
    print(context.run)
    return SUCCEEDED


def run_one_step(
    root: Path, pipeline: str, name: str, run: str, value: str | None, attempt: int
) -> int:
    """Run one step of an open run; its results are where the next step looks for them."""
    context = _context(root, pipeline, run)
    step = context.steps.get(name)
    if step is None:
        close = closest(name, list(context.steps))
        raise ParameterError(
            f"pipeline {pipeline} has no step {name}"
            + (f"; did you mean {close}?" if close else ""),
            hint=f"its steps: {', '.join(context.steps)}",
        )
    value = _checked_value(context, step.scope, value)
    limit_threads(os.environ, step.threads)
    _end_like_interrupt()
    runner = StepRunner(context, StoredResults(context), _to_stderr)
    try:
        prepared = runner.prepare(step, value)
        result = runner.cached(prepared, attempt)
        if result is None:
            result, _ = runner.make(prepared, attempt)
    except NotStarted as not_started:
        result = not_started.result
        if result.outcome == "skipped":
            runner.skip(step, value, attempt, result)
    except (StepError, StorageError) as error:
        result = runner.fail(step, value, attempt, error)
    return _report(name, value, result)


def gate_values(root: Path, pipeline: str, run: str, value: str | None) -> int:
    """Judge the models of a run, or the model of one value; events on standard output."""
    from fabrica.pipelines._gate import Gate

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
    for verdict in verdicts:
        print(json.dumps({"schema": 1, **verdict}, ensure_ascii=False))
    return FAILED if any(v["outcome"] == "failed" for v in verdicts) else SUCCEEDED


def close_run(root: Path, pipeline: str, run: str) -> int:
    """Count what the steps left behind, gate what the gate has not seen, and end the run."""
    from fabrica.pipelines._gate import judge_all

    context = _context(root, pipeline, run)
    schedule = _schedule(context)
    stored = StoredResults(context)
    for node in schedule.nodes:
        result = stored(*node.key)
        if result is not None:
            schedule.results[node.key] = result
    verdicts: list[dict[str, Any]] = []
    try:
        if context.plan.gate is not None:
            judge_all(context, schedule, lambda event: None, verdicts)
    finally:
        schedule.close()
    outcome, counts = end_run(context, schedule, verdicts)
    print(json.dumps({"schema": 1, "run": run, "outcome": outcome, "counts": counts}))
    return SUCCEEDED if outcome == "succeeded" else FAILED


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
    where = name + (f" {value}" if value else "")
    reason = f": {result.reason}" if result.reason else ""
    print(f"{where} {result.outcome}{reason}", file=sys.stderr)
    if result.error:
        print(render(dict(result.error)), file=sys.stderr)
        if result.error.get("hint"):
            print(f"→ {result.error['hint']}", file=sys.stderr)
    if result.outcome == "cancelled":
        return CANCELLED
    return FAILED if result.outcome in (*BAD, "blocked") else SUCCEEDED


def _to_stderr(data: bytes) -> None:
    os.write(_STDERR, data)


_STDERR = os.dup(2)
