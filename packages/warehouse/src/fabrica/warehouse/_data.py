"""The files of `data/` as tables: which there are, and how DuckDB reads each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fabrica.warehouse._csv import find_delimiter
from fabrica.warehouse._errors import DataError

FOLDER = "data"
_KINDS = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".tsv": "csv",
    ".tsv.gz": "csv",
    ".parquet": "parquet",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}


@dataclass(frozen=True)
class Table:
    """One table and the files that it is read from; `kind` is csv, parquet or json."""

    name: str
    kind: str
    files: tuple[Path, ...]


def find_tables(root: Path) -> dict[str, list[Table]]:
    """Return the tables of `data/`, by name in lower case; two files may claim one name.

    `data/taxis.csv` is table `taxis`. A folder is one table of all files below it, which must be
    of one kind: `data/trips/2019-03.parquet` belongs to table `trips`. Other files, and names
    that start with a dot or an underscore, are passed over.
    """
    tables: dict[str, list[Table]] = {}
    for table in _tables(root / FOLDER):
        tables.setdefault(table.name.lower(), []).append(table)
    return tables


def only(name: str, claims: list[Table], root: Path) -> Table:
    """Return the one table of a name; DataError when two files claim it."""
    if len(claims) == 1:
        return claims[0]
    files = [str(relative(table.files[0], root)) for table in claims]
    raise DataError(
        f"the table `{name}` could be {' or '.join(sorted(files))}",
        hint="rename or remove one of them",
    )


def reading(table: Table, root: Path) -> str:
    """Return the SQL that reads a table's files."""
    for file in table.files:
        if file.stat().st_size == 0:
            raise DataError(f"{relative(file, root)} is empty", hint="write it again, or remove it")
    files = "[" + ", ".join(literal(str(file)) for file in table.files) + "]"
    if table.kind == "parquet":
        return f"read_parquet({files}, union_by_name = true)"
    if table.kind == "json":
        return f"read_json({files}, union_by_name = true)"
    return f"read_csv({files}, {_csv_options(table.files[0])})"


def _csv_options(file: Path) -> str:
    """Nothing but the types is guessed, and those from all rows.

    DuckDB left alone skips the lines above those that look most like a table: a file with one
    broken row would silently lose others.
    """
    delimiter = literal(find_delimiter(file))
    return (
        f"delim = {delimiter}, header = true, skip = 0, quote = '\"', escape = '\"', "
        "sample_size = -1, union_by_name = true"
    )


def relative(file: Path, root: Path) -> Path:
    """Return a file's path as the project names it."""
    return file.relative_to(root) if file.is_relative_to(root) else file


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _tables(folder: Path) -> list[Table]:
    if not folder.is_dir():
        return []
    found = []
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith((".", "_")):
            continue
        table = _folder_table(entry) if entry.is_dir() else _file_table(entry)
        if table is not None:
            found.append(table)
    return found


def _file_table(file: Path) -> Table | None:
    suffix = _suffix(file)
    if suffix is None:
        return None
    return Table(file.name[: -len(suffix)], _KINDS[suffix], (file,))


def _folder_table(folder: Path) -> Table | None:
    files = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        files += [Path(place, name) for name in sorted(names) if not name.startswith((".", "_"))]
    kinds = {_KINDS[suffix] for file in files if (suffix := _suffix(file)) is not None}
    if len(kinds) != 1:
        return None
    kept = tuple(file for file in files if _suffix(file) is not None)
    return Table(folder.name, kinds.pop(), kept)


def _suffix(file: Path) -> str | None:
    name = file.name.lower()
    return next((s for s in sorted(_KINDS, key=len, reverse=True) if name.endswith(s)), None)
