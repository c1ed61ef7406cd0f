"""Files that must stay as they were: a change is found without reading them again."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from hashlib import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Stamp = tuple[int, ...]

# Two writes within one tick of the file system's clock leave the same times.
_TICK = 0.05
_ABSENT = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class Files:
    """Files with the digests that they had; None for one that was not there.

    A file is read again only when its stamp (place, size, times) is another: a person may edit it
    at any time, and almost never does.
    """

    def __init__(self, digests: Mapping[str, str | None] | None = None) -> None:
        self._digests = dict(digests or {})
        self._stamps: dict[str, Stamp | None] = {}

    def digest(self, file: str) -> str:
        """Read a file, and hold on to what it is; raises OSError."""
        self._stamps[file] = _stamp(file)  # before it is read: a later change must show
        digest = self._digests[file] = file_digest(file)
        return digest

    def current(self, file: str) -> str:
        """Return the digest as it is now; the file is read when its stamp is another."""
        stamp = _stamp(file)
        if stamp is not None and self._stamps.get(file) == stamp:
            return self._digests[file] or ""
        return self.digest(file)

    def are_young(self) -> bool:
        """Whether one was written within the last two seconds."""
        since = time.time() - 2
        for file in self._digests:
            with suppress(OSError):
                if os.stat(file).st_mtime > since:
                    return True
        return False

    def changed(self, files: Iterable[str] | None = None) -> list[str]:
        """Return those of the files that hold something else now, or are gone, or new."""
        found = []
        for file in self._digests if files is None else files:
            stamp = _stamp(file)
            if stamp is not None and self._stamps.get(file) == stamp:
                continue
            if _digest_now(file) == self._digests.get(file):
                self._stamps[file] = stamp
            else:
                found.append(file)
        return found


def file_digest(file: str) -> str:
    """The SHA-256 of a file's bytes."""
    digest = sha256()
    with open(file, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _digest_now(file: str) -> str | None:
    try:
        return file_digest(file)
    except _ABSENT:
        return None
    except OSError:
        return ""  # it cannot be read any more


def _stamp(file: str) -> Stamp | None:
    """What changes with a file's bytes; None while it is too young to tell."""
    try:
        found = os.stat(file)
    except OSError:
        return ()
    if abs(time.time() - found.st_ctime) < _TICK:
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
