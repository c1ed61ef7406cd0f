"""Catches the reading of a file that `reads=` does not declare.

Python tells its audit hooks about every file that is opened; a reader in C that does not go
through Python raises `fabrica.read` itself (`fabrica.warehouse` does). A cached step whose result
depends on a file that its key does not know would answer with yesterday's product, so the read is
refused where it happens: the traceback ends at the user's own line.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager

from fabrica.pipelines._audit_places import is_data_elsewhere, is_housekeeping, is_temporary
from fabrica.pipelines._errors import UndeclaredRead

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
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
        strict: refuse; else take note only of what modules read while they are imported.
    """

    def __init__(
        self,
        step: str,
        root: Path,
        reads: Sequence[str],
        store: str = "",
        counted: Sequence[str] = (),
        *,
        strict: bool = True,
    ) -> None:
        self.step = step
        self.refused: list[str] = []
        self._roots = (os.path.realpath(root) + os.sep, os.path.abspath(root) + os.sep)
        self._reads = tuple(reads)
        self._store = tuple(os.path.join(os.path.realpath(store), name) for name in _STORED)
        self._counted = frozenset(os.path.realpath(file) for file in counted)
        self._allowed: frozenset[str] | None = None
        self._written: set[str] = set()
        self._strict = strict

    def see(self, event: str, arguments: tuple) -> None:
        """Judge one audit event; raises UndeclaredRead."""
        if not isinstance(arguments[0], (str, bytes, os.PathLike)):
            return
        file = os.fsdecode(arguments[0])
        if file.endswith(_SOURCE):
            return
        full = os.path.realpath(file)
        if full.endswith(_SOURCE):
            return
        if event == "open" and _writes(arguments):
            self._written.add(full)
            return
        name = self._name(event, file, full)
        if name is None or full in self._counted or full in self._written:
            return
        if full.startswith(self._store) or (event == "open" and os.path.isdir(full)):
            return
        _note_import(self._roots, full, name)
        if self._strict and not self._declares(full):
            self.refused.append(name)
            raise self.error(name)

    def check_imports(self, modules: Iterable[str]) -> None:
        """Refuse what modules of the step have read when another step had them imported."""
        for module in modules:
            for full, name in sorted(_on_import.get(module, ())):
                if not self._declares(full) and full not in self._counted:
                    raise self.error(name, f", when its module {module} is imported")

    def error(self, name: str, when: str = "") -> UndeclaredRead:
        if os.path.isabs(name):
            return UndeclaredRead(
                f"step `{self.step}` reads {name}{when}, which is outside of the project: "
                "its product would not change with the file",
                hint=f"put the file below the project and name it in reads= of `{self.step}`, "
                "or write cache=False to run it every time",
            )
        reads = ", ".join(f'"{read}"' for read in (*self._reads, name))
        return UndeclaredRead(
            f"step `{self.step}` reads {name}{when}, which its reads= does not declare: "
            "its product would not change with the file",
            hint=f"write reads=[{reads}] in @step(…) of `{self.step}`, "
            "or cache=False to run it every time",
        )

    def _name(self, event: str, file: str, full: str) -> str | None:
        """How a file of data is called: relative to the project where it is inside.

        A folder of the project may be a link to where there is more room.
        """
        for path, root in ((full, self._roots[0]), (os.path.abspath(file), self._roots[1])):
            if path.startswith(root):
                relative = path[len(root) :]
                return None if is_housekeeping(relative) else relative.replace(os.sep, "/")
        if event == "open":
            return full if is_data_elsewhere(full, self._roots) else None
        return None if is_temporary(full) else full

    def _declares(self, full: str) -> bool:
        if self._allowed is None:
            from fabrica.pipelines._keys import read_files

            self._allowed = frozenset(
                os.path.realpath(file)
                for read in self._reads
                for file in read_files(self._roots[0], read)  # type: ignore[arg-type]
            )
        return full in self._allowed


def _writes(arguments: tuple) -> bool:
    mode, flags = arguments[1], arguments[2]
    if isinstance(mode, str) and any(sign in mode for sign in "wax+"):
        return True
    return mode is None and isinstance(flags, int) and bool(flags & _WRITING)


# Module → files (path, name) that were read while it was imported. A module is imported once in a
# process, and what it has read then is in the products of all steps that use it.
_on_import: dict[str, set[tuple[str, str]]] = {}


def _note_import(roots: tuple[str, str], full: str, name: str) -> None:
    sources = tuple(os.path.join(root, "src", "") for root in roots)
    frame = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        if code.co_name == "<module>" and code.co_filename.startswith(sources):
            _on_import.setdefault(frame.f_globals["__name__"], set()).add((full, name))
        frame = frame.f_back


def imports_have_read() -> bool:
    """Whether any module has read a file of data while it was imported."""
    return bool(_on_import)


# Of the process and not of a thread: a step may read in threads that it starts, and steps that run
# at once are processes.
_now: Watch | None = None
_hooked = False


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Refuse undeclared reads while the block runs, in whichever thread."""
    global _hooked, _now
    if not _hooked:
        sys.addaudithook(_hook)  # it stays for the life of the process: Python has no way back
        _hooked = True
    before, _now = _now, watch
    try:
        yield
    finally:
        _now = before


def _hook(event: str, arguments: tuple) -> None:
    if event in _EVENTS:
        watch = _now  # another thread may end it meanwhile
        if watch is not None:
            watch.see(event, arguments)
