"""Catches the reading of a file that `reads=` does not declare.

Python tells its audit hooks about every file that is opened; a reader in C that does not go
through Python raises `fabrica.read` itself (`fabrica.warehouse` does). A cached step whose result
depends on a file that its key does not know would answer with yesterday's product, so the read is
refused where it happens: the traceback ends at the user's own line.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager

from fabrica.pipelines._errors import UndeclaredRead

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_SOURCE = (".py", ".pyi", ".pyc", ".so", ".pyd", ".pth")
_EVENTS = ("open", "fabrica.read")
# The store's own folders; it may be the project's folder itself.
_STORED = tuple(name + os.sep for name in ("cas", "cache", "runs", "models"))
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Watch:
    """What one step may read; `refused` collects what it tried beyond that.

    Args:
        step: its name.
        root: the project's folder.
        reads: what its `reads=` declares.
        store: the folder of the store's blobs.
        counted: other files that its key knows.
    """

    def __init__(
        self,
        step: str,
        root: Path,
        reads: Sequence[str],
        store: str = "",
        counted: Sequence[str] = (),
    ) -> None:
        self.step = step
        self.refused: list[str] = []
        self._root = os.path.realpath(root) + os.sep
        self._reads = tuple(reads)
        self._store = tuple(os.path.join(os.path.realpath(store), name) for name in _STORED)
        self._counted = frozenset(os.path.realpath(file) for file in counted)
        self._allowed: frozenset[str] | None = None
        self._written: set[str] = set()
        self._busy = False

    def see(self, event: str, arguments: tuple) -> None:
        """Judge one audit event; raises UndeclaredRead."""
        if self._busy or not isinstance(arguments[0], (str, bytes, os.PathLike)):
            return
        self._busy = True
        try:
            self._judge(event, arguments)
        finally:
            self._busy = False

    def _judge(self, event: str, arguments: tuple) -> None:
        file = os.fsdecode(arguments[0])
        full = os.path.realpath(file)
        if not full.startswith(self._root) or full.endswith(_SOURCE):
            return
        if event == "open" and _writes(arguments):
            self._written.add(full)
            return
        relative = full[len(self._root) :]
        if full.startswith(self._store):
            return
        if (
            full in self._counted
            or full in self._written
            or _is_housekeeping(relative)
            or self._declares(full)
        ):
            return
        if event == "open" and os.path.isdir(full):
            return
        name = relative.replace(os.sep, "/")
        self.refused.append(name)
        raise self.error(name)

    def error(self, name: str) -> UndeclaredRead:
        reads = ", ".join(f'"{read}"' for read in (*self._reads, name))
        return UndeclaredRead(
            f"step `{self.step}` reads {name}, which its reads= does not declare: "
            "its product would not change with the file",
            hint=f"write reads=[{reads}] in @step(…) of `{self.step}`, "
            "or cache=False to run it every time",
        )

    def _declares(self, full: str) -> bool:
        if self._allowed is None:
            from fabrica.pipelines._keys import read_files

            self._allowed = frozenset(
                os.path.realpath(file)
                for read in self._reads
                for file in read_files(self._root, read)  # type: ignore[arg-type]
            )
        return full in self._allowed


def _writes(arguments: tuple) -> bool:
    mode, flags = arguments[1], arguments[2]
    if isinstance(mode, str) and any(sign in mode for sign in "wax+"):
        return True
    return mode is None and isinstance(flags, int) and bool(flags & _WRITING)


def _is_housekeeping(relative: str) -> bool:
    """Environments, caches and settings of tools: `.venv/`, `.fabrica/`, `__pycache__/`."""
    parts = relative.split(os.sep)
    if any(part.startswith(".") or part == "__pycache__" for part in parts):
        return True
    prefix = os.path.basename(sys.prefix)
    return parts[0] == prefix or "site-packages" in parts


_watches = threading.local()
_hooked = False


@contextmanager
def watching(watch: Watch | None) -> Iterator[None]:
    """Refuse undeclared reads of this thread while the block runs."""
    global _hooked
    if watch is None:
        yield
        return
    if not _hooked:
        sys.addaudithook(_hook)  # it stays for the life of the process: Python has no way back
        _hooked = True
    before = getattr(_watches, "now", None)
    _watches.now = watch
    try:
        yield
    finally:
        _watches.now = before


def _hook(event: str, arguments: tuple) -> None:
    if event in _EVENTS:
        watch = getattr(_watches, "now", None)
        if watch is not None:
            watch.see(event, arguments)
