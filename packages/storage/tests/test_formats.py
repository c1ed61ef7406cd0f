"""Formats: values come back, equal values are equal bytes, what can't be held is named."""

from __future__ import annotations

import enum
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import BaseModel

from fabrica.storage import Corrupted, FormatError, NoFormat, Store, WrongType, formats

ESTIMATORS = str(Path(__file__).parent / "estimators.py")


class Borough(enum.Enum):
    QUEENS = "Queens"
    BRONX = "Bronx"


class Span(NamedTuple):
    first: date
    last: date


@dataclass
class Settings:
    depth: int
    since: date
    boroughs: list[Borough]
    note: str | None = None
    inner: dict[str, Span] = field(default_factory=dict)


class Trip(BaseModel):
    pickup: datetime
    miles: float


def name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def round_trip(store: Store, value: Any, **options: Any) -> Any:
    return formats.load(store, formats.save(store, value, **options))


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("pandas.DataFrame", "parquet"),
        ("polars.DataFrame", "parquet"),
        ("pandas.Series", "parquet"),
        ("polars.Series", "parquet"),
        ("pyarrow.Table", "parquet"),
        ("pyarrow.RecordBatch", "parquet"),
        ("numpy.ndarray", "npy"),
        ("pathlib.Path", "file"),
        ("dict", "json"),
        ("list", "json"),
        ("float", "json"),
        ("bool", "json"),
        ("datetime.date", "json"),
        ("sklearn.linear_model.Ridge", "skops"),
        ("my_project.steps.Thing", None),
        ("object", None),
    ],
)
def test_the_format_of_a_type(name: str, format: str | None) -> None:
    assert formats.name_for(name) == format


@pytest.mark.parametrize(
    "value",
    [{"a": [1, 2.5, None, True, "é"]}, [], "text", 3, 0.1, True, {"nested": {"b": {}}}],
)
def test_json_comes_back(local: Store, value: object) -> None:
    product = formats.save(local, value)
    assert product["format"] == "json"
    assert product["rows"] is None
    assert product["bytes"] == local.size(product["digest"])
    assert set(product) == {"digest", "bytes", "format", "type", "rows"}
    assert formats.load(local, product) == value


def test_json_of_equal_values_is_equal_bytes(local: Store) -> None:
    one = formats.save(local, {"b": 1, "a": 2})
    assert formats.save(local, {"a": 2, "b": 1}) == one


@pytest.mark.parametrize(
    "value",
    [
        date(2019, 3, 25),
        datetime(2019, 3, 25, 8, 30),
        Borough.QUEENS,
        Span(date(2019, 1, 1), date(2019, 2, 1)),
        Settings(4, date(2019, 3, 1), [Borough.BRONX], None, {"a": Span(date.min, date.max)}),
        Trip(pickup=datetime(2019, 3, 25, 8, 30), miles=2.5),
    ],
)
def test_types_that_json_does_not_have_come_back_as_themselves(local: Store, value: object) -> None:
    assert round_trip(local, value, format="json", type=name_of(type(value))) == value


def test_json_of_a_type_that_is_gone_is_its_json(local: Store) -> None:
    product = formats.save(local, {"a": 1}, format="json", type="gone.module.Thing")
    assert formats.load(local, product) == {"a": 1}


def test_a_type_that_a_document_names_is_never_called(local: Store, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    product = formats.save(local, f"touch {trace}", format="json", type="os.system")
    assert formats.load(local, product) == f"touch {trace}"
    assert not trace.exists()


def test_numbers_of_numpy_are_numbers(local: Store) -> None:
    assert round_trip(local, {"mae": np.float64(4.5), "n": np.int64(3)}) == {"mae": 4.5, "n": 3}


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"mae": float("nan")}, r"the product\['mae'\] is nan"),
        ({"a": [1, float("inf")]}, r"the product\['a'\]\[1\] is inf"),
        ({"a": {1, 2}}, r"the product\['a'\] is a builtins\.set"),
        ({1: "a"}, "has the key 1"),
    ],
)
def test_what_json_cannot_hold_is_named(local: Store, value: object, place: str) -> None:
    with pytest.raises(NoFormat, match=place) as raised:
        formats.save(local, value, format="json")
    assert raised.value.hint


