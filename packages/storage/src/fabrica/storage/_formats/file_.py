"""A file as it is. Its name isn't kept: equal bytes are equal products."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._errors import NoFormat

if TYPE_CHECKING:
    from .._store import Store


def save(store: Store, value: Any) -> tuple[str, int | None]:
    """Store a file's bytes."""
    path = Path(value)
    if not path.is_file():
        raise NoFormat(f"{path} is not a file", "return the path of a file that the step wrote")
    return store.put_path(path), None


def load(path: Path, type: str) -> object:
    """Return the path of a local file with the bytes: read it, never write it."""
    return path
