"""Each plan error: its number, its place, its words, its hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from fabrica.pipelines import PlanFailed, PlanProblem, make_plan

TRIPS = '@step("trips")\ndef load() -> pd.DataFrame: ...\n'


def problems(root: Path, pipeline: str = "train") -> list[PlanProblem]:
    with pytest.raises(PlanFailed) as failure:
        make_plan(root, pipeline)
    return list(failure.value.errors)


# (number, body of the pipeline from line 3 on, line, text, what the hint holds)
CASES: dict[str, tuple[int, str, int, str, str]] = {
    "product name from a variable": (
        1,
        'NAME = "trips"\n@step(NAME)\ndef load() -> pd.DataFrame: ...\n',
        4,
        "product name must be a literal identifier, got NAME",
        '@step("trips")',
    ),
    "product name that is no identifier": (
        1,
        '@step("taxi trips")\ndef load() -> pd.DataFrame: ...\n',
        3,
        "product name must be a literal identifier, got 'taxi trips'",
        "in quotes",
    ),
    "product name that is a keyword": (
        1,
        '@step("class")\ndef load() -> pd.DataFrame: ...\n',
        3,
        "product name must be a literal identifier, got 'class'",
        "in quotes",
    ),
    "product names unpacked": (
        1,
        'NAMES = ["a"]\n@step(*NAMES)\ndef load() -> pd.DataFrame: ...\n',
        4,
        "product name must be a literal identifier, got *NAMES",
        "in quotes",
    ),
    "step without parentheses": (
        1,
        "@step\ndef load() -> pd.DataFrame: ...\n",
        3,
        "`@step` above `load` needs parentheses",
        '@step("name of the product")',
    ),
    "setting from a variable": (
        2,
        'SIZE = "2Gi"\n@step("trips", memory=SIZE)\ndef load() -> pd.DataFrame: ...\n',
        4,
        "setting `memory` of step `load` must be a literal; write the value, or set it per "
        "environment in fabrica.yaml under `pipelines.train.resources.load.memory`",
        "got SIZE",
    ),
    "files from a variable": (
        2,
        'FILES = ["a.csv"]\n@step("trips", reads=FILES)\ndef load() -> pd.DataFrame: ...\n',
        4,
        "setting `reads` of step `load` must be a literal; write the value",
        "got FILES",
    ),
    "settings unpacked": (
        2,
        'BIG = {"memory": "2Gi"}\n@step("trips", **BIG)\ndef load() -> pd.DataFrame: ...\n',
        4,
        "the settings of step `load` must be literals, got step('trips', **BIG)",
        "each setting by itself",
    ),
    "setting misspelt": (
        2,
        '@step("trips", memroy="2Gi")\ndef load() -> pd.DataFrame: ...\n',
        3,
        "step `load` has no setting `memroy`; did you mean `memory`?",
        "`memory`",
    ),
    "memory without unit": (
        2,
        '@step("trips", memory="much")\ndef load() -> pd.DataFrame: ...\n',
        3,
        'setting `memory` of step `load` must be an amount of memory, such as "512Mi" or '
        "\"2Gi\", got 'much'",
        "`memory=`",
    ),
    "timeout that is no time": (
        2,
        '@step("trips", timeout="soon")\ndef load() -> pd.DataFrame: ...\n',
        3,
        'setting `timeout` of step `load` must be a time, such as "30m", "2h", "90s" or a number '
        "of seconds, got 'soon'",
        "`timeout=`",
    ),
    "negative retries": (
        2,
        '@step("trips", retries=-1)\ndef load() -> pd.DataFrame: ...\n',
        3,
        "setting `retries` of step `load` must be a whole number, 0 or more, got -1",
        "`retries=`",
    ),
    "reads a path of the machine": (
        2,
        '@step("trips", reads=["/data/x.csv"])\ndef load() -> pd.DataFrame: ...\n',
        3,
        "setting `reads` of step `load` must be files of the project, by a path relative to it; "
        "'/data/x.csv' is none, got ['/data/x.csv']",
        "`reads=`",
    ),
    "step in an if block": (
        3,
        TRIPS + 'if True:\n    @step("more")\n    def add() -> pd.DataFrame: ...\n',
        7,
        "step `add` is inside an if block: the plan must know every step without running code; "
        "move it to the top level and decide inside",
        "at the top level",
    ),
    "step in a loop": (
        3,
        TRIPS + 'for n in [1]:\n    @step("more")\n    def add() -> pd.DataFrame: ...\n',
        7,
        "step `add` is inside a loop: the plan must know every step without running code; move "
        "it to the top level and decide inside",
        "at the top level",
    ),
    "step in a function": (
        3,
        TRIPS + 'def make():\n    @step("more")\n    def add() -> pd.DataFrame: ...\n',
        7,
        "step `add` is inside a function: the plan must know every step without running code; "
        "move it to the top level and decide inside",
        "at the top level",
    ),
    "step in a class": (
        3,
        TRIPS + 'class Steps:\n    @step("more")\n    def add(self) -> pd.DataFrame: ...\n',
        7,
        "step `add` is inside a class: the plan must know every step without running code; move "
        "it to the top level and decide inside",
        "at the top level",
    ),
    "step in a try block": (
        3,
        TRIPS
        + 'try:\n    @step("more")\n    def add() -> pd.DataFrame: ...\nexcept ValueError: ...\n',
        7,
        "step `add` is inside a try block: the plan must know every step without running code; "
        "move it to the top level and decide inside",
        "at the top level",
    ),
    "step called": (
        4,
        TRIPS + 'def add() -> pd.DataFrame: ...\nmore = step("more")(add)\n',
        6,
        "`step` is used other than as a decorator",
        '@step("name of the product")',
    ),
    "step under another name": (
        4,
        TRIPS + "mark = step\n",
        5,
        "`step` is used other than as a decorator",
        '@step("name of the product")',
    ),
    "step wrapped": (
        4,
        TRIPS + "def mark(name):\n    return step(name, cpu=2)\n",
        6,
        "`step` is used other than as a decorator",
        '@step("name of the product")',
    ),
    "no steps": (
        7,
        "def load() -> pd.DataFrame: ...\n",
        1,
        "the pipeline has no steps",
        '@step("name of the product")',
    ),
    "async step": (
        8,
        '@step("trips")\nasync def load() -> pd.DataFrame: ...\n',
        4,
        "step `load` is async: a step is a plain function",
        "asyncio.run",
    ),
    "*args": (
        9,
        '@step("trips")\ndef load(*files: str) -> pd.DataFrame: ...\n',
        4,
        "step `load` takes `*files`: the plan must know every argument",
        "name each product",
    ),
    "**kwargs": (
        9,
        '@step("trips")\ndef load(**options: str) -> pd.DataFrame: ...\n',
        4,
        "step `load` takes `**options`: the plan must know every argument",
        "name each product",
    ),
    "positional only": (
        9,
        '@step("trips")\ndef load(day: str = "x", /) -> pd.DataFrame: ...\n',
        4,
        "step `load` has positional-only arguments: arguments are passed by name",
        "remove the `/`",
    ),
    "returns something without a product": (
        10,
        "@step(cache=False)\ndef send() -> int: ...\n",
        4,
        "step `send` names no product and returns something (int)",
        "name the product",
    ),
    "returns something without a product or hint": (
        10,
        "@step(cache=False)\ndef send():\n    return 3\n",
        4,
        "step `send` names no product and returns something",
        "name the product",
    ),
    "a side effect that is cached": (
        10,
        "@step()\ndef send() -> None: ...\n",
        4,
        "step `send` makes no product, so `cache=False` is required: it is run for its effect, "
        "every time",
        "cache=False",
    ),
    "no return hint": (
        11,
        '@step("trips")\ndef load(): ...\n',
        4,
        "step `load` has no return hint: it chooses the format of `trips`",
        "-> pd.DataFrame",
    ),
    "two products, one returned": (
        12,
        '@step("train", "test")\ndef split() -> pd.DataFrame: ...\n',
        4,
        "step `split` names 2 products (train, test) but the hint returns 1",
        "-> pandas.DataFrame",
    ),
    "two products, three returned": (
        12,
        '@step("train", "test")\ndef split() -> tuple[int, int, int]: ...\n',
        4,
        "step `split` names 2 products (train, test) but the hint returns 3",
        "tuple[int, int, int]",
    ),
    "one product, two returned": (
        12,
        '@step("train")\ndef split() -> tuple[pd.DataFrame, pd.DataFrame]: ...\n',
        4,
        "step `split` names 1 product (train) but the hint returns 2",
        "as many names",
    ),
    "one product, none returned": (
        12,
        '@step("train")\ndef split() -> None: ...\n',
        4,
        "step `split` names 1 product (train) but the hint returns nothing",
        "as many names",
    ),
    "product misspelt": (
        13,
        TRIPS + '@step("n")\ndef count(trip: pd.DataFrame) -> int: ...\n',
        6,
        "nothing makes `trip`, and a dataframe cannot be a parameter; did you mean `trips`?",
        "rename the argument to `trips`",
    ),
    "product that nothing makes": (
        13,
        '@step("n")\ndef count(weather: pd.DataFrame) -> int: ...\n',
        4,
        "nothing makes `weather`, and a dataframe cannot be a parameter",
        '@step("weather")',
    ),
    "an array": (
        13,
        'import numpy as np\n@step("n")\ndef count(weights: np.ndarray) -> int: ...\n',
        5,
        "nothing makes `weights`, and an array cannot be a parameter",
        '@step("weights")',
    ),
    "argument without hint": (
        13,
        TRIPS + '@step("n")\ndef count(tripz) -> int: ...\n',
        6,
        "nothing makes `tripz`, and without a type hint that can be read it is no parameter; did "
        "you mean `trips`?",
        "rename the argument to `trips`",
    ),
    "gather of nothing": (
        13,
        TRIPS + '@step("n")\ndef count(tripz: Each[pd.DataFrame]) -> int: ...\n',
        6,
        "nothing makes `tripz`, and `tripz` of step `count` gathers a product; did you mean "
        "`trips`?",
        "rename the argument to `trips`",
    ),
    "parameter near a product": (
        14,
        '@step("rate")\ndef load() -> float: ...\n'
        '@step("n")\ndef count(rates: int = 3) -> int: ...\n',
        6,
        "parameter `rates` is one letter from product `rate`: rename it",
        "if step `count` wants the product, write `rate`",
    ),
    "product with a default": (
        15,
        TRIPS + '@step("n")\ndef count(trips: pd.DataFrame = 3) -> int: ...\n',
        6,
        "`trips` of step `count` is a product and has a default: the product always wins",
        "`= None`",
    ),
    "two types of one parameter": (
        16,
        '@step("a")\ndef first(depth: int) -> int: ...\n'
        '@step("b")\ndef second(depth: float) -> int: ...\n',
        6,
        "parameter `depth` has two types: float in step `second`, int in step `first` "
        "(src/bikes/pipelines/train.py:4)",
        "give both the same type",
    ),
    "two defaults of one parameter": (
        16,
        '@step("a")\ndef first(depth: int = 6) -> int: ...\n'
        '@step("b")\ndef second(depth: int = 8) -> int: ...\n',
        6,
        "parameter `depth` has two defaults: 8 in step `second`, 6 in step `first` "
        "(src/bikes/pipelines/train.py:4)",
        "give both the same default",
    ),
    "computed default": (
        17,
        'from datetime import date\n@step("a")\ndef first(day: date = date.today()) -> int: ...\n',
        5,
        "the default of `day` in step `first` is computed, `date.today()`: it would be frozen at "
        "import",
        "let the run give it",
    ),
    "computed constant": (
        17,
        'import os\nHERE = os.getcwd()\n@step("a")\ndef first(path: str = HERE) -> int: ...\n',
        6,
        "the default of `path` in step `first` is computed, `os.getcwd()`: it would be frozen at "
        "import",
        "let the run give it",
    ),
    "hint that does not fit": (
        18,
        TRIPS + '@step("n")\ndef count(trips: dict) -> int: ...\n',
        6,
        "`trips` of step `count` wants dict, but `load` makes a dataframe",
        "src/bikes/pipelines/train.py:4",
    ),
    "hint of the gathered product that does not fit": (
        18,
        'each = {"borough": ["Queens"]}\n'
        '@step("trips")\ndef load(borough: str) -> pd.DataFrame: ...\n'
        '@step("n")\ndef count(trips: Each[dict[str, int]]) -> int: ...\n',
        7,
        "`trips` of step `count` wants dict, but `load` makes a dataframe",
        "src/bikes/pipelines/train.py:5",
    ),
    "gather of what runs once": (
        19,
        TRIPS + '@step("n")\ndef count(trips: Each[pd.DataFrame]) -> int: ...\n',
        6,
        "`trips` of step `count` is `Each[…]`, but `load` runs once",
        "without `Each`",
    ),
    "gather and the value": (
        20,
        'each = {"borough": ["Queens"]}\n'
        '@step("trips")\ndef load(borough: str) -> pd.DataFrame: ...\n'
        '@step("n")\ndef count(trips: Each[pd.DataFrame], borough: str) -> int: ...\n',
        7,
        "step `count` takes `trips: Each[…]`, over all values, and `borough`, of one value, both",
        "remove `borough`",
    ),
    "gather and a product of one value": (
        20,
        'each = {"borough": ["Queens"]}\n'
        '@step("trips", "rides")\n'
        "def load(borough: str) -> tuple[pd.DataFrame, pd.DataFrame]: ...\n"
        '@step("n")\ndef count(trips: Each[pd.DataFrame], rides: pd.DataFrame) -> int: ...\n',
        7,
        "step `count` takes `trips: Each[…]`, over all values, and `rides`, of one value, both",
        "`rides: Each[…]`",
    ),
    "import by name at run time": (
        21,
        "import importlib\n"
        '@step("a")\ndef first() -> int:\n    return importlib.import_module("x").y\n',
        6,
        "`import_module()` is in the reach of the cached step `first`: what it runs is not known, "
        "so the cache could not see it change",
        "cache=False",
    ),
    "eval in a helper": (
        21,
        "def compute(text: str):\n    return eval(text)\n"
        '@step("a")\ndef first() -> int:\n    return compute("1")\n',
        4,
        "`eval()` is in the reach of the cached step `first`, through `compute`: what it runs is "
        "not known, so the cache could not see it change",
        "cache=False",
    ),
    "globals": (
        21,
        '@step("a")\ndef first() -> int:\n    return globals()["x"]\n',
        5,
        "`globals()` is in the reach of the cached step `first`: what it runs is not known, so "
        "the cache could not see it change",
        "by name",
    ),
    "today in a helper": (
        22,
        "from datetime import date as day\ndef age():\n    return day.today()\n"
        '@step("a")\ndef first() -> int:\n    return age()\n',
        5,
        "`today()` is in the reach of the cached step `first`, through `age`: the cached result "
        "would keep the day it was made",
        "a parameter that the schedule fills",
    ),
    "now of pandas": (
        22,
        '@step("a")\ndef first() -> int:\n    return pd.Timestamp.now().year\n',
        5,
        "`now()` is in the reach of the cached step `first`: the cached result would keep the day "
        "it was made",
        "cache=False",
    ),
    "now from a local import": (
        22,
        '@step("a")\ndef first() -> int:\n    from datetime import datetime as d\n'
        "    return d.now().year\n",
        6,
        "`now()` is in the reach of the cached step `first`: the cached result would keep the day "
        "it was made",
        "cache=False",
    ),
    "the environment": (
        23,
        'import os\n@step("a")\ndef first() -> str:\n    return os.environ["REGION"]\n',
        6,
        '`os.environ["REGION"]` is in the reach of the cached step `first`: the cache could not '
        "see it change",
        '@step(…, secrets=["REGION"])',
    ),
    "the environment by getenv, through a constant": (
        23,
        'from os import getenv\nREGION = getenv("REGION", "eu")\n'
        '@step("a")\ndef first() -> str:\n    return REGION\n',
        4,
        '`os.environ["REGION"]` is in the reach of the cached step `first`, through `REGION`: the '
        "cache could not see it change",
        '@step(…, secrets=["REGION"])',
    ),
    "the whole environment": (
        23,
        'import os\n@step("a", secrets=["REGION"])\ndef first() -> dict:\n'
        "    return dict(os.environ)\n",
        6,
        "`os.environ` is in the reach of the cached step `first`: the cache could not see it "
        "change",
        "take a parameter",
    ),
    "cycle": (
        26,
        '@step("a")\ndef first(b: int) -> int: ...\n@step("b")\ndef second(a: int) -> int: ...\n',
        4,
        "a cycle: first → second → first",
        "`first` takes `b`, which needs `first` first",
    ),
    "cycle of one": (
        26,
        '@step("a")\ndef first(a: int) -> int: ...\n',
        4,
        "a cycle: first → first",
        "a step cannot wait for itself",
    ),
    "two steps with one product": (
        27,
        TRIPS + '@step("trips")\ndef clean() -> pd.DataFrame: ...\n',
        6,
        "steps `load` and `clean` both make `trips`; the other is in "
        "src/bikes/pipelines/train.py:4",
        "another name",
    ),
    "one product twice": (
        27,
        '@step("a", "a")\ndef first() -> tuple[int, int]: ...\n',
        3,
        "product `a` is named twice in one step",
        "a name of its own",
    ),
    "two steps with one name": (
        27,
        TRIPS + '@step("more")\ndef load() -> pd.DataFrame: ...\n',
        6,
        "two steps are named `load`: the other is in src/bikes/pipelines/train.py:4",
        "rename one",
    ),
    "no Python": (
        28,
        "def load(:\n",
        3,
        "it cannot be parsed: invalid syntax",
        "mend the syntax",
    ),
    "computed each": (
        29,
        "each = make()\n" + TRIPS,
        3,
        "`each` must be a literal, got make()",
        'each = {"borough": ["Queens", "Bronx"]}',
    ),
    "each over two parameters": (
        29,
        'each = {"borough": ["Queens"], "day": ["1"]}\n' + TRIPS,
        3,
        "`each` must be one parameter with its values",
        'each = {"borough": ["Queens", "Bronx"]}',
    ),
    "each without values": (
        29,
        'each = {"borough": []}\n' + TRIPS,
        3,
        "the values of `borough` must be a list of texts or whole numbers, and not empty",
        'each = {"borough": ["Queens", "Bronx"]}',
    ),
    "each with a value twice": (
        29,
        'each = {"borough": ["Queens", "Queens"]}\n'
        '@step("trips")\ndef load(borough: str) -> pd.DataFrame: ...\n',
        3,
        "`each` has the value `Queens` twice",
        'each = {"borough": ["Queens", "Bronx"]}',
    ),
    "each that no step takes": (
        29,
        'each = {"borouh": ["Queens"]}\n'
        '@step("trips")\ndef load(borough: str) -> pd.DataFrame: ...\n',
        3,
        "`each` names `borouh`, but no step takes it; did you mean `borough`?",
        "give a step the argument `borouh: str`",
    ),
    "fallback that is a value": (
        29,
        'each = {"borough": ["Queens", "all"]}\nfallback = "all"\n'
        '@step("trips")\ndef load(borough: str) -> pd.DataFrame: ...\n',
        3,
        "the fallback `all` is also a value of `each`: it is run along with them",
        'remove "all"',
    ),
    "fallback alone": (
        29,
        'fallback = "all"\n' + TRIPS,
        3,
        "`fallback` without `each`: there are no values to stand in for",
        'each = {"borough": ["Queens", "Bronx"]}',
    ),
    "gate without metrics": (
        30,
        TRIPS + "def better(candidate, production): ...\n",
        5,
        "`better` has nothing to compare: no product with the hint `dict[str, float]` needs a "
        "model",
        '@step("metrics")',
    ),
    "a module that is not there": (
        32,
        "from bikes.pipelines.tools import other\n" + TRIPS,
        3,
        "the project has no module `bikes.pipelines.tools`",
        "mend the import",
    ),
    "a module misspelt": (
        32,
        "import bikes.pipelines.trane\n" + TRIPS,
        3,
        "the project has no module `bikes.pipelines.trane`; did you mean `train`?",
        "import `train`",
    ),
    "a parameter of a type that a command line cannot give": (
        13,
        'from pathlib import Path\n@step("a")\ndef first(folder: Path) -> int: ...\n',
        5,
        "nothing makes `folder`, and a file cannot be a parameter",
        "a parameter is int, float, str",
    ),
    "a stream that no format holds": (
        31,
        'from collections.abc import Iterator\n@step("rows")\ndef read() -> Iterator[int]: ...\n',
        5,
        "no format fits product `rows`: a stream of int cannot be stored",
        "yield pyarrow.RecordBatch",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_error(project, case: tuple[int, str, int, str, str]) -> None:
    number, body, line, text, hint = case
    found = problems(project(body))
    assert [str(p) for p in found] == [f"src/bikes/pipelines/train.py:{line}: {text}"]
    assert found[0].number == number
    assert hint in (found[0].hint or "")


def test_all_problems_of_a_module_are_reported_together(project) -> None:
    found = problems(
        project(
            """
            @step("trips", memory=SIZE)
            def load(): ...

            @step("n")
            def count(trip: pd.DataFrame, *more: int) -> None: ...
            """
        )
    )
    assert [(p.line, p.number) for p in found] == [(3, 2), (4, 11), (7, 9), (7, 12), (7, 13)]


def test_the_exception_prints_every_problem_with_its_hint(project) -> None:
    root = project('@step("trips")\ndef load(): ...\n')
    with pytest.raises(PlanFailed) as failure:
        make_plan(root, "train")
    assert str(failure.value) == (
        "src/bikes/pipelines/train.py:4: step `load` has no return hint: it chooses the format of "
        "`trips`\n    write what the function returns, such as `-> pd.DataFrame`"
    )


STEPS = """
import pandas as pd
from fabrica.pipelines import step

