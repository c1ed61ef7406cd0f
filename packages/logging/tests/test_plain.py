import json
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fabrica.logging._plain import plain


class Colour(Enum):
    GREEN = "green"


@dataclass
class Settings:
    depth: int = 6
    password: str = field(default="x", repr=False)


class Broken:
    def __repr__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3, 3),
        (True, True),
        (None, None),
        (1.5, 1.5),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (2**63, str(2**63)),
        (date(2019, 3, 1), "2019-03-01"),
        (datetime(2019, 3, 1, 12, tzinfo=UTC), "2019-03-01T12:00:00+00:00"),
        (Decimal("1.10"), "1.10"),
        (PurePosixPath("data/taxis.csv"), "data/taxis.csv"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Colour.GREEN, "green"),
        (Settings(), {"depth": 6}),
        ({"a", "b"}, ["a", "b"]),
        ((1, [2]), [1, [2]]),
        (OrderedDict(a=1), {"a": 1}),
        ({1: "a", None: "b", date(2019, 3, 1): "c"}, {"1": "a", "None": "b", "2019-03-01": "c"}),
        (b"abc", "<3 bytes>"),
        (ValueError("bad"), "ValueError: bad"),
        (np.float64(1.5), 1.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.datetime64("2019-03-01"), "2019-03-01"),
        (np.zeros((3, 2)), "<ndarray 3 x 2>"),
        (pd.DataFrame({"a": [1, 2]}), "<DataFrame 2 x 1>"),
        (pd.Timestamp("2019-03-01 12:00"), "2019-03-01T12:00:00"),
        ("lone \ud800", "lone \\ud800"),
        (Broken(), "<Broken whose __repr__ raises RuntimeError>"),
        (10**5000, "<integer of 16610 bits>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_become_json(value, shown):
    assert plain(value) == shown
    json.dumps(plain(value), allow_nan=False).encode()


def test_a_structure_that_holds_itself_ends():
    loop = []
    loop.append(loop)
    assert json.dumps(plain(loop))


def test_long_texts_and_lists_are_cut():
    assert plain("a" * 100_000).endswith("… (100000 characters)")
    assert len(plain(list(range(10_000)))) == 1_000


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    )
)
def test_anything_becomes_valid_json_in_utf8(value):
    json.loads(json.dumps(plain(value), allow_nan=False, ensure_ascii=False).encode())
