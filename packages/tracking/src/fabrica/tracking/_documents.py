"""The registry's documents: their names in the store, and how they are read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fabrica.storage import encode

from ._errors import NewerSchema
from ._models import SCHEMA, ModelVersion, Promotion

if TYPE_CHECKING:
    from fabrica.storage import Store


class Documents:
    """Versions, verdicts and promotions of a project, by number.

    A version and a promotion have the next free number of their folder as a name, put if absent:
    of several writers one gets it, the others look again.
    """

    def __init__(self, store: Store, project: str) -> None:
        self.store = store
        self.project = project

    def folder(self, model: str, value: str | None, kind: str) -> str:
        """Return the folder of a model's versions, verdicts or promotions."""
        return f"models/{encode(self.project)}/{encode(model)}/{encode(value)}/{kind}"

    def numbers(self, model: str, value: str | None, kind: str) -> list[int]:
        """Return the numbers that are taken, in order."""
        stems = (
            n.removesuffix(".json") for n in self.store.children(self.folder(model, value, kind))
        )
        return sorted(int(stem) for stem in stems if stem.isdecimal())

    def name(self, model: str, value: str | None, kind: str, number: int) -> str:
        """Return the name of a numbered document."""
        return f"{self.folder(model, value, kind)}/{number}.json"

    def version(self, model: str, value: str | None, number: int) -> ModelVersion:
        """Read a version."""
        document = self.read(self.name(model, value, "versions", number))
        return ModelVersion(**{key: document[key] for key in ModelVersion.__dataclass_fields__})

    def promotion(self, model: str, value: str | None, number: int) -> Promotion:
        """Read a promotion."""
        document = self.read(self.name(model, value, "promotions", number))
        fields = {key: document[key] for key in Promotion.__dataclass_fields__}
        return Promotion(**{**fields, "bars": tuple(fields["bars"])})

    def newest(self, model: str, value: str | None) -> Promotion | None:
        """Read the promotion that counts: the last one."""
        numbers = self.numbers(model, value, "promotions")
        return self.promotion(model, value, numbers[-1]) if numbers else None

    def read(self, name: str) -> dict[str, Any]:
        """Read a document.

        Raises:
            NewerSchema: a newer release wrote it.
        """
        document = self.store.read(name)
        if document.get("schema") != SCHEMA:
            raise NewerSchema(
                f"{self.store.url}/{name} has schema {document.get('schema')}, and this release of "
                f"fabrica-tracking reads schema {SCHEMA}",
                "raise fabrica-tracking in pyproject.toml, and lock again",
            )
        return document

    def create(self, name: str, fields: dict[str, Any]) -> bool:
        """Put a document if there is none of that name; whether this call did."""
        return self.store.create(name, {"schema": SCHEMA, "project": self.project, **fields})


def now() -> str:
    """Return the time, RFC 3339 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
