"""What a run uses: processor time, memory, GPUs, storage; in a cluster also what its pods reserve.

A usage is a dictionary, as it stands in the store:

    cpuSeconds          of all processors together, processes that a step starts included
    memoryGiBSeconds    the most that was held, for as long as it took
    gpuSeconds
    storageBytes        products that were made; what the cache had is not made again
    peakBytes           the most that was held at once
    reserved            what pods had for themselves, used or not: cpuSeconds, memoryGiBSeconds,
                        gpuSeconds; None where no pod was
"""

from __future__ import annotations

import os

from fabrica.pipelines._manifests import SCHEMA, read_results, run_folder, timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fabrica.storage import Store

    from fabrica.pipelines._execute import Made
    from fabrica.pipelines._plan_model import StepPlan
    from fabrica.pipelines._usage_pod import Pod

    Usage = dict[str, Any]

GIB = 1 << 30
RUNNER = "(run)"
"""What stands in the place of a step for what opens, judges and ends a run."""
TIMES = ("cpuSeconds", "memoryGiBSeconds", "gpuSeconds")


def usage_of(document: Mapping[str, Any]) -> Usage:
    """Return what an attempt of a step used, by its manifest; those of older releases say less."""
    seconds, peak = document.get("seconds") or 0.0, document.get("peakBytes") or 0
    products = (document.get("products") or {}).values() if document["outcome"] == "done" else ()
    return {
        "cpuSeconds": document.get("cpuSeconds") or 0.0,
        "memoryGiBSeconds": peak / GIB * seconds,
        "gpuSeconds": (document.get("gpus") or 0) * seconds,
        "storageBytes": sum(product.get("bytes") or 0 for product in products),
        "peakBytes": peak,
        "reserved": _reserved(document.get("reserved")),
    }


def usage_of_call(made: Made, step: StepPlan) -> Usage:
    """Return what the call of a step used of which no manifest is written."""
    return usage_of(
        {
            "outcome": made.outcome,
            "seconds": made.seconds,
            "cpuSeconds": made.cpu_seconds,
            "peakBytes": made.peak_bytes,
            "gpus": step.resources.gpu,
            "products": made.products,
        }
    )


def _reserved(pod: Mapping[str, float] | None) -> dict[str, float] | None:
    if not pod:
        return None
    seconds = pod["seconds"]
    return {
        "cpuSeconds": pod["cpu"] * seconds,
        "memoryGiBSeconds": pod["memoryBytes"] / GIB * seconds,
        "gpuSeconds": pod["gpus"] * seconds,
    }


class Tally:
    """What a run used, as a whole, by step and by value.

    Example:
        >>> tally = Tally()
        >>> tally.add("train", "Queens", usage_of({"outcome": "failed", "cpuSeconds": 1.5}))
        >>> tally.document()["steps"]["train"]["cpuSeconds"]
        1.5
    """

    def __init__(self) -> None:
        self.total = _nothing()
        self._steps: dict[str, Usage] = {}
        self._values: dict[str, Usage] = {}

    def add(self, step: str, value: str | None, usage: Mapping[str, Any]) -> None:
        """Count what a step used for a value, or for none."""
        _add(self.total, usage)
        _add(self._steps.setdefault(step, _nothing()), usage)
        if value is not None:
            _add(self._values.setdefault(value, _nothing()), usage)

    def add_manifest(self, document: Mapping[str, Any]) -> None:
        """Count an attempt of a step."""
        self.add(document["step"], document.get("value"), usage_of(document))

    def document(self) -> Usage:
        """Return it as it is stored: `steps` by name and `values` by value stand beside it."""
        steps = {name: _rounded(one) for name, one in self._steps.items()}
        values = {name: _rounded(one) for name, one in self._values.items()}
        return {**_rounded(self.total), "steps": steps, "values": values}


def _nothing() -> Usage:
    return {**dict.fromkeys(TIMES, 0.0), "storageBytes": 0, "peakBytes": 0, "reserved": None}


def _add(total: Usage, one: Mapping[str, Any]) -> None:
    for name in (*TIMES, "storageBytes"):
        total[name] += one[name]
    total["peakBytes"] = max(total["peakBytes"], one["peakBytes"])
    if one["reserved"]:
        before = total["reserved"] or dict.fromkeys(TIMES, 0.0)
        total["reserved"] = {name: before[name] + one["reserved"][name] for name in TIMES}


def _rounded(usage: Usage) -> Usage:
    """Return it to a tenth of a millisecond."""
    times = {name: round(usage[name], 4) for name in TIMES}
    reserved = usage["reserved"]
    if reserved:
        reserved = {name: round(reserved[name], 4) for name in TIMES}
    return {**usage, **times, "reserved": reserved}


def record_pod(
    store: Store,
    project: str,
    run: str,
    pod: Pod | None,
    step: str = RUNNER,
    value: str | None = None,
    used: Mapping[str, Any] | None = None,
) -> None:
    """Write down what a pod reserved that leaves no manifest of a step; nothing outside of one.

    Args:
        store: where the run is.
        project: whose run it is.
        run: the run.
        pod: the pod that this process is in.
        step: what the pod was for.
        value: for which value.
        used: what the process itself used, as far as no manifest says it; all of it by default.
    """
    if pod is None:
        return
    from fabrica.pipelines._usage_meter import process_usage

    document = {
        "schema": SCHEMA,
        "step": step,
        "value": value,
        "outcome": "pod",
        "at": timestamp(),
        "reserved": pod.reserved(),
        **(used or process_usage()),
    }
    store.create(f"{_folder(project, run)}/{os.urandom(8).hex()}.json", document)


def pods_of(store: Store, project: str, run: str) -> list[dict[str, Any]]:
    """Return what `record_pod` has written of a run."""
    return [store.read(name) for name in store.names(_folder(project, run))]


def stored_usage(store: Store, project: str, run: str) -> Tally:
    """Read what a run used so far from all that its steps and pods have written."""
    tally = Tally()
    for attempts in read_results(store, project, run).values():
        for name in attempts.values():
            tally.add_manifest(store.read(name))
    for document in pods_of(store, project, run):
        tally.add_manifest(document)
    return tally


def _folder(project: str, run: str) -> str:
    return f"{run_folder(project, run)}/usage"
