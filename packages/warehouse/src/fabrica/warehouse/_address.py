"""Which warehouse: FABRICA_WAREHOUSE as a value that needs no more checking."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from fabrica.warehouse._errors import AddressError, NoProject, NotSupported

VARIABLE = "FABRICA_WAREHOUSE"


@dataclass(frozen=True)
class ProjectData:
    """The files of a project's `data/`, as tables."""

    root: Path


@dataclass(frozen=True)
class DatabaseFile:
    """A DuckDB database, read-only."""

    path: Path


Address = ProjectData | DatabaseFile


def read_address(url: str | None = None) -> Address:
    """Return the warehouse that an address names; by default FABRICA_WAREHOUSE, else `data/`.

    Raises:
        AddressError: the address says nothing usable.
        NotSupported: it names a kind of warehouse that this version cannot reach.
        NoProject: `data/` is meant, and no folder from here up holds a pyproject.toml.
    """
    source = f"the environment variable {VARIABLE}" if url is None else "the address"
    text = (os.environ.get(VARIABLE, "") if url is None else url).strip()
    if not text:
        return ProjectData(find_project())
    scheme, separator, _ = text.partition("://")
    if not separator or scheme.lower() not in _READERS:
        raise AddressError(
            f"{source} is {_shown(text)}, which is no warehouse",
            hint="write duckdb:///path/to/file.duckdb, "
            "or unset it: then the files of the project's data/ are the tables",
        )
    return _READERS[scheme.lower()](text, source)


def find_project(start: Path | None = None) -> Path:
    """Return the nearest folder from here up that holds a pyproject.toml."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "pyproject.toml").is_file():
            return folder
    raise NoProject(
        f"no folder from {here} up holds a pyproject.toml, so there is no project's data/ to query",
        hint=f"cd into the project, or export {VARIABLE}=duckdb:///path/to/file.duckdb",
    )


def _duckdb(text: str, source: str) -> Address:
    parts = urlsplit(text)
    if parts.netloc or not parts.path.strip("/"):
        raise AddressError(
            f"{source} is {_shown(text)}: the path of a DuckDB file is absolute",
            hint="write it with three slashes: duckdb:///path/to/file.duckdb",
        )
    path = Path(_without_drive_slash(unquote(parts.path)))
    if not path.is_file():
        raise AddressError(
            f"{source} names {path}, and there is no such file", hint="check the path"
        )
    return DatabaseFile(path)


def _snowflake(text: str, source: str) -> Address:
    raise NotSupported(
        f"{source} is {_shown(text)}: this version of fabrica-warehouse does not reach Snowflake",
        hint=f"unset {VARIABLE} to query the project's data/, or export the tables to a file: "
        f"{VARIABLE}=duckdb:///path/to/file.duckdb",
    )


_READERS = {"duckdb": _duckdb, "snowflake": _snowflake}


def _without_drive_slash(path: str) -> str:
    """`/C:/data/x.duckdb` is `C:/data/x.duckdb`."""
    return path[1:] if len(path) > 2 and path[2] == ":" else path


def _shown(text: str) -> str:
    """An address without its name and password."""
    scheme, separator, rest = text.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
