"""Where data is, and where what is no data: environments, libraries, caches, temporary files."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# Outside of the project, where libraries read whatever they need, an ending says what is data.
_DATA = frozenset(
    ".arrow .avro .csv .db .dta .duckdb .feather .geojson .gpkg .h5 .hdf .hdf5 .ipc .joblib .json "
    ".jsonl .mat .ndjson .nc .npy .npz .onnx .orc .parquet .pickle .pkl .pq .rds .sav .sas7bdat "
    ".shp .skops .sqlite .sqlite3 .tsv .txt .xls .xlsx .xml".split()
)
_PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
_SYSTEM = (
    "/bin /boot /dev /etc /lib /lib64 /proc /run /sbin /sys /usr /nix /snap /System /Library "
    "/opt/homebrew"
).split()
_TEMPORARY = "/tmp /var/tmp /private/tmp /private/var/tmp /var/folders /private/var/folders".split()


def is_housekeeping(relative: str) -> bool:
    """Environments, caches and settings of tools: `.venv/`, `.fabrica/`, `__pycache__/`."""
    parts = relative.split(os.sep)
    if any(part.startswith(".") or part == "__pycache__" for part in parts):
        return True
    prefix = os.path.basename(sys.prefix)
    return parts[0] == prefix or "site-packages" in parts


def is_data_elsewhere(full: str, roots: Iterable[str]) -> bool:
    """Whether a path outside of the project is one of data, and not of a library or a tool."""
    stem, ending = os.path.splitext(full.lower())
    if ending in _PACKED:
        ending = os.path.splitext(stem)[1]
    if ending not in _DATA or is_temporary(full):
        return False
    if any(part.startswith(".") or part == "site-packages" for part in full.split(os.sep)):
        return False
    return not full.startswith(_libraries(tuple(roots)))


def is_temporary(full: str) -> bool:
    """Whether a path is below the folder of temporary files, where steps write what they read."""
    chosen = os.environ.get("TMPDIR") or os.environ.get("TEMP") or os.environ.get("TMP")
    folders = [os.path.realpath(chosen)] if chosen else _TEMPORARY
    return full.startswith(tuple(folder.rstrip(os.sep) + os.sep for folder in folders))


_known: dict[tuple[str, ...], tuple[str, ...]] = {}


def _libraries(roots: tuple[str, ...]) -> tuple[str, ...]:
    """Folders that Python and the system load from; those that hold the project are no such."""
    key = (*roots, *sys.path)
    if key not in _known:
        found = {sys.prefix, sys.base_prefix, sys.exec_prefix, *_SYSTEM}
        found.update(entry for entry in sys.path if os.path.isabs(entry))
        folders = {os.path.realpath(folder) + os.sep for folder in found}
        _known.clear()
        _known[key] = tuple(
            folder for folder in folders if not any(root.startswith(folder) for root in roots)
        )
    return _known[key]
