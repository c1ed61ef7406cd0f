"""SQL in, dataframe out.

```python
from fabrica import warehouse

trips = warehouse.query("select * from taxis where pickup_borough = ?", ["Queens"])
```

Importing this module costs next to nothing: DuckDB and pandas are imported with the first query.
"""

from fabrica.warehouse._errors import (
    AddressError,
    DataError,
    NoProject,
    NotAQuery,
    NotSupported,
    ParametersError,
    QueryError,
    UnknownColumn,
    UnknownTable,
    WarehouseError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fabrica.warehouse._warehouse import Warehouse, connect, query, tables

__all__ = [
    "AddressError",
    "DataError",
    "NoProject",
    "NotAQuery",
    "NotSupported",
    "ParametersError",
    "QueryError",
    "UnknownColumn",
    "UnknownTable",
    "Warehouse",
    "WarehouseError",
    "connect",
    "query",
    "tables",
]


def __getattr__(name: str) -> object:
    if name in ("Warehouse", "connect", "query", "tables"):
        from fabrica.warehouse import _warehouse

        return getattr(_warehouse, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
