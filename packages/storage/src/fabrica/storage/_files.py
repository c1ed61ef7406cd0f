"""What a store needs of the place where its objects are. Local and remote places have it."""

from __future__ import annotations

from typing import Protocol

from ._errors import StorageError


class Files(Protocol):
    """Objects by name, each written at once and never changed."""

    def create(self, name: str, data: bytes) -> bool:
        """Put an object if there is none of that name; whether this call did."""
        ...

    def create_blob(self, name: str, data: bytes) -> bool:
        """Put an object whose name says what its bytes are."""
        ...

    def adopt(self, name: str, path: str) -> bool:
        """Put a complete temporary file under the name of its hash."""
        ...

    def temporary(self) -> str:
        """Return a new path for a temporary file; its folder exists."""
        ...

    def read(self, name: str) -> bytes:
        """Return an object's bytes."""
        ...

    def path(self, name: str) -> str:
        """Return a local file with an object's bytes."""
        ...

    def refetch(self, name: str) -> str | None:
        """Replace a damaged local copy and return its path; None where the file is the object."""
        ...

    def size(self, name: str) -> int:
        """Return an object's size in bytes."""
        ...

    def modified(self, name: str) -> float:
        """Return when an object was written, in seconds since 1970."""
        ...

    def exists(self, name: str) -> bool:
        """Whether there is an object of that name."""
        ...

    def children(self, prefix: str) -> list[str]:
        """Return the names directly below a folder, sorted."""
        ...

    def names(self, prefix: str) -> list[str]:
        """Return the names of all objects below a folder, sorted."""
        ...

    def remove(self, name: str) -> None:
        """Remove an object."""
        ...

    def sweep(self, before: float) -> list[tuple[str, int]]:
        """Remove temporary files that are older; return their names and sizes."""
        ...

    def remedy(self, name: str) -> str:
        """Return what to type when an object is damaged."""
        ...

    def refused(self, error: OSError, name: str) -> StorageError:
        """Return what to raise when a temporary file can't be written."""
        ...
