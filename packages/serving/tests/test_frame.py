"""Rows to frames and back: types that never depend on the batch, answers in their order."""

import datetime as dt
import enum
import math
from typing import Annotated, Any, Literal

import pandas as pd
import pytest
from pydantic import AwareDatetime, Field, NaiveDatetime

from fabrica.serving import AnswerError, Input
from fabrica.serving._frame import FIRST, Columns, answers
from fabrica.serving._problems import Explainer, Refused


class Size(enum.Enum):
    SMALL = 1
    LARGE = 2


class Row(Input):
    number: float = 1.0
    maybe: float | None = None
    whole: int = 1
    whole_maybe: Annotated[int, Field(ge=0)] | None = None
    flag: bool = True
    text: str = "a"
    text_maybe: str | None = None
    kind: Literal["x", "y"] = "x"
    year: Literal[2024, 2025] = 2024
    size: Size = Size.SMALL
    local: NaiveDatetime = dt.datetime(2019, 3, 25, 8)
    moment: AwareDatetime = dt.datetime(2019, 3, 25, 8, tzinfo=dt.UTC)
    either: dt.datetime | None = None
    tags: list[str] = Field(default_factory=list)


TEXT = pd.Series(["a"]).dtype
TYPES = {
    "number": "float64",
    "maybe": "float64",
    "whole": "int64",
    "whole_maybe": "float64",
    "flag": "bool",
    "text": TEXT,
    "text_maybe": TEXT,
    "kind": TEXT,
    "year": "int64",
    "size": "int64",
    "local": "datetime64[us]",
    "moment": "datetime64[us, UTC]",
    "either": "datetime64[us]",
    "tags": "object",
}
FULL = Row(
    maybe=2.0,
    whole_maybe=3,
    text_maybe="b",
    kind="y",
    year=2025,
    size=Size.LARGE,
    either=dt.datetime(9999, 12, 31),
    tags=["t"],
)


@pytest.mark.parametrize("rows", [[Row()], [FULL], [Row(), FULL], [FULL, Row()]])
def test_column_types_do_not_depend_on_what_is_in_them(rows: list[Input]) -> None:
    frame = Columns(Row).frame(rows)
    assert {name: frame[name].dtype == kind for name, kind in TYPES.items()} == dict.fromkeys(
        TYPES, True
    )


def test_values_arrive() -> None:
    frame = Columns(Row).frame([FULL, Row()])
    assert list(frame.index) == [FIRST, FIRST + 1]
    assert list(frame.columns) == list(Row.model_fields)
    assert frame["size"].tolist() == [2, 1]
    assert frame["either"][FIRST] == pd.Timestamp("9999-12-31")
    assert math.isnan(frame["maybe"][FIRST + 1])
    assert frame["tags"][FIRST] == ["t"]


def test_offsets_become_utc() -> None:
    east = dt.timezone(dt.timedelta(hours=2))
    rows = [Row(moment=dt.datetime(2019, 3, 25, 8, tzinfo=zone)) for zone in (dt.UTC, east)]
    assert [moment.hour for moment in Columns(Row).frame(rows)["moment"]] == [8, 6]


def check(rows: list[Any]) -> None:
    Columns(Row).check(rows, Explainer(Row), single=len(rows) == 1)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**300])
def test_whole_numbers_beyond_64_bits_are_refused(number: int) -> None:
    with pytest.raises(Refused, match="refused") as caught:
        check([Row(whole=number)])
    assert caught.value.problems[0].field == "whole"
    assert str(number) not in caught.value.text


def test_whole_numbers_of_64_bits_fit() -> None:
    rows: list[Input] = [Row(whole=2**63 - 1), Row(whole=-(2**63))]
    check(rows)
    assert Columns(Row).frame(rows)["whole"].tolist() == [2**63 - 1, -(2**63)]


def test_times_with_and_without_offset_do_not_mix() -> None:
    naive, aware = dt.datetime(2019, 1, 1), dt.datetime(2019, 1, 1, tzinfo=dt.UTC)
    check([Row(either=aware), Row(either=aware), Row()])
    with pytest.raises(Refused) as caught:
        check([Row(either=aware), Row(), Row(either=naive)])
    assert caught.value.problems[0].field == "[2].either"


INDEX = pd.RangeIndex(1, 4)


@pytest.mark.parametrize(
    ("series", "kind", "expected"),
    [
        (pd.Series([1.5, 2.0, 3.0], INDEX), float, [1.5, 2.0, 3.0]),
        (pd.Series([1, 2, 3], INDEX), float, [1.0, 2.0, 3.0]),
        (pd.Series([1, 2, 3], INDEX), int, [1, 2, 3]),
        (pd.Series(["a", "b", "c"], INDEX), str, ["a", "b", "c"]),
        (pd.Series([True, False, True], INDEX), bool, [True, False, True]),
    ],
)
def test_answers(series: pd.Series, kind: type, expected: list[Any]) -> None:
    found = answers(series, INDEX, kind)
    assert found == expected
    assert {type(value) for value in found} == {kind}


@pytest.mark.parametrize(
    ("series", "kind", "said"),
    [
        ([1.0, 2.0, 3.0], float, "answered list, not a pandas.Series"),
        (pd.Series([1.0, 2.0], INDEX[:2]), float, "whose index is not that of the 3 rows"),
        (pd.Series([1.0, 2.0, 3.0], INDEX[::-1]), float, "each other's answers"),
        (pd.Series([1.0, 2.0, 3.0]), float, "each other's answers"),
        (pd.Series([1.0, None, 3.0], INDEX), float, "NaN or infinity"),
        (pd.Series([1.0, float("inf"), 3.0], INDEX), float, "NaN or infinity"),
        (pd.Series(["1", "2", "3"], INDEX), float, "type str where its hint says Series[float]"),
        (pd.Series([1.0, 2.0, 3.0], INDEX), int, "type float"),
        (pd.Series([True, False, True], INDEX), int, "type bool"),
        (pd.Series([1, 0, 1], INDEX), bool, "type int"),
        (pd.Series(["a", None, "c"], INDEX, dtype=object), str, "type NoneType"),
    ],
)
def test_answers_that_are_refused(series: object, kind: type, said: str) -> None:
    with pytest.raises(AnswerError) as caught:
        answers(series, INDEX, kind)
    assert said in str(caught.value)
    assert caught.value.hint
