"""The errors of this package."""

from __future__ import annotations


class WarehouseError(Exception):
    """What this package raises.

    ```
    WarehouseError
    ├── AddressError        an address (FABRICA_WAREHOUSE, connect(…)) that says nothing usable
    ├── NotSupported        a kind of warehouse that this version cannot reach
    ├── NoProject           no project around the current directory
    ├── DataError           a file of data/ that cannot be read as a table
    └── QueryError          the query cannot be answered; `line` is where
        ├── UnknownTable
        ├── UnknownColumn
        ├── ParametersError     they do not fit the query's placeholders
        └── NotAQuery           more than one statement, or one that changes something
    ```

    Attributes:
        hint: what to type or edit next, or None.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}\n{self.hint}" if self.hint else message


class AddressError(WarehouseError):
    """An address that says nothing usable."""


class NotSupported(WarehouseError):
    """A kind of warehouse that this version cannot reach."""


class NoProject(WarehouseError):
    """No project around the current directory."""


class DataError(WarehouseError):
    """A file of data/ that cannot be read as a table."""


class QueryError(WarehouseError):
    """The query cannot be answered.

    Attributes:
        line: line of the SQL text that is wrong, from 1, or None.
    """

    def __init__(self, message: str, *, line: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.line = line


class UnknownTable(QueryError):
    """There is no such table."""


class UnknownColumn(QueryError):
    """There is no such column."""


class ParametersError(QueryError):
    """The parameters do not fit the query's placeholders."""


class NotAQuery(QueryError):
    """More than one statement, or one that changes something."""
