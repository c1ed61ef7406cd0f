"""The digest of the code that each step can reach."""

from __future__ import annotations

import os
from pathlib import Path

from fabrica.pipelines import _plan_kept as kept
from fabrica.pipelines._plan_model import Plan


def code_digests(plan: Plan, root: Path) -> dict[str, str]:
    """Return for each step the SHA-256 of all code of the project that it can reach.

    Under "gate" is that of the gate's function. Comments and layout don't count, docstrings do;
    neither do the settings of `@step`, but the products' names do. Right after `make_plan` it is
    the digest of the source that the plan was read from, and nothing is read again.

    Example::

        digests = code_digests(plan, root)
        digests["train_model"], digests["gate"]
    """
    digests = kept.digests_of(plan)
    if digests is not None:
        return digests
    reach = kept.reach_of(plan)
    if reach is None:
        from fabrica.pipelines._plan_modules import Project
        from fabrica.pipelines._reach_graph import Reach

        reach = Reach(Project(os.fspath(root)), plan.steps)
    digests = {step.name: reach.digest(step) for step in plan.steps}
    if plan.gate is not None:
        digests["gate"] = reach.digest_of(plan.gate.entry)
    reach.project.cache.save()
    kept.keep(plan, reach, digests)
    return digests
