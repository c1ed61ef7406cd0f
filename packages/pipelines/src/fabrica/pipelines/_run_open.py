"""Opens a run: plan, parameters, code, champions, and run.json, which every process reads."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from fabrica.storage import decode, encode, open_store

from fabrica.pipelines._commands import run_command
from fabrica.pipelines._errors import NotResumable
from fabrica.pipelines._manifests import (
    SCHEMA,
    Result,
    best,
    last_end,
    new_run_id,
    read_results,
    result_of,
    run_document,
    timestamp,
)
from fabrica.pipelines._plan import plan_json
from fabrica.pipelines._plan_kept import files_of
from fabrica.pipelines._project import (
    environment_name,
    git_state,
    platform_name,
    trigger,
)
from fabrica.pipelines._reach import code_digests
from fabrica.pipelines._run_context import Context, read_context, run_values
from fabrica.pipelines._run_mistakes import Mistakes
from fabrica.pipelines._run_parameters import plan_for, read_parameters
from fabrica.pipelines._run_warehouse import warehouse_digests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from fabrica.storage import Store

    from fabrica.pipelines._plan_model import Plan


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks for on the command line."""

    pipeline: str
    each: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    run: str | None = None
    use_cache: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """The pipeline as it is now: its plan, its code, and the parameters asked for."""

    plan: Plan
    codes: Mapping[str, str]
    parameters: Mapping[str, Any]
    files: Mapping[str, str | None] | None
    warehouse: Mapping[str, str]


def read_source(root: Path, request: Request) -> Source:
    """Plan a request; raises PlanFailed, UnknownPipeline, NotAProject or ParameterError."""
    mistakes = Mistakes()
    plan = plan_for(root, request.pipeline, request.each, request.resources, mistakes)
    parameters = read_parameters(plan, request.sets, request.settings, mistakes)
    codes = code_digests(plan, root)
    return Source(plan, codes, parameters, files_of(plan), warehouse_digests(plan, root))


def open_run(root: Path, request: Request, store: Store | None = None) -> Context:
    """Write run.json of a new run."""
    source = read_source(root, request)
    store = store or open_store()
    plan = source.plan
    context = Context(
        root,
        store,
        plan,
        {
            "schema": SCHEMA,
            "run": request.run or new_run_id(),
            "project": plan.project,
            "pipeline": plan.pipeline,
            "environment": environment_name(os.environ),
            "trigger": trigger(os.environ),
            "git": git_state(root, store),
            "image": os.environ.get("FABRICA_IMAGE") or None,
            "python": ".".join(str(part) for part in sys.version_info[:3]),
            "platform": platform_name(),
            "plan": store.put(plan_json(plan)),
            "code": source.codes,
            "parameters": source.parameters,
            "each": _each(plan),
            "champions": resolve_champions(store, plan),
            "started": timestamp(),
            **({"warehouse": source.warehouse} if source.warehouse else {}),
        },
        source.codes,
        request.use_cache,
        source.files,
    )
    document = {**context.document, "lock": context.keys.lock}
    context.document = document
    name = run_document(plan.project, context.run)
    if not store.create(name, document):
        raise NotResumable(
            f"there is a run {context.run} of {plan.project} already",
            hint="leave --run out: a new id is made",
        )
    return context


def resume_run(
    root: Path, request: Request, run: str | None, store: Store | None = None
) -> tuple[Context, dict[tuple[str, str | None], Result]]:
    """Take up a run that did not succeed; returns it with the results that stand.

    Raises:
        NotResumable: there is no such run, it succeeded, or its code, lock or parameters are
            others now.
    """
    source = read_source(root, request)
    store = store or open_store()
    plan = source.plan
    run = run or _latest_unfinished(store, plan.project, plan.pipeline)
    context = read_context(root, store, plan.project, run)
    context.use_cache = request.use_cache
    context.sources = source.files
    _require_same(context, source, asked=bool(request.sets or request.settings or request.each))
    return context, _earlier(context)


