"""What is allowed, in words; and examples that the service itself accepts."""

import datetime as dt
import enum
import uuid
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, Field, FiniteFloat, NaiveDatetime, ValidationError

from fabrica.serving import Input
from fabrica.serving._schema import allowed, declares_examples, example


class Colour(enum.Enum):
    YELLOW = "yellow"
    GREEN = "green"


class Place(Input):
    zone: str = Field(min_length=2)
    latitude: float = Field(ge=-90, le=90)


class Everything(Input):
    local: NaiveDatetime
    moment: AwareDatetime
    day: dt.date
    hour: dt.time
    distance: FiniteFloat = Field(ge=0, le=200)
    above: float = Field(gt=0)
    below: float = Field(lt=0)
    passengers: int = Field(ge=1)
    steps: int = Field(ge=1, multiple_of=5)
    card: bool
    code: str = Field(min_length=5, max_length=8)
    kind: Literal["taxi", "bus"]
    only: Literal["one"]
    colour: Colour
    place: Place
    tags: list[str]
    maybe: float | None
    id: uuid.UUID
    note: Annotated[str, Field(max_length=10)] = ""
    anything: Any = None


WORDS = {
    "local": 'a date and time without an offset, such as "2026-01-05T08:30:00"',
    "moment": 'a date and time with its offset, such as "2026-01-05T08:30:00Z"',
    "day": 'a date, such as "2026-01-05"',
    "hour": 'a time, such as "08:30:00"',
    "distance": "a finite number from 0 to 200",
    "above": "a finite number above 0",
    "below": "a finite number below 0",
    "passengers": "a whole number at least 1",
    "steps": "a whole number at least 1, a multiple of 5",
    "card": "true or false",
    "code": "text of length from 5 to 8",
    "kind": 'one of "taxi", "bus"',
    "only": '"one"',
    "colour": 'one of "yellow", "green"',
    "place": "an object of zone, latitude",
    "tags": "a list, each text",
    "maybe": "a finite number or null",
    "id": "a UUID",
    "note": "text of length at most 10 (may be left out)",
    "anything": "any JSON value (may be left out)",
}


@pytest.mark.parametrize("name", WORDS)
def test_words(name: str) -> None:
    assert allowed(Everything)[name] == WORDS[name]


def test_an_example_is_accepted() -> None:
    made = example(Everything)
    assert made is not None
    assert Everything.model_validate_json(__import__("json").dumps(made))
    assert made["distance"] == 1.0
    assert "note" not in made


def test_declared_examples_win() -> None:
    class Trip(Input):
        distance: float = Field(examples=[2.5])
        borough: Literal["Queens", "Bronx"] = Field("Queens", examples=["Bronx"])
        note: str = ""

    assert example(Trip) == {"distance": 2.5, "borough": "Bronx"}
    assert declares_examples(Trip)
    assert not declares_examples(Everything)


def test_no_example_where_none_can_be_made_up() -> None:
    class Odd(Input):
        code: str = Field(pattern="^[0-9]{3}-[0-9]{2}$")

    assert example(Odd) is None
    assert allowed(Odd)["code"] == "text that matches ^[0-9]{3}-[0-9]{2}$"


def test_many_values_are_cut() -> None:
    class Many(Input):
        zone: Literal[tuple(f"z{n}" for n in range(100))]  # type: ignore[valid-type]

    assert allowed(Many)["zone"].endswith("and 70 more")


@pytest.mark.parametrize(
    "body", ['{"zone": "ab"}', '{"zone": "ab", "latitude": "1"}', '{"zone": "ab", "latitude": NaN}']
)
def test_inputs_are_strict(body: str) -> None:
    with pytest.raises(ValidationError):
        Place.model_validate_json(body)
