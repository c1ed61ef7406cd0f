"""The digest of the code that each step can reach."""

from __future__ import annotations

import os
from pathlib import Path

from fabrica.pipelines import _plan_kept as kept
from fabrica.pipelines._plan_model import Plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fabrica.pipelines._reach_graph import Reach


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
    reach = kept.reach_of(plan) or _read(plan, root)
    digests = _digests(plan, reach)
    kept.keep(plan, reach, digests)
    return digests


def read_code(plan: Plan, root: Path) -> tuple[dict[str, str], dict[str, str | None]]:
    """Return the digests as the source is now, and the files that they were read from.

    A file that was looked for in vain is among them, with None.
    """
    reach = _read(plan, root)
    return _digests(plan, reach), reach.project.seen


def steps_that_reach(plan: Plan, root: Path, package: str) -> list[str]:
    """Return the names of the steps whose code can reach a name of an installed package."""
    reach = kept.reach_of(plan) or _read(plan, root)
    known: dict[tuple[str, str], bool] = {}

    def names_it(node: tuple[str, str]) -> bool:
        if node not in known:
            module = reach.project.module(node[0])
            parts = [] if module is None else reach.definitions(module, node[1])
            known[node] = module is not None and any(
                f"{reach.project.resolve(module, name).qualified}.".startswith(f"{package}.")
                for part in parts
                for name in part.get("refs", {})
                if name != "__subclasses__"
            )
        return known[node]

    found = []
    for step in plan.steps:
        home, _, function = step.entry.partition(":")
        nodes, _ = reach.by_name([(home, function)])
        if any(names_it(node) for node in nodes):
            found.append(step.name)
    return found


def modules_of(root: Path, entry: str) -> list[str]:
    """Return the project's modules that importing a step's module imports, itself too."""
    from fabrica.pipelines._plan_modules import Project

    project = Project(os.fspath(root))
    seen: dict[str, None] = {}
    pending = [entry.partition(":")[0]]
    while pending:
        module = project.module(pending.pop())
        if module is not None and module.name not in seen and module.own:
            seen[module.name] = None
            pending += [other.name for other in project.imported_by(module)]
    return list(seen)


def _read(plan: Plan, root: Path) -> Reach:
    from fabrica.pipelines._plan_modules import Project
    from fabrica.pipelines._reach_graph import Reach

    return Reach(Project(os.fspath(root)), plan.steps)


def _digests(plan: Plan, reach: Reach) -> dict[str, str]:
    digests = {step.name: reach.digest(step) for step in plan.steps}
    if plan.gate is not None:
        digests["gate"] = reach.digest_of(plan.gate.entry)
    reach.project.cache.save()
    return digests
