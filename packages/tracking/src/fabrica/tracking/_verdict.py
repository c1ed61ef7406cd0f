"""What a gate says: promote or keep, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypeAlias, TypeVar

T = TypeVar("T")

Metrics: TypeAlias = Mapping[str, float]
"""What a model was measured to be: finite numbers by name."""


class ChampionMarker:
    """Marks an argument that receives the promoted model."""


Champion: TypeAlias = Annotated[T, ChampionMarker]
"""The promoted model of the argument's name: ``model: Champion[Regressor]``.

Type checkers see ``Regressor``; a pipeline and a service fill it from the registry.
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A gate's answer. Make one with `promote` or `keep`.

    Attributes:
        promote: whether the candidate becomes champion.
        reason: one sentence, which the summary prints.
        metric: the metric that the summary shows; None: all of them.
    """

    promote: bool
    reason: str
    metric: str | None = None


def promote(reason: str, metric: str | None = None) -> Verdict:
    """Say that the candidate becomes champion.

    Example:
        >>> promote("4.1 minutes instead of 4.6", metric="mae").promote
        True
    """
    return Verdict(True, reason, metric)


def keep(reason: str, metric: str | None = None) -> Verdict:
    """Say that what is in production stays.

    Example:
        >>> keep("4.6 minutes, as before", metric="mae").promote
        False
    """
    return Verdict(False, reason, metric)