def test_a_dataframe_comes_back(local: Store) -> None:
    frame = pd.DataFrame(
        {"zone": ["a", None], "miles": [1.5, 2.0], "at": pd.to_datetime(["2019-03-01"] * 2)},
        index=[3, 5],
    )
    product = formats.save(local, frame)
    assert (product["format"], product["type"], product["rows"]) == (
        "parquet",
        "pandas.DataFrame",
        2,
    )
    pd.testing.assert_frame_equal(formats.load(local, product), frame)  # type: ignore[arg-type]
    assert formats.save(local, frame.copy()) == product


def test_a_dataframe_that_parquet_cannot_hold(local: Store) -> None:
    with pytest.raises(NoFormat, match="parquet can't hold"):
        formats.save(local, pd.DataFrame({"a": [object()]}))


@pytest.mark.parametrize(
    "series",
    [
        pd.Series([1.5, 2.5, None], name="minutes"),
        pd.Series([1, 2], index=[7, 3]),
        pd.Series(["a", None], index=pd.Index(["x", "y"], name="zone"), name="zone"),
        pd.Series([True, False], name=0),
        pd.Series([1, 1], name=""),
        pd.Series([], dtype="float64", name="none"),
        pd.Series(["a", "b", "a"], dtype="category", name="kind"),
        pd.Series(pd.date_range("2019-03-01", periods=2, tz="America/New_York"), name="at"),
        pd.Series([1, 2], index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", None])),
        pd.Series([1, None], dtype="Int64", index=pd.to_datetime(["2019-03-01", "2019-03-02"])),
    ],
    ids=lambda series: f"{series.dtype}-{series.name}",
)
def test_a_series_comes_back(local: Store, series: pd.Series) -> None:
    product = formats.save(local, series)
    assert (product["format"], product["type"], product["rows"]) == (
        "parquet",
        "pandas.Series",
        len(series),
    )
    read = formats.load(local, product)
    pd.testing.assert_series_equal(read, series, check_freq=False)  # type: ignore[arg-type]
    assert type(read.name) is type(series.name)  # type: ignore[union-attr]
    assert formats.save(local, series.copy()) == product


def test_a_series_that_parquet_cannot_hold(local: Store) -> None:
    with pytest.raises(NoFormat, match="parquet can't hold"):
        formats.save(local, pd.Series([object()]))
    with pytest.raises(NoFormat, match="name of the series is a tuple") as caught:
        formats.save(local, pd.Series([1], name=("a", "b")))
    assert "rename" in (caught.value.hint or "")


def test_a_polars_series_comes_back(local: Store) -> None:
    polars = pytest.importorskip("polars")
    series = polars.Series("miles", [1.5, None])
    product = formats.save(local, series)
    assert (product["format"], product["type"], product["rows"]) == (
        "parquet",
        "polars.Series",
        2,
    )
    assert formats.load(local, product).equals(series, check_names=True)  # type: ignore[union-attr]


def test_an_arrow_table_and_a_polars_frame_come_back(local: Store) -> None:
    polars = pytest.importorskip("polars")
    table = pa.table({"a": [1, 2, 3]})
    assert round_trip(local, table).equals(table)
    frame = polars.DataFrame({"a": [1, 2], "b": ["x", None]})
    product = formats.save(local, frame)
    assert product["type"] == "polars.DataFrame"
    assert formats.load(local, product).equals(frame)  # type: ignore[union-attr]


def batches(count: int, rows: int) -> Iterator[pa.RecordBatch]:
    for number in range(count):
        yield pa.record_batch({"n": np.full(rows, number), "x": np.random.rand(rows)})


def test_a_stream_is_stored_and_read_in_constant_memory(local: Store) -> None:
    product = formats.save(local, batches(3, 10), format="parquet", type="pyarrow.RecordBatch")
    assert product["rows"] == 30
    read = formats.load(local, product)
    assert isinstance(read, Iterator)
    assert sum(batch.num_rows for batch in read) == 30
    peaks = []
    for count in (4, 40):  # ten times as much, the same memory
        before = pa.total_allocated_bytes()
        tracemalloc.start()
        pool = pa.default_memory_pool()
        seen = 0

        def watched(count: int = count) -> Iterator[pa.RecordBatch]:
            nonlocal seen
            for batch in batches(count, 20_000):
                yield batch
                seen = max(seen, pool.bytes_allocated() - before)  # noqa: B023

        formats.save(local, watched(), format="parquet", type="pyarrow.RecordBatch")
        peaks.append(seen + tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 3 * peaks[0]


@pytest.mark.parametrize("stream", [iter([]), iter([1])])
def test_a_stream_that_is_none(local: Store, stream: Iterator[object]) -> None:
    with pytest.raises(NoFormat, match="stream"):
        formats.save(local, stream, format="parquet", type="pyarrow.RecordBatch")


def test_a_stream_that_fails_raises_its_own_error_and_leaves_nothing(local: Store) -> None:
    def failing() -> Iterator[pa.RecordBatch]:
        yield from batches(1, 10)
        raise KeyError("a bug of the step")

    with pytest.raises(KeyError, match="a bug of the step"):
        formats.save(local, failing(), format="parquet", type="pyarrow.RecordBatch")
    assert local.names("cas") == []
    assert list(Path(local.url.removeprefix("file://"), ".tmp").iterdir()) == []


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4),
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.array(2.5),
        np.array(["a", "bc"]),
        np.array([], dtype="int8"),
        np.array(["2019-03-01"], dtype="datetime64[D]"),
    ],
)
def test_an_array_comes_back(local: Store, array: np.ndarray) -> None:
    product = formats.save(local, array)
    back = formats.load(local, product)
    assert isinstance(back, np.ndarray)
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert (back == array).all()
    assert formats.save(local, np.array(array, order="C"))["digest"] == product["digest"]


