"""Parquet, for dataframes and Arrow tables; a stream of record batches in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from .._errors import NoFormat, StreamFailed

if TYPE_CHECKING:
    from .._store import Store

_END = object()


def save(store: Store, value: Any) -> tuple[str, int | None]:
    """Store a dataframe of pandas or polars, an Arrow table, or an iterator of record batches."""
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
    table = pq.read_table(path)
    return table if type == "pyarrow.Table" else table.to_pandas()


def _write(value: Any, path: Path) -> int:
    library = type(value).__module__.split(".", 1)[0]
    if library == "pandas":
        return _write_table(pa.Table.from_pandas(value), path)
    if library == "polars":
        value.write_parquet(path)
        return len(value)
    if isinstance(value, pa.Table):
        return _write_table(value, path)
    return _write_batches(iter(value), path)


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
