"""What can go wrong with runs and models."""

from __future__ import annotations


class TrackingError(Exception):
    """The base of everything that this package raises on purpose.

    ::

        TrackingError
        ├── NoSuchModel    no model, version or run of that name
        ├── Conflict       somebody else promoted in the meantime: measure again
        ├── BadMetrics     metrics that are no finite numbers
        ├── NewerSchema    a document that a newer release wrote
        └── NoProject      nothing says whose runs and models are meant

    Attributes:
        hint: what to type or edit next, or None.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class NoSuchModel(TrackingError):
    """There is no model, version or run of that name."""


class Conflict(TrackingError):
    """Another promotion came first: what the verdict compared with no longer serves."""


class BadMetrics(TrackingError):
    """Metrics must be finite numbers."""


class NewerSchema(TrackingError):
    """A newer release of this package wrote the document; this one can't read it."""


class NoProject(TrackingError):
    """Nothing says whose runs and models are meant."""
