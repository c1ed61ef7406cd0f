"""JSON, canonical, for what people read and compare."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._errors import NoFormat
from .._json import canonical
from ._revive import revive

if TYPE_CHECKING:
    from .._store import Store


_OWN = frozenset({"dict", "list", "int", "float", "str", "bool"})


def save(store: Store, value: object) -> tuple[str, int | None]:
    """Store a value that JSON can hold."""
    return store.put(canonical(_plain(value, "the product"))), None  # type: ignore[arg-type]


def load(path: Path, type: str) -> object:
    """Read a value back; of a type that JSON doesn't have, as that type."""
    value = json.loads(path.read_bytes())
    return value if type in _OWN else revive(value, type)


def _plain(value: Any, where: str) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value if not isinstance(value, Enum) else value.value
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise NoFormat(
                f"{where} is {value}: JSON holds finite numbers only",
                "return None, or leave it out",
            )
        return float(value)
    if isinstance(value, Mapping):
        return {_key(k, where): _plain(v, f"{where}[{k!r}]") for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return _plain(value.value, where)
    if hasattr(value, "model_dump"):  # a pydantic model
        return _plain(value.model_dump(mode="json"), where)
    if hasattr(value, "item") and getattr(value, "shape", None) == ():  # one number of NumPy's
        return _plain(value.item(), where)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain(dataclasses.asdict(value), where)
    raise NoFormat(
        f"{where} is a {type(value).__module__}.{type(value).__qualname__}, which JSON can't hold",
        "return numbers, text, lists and dicts of them; or a dataframe, an array or a model",
    )


def _key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise NoFormat(f"{where} has the key {key!r}: keys are text in JSON", f"write str({key!r})")
    return key
