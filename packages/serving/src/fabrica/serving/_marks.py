"""Promotions that a release could not serve, written down in the store.

Replicas of a release come and go. One that serves keeps the champion before when it can't answer
with a new one; one that starts has none to keep. So the first one marks the promotion, and those
that start later begin with the champion before, too. Another image makes a try of its own.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from fabrica.storage import encode

if TYPE_CHECKING:
    from fabrica.tracking import ModelVersion

log = logging.getLogger(__name__)


class Marked(Exception):
    """A version is not tried at the start: another replica of this release could not serve it."""


class Marks(Protocol):
    """What is written down of promotions: `StoredMarks` fits, and so does a test's fake."""

    def add(self, version: "ModelVersion", reason: str) -> None:
        """Mark a version that this release can't serve."""
        ...

    def has(self, version: "ModelVersion") -> bool:
        """Whether it is marked."""
        ...


class StoredMarks:
    """Marks of one release, an image by its digest, in a store.

    Each is ``models/<project>/<model>/<value>/unserved/<version>-<image>.json``.
    """

    def __init__(self, store: Any, project: str, image: str) -> None:
        self._store = store
        self._project = project
        self._image = image

    def add(self, version: "ModelVersion", reason: str) -> None:
        """Mark a version; a store that takes no mark changes nothing of what is served."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        document = {
            "schema": 1,
            "project": self._project,
            "model": version.model,
            "value": version.value,
            "version": version.version,
            "image": self._image,
            "reason": reason,
            "at": at,
        }
        try:
            self._store.create(self._name(version), document)
        except Exception:
            log.exception("a champion that can't be served was not marked")

    def has(self, version: "ModelVersion") -> bool:
        """Whether this release marked it."""
        return bool(self._store.exists(self._name(version)))

    def _name(self, version: "ModelVersion") -> str:
        parts: Sequence[str | None] = (self._project, version.model, version.value)
        image = sha256(self._image.encode()).hexdigest()[:16]
        folder = "/".join(encode(part) for part in parts)
        return f"models/{folder}/unserved/{version.version}-{image}.json"
