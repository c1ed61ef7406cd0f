"""DuckDB over the files of `data/`, or over a database file; read-only either way."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import warnings
from pathlib import Path

import duckdb
from duckdb import StatementType

from fabrica.warehouse._address import DatabaseFile, ProjectData
from fabrica.warehouse._csv import find_broken_row, read_report
from fabrica.warehouse._data import FOLDER, find_tables, literal, only, reading, relative
from fabrica.warehouse._errors import AddressError, DataError, NotAQuery, QueryError
from fabrica.warehouse._parameters import check_parameters
from fabrica.warehouse._problems import explain, missing_table, read_problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pandas as pd

    from fabrica.warehouse._data import Table
    from fabrica.warehouse._parameters import Parameters

_READS = (StatementType.SELECT, StatementType.MULTI)  # MULTI is how a PIVOT is parsed
# DuckDB's own parser of its log fails on a quote in a file's name.
_LOGGED = "select message from duckdb_logs where type = 'FileSystem'"
_OPENED = re.compile(r'"path":"(.*)","op":"OPEN"')


class DuckDB:
    """One connection. Tables of `data/` are known to it once a query names them."""

    def __init__(self, address: ProjectData | DatabaseFile) -> None:
        self._root = address.root if isinstance(address, ProjectData) else None
        self._database = address.path if isinstance(address, DatabaseFile) else None
        self._reported: set[str] = set()
        self._connection = _open(self._database, self._root)

    def query(self, sql: str, parameters: Parameters | None) -> pd.DataFrame:
        """Answer one query."""
        statement = self._statement(sql)
        bound = check_parameters(parameters, set(statement.named_parameters))
        if self._database is not None:
            self._report(self._database)
        while True:
            try:
                frame = self._run(statement, bound)
            except duckdb.Error as error:
                if not self._add_missing_table(error, sql):
                    raise self._explained(error, sql) from None
            else:
                self._report_what_was_opened()
                return frame

    def tables(self) -> list[str]:
        """Return the names of all tables, sorted."""
        if self._root is not None:
            return sorted(claims[0].name for claims in find_tables(self._root).values())
        rows = self._connection.execute(
            "select table_name from information_schema.tables order by table_name"
        ).fetchall()
        return [name for (name,) in rows]

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _statement(self, sql: str) -> duckdb.Statement:
        try:
            statements = self._connection.extract_statements(sql)
        except duckdb.Error as error:
            raise self._explained(error, sql) from None
        if not statements:
            raise NotAQuery("the query is empty", hint="write a select")
        if len(statements) > 1:
            raise NotAQuery(
                f"these are {len(statements)} statements; query() answers one",
                hint="call query() once for each",
            )
        if statements[0].type not in _READS:
            raise NotAQuery(
                f"{statements[0].type.name} is no query: the warehouse is read, never written",
                hint="write a select; what a step makes is its product: return it",
            )
        return statements[0]

    def _run(self, statement: duckdb.Statement, parameters: Parameters) -> pd.DataFrame:
        result = self._connection.execute(statement, parameters)
        texts = [column[0] for column in result.description if str(column[1]) == "VARCHAR"]
        with warnings.catch_warnings():
            # DuckDB's own code uses what newer versions of pandas deprecate.
            warnings.simplefilter("ignore", DeprecationWarning)
            frame = result.df()
        return _with_text_columns(frame, texts)

    def _add_missing_table(self, error: duckdb.Error, sql: str) -> bool:
        """Make the table of `data/` known that the query misses; tell whether there is one."""
        name = missing_table(read_problem(error))
        if name is None or self._root is None:
            return False
        claims = find_tables(self._root).get(name.lower())
        if claims is None:
            return False
        self._add(only(name, claims, self._root), self._root)
        return True

    def _add(self, table: Table, root: Path) -> None:
        for file in table.files:
            self._report(file)
        quoted = table.name.replace('"', '""')
        try:
            self._connection.execute(f'create view "{quoted}" as from {reading(table, root)}')
        except duckdb.Error as error:
            raise _unreadable_table(table, root, read_problem(error).text) from None

    def _report_what_was_opened(self) -> None:
        for (message,) in self._connection.execute(_LOGGED).fetchall():
            opened = _OPENED.search(message)
            if opened is not None:
                self._report(Path(opened[1]))

    def _report(self, file: Path) -> None:
        """Tell Python's audit hooks: a pipeline refuses what its step does not declare."""
        path = os.path.abspath(file)
        if path not in self._reported:
            sys.audit("fabrica.read", path)
            self._reported.add(path)

    def _explained(self, error: duckdb.Error, sql: str) -> Exception:
        problem = read_problem(error)
        if problem.kind == "Permission":
            return QueryError(
                f"{problem.text.partition(' - ')[0]}: queries read the project's own files only",
                hint=f"put the file into {FOLDER}/; its name without the ending is the table",
            )
        if problem.text.startswith("CSV Error"):
            return _unreadable(None, problem.text, self._root)
        return explain(problem, sql, self.tables())


