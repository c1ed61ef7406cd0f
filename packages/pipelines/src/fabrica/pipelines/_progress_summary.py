"""The summary at the end of a run: one row per value, what its gate decided, what serves."""

from __future__ import annotations

from fabrica.pipelines._progress_table import NONE, count, fits, number, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Verdict = Mapping[str, Any]

_COLOURS = {"promoted": "32", "barred": "31", "failed": "31", "skipped": "33", "kept": "36"}
_BOUNDS = ("_low", "_high")


def summary(
    verdicts: Sequence[Verdict],
    parameter: str | None,
    *,
    width: int = 100,
    colour: Callable[[str, str], str] = lambda text, code: text,
) -> list[str]:
    """Lines of the table of a run's verdicts; none for a run without a gate.

    Args:
        verdicts: the gate-ended events.
        parameter: name of what the values are values of ("borough").
        width: columns of the terminal.
        colour: paints a text with an ANSI code.
    """
    if not verdicts:
        return []
    metric = main_metric(verdicts)
    counts = count_names(verdicts, metric)
    header = [parameter or "model", *counts, "candidate", "production", "verdict", "serving"]
    header.append("reason")
    rows = [_row(verdict, counts, metric, bounds=True) for verdict in verdicts]
    if not fits(header, rows, width):
        rows = [_row(verdict, counts, metric, bounds=False) for verdict in verdicts]
    numbers = frozenset(range(1, len(counts) + 3))
    state = len(counts) + 3

    def paint(row: int, column: int, text: str) -> str:
        code = _COLOURS.get(verdicts[row]["outcome"]) if column == state else None
        return colour(text, code) if code else text

    title = f"model `{verdicts[0]['model']}`"
    if metric:
        title += f": {metric} of the candidate and of production, on the same held-out data"
    return [title, *table(header, rows, width=width, right=numbers, paint=paint)]


def main_metric(verdicts: Sequence[Verdict]) -> str | None:
    """The metric that the gate named, for most rows."""
    named = [v["metric"] for v in verdicts if v.get("metric")]
    return max(named, key=named.count) if named else None


def count_names(verdicts: Sequence[Verdict], metric: str | None) -> list[str]:
    """Metrics that are whole numbers in every row: how many trips were held out."""
    measured = [v["candidate"] for v in verdicts if v.get("candidate")]
    if not measured:
        return []
    names = []
    for name in measured[0]:
        if name.endswith(_BOUNDS):
            continue
        values = [one.get(name) for one in measured]
        whole = all(value is not None and value == round(value) and value >= 0 for value in values)
        if whole and name != metric and any(value > 1 for value in values):
            names.append(name)
    return names[:2]


def _row(verdict: Verdict, counts: Sequence[str], metric: str | None, *, bounds: bool) -> list[str]:
    candidate = verdict.get("candidate") or {}
    production = verdict.get("production") or {}
    shown = verdict.get("metric") or metric
    return [
        verdict["value"] or verdict["model"],
        *(count(candidate.get(name)) for name in counts),
        _measured(candidate, shown, metric, bounds),
        _measured(production, shown, metric, bounds),
        verdict["outcome"],
        _serving(verdict),
        verdict.get("reason") or "",
    ]


def _measured(
    metrics: Mapping[str, float], name: str | None, usual: str | None, bounds: bool
) -> str:
    if name is None or name not in metrics:
        return NONE
    text = number(metrics[name])
    low, high = (metrics.get(name + bound) for bound in _BOUNDS)
    if bounds and low is not None and high is not None:
        text += f" ({number(low)} to {number(high)})"
    return text if name == usual else f"{name} {text}"


def _serving(verdict: Verdict) -> str:
    serving = verdict.get("serving")
    if not serving:
        return NONE
    version = f"v{serving['version']}"
    return version if serving["value"] == verdict["value"] else f"{serving['value']} {version}"
