"""The warehouse that FABRICA_WAREHOUSE names, as a part of the keys of the steps that query it.

Without the variable the tables are files of the project, which `reads=` declares. A database is
none of them: a step that is cached would answer with the rows of another one, or of yesterday.
"""

from __future__ import annotations

import os
from hashlib import sha256

from fabrica.pipelines._files import Files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from fabrica.pipelines._plan_model import Plan

_VARIABLE = "FABRICA_WAREHOUSE"
_PACKAGE = "fabrica.warehouse"
_FILES = Files()  # a database is read once in a process, unless it changes


def warehouse_digests(plan: Plan, root: Path) -> dict[str, str]:
    """Return for each step that can reach `fabrica.warehouse` what the warehouse holds."""
    if not os.environ.get(_VARIABLE, "").strip():
        return {}
    from fabrica.pipelines._reach import steps_that_reach

    digest = warehouse_digest()
    return dict.fromkeys(steps_that_reach(plan, root, _PACKAGE), digest)


def warehouse_digest() -> str:
    """Return a digest of a database's file; of its address, which may hold a password, else."""
    files = database_files()
    digests = [_FILES.current(file) for file in files]
    text = "\n".join(digests) if digests else os.environ.get(_VARIABLE, "").strip()
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def database_files() -> list[str]:
    """Return the files of the database that the variable names; none for another address."""
    scheme, _, path = os.environ.get(_VARIABLE, "").strip().partition("://")
    if scheme.lower() != "duckdb":
        return []
    from urllib.parse import unquote

    file = unquote(path)
    return [each for each in (file, file + ".wal") if os.path.isfile(each)]
