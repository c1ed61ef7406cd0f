"""From a pipeline's source to its plan, without running it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fabrica.pipelines._plan_files import find_pipelines
from fabrica.pipelines._plan_json import plan_json, read_plan
from fabrica.pipelines._plan_model import (
    SCHEMA,
    EachPlan,
    GatePlan,
    InputPlan,
    ParameterPlan,
    Plan,
    ProductPlan,
    Resources,
    StepPlan,
)

__all__ = [
    "SCHEMA",
    "EachPlan",
    "GatePlan",
    "InputPlan",
    "ParameterPlan",
    "Plan",
    "ProductPlan",
    "Resources",
    "StepPlan",
    "find_pipelines",
    "make_plan",
    "plan_json",
    "read_plan",
]


def make_plan(
    root: Path,
    pipeline: str,
    *,
    each: Mapping[str, Sequence[str]] | None = None,
    resources: Mapping[str, Mapping[str, Any]] | None = None,
) -> Plan:
    """Return the plan of a pipeline, read from its source; no code of the project is run.

    Args:
        root: the project's folder, with pyproject.toml and src/.
        pipeline: the name of a file in src/<module>/pipelines/, without .py.
        each: other values for the parameter of `each`: `{"borough": ["Queens"]}`.
        resources: other settings per step: `{"train_model": {"memory": "8Gi", "timeout": "1h"}}`.

    Raises:
        PlanFailed: the source holds problems; all of them are in `errors`.
        UnknownPipeline, NotAProject, ParameterError: an argument is wrong.

    Example::

        plan = make_plan(Path("projects/trip-duration"), "train")
        print([step.name for step in plan.steps])
    """
    from fabrica.pipelines import _plan_kept as kept

    folder = os.path.abspath(root)
    question = kept.question(folder, pipeline, each, resources)
    answer = kept.answer(folder, pipeline, question)
    if answer is not None:
        plan, digests, files = answer
        kept.remember(plan, digests=digests, files=files)
        return plan
    from fabrica.pipelines._plan_make import plan_from_source

    plan, reach = plan_from_source(folder, pipeline, each, resources)
    kept.remember(plan, reach=reach, question=question)
    return plan
