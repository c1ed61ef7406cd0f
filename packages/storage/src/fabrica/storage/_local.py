"""Objects on a local disk, with nothing but the standard library.

A name is put if absent by writing a temporary file in the same file system and linking it to the
name: `os.link` fails when the name exists, so one of several writers wins and nobody ever sees a
part of an object. (fsspec's ``mode="create"`` is neither exclusive nor atomic on a local disk.)

The bytes are not forced to the disk (``fsync``). A killed process loses nothing without it: what it
wrote is in the kernel's cache. It would guard against a loss of power alone, and costs some
milliseconds a file, which is more than all else that a step without work does. What a loss of power
damages is found instead: a blob is verified when it is read, and replaced by the next writer of the
same bytes when its size is wrong; a document that isn't JSON is named, and never used.

Every call is made in the hope that the folder is there: to look first costs more than to make it
when it is missed. Nothing here imports pathlib, tempfile or fsspec, which cost more than a run of
20 empty steps may.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import suppress

from ._errors import BadAddress, NotFound, NotReadable, NotWritable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._errors import StorageError

TEMPORARY = ".tmp"
# Processes of several machines may share a disk, where a process id says little.
_OURS = os.urandom(4).hex()
_SERIAL = iter(range(1 << 62))
# Objects never change: whoever opens one for writing is told so.
_MODE = 0o444
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
_ABSENT = (FileNotFoundError, NotADirectoryError)
_YOUNG = 60.0


class LocalFiles:
    """The objects below a folder. Names are relative, with ``/``."""

    def __init__(self, root: str) -> None:
        self._base = root

    def create(self, name: str, data: bytes) -> bool:
        """Put an object if there is none of that name; whether this call did."""
        temporary = f"{self._base}/{TEMPORARY}/{os.getpid()}-{next(_SERIAL)}-{_OURS}"
        try:
            self._write(temporary, data)
            try:
                return self._link(temporary, name)
            finally:
                os.unlink(temporary)
        except OSError as error:
            raise self.refused(error, name) from error

    def create_blob(self, name: str, data: bytes) -> bool:
        """Put an object whose name is the hash of its bytes: one that is there is left alone.

        One of another size was damaged, by a loss of power for instance; it is replaced.
        """
        target = f"{self._base}/{name}"
        try:
            found = os.stat(target)
        except OSError:
            return self.create(name, data)
        if found.st_size == len(data):
            _keep_young(target, found)
            return False
        temporary = self.temporary()
        try:
            self._write(temporary, data)
            os.replace(temporary, target)
        except OSError as error:
            raise self.refused(error, name) from error
        return True

    def adopt(self, name: str, path: str) -> bool:
        """Put a complete temporary file of this store under the name of its hash, and remove it."""
        target = f"{self._base}/{name}"
        try:
            os.chmod(path, _MODE)
            try:
                found = os.stat(target)
            except OSError:
                found = None
            if found is not None and found.st_size != os.stat(path).st_size:
                os.replace(path, target)
                return True
            if found is not None:
                _keep_young(target, found)
            try:
                return self._link(path, name)
            finally:
                os.unlink(path)
        except OSError as error:
            raise self.refused(error, name) from error

    def temporary(self) -> str:
        """Return a new name for a temporary file; its folder exists."""
        folder = f"{self._base}/{TEMPORARY}"
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise self.refused(error, TEMPORARY) from error
        return f"{folder}/{os.getpid()}-{next(_SERIAL)}-{_OURS}"

    def read(self, name: str) -> bytes:
        """Return an object's bytes."""
        try:
            with open(f"{self._base}/{name}", "rb", buffering=0) as file:
                return file.read()
        except OSError as error:
            raise self._unreadable(error, name) from error

    def path(self, name: str) -> str:
        """Return where an object is on this disk; it may not exist."""
        return f"{self._base}/{name}"

    def refetch(self, name: str) -> str | None:
        """Return None: there is no copy, the file is the object."""
        return None

    def size(self, name: str) -> int:
        """Return an object's size in bytes."""
        return self._stat(name).st_size

    def modified(self, name: str) -> float:
        """Return when an object was written, in seconds since 1970."""
        return self._stat(name).st_mtime

    def exists(self, name: str) -> bool:
        """Whether there is an object of that name."""
        return os.path.isfile(f"{self._base}/{name}")

    def children(self, prefix: str) -> list[str]:
        """Return the names directly below a prefix, sorted."""
        return sorted(name for name in self._list(prefix) if name != TEMPORARY)

    def names(self, prefix: str) -> list[str]:
        """Return the names of all objects below a prefix, sorted."""
        return sorted(self._walk(prefix.strip("/")))

    def remove(self, name: str) -> None:
        """Remove an object, which may be gone already; garbage collection alone does that."""
        try:
            os.unlink(f"{self._base}/{name}")
        except FileNotFoundError:
            pass
        except OSError as error:
            raise self.refused(error, name) from error

    def sweep(self, before: float) -> list[tuple[str, int]]:
        """Remove temporary files that are older; return their names and sizes."""
        removed = []
        for child in self._list(TEMPORARY):
            name = f"{TEMPORARY}/{child}"
            try:
                found = self._stat(name)
            except NotFound:
                continue  # its writer came to an end
            if found.st_mtime < before:
                self.remove(name)
                removed.append((name, found.st_size))
        return removed

    def remedy(self, name: str) -> str:
        """Return what to type when an object is damaged."""
        return f"rm -f '{self._base}/{name}'"

    def _write(self, path: str, data: bytes) -> None:
        try:
            descriptor = os.open(path, _NEW, _MODE)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            descriptor = os.open(path, _NEW, _MODE)
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
        except BaseException:
            os.unlink(path)
            raise
        finally:
            os.close(descriptor)

    def _link(self, source: str, name: str) -> bool:
        target = f"{self._base}/{name}"
        try:
            os.link(source, target)
        except FileExistsError:
            return False
        except FileNotFoundError:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            try:
                os.link(source, target)
            except FileExistsError:
                return False
        return True

    def _list(self, prefix: str) -> list[str]:
        try:
            return os.listdir(f"{self._base}/{prefix}")
        except _ABSENT:
            return []
        except OSError as error:
            raise self._unreadable(error, prefix) from error

    def _walk(self, prefix: str) -> Iterator[str]:
        try:
            entries = list(os.scandir(f"{self._base}/{prefix}"))
        except _ABSENT:
            return
        except OSError as error:
            raise self._unreadable(error, prefix) from error
        for entry in entries:
            name = f"{prefix}/{entry.name}" if prefix else entry.name
            if entry.is_dir():
                if name != TEMPORARY:
                    yield from self._walk(name)
            else:
                yield name

    def _stat(self, name: str) -> os.stat_result:
        try:
            return os.stat(f"{self._base}/{name}")
        except OSError as error:
            raise self._unreadable(error, name) from error

    def _unreadable(self, error: OSError, name: str) -> StorageError:
        if isinstance(error, (*_ABSENT, IsADirectoryError)):
            return NotFound(f"{self._base}/{name} does not exist")
        return NotReadable(f"{self._base}/{name} can't be read: {error.strerror}")

    def refused(self, error: OSError, name: str) -> StorageError:
        """Return what to raise when a file can't be written."""
        reason = error.strerror or str(error)
        if error.errno == errno.ENAMETOOLONG:
            return BadAddress(f"{name} can't be stored: {reason}", "use a shorter name or value")
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            hint = "free some space there, and run again: what is stored is whole"
        elif error.errno == errno.EPERM or error.errno == errno.EOPNOTSUPP:
            hint = "the store needs a file system with hard links: point FABRICA_STORE to one"
        else:
            hint = "point FABRICA_STORE to a folder that you may write: export FABRICA_STORE=/…"
        return NotWritable(f"the store {self._base} can't be written: {reason}", hint)


def _keep_young(path: str, found: os.stat_result) -> None:
    """Begin a blob's grace period anew: the document that names it is yet to be put."""
    if time.time() - found.st_mtime > _YOUNG:
        with suppress(OSError):  # another user's file, or collected just now
            os.utime(path)
