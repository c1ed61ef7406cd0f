"""The steps of a plan, once for each value that they run for, with what waits for what."""

from __future__ import annotations

from fabrica.pipelines._run_context import run_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fabrica.pipelines._plan_model import Plan, StepPlan


class Node:
    """One step for one value. `waits` counts the nodes before it that have not ended."""

    __slots__ = ("attempt", "followers", "step", "tries", "value", "waits")

    def __init__(self, step: StepPlan, value: str | None) -> None:
        self.step = step
        self.value = value
        self.waits = 0
        self.followers: list[Node] = []
        self.attempt = 1  # number of the next manifest
        self.tries = 0  # how often it was tried in this process

    @property
    def key(self) -> tuple[str, str | None]:
        return (self.step.name, self.value)

    def __repr__(self) -> str:
        return f"Node({self.step.name!r}, {self.value!r})"


def build_nodes(plan: Plan) -> list[Node]:
    """All nodes in an order in which they can run; the work grows with nodes and edges only."""
    values = run_values(plan)
    nodes: dict[tuple[str, str | None], Node] = {}
    scopes = {step.name: step.scope for step in plan.steps}
    for step in plan.steps:
        for value in values if step.scope == "each" else (None,):
            node = nodes[step.name, value] = Node(step, value)
            for name in step.after:
                for before in _before(plan, scopes, step, name, value):
                    nodes[name, before].followers.append(node)
                    node.waits += 1
    return list(nodes.values())


def _before(
    plan: Plan, scopes: dict[str, str], step: StepPlan, name: str, value: str | None
) -> tuple[str | None, ...]:
    if scopes[name] == "once":
        return (None,)
    if step.scope == "each":
        return (value,)
    return plan.each.values if plan.each else ()
