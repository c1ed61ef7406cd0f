"""The way back from a model to the commit, lock, data and parameters that it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ._errors import NoSuchModel
from ._names import command, named
from ._registry import Registry
from ._runs import attempts, run

if TYPE_CHECKING:
    from fabrica.storage import Store

    from ._models import ModelVersion

_RUN = ("run", "pipeline", "environment", "trigger", "git", "lock", "image", "python", "platform")
_STEP = ("step", "value", "outcome", "key", "parameters", "inputs", "products", "seed")


def lineage(
    store: Store, project: str, model: str, value: str | None = None, version: int | None = None
) -> dict[str, Any]:
    """Return where a model came from.

    Args:
        store: the store.
        project: whose model it is.
        model: its name.
        value: the value it was made for.
        version: its number; None: the champion.

    Returns:
        A document with ``version``, ``artifact`` and ``metrics``;
        ``run``: the run that registered it, with its commit, lock and parameters;
        ``steps``: those that led to the model, sources first, each with its key, parameters, inputs
        and products, and with the run and commit that made them (a cached step: an earlier run's);
        ``data``: what came from outside: files that steps read, and products of steps without
        inputs, with their digests;
        ``parameters``: those of all these steps together.

    Raises:
        NoSuchModel: there is no such version, or nothing is promoted.

    Example:
        >>> lineage(open_store(), "trip-duration", "model", "Queens")["run"]["git"]["commit"]
        ... # doctest: +SKIP
        '191beba…'
    """
    found = _version(Registry(store, project), model, value, version)
    document = run(store, project, found.run)
    steps = list(_ancestry(attempts(store, project, found.run), found))
    return {
        "project": project,
        "model": model,
        "value": value,
        "version": found.version,
        "registered": found.registered,
        "artifact": dict(found.artifact),
        "metrics": dict(found.metrics),
        "run": {
            **{key: document.get(key) for key in (*_RUN, "started", "outcome")},
            "parameters": document.get("parameters"),
        },
        "parameters": {k: v for step in steps for k, v in (step["parameters"] or {}).items()},
        "data": [source for step in steps if (source := _source(step)) is not None],
        "steps": [
            {
                **{key: step.get(key) for key in _STEP},
                "reads": _reads(step),
                **_made(store, project, step, found.run),
            }
            for step in steps
        ],
    }


def _made(store: Store, project: str, step: Mapping[str, Any], own: str) -> dict[str, Any]:
    """The run and the commit that really made a step's products."""
    whence = step.get("from")
    origin = whence.get("run") if isinstance(whence, Mapping) else whence
    try:
        git = run(store, project, origin or own).get("git") or {}
    except NoSuchModel:
        git = {}  # another project's run: the cache is shared, its runs are its own
    return {"run": origin or own, "commit": git.get("commit"), "dirty": git.get("dirty")}


def _version(
    registry: Registry, model: str, value: str | None, version: int | None
) -> ModelVersion:
    if version is not None:
        return registry.version(model, value, version)
    champion = registry.champion(model, value)
    if champion is None:
        raise NoSuchModel(f"{named(model, value)} has no champion", command("champions"))
    return champion


def _ancestry(found: list[dict[str, Any]], version: ModelVersion) -> Iterator[dict[str, Any]]:
    """The attempts that led to a model, each after those it took products from."""
    makers: dict[str, list[dict[str, Any]]] = {}
    for attempt in found:
        if attempt["outcome"] in {"done", "cached"}:
            for product in (attempt["products"] or {}).values():
                makers.setdefault(product["digest"], []).append(attempt)
    seen: set[tuple[str, str | None]] = set()

    def visit(digest: str) -> Iterator[dict[str, Any]]:
        for maker in _makers_for(makers.get(digest, []), version.value):
            if (maker["step"], maker["value"]) in seen:
                continue
            seen.add((maker["step"], maker["value"]))
            for needed in _digests(maker["inputs"]):
                yield from visit(needed)
            yield maker

    yield from visit(version.artifact["digest"])


def _makers_for(candidates: list[dict[str, Any]], value: str | None) -> list[dict[str, Any]]:
    """Who made a product: equal bytes may come from several steps or values."""
    own = [attempt for attempt in candidates if attempt["value"] in (value, None)]
    return (own or candidates)[-1:]


def _digests(inputs: Any) -> Iterator[str]:
    """All digests in an attempt's inputs: one, one for each value, or none."""
    if isinstance(inputs, str):
        yield inputs
    elif isinstance(inputs, Mapping):
        if isinstance(inputs.get("digest"), str):
            yield inputs["digest"]
        else:
            for item in inputs.values():
                yield from _digests(item)


def _reads(step: Mapping[str, Any]) -> dict[str, str]:
    return dict((step.get("keyParts") or {}).get("reads") or {})


def _source(step: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a step took from outside the pipeline; None for one that only transforms."""
    reads = _reads(step)
    if not reads and any(True for _ in _digests(step["inputs"])):
        return None
    products = {name: product["digest"] for name, product in (step["products"] or {}).items()}
    return {"step": step["step"], "value": step["value"], "reads": reads, "products": products}
