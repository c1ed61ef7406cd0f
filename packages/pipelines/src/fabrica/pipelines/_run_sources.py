"""The code of a run is that of its plan: looked at before it is loaded, and after it was called.

A plan notes the digest of each step's code when the run opens; Python loads the module later, and
what a step imports inside of its function later still. Code that is edited in between would make
products that the cache keeps under the digest of the code before.
"""

from __future__ import annotations

import sys
import time

from fabrica.pipelines._errors import CodeChanged
from fabrica.pipelines._execute_errors import shorten
from fabrica.pipelines._files import Files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fabrica.pipelines._run_context import Context


_STARTING = 0.02  # no process loads code in less


class Sources:
    """The source files of a run's code, as they were when it was planned."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._files = None if context.sources is None else Files(context.sources)
        self._looked = float("-inf")
        self._modules = 0
        self._trusted = False
        # Once a step's code was another, who knows which of the two this process has loaded.
        self._changed: dict[str, Sequence[str]] = {}

    def check(self, name: str) -> None:
        """Raise CodeChanged when the code of a step, or of the "gate", is not the planned one."""
        if self._is_due():
            self._look()
        if name in self._changed:
            what = f"step `{name}`" if name in self._context.steps else f"the {name}"
            files = ", ".join(shorten(file, self._context.root) for file in self._changed[name])
            raise CodeChanged(
                f"{files or f'the code of {what}'} changed after the run was planned: "
                f"{what} would be recorded with other code than it ran",
                hint="run again: what is done comes from the cache",
            )

    def _is_due(self) -> bool:
        """Whether code can have been loaded since the last look, here or in a new process.

        To look at hundreds of files takes longer than a small step.
        """
        modules, now = len(sys.modules), time.monotonic()
        if modules == self._modules and now - self._looked < _STARTING:
            return False
        self._modules, self._looked = modules, now
        return True

    def _look(self) -> None:
        changed = self._files.changed() if self._files is not None else []
        if changed or self._files is None:
            self._read(changed)
        if not self._trusted:
            self._trusted = True
            self._distrust_young_bytecode()

    def _distrust_young_bytecode(self) -> None:
        """Keep Python from writing bytecode of source that may be written again this second.

        It tells old bytecode from new by the source's size and the second of its time: after two
        edits within one second it would load the code before the last one.
        """
        if self._files is not None and self._files.are_young():
            sys.dont_write_bytecode = True

    def _read(self, changed: Sequence[str]) -> None:
        """Find whose code is another: an edit elsewhere in a file, or of a comment, is none."""
        from fabrica.pipelines._reach import read_code

        digests, seen = read_code(self._context.plan, self._context.root)
        for name, digest in self._context.codes.items():
            if digests.get(name) != digest:
                self._changed.setdefault(name, changed)
        self._files = Files(seen)
