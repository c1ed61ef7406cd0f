"""The artifact store: content-addressed blobs, immutable documents, and formats by type.

The same on a laptop's disk, Google Cloud Storage and S3. Importing it is cheap: what a format or a
remote store needs is imported when it is used.
"""

from __future__ import annotations

from ._errors import (
    BadAddress,
    Corrupted,
    FormatError,
    NoFormat,
    NotFound,
    NotReadable,
    NotWritable,
    StorageError,
    WrongType,
)
from ._json import canonical, decode, encode
from ._store import Collected, Store, open_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import formats

__all__ = [
    "BadAddress",
    "Collected",
    "Corrupted",
    "FormatError",
    "NoFormat",
    "NotFound",
    "NotReadable",
    "NotWritable",
    "StorageError",
    "Store",
    "WrongType",
    "canonical",
    "decode",
    "encode",
    "formats",
    "open_store",
]


def __getattr__(name: str) -> object:
    # A run in which everything is cached saves and loads nothing.
    if name == "formats":
        from importlib import import_module

        return import_module("fabrica.storage.formats")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
