"""NumPy's own format, for arrays of numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import NoFormat

if TYPE_CHECKING:
    from .._store import Store


def save(store: Store, value: Any) -> tuple[str, int | None]:
    """Store an array; one of Python objects is refused, as it would need pickle."""
    array = np.asarray(value)
    if array.dtype.hasobject:
        raise NoFormat(
            "the array holds Python objects, which npy can't hold without running code on load",
            "give it a type of numbers, dates or text: array.astype(…); or return a dataframe",
        )
    temporary = Path(store.temporary())
    try:
        # The order of the axes in memory is no part of the value: equal arrays, equal bytes.
        with temporary.open("xb") as file:
            np.save(file, np.ascontiguousarray(array) if array.ndim else array, allow_pickle=False)
        return store.put_path(temporary, move=True), len(array) if array.ndim else None
    finally:
        temporary.unlink(missing_ok=True)


def load(path: Path, type: str) -> object:
    """Read an array back."""
    return np.load(path, allow_pickle=False)
