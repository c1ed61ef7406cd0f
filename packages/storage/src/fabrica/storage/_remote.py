"""Objects of Google Cloud Storage, S3 and whatever else fsspec knows.

Put-if-absent is the file system's own exclusive create: one conditional request, so that one of
several writers wins and no reader sees a part of an object.

A retry inside a client library may find that its first try had succeeded after all, and be told
that the object is there: then `create` says False to the writer that won. Whoever depends on
winning looks at what is there, as the registry does.
"""

from __future__ import annotations

import os
from typing import Any

from ._copies import Copies
from ._errors import BadAddress, NotFound, NotReadable, NotWritable, StorageError

_EXTRAS = {"gs": "gcs", "gcs": "gcs", "s3": "s3", "s3a": "s3"}
_REMOVE = {"gs": "gcloud storage rm", "s3": "aws s3 rm"}
_EXISTS = {"412", "PreconditionFailed"}
# S3's answer to one of two writers at the same moment: neither may have won yet.
_TRY_AGAIN = {"409", "ConditionalRequestConflict", "OperationAborted"}
_TRIES = 20


class RemoteFiles:
    """The objects below a URL. Names are relative, with ``/``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._copies = Copies()
        self._open()

    def create(self, name: str, data: bytes) -> bool:
        """Put an object if there is none of that name; whether this call did."""
        return self._put(lambda fs: fs.pipe_file(self._at(name), data, mode="create"))

    def create_blob(self, name: str, data: bytes) -> bool:
        """Put an object whose name is the hash of its bytes."""
        # Large ones are asked for first: the request that would be refused holds all the bytes.
        if len(data) > 1 << 16 and self.exists(name):
            return False
        return self.create(name, data)

    def adopt(self, name: str, path: str) -> bool:
        """Upload a temporary file under the name of its hash, and keep it as the local copy."""
        created = not self.exists(name) and self._put(
            lambda fs: fs.put_file(path, self._at(name), mode="create")
        )
        self._copies.adopt(name, path)
        return created

    def temporary(self) -> str:
        """Return a new name for a temporary file on this machine's disk."""
        return self._copies.temporary()

    def read(self, name: str) -> bytes:
        """Return an object's bytes."""
        return self._ask(name, lambda fs: fs.cat_file(self._at(name)))

    def path(self, name: str) -> str:
        """Return a copy of an object on this machine's disk, downloaded once."""
        return self._copies.find(name) or self.refetch(name)

    def refetch(self, name: str) -> str:
        """Download an object again, since the copy is damaged, and return the copy's path."""
        part = self._copies.temporary()
        self._ask(name, lambda fs: fs.get_file(self._at(name), part))
        return self._copies.adopt(name, part)

    def size(self, name: str) -> int:
        """Return an object's size in bytes."""
        return int(self._info(name)["size"])

    def modified(self, name: str) -> float:
        """Return when an object was written, in seconds since 1970."""
        return self._ask(name, lambda fs: fs.modified(self._at(name))).timestamp()

    def exists(self, name: str) -> bool:
        """Whether there is an object of that name."""
        try:
            return self._info(name)["type"] == "file"
        except NotFound:
            return False

    def children(self, prefix: str) -> list[str]:
        """Return the names directly below a prefix, sorted."""
        folder = self._at(prefix)
        try:
            found = self._ask(prefix, lambda fs: fs.ls(folder, detail=False))
        except NotFound:
            return []
        paths = {path.rstrip("/") for path in found} - {folder}
        return sorted(path.rpartition("/")[2] for path in paths)

    def names(self, prefix: str) -> list[str]:
        """Return the names of all objects below a prefix, sorted."""
        try:
            found = self._ask(prefix, lambda fs: fs.find(self._at(prefix)))
        except NotFound:
            return []
        return sorted(name[len(self._base) + 1 :] for name in found)

    def remove(self, name: str) -> None:
        """Remove an object; garbage collection alone does that."""
        try:
            self._fs.rm_file(self._at(name))
        except FileNotFoundError:
            pass
        except Exception as error:
            raise self._failed(error, writing=True) from error

    def sweep(self, before: float) -> list[tuple[str, int]]:
        """Remove what killed processes left on this disk; an upload cut off leaves no object."""
        return self._copies.sweep(before)

    def remedy(self, name: str) -> str:
        """Return what to type when an object is damaged."""
        return f"{_REMOVE.get(self._url.partition(':')[0], 'remove')} '{self._url}/{name}'"

    def refused(self, error: OSError, name: str) -> StorageError:
        """Return what to raise when a temporary file can't be written."""
        return self._copies.refused(error)

    def _open(self) -> None:
        scheme = self._url.partition("://")[0]
        # Other processes write too: a listing is never answered from memory.
        options: dict[str, Any] = {"use_listings_cache": False} if scheme in _EXTRAS else {}
        try:
            import fsspec

            self._client, base = fsspec.url_to_fs(self._url, **options)
        except ImportError as error:
            extra = _EXTRAS.get(scheme)
            hint = (
                f"add fabrica-storage[{extra}] to the dependencies"
                if extra
                else f"write file:///…, gs://… or s3://…; or add what fsspec needs for {scheme}://"
            )
            raise BadAddress(
                f"{self._url} needs a library that isn't installed: {error}", hint
            ) from error
        except ValueError as error:
            raise BadAddress(
                f"{self._url} is not a store's address: {error}",
                "write file:///…, gs://… or s3://…",
            ) from error
        self._base = base.rstrip("/")
        self._process = os.getpid()

    @property
    def _fs(self) -> Any:
        if self._process != os.getpid():
            self._open()  # connections don't survive a fork
        return self._client

    def _put(self, write: Any) -> bool:
        for left in reversed(range(_TRIES)):
            try:
                write(self._fs)
            except FileExistsError:
                return False
            except Exception as error:
                code = _code(error)
                if code in _EXISTS:
                    return False
                if code in _TRY_AGAIN and left:
                    continue
                raise self._failed(error, writing=True) from error
            return True
        raise AssertionError("the last try answers or raises")

    def _ask(self, name: str, read: Any) -> Any:
        try:
            return read(self._fs)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound(f"{self._url}/{name} does not exist") from error
        except Exception as error:
            raise self._failed(error) from error

    def _info(self, name: str) -> dict[str, Any]:
        return self._ask(name, lambda fs: fs.info(self._at(name)))

    def _at(self, name: str) -> str:
        return f"{self._base}/{name}".rstrip("/")

    def _failed(self, error: Exception, *, writing: bool = False) -> StorageError:
        # The clients raise dozens of types; what they say is passed on, without a URL's query,
        # which may hold a signature.
        reason = str(error).partition("?")[0][:300] or type(error).__name__
        kind, verb = (NotWritable, "written") if writing else (NotReadable, "read")
        return kind(
            f"the store {self._url} can't be {verb}: {reason}",
            "check FABRICA_STORE and the credentials of this environment",
        )


def _code(error: BaseException) -> str:
    """Return the code of a client's error: s3fs hides it in the cause."""
    for one in (error, error.__cause__):
        response = getattr(one, "response", None)
        if isinstance(response, dict):
            return str(response.get("Error", {}).get("Code", ""))
    return str(getattr(error, "code", ""))
