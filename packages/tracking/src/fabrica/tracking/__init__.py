"""Runs, model versions, the gate's verdicts, and who is champion: documents in the store."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._errors import (
        BadMetrics,
        Conflict,
        NewerSchema,
        NoProject,
        NoSuchModel,
        TrackingError,
    )
    from ._lineage import lineage
    from ._models import Decision, ModelVersion, Promotion
    from ._names import command
    from ._registry import Registry, Replay
    from ._runs import attempts, run, runs
    from ._verdict import Champion, ChampionMarker, Metrics, Verdict, keep, promote

_HOME = {
    "_errors": (
        "BadMetrics",
        "Conflict",
        "NewerSchema",
        "NoProject",
        "NoSuchModel",
        "TrackingError",
    ),
    "_lineage": ("lineage",),
    "_models": ("Decision", "ModelVersion", "Promotion"),
    "_names": ("command",),
    "_registry": ("Registry", "Replay"),
    "_runs": ("attempts", "run", "runs"),
    "_verdict": ("Champion", "ChampionMarker", "Metrics", "Verdict", "keep", "promote"),
}

__all__ = [
    "BadMetrics",
    "Champion",
    "ChampionMarker",
    "Conflict",
    "Decision",
    "Metrics",
    "ModelVersion",
    "NewerSchema",
    "NoProject",
    "NoSuchModel",
    "Promotion",
    "Registry",
    "Replay",
    "TrackingError",
    "Verdict",
    "attempts",
    "command",
    "keep",
    "lineage",
    "promote",
    "run",
    "runs",
]


def __getattr__(name: str) -> Any:
    # Imported when asked for: a module of steps needs a few names only.
    for module, names in _HOME.items():
        if name in names:
            from importlib import import_module

            found = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