def _open(database: Path | None, root: Path | None) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(
            str(database or ":memory:"), read_only=database is not None, config=_settings()
        )
    except duckdb.Error as error:
        raise AddressError(f"{database} cannot be opened: {read_problem(error).text}") from None
    if not _is_locked(connection):  # connections of a process to one database share its settings
        for statement in _restrictions(root):
            connection.execute(statement)
    return connection


def _is_locked(connection: duckdb.DuckDBPyConnection) -> bool:
    row = connection.execute("select current_setting('lock_configuration')").fetchone()
    return row is not None and bool(row[0])


def _settings() -> dict[str, str | bool | int | float | list[str]]:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "python_enable_replacements": False,  # a variable of the caller is not a table
        "errors_as_json": True,
    }
    threads = os.environ.get("FABRICA_THREADS")  # the runner fixes it; else all cores
    if threads:
        if not threads.isdecimal() or int(threads) < 1:
            raise AddressError(
                f"the environment variable FABRICA_THREADS is {threads!r}",
                hint="set it to the number of threads, from 1",
            )
        settings["threads"] = int(threads)
    return settings


def _restrictions(root: Path | None) -> list[str]:
    """No file but the project's is read, and what a query opens is written down."""
    spill = Path(tempfile.gettempdir(), f"fabrica-warehouse-{os.getpid()}")
    # The folder `data` may be a link to where there is more room.
    allowed = {str(root), os.path.realpath(root / FOLDER)} if root else set()
    return [
        "set TimeZone = 'UTC'",  # or results would depend on the machine
        f"set temp_directory = {literal(str(spill))}",
        "call enable_logging('FileSystem')",
        f"set allowed_directories = [{', '.join(literal(path) for path in sorted(allowed))}]",
        "set enable_external_access = false",
        "set lock_configuration = true",
    ]


def _unreadable_table(table: Table, root: Path, text: str) -> DataError:
    if table.kind == "csv":
        for file in table.files:
            row = find_broken_row(file)
            if row is not None:
                return DataError(
                    f"{relative(file, root)} cannot be read as a table: {row}",
                    hint="correct the line; a value that holds the separator needs quotes",
                )
    alone = len(table.files) == 1
    name = relative(table.files[0], root) if alone else Path(FOLDER, table.name)
    return _unreadable(name, text, root)


def _unreadable(file: Path | None, text: str, root: Path | None) -> DataError:
    if not text.startswith("CSV Error"):
        first, _, rest = text.partition("\n")
        return DataError(
            f"{file} cannot be read as a table: {first}", hint=rest.strip() or "check the file"
        )
    named, what, hint = read_report(text)
    if named:
        file = relative(Path(named), root) if root else Path(named)
    return DataError(f"{file or 'a CSV file'} cannot be read as a table: {what}", hint=hint)


def _with_text_columns(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Columns of text have pandas' type for text, also when no row tells it."""
    text = _text_type()
    for name in names:
        if name in frame.columns and frame[name].dtype != text:
            frame[name] = frame[name].astype(text)
    return frame


def _text_type() -> object:
    import pandas as pd

    return pd.Series(["text"]).dtype
