"""`python -m fabrica.pipelines list`: the pipelines of a project, or the steps of one."""

from __future__ import annotations

import json

from fabrica.pipelines._plan import find_pipelines, make_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from fabrica.pipelines._plan_model import Plan, StepPlan


def list_pipelines(root: Path, pipeline: str | None, *, as_json: bool) -> int:
    """Print names and files, or the steps of one pipeline with what they take and make."""
    if pipeline is not None:
        plan = make_plan(root, pipeline)
        print(_as_json(plan) if as_json else "\n".join(_lines(plan)))
        return 0
    found = find_pipelines(root)
    files = {name: str(file.relative_to(root)) for name, file in sorted(found.items())}
    if as_json:
        print(json.dumps({"schema": 1, "pipelines": files}))
    else:
        width = max((len(name) for name in files), default=0)
        for name, file in files.items():
            print(f"{name.ljust(width)}  {file}")
    return 0


def _as_json(plan: Plan) -> str:
    steps = [
        {"name": step.name, "file": step.file, "line": step.line, "scope": step.scope}
        for step in plan.steps
    ]
    return json.dumps({"schema": 1, "pipeline": plan.pipeline, "steps": steps})


def _lines(plan: Plan) -> list[str]:
    width = max(len(step.name) for step in plan.steps)
    lines = [
        f"{step.name.ljust(width)}  {_wiring(step)}  {step.file}:{step.line}" for step in plan.steps
    ]
    if plan.each is not None:
        values = ", ".join(plan.each.values)
        lines.append(f"for each {plan.each.parameter}: {values}")
    if plan.gate is not None:
        lines.append(
            f"gate: {plan.gate.entry.rpartition(':')[2]}  {plan.gate.file}:{plan.gate.line}"
        )
    return lines


def _wiring(step: StepPlan) -> str:
    takes = ", ".join(given.argument for given in step.inputs) or "–"  # noqa: RUF001
    makes = ", ".join(product.name for product in step.products) or "–"  # noqa: RUF001
    once = "" if step.scope == "once" else " (each)"
    return f"{takes} → {makes}{once}"