def test_an_array_of_objects_is_refused(local: Store) -> None:
    with pytest.raises(NoFormat, match="Python objects") as raised:
        formats.save(local, np.array([{}, None]))
    assert "astype" in str(raised.value.hint)


def test_a_file_comes_back_and_its_name_does_not_count(local: Store, tmp_path: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        (tmp_path / name).write_bytes(b"model")
    product = formats.save(local, tmp_path / "a.onnx")
    assert product["format"] == "file"
    assert product["type"] == "pathlib.Path"
    back = formats.load(local, product)
    assert isinstance(back, Path)
    assert back.read_bytes() == b"model"
    assert formats.save(local, tmp_path / "b.onnx")["digest"] == product["digest"]
    for wrong in (tmp_path / "absent", tmp_path):
        with pytest.raises(NoFormat, match="is not a file"):
            formats.save(local, wrong)


@pytest.mark.parametrize("seeds", [("0", "1")])
def test_estimators_are_identical_bytes_in_every_process(
    local: Store, seeds: tuple[str, str]
) -> None:
    digests = []
    for seed in seeds:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, ESTIMATORS, local.url, f"{seed}0000"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        digests.append(done.stdout)
    assert digests[0] == digests[1]
    assert digests[0].count("skops ") == 6
    assert len(set(digests[0].split())) == 7


class Own:
    """A type that isn't one of the trusted libraries'."""

    def __init__(self) -> None:
        self.called = False

    def transform(self, x: object) -> object:
        return x


def test_a_type_of_ones_own_in_an_estimator_is_named(local: Store) -> None:
    from sklearn.preprocessing import FunctionTransformer

    transformer = FunctionTransformer(kw_args={"own": Own()})
    with pytest.raises(FormatError, match=r"test_formats\.Own") as raised:
        formats.save(local, transformer)
    assert "scikit-learn" in str(raised.value.hint)


def test_a_stored_estimator_with_another_type_is_not_loaded(local: Store) -> None:
    import skops.io
    from sklearn.preprocessing import FunctionTransformer

    # Whoever can write to the store could put anything there.
    digest = local.put(skops.io.dumps(FunctionTransformer(func=os.system)))
    product = {"digest": digest, "format": "skops", "type": "sklearn.x.Y", "rows": None}
    with pytest.raises(FormatError, match=r"(posix|nt)\.system"):
        formats.load(local, product)


def test_what_no_format_holds_is_pickled_and_flagged(local: Store) -> None:
    product = formats.save(local, {1, 2})
    assert product["format"] == "pickle"
    assert formats.load(local, product) == {1, 2}


def test_what_cannot_be_pickled_is_named(local: Store) -> None:
    with pytest.raises(NoFormat, match="pickle can't hold this"):
        formats.save(local, lambda: None)


def test_an_unknown_format(local: Store) -> None:
    with pytest.raises(NoFormat, match="no format 'xml'"):
        formats.save(local, {}, format="xml")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (pd.DataFrame(), "pandas.DataFrame"),
        ({}, "dict"),
        ({}, "collections.abc.Mapping"),
        ([], "list"),
        ((1, 2), "list"),
        (1, "float"),
        (1.5, "float"),
        (np.float64(1), "float"),
        (np.zeros(2), "numpy.ndarray"),
        (Path("x"), "pathlib.Path"),
        (iter([]), "pyarrow.RecordBatch"),
        (object(), "my_project.Thing"),
        (datetime(2019, 1, 1), "datetime.date"),
    ],
)
def test_a_value_that_fits_its_hint(value: object, name: str) -> None:
    formats.check(value, name)


