"""Makes a plan from the facts of the sources; `_plan.make_plan` asks for it when none is kept."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fabrica.pipelines._errors import ParameterError, UnknownPipeline
from fabrica.pipelines._plan_each import read_each, scopes
from fabrica.pipelines._plan_files import find_pipelines
from fabrica.pipelines._plan_formats import product_format, product_type
from fabrica.pipelines._plan_gate import read_gate
from fabrica.pipelines._plan_model import Plan, ProductPlan, Resources, StepPlan
from fabrica.pipelines._plan_modules import Module, Project
from fabrica.pipelines._plan_notebooks import check_notebooks
from fabrica.pipelines._plan_parameters import merge_uses
from fabrica.pipelines._plan_problems import UNREADABLE, Problems, listing, nearest
from fabrica.pipelines._plan_settings import OVERRIDES, BadSetting, check_setting
from fabrica.pipelines._plan_steps import StepSource, find_steps
from fabrica.pipelines._plan_wiring import Wiring
from fabrica.pipelines._reach_graph import Reach, check_reach


def plan_from_source(
    root: str,
    pipeline: str,
    each: Mapping[str, Sequence[str]] | None,
    resources: Mapping[str, Mapping[str, Any]] | None,
) -> tuple[Plan, Reach]:
    """Return a plan and the graph of what its steps reach; see `make_plan`."""
    project = Project(root)
    module = _pipeline_module(project, pipeline)
    problems = Problems(pipeline)
    _check_readable(module, problems)
    check_notebooks(project, problems)
    steps = find_steps(project, module, problems)
    if not steps and not problems:
        problems.add(
            module,
            1,
            7,
            "the pipeline has no steps",
            'mark a function with `@step("name of the product")`, or import steps by name',
        )
    if not steps:
        problems.raise_any()
    wiring = Wiring(project, steps, problems)
    parameters = merge_uses(project, wiring.uses, list(wiring.makers), problems)
    ordered = wiring.sorted_steps()
    chosen = read_each(project, module, wiring, parameters, each, problems)
    scope = scopes(wiring, ordered, chosen, problems)
    gate = read_gate(project, module, wiring, ordered, scope, problems)
    planned = [_step_plan(project, step, wiring, scope) for step in ordered]
    reach = check_reach(project, planned, problems)
    project.cache.save()
    problems.raise_any()
    plan = Plan(
        project=project.name,
        pipeline=pipeline,
        module=module.name,
        file=module.shown,
        each=chosen,
        parameters=parameters,
        steps=tuple(_override(planned, resources or {})),
        gate=gate,
    )
    return plan, reach


def _pipeline_module(project: Project, pipeline: str) -> Module:
    pipelines = find_pipelines(Path(project.root))
    if pipeline not in pipelines:
        _check_notebook_pipeline(project, pipeline)
        close = nearest(pipeline, list(pipelines))
        text = f"{project.name} has no pipeline `{pipeline}`"
        raise UnknownPipeline(
            f"{text}; did you mean `{close}`?" if close else text,
            hint=f"its pipelines are {listing(list(pipelines))}"
            if pipelines
            else f"write src/<module>/pipelines/{pipeline}.py",
        )
    path = os.path.relpath(pipelines[pipeline], project.source)
    module = project.module(os.path.splitext(path)[0].replace(os.sep, "."))
    if module is None:
        raise UnknownPipeline(f"{pipelines[pipeline]} cannot be read", hint="look at the file")
    return module


def _check_notebook_pipeline(project: Project, pipeline: str) -> None:
    problems = Problems(pipeline)
    check_notebooks(project, problems, only=f"{pipeline}.ipynb")
    problems.raise_any()


def _check_readable(module: Module, problems: Problems) -> None:
    if "error" in module.facts:
        line, message = module.facts["error"]
        problems.add(module, line, UNREADABLE, f"it cannot be parsed: {message}", "mend the syntax")
        problems.raise_any()


def _step_plan(
    project: Project, step: StepSource, wiring: Wiring, scope: Mapping[str, str]
) -> StepPlan:
    settings = step.settings
    products = tuple(
        ProductPlan(
            name,
            product_type(project, hint),
            product_format(project, hint),
            _tolerance(settings.tolerance, name),
        )
        for name, hint in zip(step.products, step.makes, strict=False)
    )
    return StepPlan(
        name=step.name,
        entry=f"{step.module.name}:{step.name}",
        file=step.module.shown,
        line=step.line,
        scope="each" if scope.get(step.name) == "each" else "once",
        after=tuple(wiring.after[step.name]),
        products=products,
        inputs=tuple(wiring.inputs[step.name]),
        parameters=tuple(wiring.parameters[step.name]),
        reads=settings.reads,
        secrets=settings.secrets,
        cache=settings.cache,
        resources=Resources(settings.cpu, settings.memory, settings.gpu),
        threads=settings.threads,
        retries=settings.retries,
        timeout_seconds=settings.timeout,
    )


def _tolerance(tolerance: float | Mapping[str, float] | None, product: str) -> float | None:
    return tolerance.get(product) if isinstance(tolerance, Mapping) else tolerance


def _override(steps: list[StepPlan], resources: Mapping[str, Mapping[str, Any]]) -> list[StepPlan]:
    """Return the steps with what an environment says of them."""
    from dataclasses import replace

    names = [step.name for step in steps]
    for name in resources:
        if name not in names:
            close = nearest(name, names)
            text = f"resources name step `{name}`, which the pipeline does not have"
            raise ParameterError(
                f"{text}; did you mean `{close}`?" if close else text,
                hint=f"one of its steps: {listing(names)}",
            )
    done = []
    for step in steps:
        given = _checked(step.name, resources.get(step.name, {}))
        own = step.resources
        cpu = given.get("cpu", own.cpu)
        done.append(
            replace(
                step,
                resources=Resources(
                    cpu, given.get("memory", own.memory), given.get("gpu", own.gpu)
                ),
                threads=max(1, int(cpu or 1)),
                retries=given.get("retries", step.retries),
                timeout_seconds=given.get("timeout", step.timeout_seconds),
            )
            if given
            else step
        )
    return done


def _checked(step: str, given: Mapping[str, Any]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for name, value in given.items():
        if name not in OVERRIDES:
            raise ParameterError(
                f"`{name}` of step `{step}` cannot be set per environment",
                hint=f"one of these: {listing(list(OVERRIDES))}",
            )
        try:
            checked[name] = check_setting(name, value)
        except BadSetting as wanted:
            raise ParameterError(
                f"`{name}` of step `{step}` must be {wanted}, got {value!r}",
                hint=f"write {wanted}",
            ) from None
    return checked
