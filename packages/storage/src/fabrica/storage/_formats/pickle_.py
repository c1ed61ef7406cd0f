"""Pickle: whatever no other format holds. It can run code when it is loaded, so it is flagged."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._store import Store

# Fixed, so that equal values give equal bytes with every Python that we support.
PROTOCOL = 5


def save(store: Store, value: object) -> tuple[str, int | None]:
    """Store a value."""
    return store.put(pickle.dumps(value, protocol=PROTOCOL)), None


def load(path: Path, type: str) -> object:
    """Read a value back; only from a store that you trust."""
    with path.open("rb") as file:
        return pickle.load(file)
