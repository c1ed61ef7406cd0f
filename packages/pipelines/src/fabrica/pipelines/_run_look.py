"""Whether there is anything new for a pipeline since a run of it succeeded last.

What is new shows where data comes in: the steps that take no product are called, as they are every
time, and what they make is compared with what they made then. So a first step that answers with
little (the newest partition, the number of rows) makes a look cheap.
"""

from __future__ import annotations

import os

from fabrica.storage import NotFound

from fabrica.pipelines._execute_seeds import limit_threads
from fabrica.pipelines._manifests import (
    SCHEMA,
    last_end,
    read_step,
    result_of,
    run_document,
    run_folder,
)
from fabrica.pipelines._run import usual_threads
from fabrica.pipelines._run_schedule import Schedule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fabrica.storage import Store

    from fabrica.pipelines._manifests import Result
    from fabrica.pipelines._plan_model import StepPlan
    from fabrica.pipelines._run_context import Context

ALWAYS, NEW_DATA = "always", "new-data"
"""When an opened run goes on: in any case, or when there is something new."""
UNCHANGED = "unchanged"

_FAR = 200  # runs: where none of so many succeeded, it is high time
_BEGINNING = ("code", "lock", "parameters", "each", "champions", "warehouse")


def look(context: Context, live: Callable[[str, str | None, bytes], None]) -> str | None:
    """Return the last run that succeeded if there is nothing new since, and write that down.

    What was called is recorded: when there is something new, it is not called again.

    Args:
        context: the run, just opened.
        live: is given what the steps print.
    """
    last = _last_success(context)
    if last is None or any(last.get(name) != context.document.get(name) for name in _BEGINNING):
        return None
    if not _same_products(context, last["run"], live):
        return None
    context.store.create(
        _note(context), {"schema": SCHEMA, "run": context.run, "since": last["run"]}
    )
    return last["run"]


def unchanged_since(context: Context) -> str | None:
    """Return what `look` has written down of a run: since which one there is nothing new."""
    try:
        return context.store.read(_note(context))["since"]
    except NotFound:
        return None


def _note(context: Context) -> str:
    return f"{run_folder(context.project, context.run)}/{UNCHANGED}.json"


def _last_success(context: Context) -> dict[str, Any] | None:
    """Return run.json of the last run of the same pipeline, in the same environment."""
    for run in _earlier_runs(context.store, context.project, context.run)[:_FAR]:
        try:
            document = context.store.read(run_document(context.project, run))
        except NotFound:
            continue
        if any(document[name] != context.document[name] for name in ("pipeline", "environment")):
            continue
        end = last_end(context.store, context.project, run)
        if end is not None and end["outcome"] == "succeeded":
            return document
    return None


def _earlier_runs(store: Store, project: str, run: str) -> list[str]:
    names = {name.strip("/") for name in store.children(f"runs/{project}")}
    return sorted((name for name in names if name != run), reverse=True)


def _same_products(
    context: Context, last: str, live: Callable[[str, str | None, bytes], None]
) -> bool:
    threads = usual_threads(context.plan)
    limit_threads(os.environ, threads)
    schedule = Schedule(context, lambda event: None, live, threads=threads)
    schedule.nodes = [node for node in schedule.nodes if brings_data(node.step)]
    for node in schedule.nodes:
        node.followers = []
    try:
        schedule.run()
    finally:
        schedule.close()
    return all(
        _same(_result_in(context, last, *node.key), schedule.results[node.key])
        for node in schedule.nodes
    )


def brings_data(step: StepPlan) -> bool:
    """Say whether data comes in by a step: it makes something, and of no product of another."""
    return bool(step.products) and not step.after


def _result_in(context: Context, run: str, step: str, value: str | None) -> Result | None:
    document = read_step(context.store, context.project, run, step, value)
    return result_of(document) if document is not None else None


def _same(before: Result | None, now: Result) -> bool:
    if before is None or not (before.good or before.outcome == "skipped"):
        return False
    if now.outcome == "skipped" or before.outcome == "skipped":
        return (before.outcome, before.reason) == (now.outcome, now.reason)
    if not now.good:
        return False
    digests = [{n: p["digest"] for n, p in one.products.items()} for one in (before, now)]
    return digests[0] == digests[1]