@pytest.mark.parametrize(
    ("value", "name", "message"),
    [
        ({}, "pandas.DataFrame", "wants pandas.DataFrame, got dict"),
        (None, "pandas.DataFrame", "wants pandas.DataFrame, got None"),
        (pd.DataFrame(), "dict", "wants dict, got pandas.DataFrame"),
        (True, "int", "wants int, got bool"),
        (1.5, "int", "wants int, got float"),
        ("x", "pathlib.Path", "wants pathlib.Path, got str"),
        ({}, "sklearn.linear_model.Ridge", "wants sklearn.linear_model.Ridge, got dict"),
    ],
)
def test_a_value_that_does_not_fit_its_hint(value: object, name: str, message: str) -> None:
    with pytest.raises(WrongType) as raised:
        formats.check(value, name)
    assert str(raised.value) == message
    assert raised.value.hint


def test_an_estimator_fits_the_public_name_of_its_class() -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    formats.check(HistGradientBoostingRegressor(), "sklearn.ensemble.HistGradientBoostingRegressor")
    formats.check(HistGradientBoostingRegressor(), "sklearn.base.RegressorMixin")


def test_a_damaged_product_is_never_loaded(local: Store) -> None:
    product = formats.save(local, pd.DataFrame({"a": [1]}))
    path = Path(local.url.removeprefix("file://"), "cas", product["digest"])
    path.chmod(0o644)
    path.write_bytes(b"x" * product["bytes"])
    with pytest.raises(Corrupted, match=product["digest"]):
        formats.load(local, product)


def test_bytes_of_another_format_are_reported(local: Store) -> None:
    product = {"digest": local.put(b"no parquet"), "format": "parquet", "type": "pandas.DataFrame"}
    with pytest.raises(FormatError, match="can't be read as parquet"):
        formats.load(local, product)


def test_products_are_documents(local: Store) -> None:
    assert json.dumps(formats.save(local, pd.DataFrame({"a": [1]})))
