"""What a step receives: the products of the steps before it, found by name."""

from __future__ import annotations

from fabrica.storage import encode

from fabrica.pipelines._errors import NoChampion
from fabrica.pipelines._manifests import Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from fabrica.pipelines._plan_model import InputPlan, StepPlan
    from fabrica.pipelines._run_context import Context

    Product = Mapping[str, Any]
    # argument → product, value → product (Each), or None (an optional input that nothing made)
    Inputs = dict[str, Any]
    Lookup = Callable[[str, str | None], Result | None]

NOTHING: Mapping[str, Any] = {}


class NotStarted(Exception):
    """The step cannot start: one before it was skipped or failed."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.reason)
        self.result = result


def resolve(
    context: Context,
    step: StepPlan,
    value: str | None,
    lookup: Lookup,
    instead: Mapping[str, Product] = NOTHING,
) -> Inputs:
    """Find the products that the step's arguments receive; nothing is loaded.

    Args:
        context: the run.
        step: the step that is about to start.
        value: the value that it starts for.
        lookup: gives the result of a step for a value, None when it has not ended.
        instead: products to take in place of the run's own, by name (the gate measures a champion
            through the steps that made the candidate's metrics).

    Raises:
        NotStarted: a step before it was skipped, failed, or has not run.
        NoChampion: no version of a model is promoted.
    """
    found: Inputs = {}
    for given in step.inputs:
        if given.name in instead and given.kind == "product":
            found[given.argument] = instead[given.name]
        elif given.kind == "champion":
            found[given.argument] = _champion(context, step, given, value)
        elif given.step is None:
            found[given.argument] = None
        elif given.kind == "each":
            found[given.argument] = _gathered(context, given, lookup)
        else:
            found[given.argument] = _product(context, given, value, lookup)
    return found


def digests(inputs: Inputs) -> dict[str, Any]:
    """The digests of what `resolve` found, in its shape: what the step's key holds."""
    found: dict[str, Any] = {}
    for argument, given in inputs.items():
        if given is None:
            found[argument] = None
        elif "digest" in given and isinstance(given["digest"], str):
            found[argument] = given["digest"]
        else:
            found[argument] = {value: product["digest"] for value, product in given.items()}
    return found


def _product(
    context: Context, given: InputPlan, value: str | None, lookup: Lookup
) -> Product | None:
    maker = context.steps[given.step or ""]
    result = lookup(maker.name, value if maker.scope == "each" else None)
    if result is not None and result.good:
        return result.products[given.name]
    if result is not None and result.outcome == "skipped":
        if given.optional:
            return None
        raise NotStarted(Result("skipped", reason=result.reason))
    raise NotStarted(Result("blocked", reason=_why(maker.name, result)))


def _why(name: str, result: Result | None) -> str:
    """The first cause: of a chain of steps that never started, the failure before them."""
    if result is None:
        return f"{name} has not run"
    return (result.outcome == "blocked" and result.reason) or f"{name}: {result.reason}"


def _gathered(context: Context, given: InputPlan, lookup: Lookup) -> dict[str, Product]:
    """Products of all values; a value whose step failed or was skipped is absent."""
    each = context.plan.each
    found: dict[str, Product] = {}
    last: Result | None = None
    for value in each.values if each else ():
        result = lookup(given.step or "", value)
        if result is not None and result.good:
            found[value] = result.products[given.name]
        elif result is not None and (last is None or last.outcome == "skipped"):
            last = result
    if not found and not given.optional:
        skipped = last is not None and last.outcome == "skipped"
        reason = f"{given.step} has no product for any value"
        raise NotStarted(Result("skipped" if skipped else "blocked", reason=reason))
    return found


def _champion(
    context: Context, step: StepPlan, given: InputPlan, value: str | None
) -> Product | None:
    wanted = value if step.scope == "each" else None
    champion = context.document["champions"].get(given.name, {}).get(encode(wanted))
    if champion is not None:
        return champion["artifact"]
    if given.optional:
        return None
    of = f" for {value}" if wanted is not None else ""
    raise NoChampion(
        f"{step.file}:{step.line}: step `{step.name}` takes the champion of `{given.name}`, "
        f"and no version of it is promoted{of}",
        hint=f"run the pipeline that makes `{given.name}` first: its gate promotes; "
        f"or write `{given.argument}: Champion[…] | None = None`",
    )
