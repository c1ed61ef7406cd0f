"""Rows to a dataframe whose types never depend on what is in it, and its answers back."""

import datetime as dt
import enum
import math
import types
import typing
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, NaiveDatetime

from fabrica.serving._errors import AnswerError
from fabrica.serving._problems import Explainer
from fabrica.serving._types import Input

if TYPE_CHECKING:
    import pandas as pd

FIRST = 1
"""Label of a frame's first row. Not 0: the index of a series that was made without one starts
there, so an answer that lost its rows' labels (after a sort, say) is noticed."""

INT64 = 2**63
KEEP_INDEX = (
    "keep the rows' order and end with `return pd.Series(values, trips.index)`, "
    "where `trips` is the frame that predict received"
)


class Columns:
    """The types of an Input's columns, decided once from its annotations.

    A number that may be None is a float column with NaN, as Parquet reads it back in training;
    a date and time is ``datetime64[us]`` (with an offset: in UTC); text is pandas' own text type.
    """

    def __init__(self, row: type[Input]) -> None:
        self._kinds = {name: _kind(info.annotation) for name, info in row.model_fields.items()}

    def check(self, rows: Sequence[Input], explainer: Explainer, single: bool) -> None:
        """Refuse values that pydantic allows and a column can't hold.

        Raises:
            Refused: A whole number beyond 64 bits; times with and without offsets in one request.
        """
        for name, kind in self._kinds.items():
            if kind in ("int", "int?"):
                self._check_whole(name, rows, explainer, single)
            elif kind == "datetime":
                self._check_moments(name, rows, explainer, single)

    def _check_whole(
        self, name: str, rows: Sequence[Input], explainer: Explainer, single: bool
    ) -> None:
        for number, row in enumerate(rows):
            value = _plain(getattr(row, name))
            if isinstance(value, int) and not -INT64 <= value < INT64:
                at = (name,) if single else (number, name)
                raise explainer.at(at, "is beyond 64 bits")

    def _check_moments(
        self, name: str, rows: Sequence[Input], explainer: Explainer, single: bool
    ) -> None:
        kinds = {}
        for number, row in enumerate(rows):
            value = getattr(row, name)
            if isinstance(value, dt.datetime):
                kinds.setdefault(value.tzinfo is None, number)
        if len(kinds) > 1:
            at = (name,) if single else (max(kinds.values()), name)
            raise explainer.at(at, "must have an offset in all rows of a request, or in none")

    def frame(self, rows: Sequence[Input]) -> "pd.DataFrame":
        """A row per input in their order, a column per field."""
        import pandas as pd

        index = pd.RangeIndex(FIRST, FIRST + len(rows))
        columns = {
            name: _column([_plain(getattr(row, name)) for row in rows], kind, index)
            for name, kind in self._kinds.items()
        }
        return pd.DataFrame(columns, index=index)


def _kind(annotation: object) -> str:
    """One of float, int, int?, bool, text, datetime, object."""
    inner, optional = _required(annotation)
    if typing.get_origin(inner) is typing.Literal:
        return _kind_of_values(typing.get_args(inner), optional)
    if inner in (NaiveDatetime, AwareDatetime, dt.datetime):
        return "datetime"
    if isinstance(inner, type) and issubclass(inner, enum.Enum):
        return _kind_of_values(tuple(member.value for member in inner), optional)
    if inner is bool:
        return "object" if optional else "bool"
    if inner is int:
        return "int?" if optional else "int"
    return {float: "float", str: "text"}.get(typing.cast(type, inner), "object")


def _kind_of_values(values: Sequence[object], optional: bool) -> str:
    kinds = {type(value) for value in values if value is not None}
    if None in values:
        optional = True
    return _kind(kinds.pop() | None if optional else kinds.pop()) if len(kinds) == 1 else "object"


def _required(annotation: object) -> tuple[object, bool]:
    """The annotation without ``Annotated`` and without ``| None``, and whether that was there."""
    if hasattr(annotation, "__metadata__"):
        return _required(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return annotation, False
    options = [option for option in typing.get_args(annotation) if option is not type(None)]
    if len(options) != 1 or len(typing.get_args(annotation)) == 1:
        return annotation, False
    return _required(options[0])[0], True


def _plain(value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    return value.model_dump() if isinstance(value, Input) else value


def _column(values: list[Any], kind: str, index: "pd.RangeIndex") -> "pd.Series":
    import pandas as pd

    if kind == "datetime":
        aware = any(value is not None and value.tzinfo is not None for value in values)
        if aware:
            values = [value and value.astimezone(dt.UTC) for value in values]
        return pd.Series(values, index, dtype="datetime64[us, UTC]" if aware else "datetime64[us]")
    if kind == "text":
        dtype = pd.Series(["text"]).dtype
        return pd.Series(values, index, dtype=dtype)
    dtypes = {"float": "float64", "int": "int64", "int?": "float64", "bool": "bool"}
    return pd.Series(values, index, dtype=dtypes.get(kind, "object"))


def answers(series: object, index: "pd.Index", kind: type) -> list[Any]:
    """Check what ``predict`` answered, and take the values out of it.

    Args:
        series: What ``predict`` returned.
        index: The index of the frame that it was given.
        kind: ``float``, ``int``, ``str`` or ``bool``: what ``Series[...]`` says.

    Raises:
        AnswerError: It is no series, has other rows, or a value that is not of ``kind``, or NaN.
    """
    import pandas as pd

    if not isinstance(series, pd.Series):
        said = f"predict answered {type(series).__name__}, not a pandas.Series"
        raise AnswerError(said, KEEP_INDEX)
    if not series.index.equals(index):
        raise AnswerError(
            f"predict answered {len(series)} rows whose index is not that of the {len(index)} rows "
            "it was given: callers would receive each other's answers",
            KEEP_INDEX,
        )
    return [_answer(value, kind) for value in series.tolist()]


def _answer(value: Any, kind: type) -> Any:
    fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value, fits = float(value), True
    if not fits:
        raise AnswerError(
            f"predict answered a value of type {type(value).__name__} where its hint says "
            f"Series[{kind.__name__}]",
            "convert the answer, or correct the hint",
        )
    if kind is float and not math.isfinite(value):
        raise AnswerError(
            "predict answered NaN or infinity, which JSON has no word for",
            "fill what is missing before the model, or refuse the input in Input",
        )
    return value
