"""The values of the registry, as its documents hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fabrica.storage import Store

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A registered model: an artifact, the run that made it, and its metrics there.

    Attributes:
        model: the name of the model, which is the name of the product.
        value: the value it was made for, such as a borough; None in a pipeline without values.
        version: 1, 2, …, per model and value.
        artifact: the product: digest, bytes, format, type, rows.
    """

    model: str
    value: str | None
    version: int
    artifact: Mapping[str, Any]
    run: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    registered: str = ""

    @property
    def name(self) -> str:
        """Version and value in short: ``Queens.3``, or ``3`` without a value."""
        return str(self.version) if self.value is None else f"{self.value}.{self.version}"

    def load(self, store: Store) -> Any:
        """Return the model itself, verified and read from the store."""
        from fabrica.storage import formats

        return formats.load(store, self.artifact)


@dataclass(frozen=True, slots=True)
class Promotion:
    """One link in the chain that says which version serves."""

    model: str
    value: str | None
    promotion: int
    version: int | None
    previous: int | None
    by: Mapping[str, str]
    reason: str
    verdict: str | None
    bars: tuple[int, ...]
    at: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of a verdict.

    Attributes:
        version: the candidate.
        promoted: whether it is champion now.
        barred: whether it would be, had it not been rolled back.
        reason: the verdict's sentence, or why it had no effect.
        verdict_name: the archived verdict's name in the store.
    """

    version: ModelVersion
    promoted: bool
    reason: str
    verdict_name: str
    barred: bool = False
