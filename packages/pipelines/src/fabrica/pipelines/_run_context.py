"""A run as every process of it sees it: built when the run opens, or read back from the store."""

from __future__ import annotations

from dataclasses import dataclass, field

from fabrica.storage import NotFound

from fabrica.pipelines._errors import NotResumable
from fabrica.pipelines._keys import Keys
from fabrica.pipelines._manifests import run_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from fabrica.storage import Store

    from fabrica.pipelines._plan_model import Plan, StepPlan


@dataclass
class Context:
    """What the steps of a run have in common.

    `document` is run.json; `codes` are the digests of the code that each step can reach, `sources`
    the files that they were read from, where this process has read them.
    """

    root: Path
    store: Store
    plan: Plan
    document: Mapping[str, Any]
    codes: Mapping[str, str]
    use_cache: bool = True
    sources: Mapping[str, str | None] | None = None
    steps: dict[str, StepPlan] = field(init=False)
    keys: Keys = field(init=False)

    def __post_init__(self) -> None:
        self.steps = {step.name: step for step in self.plan.steps}
        self.keys = Keys(self.plan, self.root, self.codes, self.parameters, self._warehouse)

    @property
    def run(self) -> str:
        return self.document["run"]

    @property
    def project(self) -> str:
        return self.document["project"]

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Values of the run's parameters as JSON, with defaults where JSON can hold them."""
        return self.document["parameters"]

    @property
    def _warehouse(self) -> Mapping[str, str]:
        return self.document.get("warehouse", {})

    @property
    def values(self) -> tuple[str | None, ...]:
        """The values that a per-value step runs for, the fallback first."""
        return run_values(self.plan)

    @property
    def scratch(self) -> Path:
        return self.root / ".fabrica" / "scratch"


def run_values(plan: Plan) -> tuple[str | None, ...]:
    """The values that a per-value step runs for, the fallback first."""
    each = plan.each
    if each is None:
        return (None,)
    first = (each.fallback,) if each.fallback is not None else ()
    return (*first, *(value for value in each.values if value != each.fallback))


def read_context(root: Path, store: Store, project: str, run: str) -> Context:
    """Read a run back from the store: its plan is the stored one, whatever the source says now.

    Raises:
        NotResumable: there is no such run.
    """
    from fabrica.tracking import command

    from fabrica.pipelines._plan import read_plan

    try:
        document = store.read(run_document(project, run))
    except NotFound:
        raise NotResumable(
            f"no run {run} of {project} in {store.url}",
            hint=f"see the runs there are: {command('runs')}",
        ) from None
    plan = read_plan(store.get(document["plan"]))
    return Context(root, store, plan, document, document["code"])
