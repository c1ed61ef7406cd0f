"""Parquet, for dataframes, series and Arrow tables; a stream of batches in constant memory.

A series is a table of one column. pandas allows names that no column has (None, numbers), so the
name stands in the file's metadata.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from .._errors import NoFormat, StreamFailed

if TYPE_CHECKING:
    from .._store import Store

_END = object()
_NAME = b"fabrica.name"


def save(store: Store, value: Any) -> tuple[str, int | None]:
    """Store a dataframe or series, an Arrow table, or an iterator of record batches."""
    temporary = Path(store.temporary())
    try:
        rows = _write(value, temporary)
        return store.put_path(temporary, move=True), rows
    finally:
        temporary.unlink(missing_ok=True)


def load(path: Path, type: str) -> object:
    """Read it back as the type that the product names."""
    if type == "pyarrow.RecordBatch":
        return _batches(path)
    if type == "polars.DataFrame":
        import polars

        return polars.read_parquet(path)
    if type == "polars.Series":
        import polars

        return polars.read_parquet(path).to_series()
    table = pq.read_table(path)
    if type == "pandas.Series":
        series = table.to_pandas().iloc[:, 0]
        return series.rename(json.loads(table.schema.metadata[_NAME]))
    return table if type == "pyarrow.Table" else table.to_pandas()


def _write(value: Any, path: Path) -> int:
    library = type(value).__module__.split(".", 1)[0]
    if library == "pandas":
        return _write_table(_pandas_table(value), path)
    if library == "polars":
        (value.to_frame() if hasattr(value, "to_frame") else value).write_parquet(path)
        return len(value)
    if isinstance(value, pa.Table):
        return _write_table(value, path)
    return _write_batches(iter(value), path)


def _pandas_table(value: Any) -> pa.Table:
    """Return a dataframe as a table, or a series with its name beside its one column."""
    if not hasattr(value, "to_frame"):
        return pa.Table.from_pandas(value)
    name = value.name.item() if hasattr(value.name, "item") else value.name
    if not isinstance(name, str | int | float | None):
        raise NoFormat(
            f"the name of the series is a {type(name).__name__}, which Parquet can't hold",
            'give it another: series.rename("minutes")',
        )
    column = name if isinstance(name, str) and name else "value"
    table = pa.Table.from_pandas(value.to_frame(column))
    metadata = {**(table.schema.metadata or {}), _NAME: json.dumps(name).encode()}
    return table.replace_schema_metadata(metadata)


def _write_table(table: pa.Table, path: Path) -> int:
    pq.write_table(table, path)
    return table.num_rows


def _write_batches(batches: Iterator[Any], path: Path) -> int:
    writer, rows = None, 0
    try:
        while (batch := _next(batches)) is not _END:
            if not isinstance(batch, pa.RecordBatch):
                raise NoFormat(
                    f"the stream holds a {type(batch).__name__}",
                    "yield pyarrow.RecordBatch objects",
                )
            writer = writer or pq.ParquetWriter(path, batch.schema)
            writer.write_batch(batch)
            rows += batch.num_rows
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        raise NoFormat(
            "the stream is empty: nothing says what its columns are", "yield an empty batch"
        )
    return rows


def _next(batches: Iterator[Any]) -> Any:
    try:
        return next(batches, _END)
    except Exception as error:
        raise StreamFailed(error) from error


def _batches(path: Path) -> Iterator[Any]:
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches()
