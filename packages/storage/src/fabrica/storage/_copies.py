"""Copies of remote blobs on this machine's disk, shared by all its processes.

They are in the user's cache folder, under their hash: a blob is downloaded once, whichever store it
comes from. Whoever uses a copy verifies it first. The folder may be removed at any time.
"""

from __future__ import annotations

import os
import tempfile

from ._errors import NotFound, NotWritable
from ._local import LocalFiles


class Copies:
    """The folder of copies; made when it is needed."""

    def __init__(self) -> None:
        self._folder: str | None = None

    def find(self, name: str) -> str | None:
        """Return the path of a copy, or None."""
        path = self._files.path(name)
        return path if os.path.isfile(path) else None

    def temporary(self) -> str:
        """Return a new name for a file beside the copies."""
        return self._files.temporary()

    def adopt(self, name: str, path: str) -> str:
        """Make a complete file the copy, in place of what is there; return the copy's path."""
        target = self._files.path(name)
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.chmod(path, 0o444)
            os.replace(path, target)
        except OSError as error:
            raise self.refused(error) from error
        return target

    def sweep(self, before: float) -> list[tuple[str, int]]:
        """Remove temporary files that are older; return their names and sizes."""
        return self._files.sweep(before)

    def refused(self, error: OSError) -> NotWritable | NotFound:
        """Return what to raise when a copy can't be written."""
        return NotWritable(
            f"the cache of downloads {self._files.path('')} can't be written: {error.strerror}",
            "point XDG_CACHE_HOME to a folder with free space that you may write",
        )

    @property
    def _files(self) -> LocalFiles:
        if self._folder is None:
            self._folder = _cache_folder()
        return LocalFiles(self._folder)


def _cache_folder() -> str:
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.path.join(home, "fabrica", "store")
    try:
        os.makedirs(folder, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    # A container with a read-only file system has a writable place for temporary files at most.
    return tempfile.mkdtemp(prefix="fabrica-store-")
