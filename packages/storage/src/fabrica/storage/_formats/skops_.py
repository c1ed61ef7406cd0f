"""skops, for estimators of scikit-learn: loading one can't run code.

skops names the parts of an estimator by where they were in memory, so that no two dumps are equal.
Here the parts are numbered in order of appearance, and the archive is stored at a fixed date: equal
estimators give equal bytes in every process.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import skops.io

from .._errors import FormatError

if TYPE_CHECKING:
    from .._store import Store

# What an estimator is made of, besides what skops itself trusts. Any other type could do anything
# when it is loaded.
TRUSTED = ("sklearn.", "numpy.", "scipy.", "pandas.")
_SCHEMA = "schema.json"
_DATE = (1980, 1, 1, 0, 0, 0)


def save(store: Store, value: object) -> tuple[str, int | None]:
    """Store an estimator.

    Raises:
        FormatError: it holds a type that could not be loaded again.
    """
    archive = skops.io.dumps(value)
    _refuse(skops.io.get_untrusted_types(data=archive))
    return store.put(normalise(archive)), None


def load(path: Path, type: str) -> object:
    """Read an estimator back.

    Raises:
        FormatError: it holds a type that isn't one of the libraries' own.
    """
    unknown = skops.io.get_untrusted_types(file=path)
    _refuse(unknown)
    return skops.io.load(path, trusted=unknown)


def _refuse(unknown: list[str]) -> None:
    refused = [name for name in unknown if not name.startswith(TRUSTED)]
    if refused:
        raise FormatError(
            f"the model holds {', '.join(refused)}, which isn't loaded: it could run any code",
            "build the model from parts of scikit-learn, numpy, scipy and pandas",
        )


def normalise(archive: bytes) -> bytes:
    """Return an archive of skops with its parts numbered in order of appearance."""
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        contents = {name: source.read(name) for name in source.namelist()}
    numbers: dict[int, int] = {}
    files: dict[str, str] = {}
    schema = _renumbered(json.loads(contents.pop(_SCHEMA)), numbers, files)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as written:
        for old, new in files.items():
            written.writestr(zipfile.ZipInfo(new, _DATE), contents[old])
        written.writestr(zipfile.ZipInfo(_SCHEMA, _DATE), json.dumps(schema, indent=2))
    return target.getvalue()


def _renumbered(node: Any, numbers: dict[int, int], files: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_renumbered(item, numbers, files) for item in node]
    if not isinstance(node, dict):
        return node
    result = {}
    for key, item in node.items():
        if key == "__id__":
            result[key] = numbers.setdefault(item, len(numbers))
        elif key == "file" and isinstance(item, str):
            result[key] = files.setdefault(item, f"{len(files)}{Path(item).suffix}")
        else:
            result[key] = _renumbered(item, numbers, files)
    return result
