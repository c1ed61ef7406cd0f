"""The face: `query`, `tables`, `connect`, over whichever warehouse the address names."""

from __future__ import annotations

from typing import Protocol

from fabrica.warehouse._address import read_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pandas as pd

    from fabrica.warehouse._parameters import Parameters


class Backend(Protocol):
    """What each kind of warehouse does; `_duckdb.DuckDB` is one."""

    def query(self, sql: str, parameters: Parameters | None) -> pd.DataFrame: ...
    def tables(self) -> list[str]: ...
    def close(self) -> None: ...


class Warehouse:
    """A connection to a warehouse, for several queries; made by `connect`."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def query(self, sql: str, parameters: Parameters | None = None) -> pd.DataFrame:
        """Answer one query, like `fabrica.warehouse.query`."""
        return self._backend.query(sql, parameters)

    def tables(self) -> list[str]:
        """Return the names of all tables, sorted."""
        return self._backend.tables()

    def close(self) -> None:
        """End the connection."""
        self._backend.close()

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()


def connect(url: str | None = None) -> Warehouse:
    """Connect to a warehouse, for several queries on one connection.

    Args:
        url: `duckdb:///path/to/file.duckdb`; by default FABRICA_WAREHOUSE, else the files of the
            project's `data/` are the tables.

    Raises:
        WarehouseError: the address is wrong, or nothing is there; its `hint` says what to do.

    Example:
        ```python
        with connect() as warehouse:
            trips = warehouse.query("from trips")
            zones = warehouse.query("from zones")
        ```
    """
    from fabrica.warehouse._duckdb import DuckDB

    return Warehouse(DuckDB(read_address(url)))


def query(sql: str, parameters: Parameters | None = None) -> pd.DataFrame:
    """Answer one SQL query as a dataframe.

    Args:
        sql: one `select` (or `from`, `with`, `pivot`, `describe`, `summarize`). Tables are the
            files of the project's `data/`, without their ending, unless FABRICA_WAREHOUSE names
            another warehouse.
        parameters: a list for `?`, a dict for `$name`. They are bound, never pasted into the
            text, so no value can change the query.

    Returns:
        One row per row and one column per column of the answer. Texts have pandas' type for
        text, NULL is missing; rows have no order unless the query says `order by`.

    Raises:
        QueryError: the query cannot be answered; names the line, and the way out.
        DataError: a file of `data/` cannot be read as a table.
        WarehouseError: FABRICA_WAREHOUSE is wrong.

    Example:
        ```python
        trips = query("select * from taxis where pickup_borough = ?", ["Queens"])
        far = query("from taxis where distance > $miles", {"miles": 10})
        ```
    """
    with connect() as warehouse:
        return warehouse.query(sql, parameters)


def tables() -> list[str]:
    """Return the names of all tables of the warehouse, sorted."""
    with connect() as warehouse:
        return warehouse.tables()
