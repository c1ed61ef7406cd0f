"""service.py read into a definition: what is allowed, and every problem with its line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import SERVICE, Project

from fabrica.serving import Definition, DefinitionError, ServiceNotFound, read_definition

Define = Callable[[str], Definition]


def test_a_definition_is_read(define: Define) -> None:
    definition = define(SERVICE)
    assert definition.module == "trips"
    assert definition.frame == "trips"
    assert definition.models == ("model",)
    assert definition.answer is float
    assert (definition.each, definition.fallback) == ("borough", "all")
    assert definition.values == ("Manhattan", "Queens", "Brooklyn", "Bronx")
    assert definition.description == "Minutes from pickup to dropoff."
    assert list(definition.input.model_fields)[:2] == ["pickup", "distance"]


HEAD = """
from __future__ import annotations
import enum
from typing import TYPE_CHECKING, Annotated, Literal
import pandas as pd
from fabrica.serving import Champion, Frame, Input, Series
import fabrica.serving as serving
if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    import sklearn
class Borough(enum.Enum):
    QUEENS = "Queens"
    BRONX = "Bronx"
class Trip(Input):
    distance: float
    borough: Literal["Queens", "Bronx"] = "Queens"
    area: Borough = Borough.QUEENS
    year: Literal[2024, 2025] = 2025
    zone: str = ""
