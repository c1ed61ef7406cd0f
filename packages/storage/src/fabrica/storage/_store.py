"""The store: content-addressed blobs and immutable JSON documents."""

from __future__ import annotations

import contextlib
import json
import os
from hashlib import sha256

from ._address import open_files
from ._errors import BadAddress, Corrupted, NotFound, NotReadable
from ._json import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from datetime import timedelta
    from pathlib import Path
    from typing import Any

    from ._files import Files

BLOBS = "cas"
_CHUNK = 1 << 20
_HEX = frozenset("0123456789abcdef")
_LOADS = json.JSONDecoder().decode


class Collected:
    """What garbage collection removed.

    Attributes:
        names: the names of the objects and temporary files.
        bytes: their size together.
    """

    __slots__ = ("bytes", "names")

    def __init__(self, names: tuple[str, ...], bytes: int) -> None:
        self.names = names
        self.bytes = bytes

    def __repr__(self) -> str:
        return f"Collected({len(self.names)} objects, {self.bytes} bytes)"


class Store:
    """Blobs by the hash of their bytes, and named documents that are written once.

    Nothing in a store changes: a blob's name is its SHA-256, and a document is put only if there
    is none of its name. So any number of writers may share a store without a lock, and a retried
    step writes what is there already. Create one with `open_store`.

    Attributes:
        url: the store's address, which opens it again from anywhere.

    Example:
        >>> store = open_store("file:///data/store")          # doctest: +SKIP
        >>> digest = store.put(b"hello")                     # doctest: +SKIP
        >>> store.get(digest)                                # doctest: +SKIP
        b'hello'
    """

    def __init__(self, url: str, files: Files) -> None:
        self.url = url
        self._files = files
        self._verified: dict[str, tuple[int, ...]] = {}

    def __repr__(self) -> str:
        return f"Store({self.url!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        # For processes of a pool: connections and caches stay at home.
        return open_store, (self.url,)

    # Blobs

    def put(self, data: bytes) -> str:
        """Store bytes and return their digest, 64 hexadecimal characters.

        Raises:
            NotWritable: the store refuses writes.
        """
        digest = sha256(data).hexdigest()
        self._files.create_blob(f"{BLOBS}/{digest}", data)
        return digest

    def put_path(self, path: Path | str, *, move: bool = False) -> str:
        """Store a file's bytes, in constant memory, and return their digest.

        Args:
            path: the file.
            move: the file isn't needed any more. One that `temporary` named is taken as it is,
                without a copy.

        Raises:
            NotFound: there is no such file.
            NotWritable: the store refuses writes.
        """
        path = os.fspath(path)
        temporary = self._files.temporary()
        try:
            if move and os.path.dirname(path) == os.path.dirname(temporary):
                temporary, digest = path, _hash(path)
            else:
                digest = self._copy(path, temporary)
                if move:
                    os.unlink(path)
            self._files.adopt(f"{BLOBS}/{digest}", temporary)
        finally:
            _discard(temporary)
        return digest

    def temporary(self) -> str:
        """Return a new path for a temporary file, from which ``put_path(move=True)`` is cheap.

        What a killed process leaves there is removed by `collect`.
        """
        return self._files.temporary()

    def has(self, digest: str) -> bool:
        """Whether the store holds a blob."""
        return self._files.exists(_blob(digest))

    def size(self, digest: str) -> int:
        """Return a blob's size in bytes.

        Raises:
            NotFound: the store doesn't hold it.
        """
        return self._files.size(_blob(digest))

    def get(self, digest: str) -> bytes:
        """Return a blob's bytes, verified.

        Raises:
            NotFound: the store doesn't hold it.
            Corrupted: its bytes aren't what its name says.
        """
        data = self._files.read(_blob(digest))
        if sha256(data).hexdigest() != digest:
            raise self._damaged(digest)
        return data

    def path(self, digest: str) -> Path:
        """Return a verified local file with a blob's bytes: read it, never write it.

        On a local disk it is the object itself; from elsewhere it is downloaded once.

        Raises:
            NotFound: the store doesn't hold it.
            Corrupted: its bytes aren't what its name says.
        """
        from pathlib import Path

        name = _blob(digest)
        path = self._files.path(name)
        if not self._is_whole(digest, path):
            path = self._files.refetch(name)
            if path is None or not self._is_whole(digest, path):
                raise self._damaged(digest)
        return Path(path)

    # Documents and named bytes

    def create(self, name: str, document: Mapping[str, Any]) -> bool:
        """Put a JSON document if there is none of that name; whether this call did.

        Raises:
            FormatError: JSON can't hold it.
            NotWritable: the store refuses writes.
        """
        return self._files.create(_writable(name), canonical(document))

    def create_bytes(self, name: str, data: bytes) -> bool:
        """Put bytes under a name if there are none; whether this call did."""
        return self._files.create(_writable(name), data)

    def read(self, name: str) -> dict[str, Any]:
        """Return a document.

        Raises:
            NotFound: there is none of that name.
            Corrupted: it isn't a JSON object.
        """
        data = self._files.read(_checked(name))
        try:
            document = _LOADS(data.decode())
        except ValueError as error:
            raise self._broken(name, f"is not a JSON document ({error})") from error
        if not isinstance(document, dict):
            raise self._broken(name, "is not a JSON object")
        return document

    def read_bytes(self, name: str) -> bytes:
        """Return the bytes of a named object.

        Raises:
            NotFound: there is none of that name.
        """
        return self._files.read(_checked(name))

    def exists(self, name: str) -> bool:
        """Whether there is a document of that name."""
        return self._files.exists(_checked(name))

    def names(self, prefix: str = "") -> list[str]:
        """Return the names of all objects below a folder, sorted."""
        return self._files.names(_folder(prefix))

    def children(self, prefix: str = "") -> list[str]:
        """Return what is directly in a folder, names without the prefix, sorted."""
        return self._files.children(_folder(prefix))

    # Garbage

    def collect(self, keep: Container[str], older_than: timedelta) -> Collected:
        """Remove blobs that nobody needs, and what killed writers left.

        A writer puts a blob first and the document that names it later: what is younger than the
        grace period stays, whether or not it is named; so it must be longer than the longest run.
        On a local disk it begins anew when a blob is put again. In a remote store it doesn't:
        collect there while nothing runs.

        Args:
            keep: the digests of the blobs that are needed.
            older_than: the grace period; a day is sensible.

        Example:
            >>> store.collect(keep=digests, older_than=timedelta(days=7))    # doctest: +SKIP
            Collected(12 objects, 48211 bytes)
        """
        import time

        before = time.time() - older_than.total_seconds()
        blobs = (n for n in self._files.names(BLOBS) if n.rpartition("/")[2] not in keep)
        removed = self._files.sweep(before)
        for name in blobs:
            try:
                if self._files.modified(name) >= before:
                    continue
                size = self._files.size(name)
                self._files.remove(name)
            except NotFound:
                continue  # another collection was faster
            removed.append((name, size))
        return Collected(tuple(name for name, _ in removed), sum(size for _, size in removed))

    def _is_whole(self, digest: str, path: str) -> bool:
        # Hashed once a process, and again when the file isn't the one that was hashed.
        try:
            stamp = _stamp(path)
            if self._verified.get(digest) != stamp:
                if _hash(path) != digest:
                    return False
                self._verified[digest] = stamp
        except FileNotFoundError as error:
            raise NotFound(f"{self.url}/{BLOBS}/{digest} does not exist") from error
        except OSError as error:
            raise NotReadable(f"{path} can't be read: {error.strerror}") from error
        return True

    def _copy(self, source: str, target: str) -> str:
        digest = sha256()
        try:
            reading = open(source, "rb")  # noqa: SIM115 - its errors aren't those of writing
        except OSError as error:
            raise NotFound(f"{source} can't be read: {error.strerror}") from error
        with reading:
            try:
                with open(target, "xb") as writing:
                    while chunk := reading.read(_CHUNK):
                        digest.update(chunk)
                        writing.write(chunk)
            except OSError as error:
                raise self._files.refused(error, target) from error
        return digest.hexdigest()

    def _damaged(self, digest: str) -> Corrupted:
        name = f"{BLOBS}/{digest}"
        return Corrupted(
            f"{self.url}/{name} is damaged: its bytes don't have the hash that is its name",
            f"remove it and run the pipeline again, which makes it anew: "
            f"{self._files.remedy(name)}",
        )

    def _broken(self, name: str, why: str) -> Corrupted:
        return Corrupted(
            f"{self.url}/{name} {why}: it isn't used",
            f"remove it, and run again what wrote it: {self._files.remedy(name)}",
        )