def has_run(root: Path, request: Request) -> bool:
    """Whether the store has the run that a request names."""
    from fabrica.pipelines._plan_modules import Project

    project = Project(os.fspath(root)).name
    return open_store().exists(run_document(project, request.run or ""))


def _latest_unfinished(store: Store, project: str, pipeline: str) -> str:
    for run in sorted(_run_ids(store, project), reverse=True):
        name = run_document(project, run)
        if store.exists(name) and store.read(name)["pipeline"] == pipeline:
            end = last_end(store, project, run)
            if end is None or end["outcome"] != "succeeded":
                return run
            break
    raise NotResumable(
        f"the last run of {pipeline} succeeded, or there is none: nothing to resume",
        hint=f"start a new one: {run_command(project, pipeline)}",
    )


def _run_ids(store: Store, project: str) -> set[str]:
    return {name.rstrip("/").rsplit("/", 1)[-1] for name in store.children(f"runs/{project}")}


def _require_same(context: Context, source: Source, *, asked: bool) -> None:
    document = context.document
    what = None
    if document["pipeline"] != source.plan.pipeline:
        name = document["pipeline"]
        raise NotResumable(
            f"run {context.run} is one of pipeline {name}, not of {source.plan.pipeline}",
            hint=f"name it: {run_command(context.project, name)} --resume {context.run}",
        )
    if dict(document["code"]) != dict(source.codes):
        old, new = document["code"], source.codes
        names = sorted(n for n in {*old, *new} if old.get(n) != new.get(n))
        what = f"the code of {', '.join(f'`{name}`' for name in names)} is another now"
    elif document["lock"] != context.keys.lock:
        what = "the lock pins other versions now"
    elif dict(document.get("warehouse", {})) != dict(source.warehouse):
        what = "FABRICA_WAREHOUSE names other data now"
    elif asked and dict(document["parameters"]) != dict(source.parameters):
        what = "it had other parameters"
    elif asked and document["each"] != _each(source.plan):
        what = "it was for other values"
    if what:
        raise NotResumable(
            f"run {context.run} cannot be resumed: {what}",
            hint="run without --resume: what did not change comes from the cache",
        )


def _earlier(context: Context) -> dict[tuple[str, str | None], Result]:
    found: dict[tuple[str, str | None], Result] = {}
    manifests = read_results(context.store, context.project, context.run)
    for (step, value), attempts in manifests.items():
        document = best(context.store, attempts)
        if document is None:
            continue
        result = result_of(document)
        if result.good and all(context.store.has(p["digest"]) for p in result.products.values()):
            found[step, None if value == encode(None) else decode(value)] = result
    return found


def next_attempts(context: Context) -> dict[tuple[str, str | None], int]:
    """Numbers of the next manifests of a resumed run."""
    manifests = read_results(context.store, context.project, context.run)
    return {
        (step, None if value == encode(None) else decode(value)): max(attempts) + 1
        for (step, value), attempts in manifests.items()
    }


def _each(plan: Plan) -> dict[str, Any] | None:
    if plan.each is None:
        return None
    each = plan.each
    return {
        "parameter": each.parameter,
        "values": list(each.values),
        "fallback": each.fallback,
    }


def resolve_champions(store: Store, plan: Plan) -> dict[str, dict[str, Any]]:
    """The promoted versions that steps of the run take, fixed when it opens."""
    wanted: dict[str, set[str | None]] = {}
    for step in plan.steps:
        for given in step.inputs:
            if given.kind == "champion":
                values = run_values(plan) if step.scope == "each" else (None,)
                wanted.setdefault(given.name, set()).update(values)
    if not wanted:
        return {}
    from fabrica.tracking import Registry

    registry = Registry(store, plan.project)
    fallback = plan.each.fallback if plan.each else None
    found: dict[str, dict[str, Any]] = {}
    for model, values in wanted.items():
        for value in values:
            version = registry.serving(model, value, fallback)
            found.setdefault(model, {})[encode(value)] = version and {
                "value": version.value,
                "version": version.version,
                "artifact": dict(version.artifact),
            }
    return found