"""
PREDICT = "def predict(trips: Frame[Trip], model: Champion[BaseEstimator]) -> Series[float]: ...\n"

FINE = {
    "hints that only checkers import": (PREDICT, "models", ("model",)),
    "an attribute of such a hint": (PREDICT.replace("BaseE", "sklearn.base.BaseE"), "each", None),
    "a union of such hints": (
        PREDICT.replace("BaseEstimator", "BaseEstimator | None"),
        "each",
        None,
    ),
    "a quoted hint": (PREDICT.replace("Frame[Trip]", "'Frame[Trip]'"), "frame", "trips"),
    "through the module": (PREDICT.replace("Frame", "serving.Frame"), "frame", "trips"),
    "two models": (
        PREDICT.replace("model:", "low: Champion[int], high:"),
        "models",
        ("low", "high"),
    ),
    "another order": (
        "def predict(model: Champion[int], rows: Frame[Trip]) -> Series[str]: ...",
        "answer",
        str,
    ),
    "a default": (PREDICT.replace(") ->", ", scale: float = 1.0) ->"), "frame", "trips"),
    "an enum": ('each = "area"\n' + PREDICT, "values", ("Queens", "Bronx")),
    "whole numbers": ('each = "year"\n' + PREDICT, "values", ("2024", "2025")),
    "each with an annotation": ('each: str = "borough"\n' + PREDICT, "each", "borough"),
    "a decorated function": (
        "import functools\ndef loud(f):\n    @functools.wraps(f)\n"
        "    def g(*a, **k): return f(*a, **k)\n    return g\n@loud\n" + PREDICT,
        "models",
        ("model",),
    ),
}


@pytest.mark.parametrize(("text", "name", "expected"), FINE.values(), ids=FINE)
def test_what_is_allowed(define: Define, text: str, name: str, expected: object) -> None:
    assert getattr(define(HEAD + text), name) == expected


LINES = HEAD.count("\n")
PROBLEMS: dict[str, tuple[str, int, str]] = {
    "no predict": ("x = 1", -LINES, "no function `predict`"),
    "misspelt": ("def predcit(): ...", 1, "did you mean `predcit` to be it?"),
    "not a function": ("predict = 3", 1, "`predict` is not a function"),
    "a class": ("class predict: ...", 1, "`predict` is not a function"),
    "async": ("async " + PREDICT, 1, "`predict` is async"),
    "variadic": (PREDICT.replace("model:", "*model:"), 1, "argument `model` is variadic"),
    "positional-only": (PREDICT.replace(") ->", ", /) ->"), 1, "positional-only"),
    "no hint": (PREDICT.replace(": Frame[Trip]", ""), 1, "argument `trips` has no hint"),
    "another hint": (
        PREDICT.replace("Frame[Trip]", "pd.DataFrame"),
        1,
        "argument `trips` is neither Frame[...] nor Champion[...]",
    ),
    "no frame": ("def predict(model: Champion[int]) -> Series[float]: ...", 1, "no argument of Fr"),
    "two frames": (PREDICT.replace("model:", "more: Frame[Trip], model:"), 1, "more than one"),
    "frame of another type": (
        PREDICT.replace("[Trip]", "[int]"),
        1,
        "must name a subclass of Input",
    ),
    "frame of Input itself": (PREDICT.replace("[Trip]", "[Input]"), 1, "must name a subclass"),
    "frame of an unknown name": (PREDICT.replace("[Trip]", "[Tripp]"), 1, "must name a subclass"),
    "no champion": (
        "def predict(t: Frame[Trip]) -> Series[float]: ...",
        1,
        "takes no Champion[...]",
    ),
    "no return hint": (PREDICT.replace(" -> Series[float]", ""), 1, "`predict` has no return hint"),
    "another return hint": (PREDICT.replace("Series[float]", "list"), 1, "must return Series"),
    "a series of rows": (
        PREDICT.replace("[float]", "[dict]"),
        1,
        "must return Series of one plain",
    ),
    "each is a list": ('each = ["borough"]\n' + PREDICT, 1, "`each` is list"),
    "each is no field": ('each = "boroughs"\n' + PREDICT, 1, "did you mean `borough`?"),
    "each is free text": ('each = "zone"\n' + PREDICT, -1, "its values must be listed"),
    "fallback without each": ('fallback = "all"\n' + PREDICT, 1, "`fallback` without `each`"),
    "fallback is no text": ('each = "borough"\nfallback = 1\n' + PREDICT, 2, "`fallback` is int"),
    "not Python": ("def predict(:", 1, "not valid Python"),
    "a module that is missing": ("import nothing_there", 1, "No module named 'nothing_there'"),
    "raises": ("def f():\n    raise ValueError('why')\nf()", 2, "ValueError: why"),
}


@pytest.mark.parametrize(("text", "line", "said"), PROBLEMS.values(), ids=PROBLEMS)
def test_each_problem_names_its_line(
    define: Define, project: Project, text: str, line: int, said: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        define(HEAD + text)
    file = project.root / "src" / "trips" / "service.py"
    places = {-LINES: 1, -1: HEAD.splitlines().index('    zone: str = ""') + 1}
    assert said in str(caught.value)
    problem = next(problem for problem in caught.value.problems if said in problem.text)
    assert str(problem).startswith(f"{file}:{places.get(line, LINES + line)}: ")


def test_all_problems_come_at_once_in_the_order_of_lines(define: Define) -> None:
    with pytest.raises(DefinitionError) as caught:
        define(HEAD + 'each = "zone"\nfallback = 3\n' + PREDICT.replace("[float]", "[dict]"))
    assert [problem.text.split("`")[1] for problem in caught.value.problems] == [
        "zone",
        "fallback",
        "predict",
    ]
    assert caught.value.hint is not None
    assert "Series[float]" in caught.value.hint


def test_a_problem_in_a_module_that_the_service_imports_names_that_module(
    define: Define, project: Project
) -> None:
    project.write(SERVICE)
    features = project.root / "src" / "trips" / "features.py"
    features.write_text("\n\n1 / 0\n")
    with pytest.raises(DefinitionError, match=r"features\.py:3: ZeroDivisionError"):
        define("from trips.features import x\n" + SERVICE)


def test_a_project_without_a_service(tmp_path: Path) -> None:
    with pytest.raises(ServiceNotFound, match=r"service\.py is not there"):
        read_definition(tmp_path)


def test_a_project_with_two_services_must_name_one(project: Project) -> None:
    other: Any = Project(project.root, project.store, "other")
    other.write(SERVICE)
    with pytest.raises(ServiceNotFound, match="other, trips") as caught:
        read_definition(project.root)
    assert "--module other" in (caught.value.hint or "")