@step("trips")
def load() -> pd.DataFrame: ...

@step("n")
def count(trips: pd.DataFrame) -> int: ...
"""


@pytest.mark.parametrize("line", ["from bikes.steps import *", "from ..steps import *"])
def test_star_import_of_steps(project, line: str) -> None:
    [found] = problems(project(f'{line}\n@step("a")\ndef first() -> int: ...\n', steps=STEPS))
    assert str(found) == (
        "src/bikes/pipelines/train.py:3: star import from `bikes.steps`: import the steps by name"
    )
    assert found.number == 5
    assert found.hint == "from bikes.steps import count, load"


@pytest.mark.parametrize(
    "line",
    [
        "import bikes.steps",
        "import bikes.steps as s",
        "from bikes import steps",
        "from .. import steps",
    ],
)
def test_module_of_steps_imported_as_a_module(project, line: str) -> None:
    [found] = problems(project(f'{line}\n@step("a")\ndef first() -> int: ...\n', steps=STEPS))
    assert str(found) == (
        "src/bikes/pipelines/train.py:3: `bikes.steps` has steps and is imported as a module: "
        "import them by name"
    )
    assert found.number == 6
    assert found.hint == "from bikes.steps import load, count"


def test_a_module_without_steps_may_be_imported_as_a_module(project) -> None:
    root = project(
        """
        import bikes.tools
        from bikes import tools as t
        from bikes.tools import *

        @step("a")
        def first() -> int:
            return bikes.tools.one() + t.one() + one()
        """,
        tools="def one():\n    return 1\n",
    )
    assert [step.name for step in make_plan(root, "train").steps] == ["first"]


def test_problems_of_imported_steps_name_their_own_file(project) -> None:
    [found] = problems(
        project(
            "from bikes.steps import load\n",
            steps='from fabrica.pipelines import step\n@step("a")\ndef load(): ...\n',
        )
    )
    assert str(found).startswith("src/bikes/steps.py:3: step `load` has no return hint")


def test_a_step_inside_an_if_block_of_another_module(project) -> None:
    steps = (
        'from fabrica.pipelines import step\nif True:\n    @step("a")\n    def load() -> int: ...\n'
    )
    [found] = problems(project("from bikes.steps import load\n", steps=steps))
    assert (found.file, found.line, found.number) == ("src/bikes/steps.py", 4, 3)


def test_an_imported_module_that_is_no_python(project) -> None:
    [found] = problems(project("from bikes.steps import load\n", steps="def load(:\n"))
    assert str(found) == "src/bikes/steps.py:1: it cannot be parsed: invalid syntax"


def test_an_imported_name_that_is_not_there(project) -> None:
    root = project(
        "from bikes.steps import lod\nfrom bikes.lazy import anything\n"
        '@step("a")\ndef first() -> int: ...\n',
        steps=STEPS,
        lazy="def __getattr__(name): ...\n",
    )
    [found] = problems(root)
    assert str(found) == (
        "src/bikes/pipelines/train.py:3: `bikes.steps` has no `lod`; did you mean `load`?"
    )
    assert (found.number, found.hint) == (32, "import `load`")


@pytest.mark.parametrize(
    "line",
    ["import bikes.deep", "from bikes import deep, _fast", "import bikes", "import bikes._fast"],
)
def test_folders_and_compiled_modules_are_there(project, line: str) -> None:
    root = project(f'{line}\n@step("a")\ndef first() -> int: ...\n')
    (root / "src/bikes/deep").mkdir()
    (root / "src/bikes/_fast.cpython-311-x86_64-linux-gnu.so").write_bytes(b"")
    make_plan(root, "train")


def test_an_import_that_may_fail_is_fine(project) -> None:
    root = project(
        "try:\n    from bikes.fast import f\nexcept ImportError:\n    f = None\n"
        '@step("a")\ndef first() -> int: ...\n'
    )
    make_plan(root, "train")


def test_two_steps_with_one_name_from_two_modules(project) -> None:
    one = 'from fabrica.pipelines import step\n@step("a")\ndef load() -> int: ...\n'
    two = 'from fabrica.pipelines import step\n@step("b")\ndef load() -> int: ...\n'
    [found] = problems(
        project(
            "from bikes.one import load\nfrom bikes.two import load as load_two\n",
            one=one,
            two=two,
        )
    )
    assert str(found) == (
        "src/bikes/two.py:3: two steps are named `load`: the other is in src/bikes/one.py:3"
    )


def test_a_clock_outside_the_reach_or_in_an_uncached_step_is_fine(project) -> None:
    root = project(
        """
        import os
        from datetime import datetime

        def stamp():
            return datetime.now()

        @step("a", secrets=["TOKEN"])
        def first(now: int = 3) -> int:
            return now + len(os.environ["TOKEN"]) + len(os.environ.get("TOKEN", ""))

        @step(cache=False)
        def send(a: int) -> None:
            print(stamp(), os.environ["REGION"], eval("1"))
        """
    )
    assert len(make_plan(root, "train").steps) == 2


def test_setting_the_environment_is_no_reading(project) -> None:
    root = project(
        """
        import os
        os.environ["OMP_NUM_THREADS"] = "1"
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

        @step("a")
        def first() -> int:
            os.environ["X"] = "1"
            return 1
        """
    )
    make_plan(root, "train")


NOTEBOOK = """\
{
 "cells": [
  {"cell_type": "markdown", "source": ["@step"]},
  {"cell_type": "code", "source": ["%time\\n", "from fabrica.pipelines import step\\n"]},
  {
   "cell_type": "code",
   "source": [
    "@step(\\"trips\\")\\n",
    "def load() -> int: ...\\n"
   ]
  }
 ]
}
"""


def test_a_step_in_a_notebook(project) -> None:
    root = project('@step("a")\ndef first() -> int: ...\n')
    (root / "src/bikes/explore.ipynb").write_text(NOTEBOOK)
    [found] = problems(root)
    assert str(found) == (
        "src/bikes/explore.ipynb:9: step `load` is in a notebook: notebooks import and call steps"
    )
    assert found.number == 24
    assert found.hint == "move it to a module below src/ and import it in the notebook"


def test_a_pipeline_that_is_a_notebook(project) -> None:
    root = project('@step("a")\ndef first() -> int: ...\n')
    (root / "src/bikes/pipelines/score.ipynb").write_text(NOTEBOOK)
    [found] = problems(root, "score")
    assert (found.file, found.number) == ("src/bikes/pipelines/score.ipynb", 24)


def test_a_notebook_that_calls_steps_is_fine(project) -> None:
    root = project('@step("a")\ndef first() -> int: ...\n')
    notebook = NOTEBOOK.replace('@step(\\"trips\\")', "# plain").replace(
        "import step", "import Skip"
    )
    (root / "src/bikes/explore.ipynb").write_text(notebook)
    make_plan(root, "train")
