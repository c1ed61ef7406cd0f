"""Facts of source files, cached by the hash of their bytes."""

from __future__ import annotations

import marshal
import os
import sys
from contextlib import suppress
from hashlib import sha256
from typing import Any

from fabrica.pipelines._plan_files import read_file, write_file

Facts = dict[str, Any]

# The files whose results are kept.
_CODE = (
    "_plan_installed.py",
    "_plan_modules.py",
    "_plan_notebooks.py",
    "_syntax.py",
    "_syntax_definitions.py",
    "_syntax_expressions.py",
    "_syntax_names.py",
)

_SPARE = 4
"""The cache is cut back to what was used when it holds this many times as much."""


class FactsCache:
    """A file of facts, one entry for each source that was read, keyed by its SHA-256.

    Marshal reads it several times as fast as JSON would, and its file name holds the version of
    Python, which is all that marshal asks for. A cache that cannot be read or written costs time,
    never a result: then the source is read again.
    """

    def __init__(self, folder: str | None) -> None:
        self._file = os.path.join(folder, _file_name()) if folder else None
        self._known: dict[str, Any] = {}
        self._used: dict[str, Any] = {}
        self._changed = False
        if self._file:
            self._known = _read(self._file)

    def facts(self, digest: str, source: bytes) -> Facts:
        """Return the facts of a source file with that SHA-256."""
        return self.remember(digest, lambda: _analyse(source))

    def remember(self, key: str, make: Any) -> Any:
        """Return what is cached under `key`, or what `make()` gives."""
        if key in self._used:
            return self._used[key]
        value = self._known.get(key)
        if value is None:
            value = make()
            self._known[key] = value
            self._changed = True
        self._used[key] = value
        return value

    def save(self) -> None:
        """Write what is new, in one replacing move; of two writers the last one wins."""
        if not self._changed or not self._file:
            return
        keep = self._used if len(self._known) > _SPARE * len(self._used) + 50 else self._known
        write_file(self._file, marshal.dumps(keep))
        self._forget()
        self._changed = False

    def _forget(self) -> None:
        """Remove the caches of other versions of this package for the same Python."""
        if self._file is None:
            return
        folder, own = os.path.split(self._file)
        with suppress(OSError):
            for name in os.listdir(folder):
                if name.endswith(f"-{_python()}.marshal") and name != own:
                    os.unlink(os.path.join(folder, name))


def _python() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def _file_name() -> str:
    """Return a name that changes with the code whose results are kept, and with Python."""
    here = os.path.dirname(__file__)
    code = [read_file(os.path.join(here, name)) or b"" for name in _CODE]
    return f"{sha256(b''.join(code)).hexdigest()[:16]}-{_python()}.marshal"


def _read(file: str) -> dict[str, Any]:
    try:
        with open(file, "rb") as stream:
            data = stream.read()
        known = marshal.loads(data)  # load() reads a file byte by byte, twenty times as slow
    except (OSError, ValueError, EOFError, TypeError):
        return {}
    return known if isinstance(known, dict) else {}


def _analyse(source: bytes) -> Facts:
    from fabrica.pipelines._syntax import facts_of  # ast is not needed when all is cached

    return facts_of(source)