def open_store(url: str | None = None) -> Store:
    """Open a store.

    Args:
        url: ``file:///…``, ``gs://…``, ``s3://…``, or a path. None: what FABRICA_STORE says, else
            ``.fabrica/store`` in the workspace: the nearest folder above with an ``nx.json``, else
            the nearest with a ``pyproject.toml``, else this folder.

    Raises:
        BadAddress: the address makes no sense, or needs a library that isn't installed.

    Example:
        >>> open_store("file:///data/store").url
        'file:///data/store'
    """
    return Store(*open_files(url))


def _blob(digest: str) -> str:
    if len(digest) != 64 or not _HEX.issuperset(digest):
        raise BadAddress(f"{digest!r} is not a digest", "a digest has 64 characters of 0-9a-f")
    return f"{BLOBS}/{digest}"


def _checked(name: str) -> str:
    # A name is a path on the disk: nothing may lead out of the store, or have two spellings.
    if "\0" in name or "\\" in name or not {"", ".", ".."}.isdisjoint(name.split("/")):
        raise BadAddress(
            f"{name!r} is not a name in a store", "names are relative, with / between the parts"
        )
    return name


def _writable(name: str) -> str:
    if name.partition("/")[0] in {BLOBS, ".tmp"}:
        raise BadAddress(f"{name} can't be written by name", "put(data) names a blob by its hash")
    return _checked(name)


def _folder(prefix: str) -> str:
    prefix = prefix.strip("/")
    return _checked(prefix) if prefix else ""


def _stamp(path: str) -> tuple[int, ...]:
    found = os.stat(path)
    return found.st_ino, found.st_size, found.st_mtime_ns


def _hash(path: str) -> str:
    digest = sha256()
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _discard(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
