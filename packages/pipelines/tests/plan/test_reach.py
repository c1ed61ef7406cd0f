"""Which edits change which digests: no fewer than they must, and no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fabrica.pipelines import make_plan, plan_json, read_plan
from fabrica.pipelines._reach import code_digests

PIPELINE = '''\
"""Trains a model of the duration of a trip."""

import pandas as pd
from sklearn.linear_model import Ridge
from fabrica.pipelines import Metrics, Verdict, keep, promote, step
from bikes import settings as config
from bikes.features import add_features, unused_by_all
from bikes.plots import Bars

LIMIT = 60


@step("trips", reads=["data/trips.csv"])
def load() -> pd.DataFrame:
    """Read the trips."""
    return pd.read_csv("data/trips.csv").head(LIMIT)


@step("model", memory="1Gi")
def train(trips: pd.DataFrame, depth: int = 6) -> Ridge:
    return Ridge(config.ALPHA).fit(add_features(trips), trips.duration)


@step("metrics")
def evaluate(model: Ridge, trips: pd.DataFrame) -> dict[str, float]:
    from bikes import scores
    return {"mae": scores.mae(model.predict(add_features(trips)), trips.duration)}


@step("chart")
def draw(trips: pd.DataFrame) -> dict:
    return Bars().draw(trips)


def tool():
    return 1


def better(candidate: Metrics, production: Metrics | None) -> Verdict:
    return promote("less") if is_less(candidate, production) else keep("more")


def is_less(candidate, production):
    return production is None or candidate["mae"] < production["mae"]
'''

FEATURES = '''\
"""Features of a trip."""

import numpy as np
from bikes.calendar import *
from bikes.registry import feature

WEEKEND = [5, 6]


def add_features(trips):
    """Add what the model reads."""
    return trips.assign(weekend=trips.day.isin(WEEKEND), month=month_of(trips), log=log(trips))


def log(trips):
    return np.log(trips.distance)


def unused_by_all(trips):
    return trips
'''

OTHERS = {
    "calendar": '"""Days."""\n\ndef month_of(trips):\n    return trips.day // 30\n\n\n'
    "def year_of(trips):\n    return 2019\n",
    "registry": "FOUND = []\n\n\ndef feature(function):\n    FOUND.append(function)\n"
    "    return function\n",
    "settings": "ALPHA = 1.0\nBETA = 2.0\n",
    "scores": "def mae(a, b):\n    return abs(a - b).mean()\n\n\ndef rmse(a, b):\n    return 0\n",
    "plots": "class Chart:\n    def __init_subclass__(cls):\n        CHARTS.append(cls)\n\n\n"
    "CHARTS = []\n\n\nclass Bars(Chart):\n    def draw(self, trips):\n"
    "        return {c.__name__: 1 for c in CHARTS}\n",
    "elsewhere": "def nothing():\n    return 0\n",
}


@pytest.fixture
def bikes(project) -> Path:
    root = project(None, features=FEATURES, **OTHERS)
    (root / "src/bikes/pipelines").mkdir()
    (root / "src/bikes/pipelines/train.py").write_text(PIPELINE)
    return root


def digests(root: Path) -> dict[str, str]:
    return code_digests(make_plan(root, "train"), root)


def changed(root: Path, file: str, edit: Callable[[str], str]) -> set[str]:
    """Return the steps whose digest an edit of a file changes."""
    before = digests(root)
    path = root / "src/bikes" / f"{file}.py"
    text = edit(path.read_text())
    assert text != path.read_text()
    path.write_text(text)
    after = digests(root)
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


def swap(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return edit


def append(more: str) -> Callable[[str], str]:
    return lambda text: text + more


ALL = {"load", "train", "evaluate", "draw", "gate"}
TRAIN = "pipelines/train"

EDITS: dict[str, tuple[str, Callable[[str], str], set[str]]] = {
    # Fourteen edits of a working day.
    "a comment": (TRAIN, swap("LIMIT = 60", "LIMIT = 60  # rows\n# more"), set()),
    "layout": (
        TRAIN,
        swap(".head(LIMIT)", "\\\n        .head(\n            LIMIT,\n        )"),
        set(),
    ),
    "quotes": (TRAIN, swap('"data/trips.csv").head', "'data/trips.csv').head"), set()),
    "a docstring": (TRAIN, swap("Read the trips.", "Read all trips."), {"load"}),
    "an unrelated function": (TRAIN, swap("return 1", "return 2"), set()),
    "a new function": (TRAIN, append("\n\ndef more():\n    return 3\n"), set()),
    "a step's body": (TRAIN, swap("head(LIMIT)", "tail(LIMIT)"), {"load"}),
    "a constant that a step uses": (TRAIN, swap("LIMIT = 60", "LIMIT = 61"), {"load"}),
    "a helper of two steps": ("features", swap("np.log(", "np.log1p("), {"train", "evaluate"}),
    "a constant of a helper": ("features", swap("[5, 6]", "[6, 7]"), {"train", "evaluate"}),
    "a helper that nothing uses": ("features", swap("    return trips\n", "    return 0\n"), set()),
    "a module that nothing imports": ("elsewhere", swap("return 0", "return 1"), set()),
    "memory of a step": (TRAIN, swap('"1Gi"', '"8Gi"'), set()),
    "code that runs on import": (TRAIN, append("\npd.options.mode.copy_on_write = True\n"), ALL),
    # And what is less usual.
    "the gate": (TRAIN, swap('"less"', '"smaller"'), {"gate"}),
    "a helper of the gate": (TRAIN, swap("is None or", "is None and"), {"gate"}),
    "a default": (TRAIN, swap("depth: int = 6", "depth: int = 8"), {"train"}),
    "a constant of a module": ("settings", swap("ALPHA = 1.0", "ALPHA = 2.0"), {"train"}),
    "another constant of a module": ("settings", swap("BETA = 2.0", "BETA = 3.0"), set()),
    "an import's meaning": (
        "features",
        swap("import numpy as np", "import cupy as np"),
        {"train", "evaluate"},
    ),
    "an import that nothing uses": (
        TRAIN,
        swap("import pandas as pd", "import os\nimport pandas as pd"),
        set(),
    ),
    "a star-imported module counts whole": (
        "calendar",
        swap("return 2019", "return 2020"),
        {"train", "evaluate"},
    ),
    "a helper imported in a function": ("scores", swap(".mean()", ".median()"), {"evaluate"}),
    "its neighbour": ("scores", swap("return 0", "return 1"), set()),
    "import-time code of a module imported in a function": (
        "scores",
        append("\nprint('scores')\n"),
        {"evaluate"},
    ),
    "import-time code deep down": ("registry", append("\nFOUND.clear()\n"), ALL),
    "a registered function": (
        "features",
        append("\n\n@feature\ndef speed(trips):\n    return 1\n"),
        ALL,
    ),
    "a new subclass of a class with a hook": (
        "plots",
        append("\n\nclass Lines(Chart):\n    width = 1\n"),
        ALL,
    ),
    "a new class without a hook": ("plots", append("\n\nclass Pie:\n    width = 1\n"), set()),
    "a method": ("plots", swap(": 1 for", ": 2 for"), ALL),  # Bars runs Chart's hook on import
    "the module's docstring": (TRAIN, swap("Trains a model", "Fits a model"), set()),
    "a cached function": (
        "features",
        lambda text: (
            "from functools import cache\n" + text + "\n\n@cache\ndef slow():\n    return 1\n"
        ),
        set(),
    ),
    "an assignment that calls the project": ("features", append("\nX = log(None)\n"), ALL),
    "an assignment that calls a library": ("features", append("\nX = np.zeros(3)\n"), set()),
    "code for scripts": (
        "features",
        append('\nif __name__ == "__main__":\n    print(WEEKEND)\n'),
        set(),
    ),
    "imports for type checkers": (
        "features",
        append(
            "\nfrom typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from bikes import elsewhere\n"
        ),
        set(),
    ),
    "an attribute of a class of a library": (
        "features",
        append("\nnp.ndarray.shape_of = log\n"),
        ALL,
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_changes_exactly_the_digests_it_must(bikes: Path, name: str) -> None:
    file, edit, expected = EDITS[name]
    assert changed(bikes, file, edit) == expected


def test_one_of_fourteen_edits_changes_every_step() -> None:
    assert [name for name, (_, _, steps) in list(EDITS.items())[:14] if steps == ALL] == [
        "code that runs on import"
    ]


def test_digests_are_the_same_wherever_the_project_is(bikes: Path, tmp_path: Path) -> None:
    import shutil

    other = tmp_path / "elsewhere"
    shutil.copytree(bikes, other)
    assert digests(other) == digests(bikes)


def test_digests_of_a_plan_that_was_read(bikes: Path) -> None:
    plan = make_plan(bikes, "train")
    assert code_digests(read_plan(plan_json(plan)), bikes) == code_digests(plan, bikes)


def test_products_names_count(bikes: Path) -> None:
    edit = swap('@step("chart")', '@step("picture")')
    assert changed(bikes, TRAIN, edit) == {"draw"}


def pair(project, body: str, **files: str) -> tuple[Path, Path]:
    root = project(body, **files)
    return root, root / "src/bikes"


FAST_AND_SLOW = {
    "fast": "def f():\n    return 1\n",
    "slow": "def f():\n    return 2\n",
}

QUICK_MODEL = {
    "model": "class Base:\n    pass\n\ndef twice(n):\n    return 2 * n\n\n"
    "class Quick(Base):\n    def size(self):\n        return 1\n\n"
    "    def double(self):\n        return twice(self.size())\n"
}

CASES = {
    "the class of an input without a hint": (
        """
        from bikes.model import Model

        @step("model")
        def fit() -> Model: ...

        @step("n")
        def count(model) -> int:
            return model.size()
        """,
        {"model": "class Model:\n    def size(self):\n        return 1\n"},
        ("model", "return 1", "return 2"),
        {"fit", "count"},
    ),
    "a subclass that only the maker of a pickled input names": (
        """
        from bikes.model import Base, Quick

        @step("model")
        def fit() -> Base:
            return Quick()

        @step("n")
        def count(model: Base) -> int:
            return model.size()

        @step("other")
        def other(n: int) -> int: ...
        """,
        QUICK_MODEL,
        ("model", "return 1", "return 2"),
        {"fit", "count"},
    ),
    "a function that a method of a pickled input calls": (
        """
        from bikes.model import Base, Quick

        @step("model")
        def fit() -> Base:
            return Quick()

        @step("n")
        def count(model: Base) -> int:
            return model.double()
        """,
        QUICK_MODEL,
        ("model", "return 2 * n", "return n + n"),
        {"fit", "count"},
    ),
    "a pickled input that is handed on": (
        """
        from bikes.model import Base, Quick

        @step("raw")
        def fit(borough: str) -> object:
            return Quick()

        @step("model")
        def calibrate(raw: object) -> object:
            return raw

        @step("ns")
        def count(model: Each[object]) -> int:
            return sum(each.size() for each in model.values())

        each = {"borough": ["a", "b"]}

        @step("unused")
        def unused(borough: str, model: object) -> int: ...
        """,
        QUICK_MODEL,
        ("model", "return 1", "return 2"),
        {"fit", "calibrate", "count", "unused"},
    ),
    "the body of the step that makes a pickled input": (
        """
        from bikes.model import Base, Quick

        @step("model")
        def fit() -> Base:
            return Quick()

        @step("n")
        def count(model: Base) -> int:
            return model.size()
        """,
        QUICK_MODEL,
        ("pipelines/train", "return Quick()", "model = Quick()\n    return model"),
        {"fit"},
    ),
    "the maker of an input that is not pickled": (
        """
        from bikes.model import Quick

        @step("size")
        def fit() -> int:
            return Quick().size()

        @step("n")
        def count(size: int) -> int:
            return size
        """,
        QUICK_MODEL,
        ("model", "return 1", "return 2"),
        {"fit"},
    ),
    "an own decorator": (
        """
        from bikes.timing import timed

        @timed
        @step("a")
        def first() -> int: ...

        @step("b")
        def second() -> int: ...
        """,
        {"timing": "def timed(f):\n    def g():\n        return f() + 1\n    return g\n"},
        ("timing", "f() + 1", "f() + 2"),
        {"first"},
    ),
    "an own decorator that registers": (
        """
        from bikes.timing import timed

        @timed
        @step("a")
        def first() -> int: ...

        @step("b")
        def second() -> int: ...
        """,
        {"timing": "ALL = []\ndef timed(f):\n    ALL.append(f)\n    return f\n"},
        ("pipelines/train", "def first() -> int: ...", "def first() -> int: return 3"),
        {"first", "second"},
    ),
    "a whole module as a value": (
        """
        from bikes import tools

        @step("a")
        def first() -> int:
            return getattr(tools, "one")()

        @step("b")
        def second() -> int:
            return tools.two()
        """,
        {"tools": "def one():\n    return 1\n\ndef two():\n    return 2\n"},
        ("tools", "return 1", "return 3"),
        {"first"},
    ),
    "a name that a module makes at run time": (
        """
        from bikes import tools

        @step("a")
        def first() -> int:
            return tools.one()
        """,
        {"tools": "def __getattr__(name):\n    return lambda: 1\n"},
        ("tools", "lambda: 1", "lambda: 2"),
        {"first"},
    ),
    "a global that a function sets": (
        """
        STATE = 1

        def bump():
            global STATE
            STATE = 2

        @step("a")
        def first() -> int:
            bump()
            return 1
        """,
        {},
        ("pipelines/train", "STATE = 1", "STATE = 5"),
        {"first"},
    ),
    "a comprehension's variable does not hide a global": (
        """
        x = 1

        @step("a")
        def first() -> int:
            return [x for x in [2]][0] + x
        """,
        {},
        ("pipelines/train", "x = 1", "x = 5"),
        {"first"},
    ),
    "a local name hides a global": (
        """
        x = 1

        @step("a")
        def first() -> int:
            x = 3
            return x
        """,
        {},
        ("pipelines/train", "x = 1", "x = 5"),
        set(),
    ),
    "all subclasses": (
        """
        from bikes.shapes import Base

        @step("a")
        def first() -> int:
            return len(Base.__subclasses__())

        @step("b")
        def second() -> int:
            return Base.size
        """,
        {"shapes": "class Base:\n    size = 1\n\nclass Child(Base):\n    size = 2\n"},
        ("shapes", "size = 2", "size = 3"),
        {"first"},
    ),
    "a base class": (
        """
        from bikes.shapes import Child

        @step("a")
        def first() -> int:
            return Child().size
        """,
        {"shapes": "class Base:\n    size = 1\n\nclass Child(Base):\n    pass\n"},
        ("shapes", "size = 1", "size = 3"),
        {"first"},
    ),
    "an import that moved to another module": (
        """
        from bikes.one import f

        @step("a")
        def first() -> int:
            return f()
        """,
        {"one": "def f():\n    return 1\n", "two": "def f():\n    return 1\n"},
        ("pipelines/train", "bikes.one", "bikes.two"),
        {"first"},
    ),
    "a package's own import-time code": (
        """
        from bikes.one import f

        @step("a")
        def first() -> int:
            return f()
        """,
        {"one": "def f():\n    return 1\n", "__init__": "print(1)\n"},
        ("__init__", "print(1)", "print(2)"),
        {"first"},
    ),
    "a module imported for its effect": (
        """
        import bikes.setup

        @step("a")
        def first() -> int: ...
        """,
        {"setup": "import warnings\nwarnings.simplefilter('ignore')\n"},
        ("setup", "ignore", "error"),
        {"first"},
    ),
    "a statement about a try": (
        """
        try:
            from fast import f
        except ImportError:
            f = None

        @step("a")
        def first() -> int:
            return f()
        """,
        {},
        ("pipelines/train", "f = None", "f = 3"),
        {"first"},
    ),
    "the first of two alternative imports": (
        """
        try:
            from bikes.fast import f
        except ImportError:
            from bikes.slow import f

        @step("a")
        def first() -> int:
            return f()

        @step("b")
        def second() -> int: ...
        """,
        FAST_AND_SLOW,
        ("fast", "return 1", "return 3"),
        {"first"},
    ),
    "the second of two alternative imports": (
        """
        try:
            from bikes.fast import f
        except ImportError:
            from bikes.slow import f

        @step("a")
        def first() -> int:
            return f()
        """,
        FAST_AND_SLOW,
        ("slow", "return 2", "return 3"),
        {"first"},
    ),
    "alternative modules under one name": (
        """
        import sys
        if sys.maxsize > 2**32:
            import bikes.fast as tools
        else:
            import bikes.slow as tools

        @step("a")
        def first() -> int:
            return tools.f()
        """,
        FAST_AND_SLOW,
        ("fast", "return 1", "return 3"),
        {"first"},
    ),
    "what a step does not use of an alternative module": (
        """
        try:
            import bikes.fast as tools
        except ImportError:
            import bikes.slow as tools

        @step("a")
        def first() -> int:
            return tools.f()
        """,
        {**FAST_AND_SLOW, "fast": "def f():\n    return 1\n\ndef g():\n    return 5\n"},
        ("fast", "return 5", "return 6"),
        set(),
    ),
    "alternatives behind a re-export": (
        """
        from bikes.tools import f

        @step("a")
        def first() -> int:
            return f()
        """,
        {
            **FAST_AND_SLOW,
            "tools": "try:\n    from bikes.fast import f\n"
            "except ImportError:\n    from bikes.slow import f\n",
        },
        ("fast", "return 1", "return 3"),
        {"first"},
    ),
    "an import that may replace a definition": (
        """
        def f():
            return 0

        try:
            from bikes.fast import f
        except ImportError:
            pass

        @step("a")
        def first() -> int:
            return f()
        """,
        FAST_AND_SLOW,
        ("fast", "return 1", "return 3"),
        {"first"},
    ),
    "alternative imports in a function": (
        """
        @step("a")
        def first(quick: bool = True) -> int:
            if quick:
                from bikes.fast import f
            else:
                from bikes.slow import f
            return f()
        """,
        FAST_AND_SLOW,
        ("fast", "return 1", "return 3"),
        {"first"},
    ),
    "the other of alternative imports in a function": (
        """
        @step("a")
        def first(quick: bool = True) -> int:
            if quick:
                import bikes.fast as tools
            else:
                import bikes.slow as tools
            return tools.f()
        """,
        FAST_AND_SLOW,
        ("slow", "return 2", "return 3"),
        {"first"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_reach(project, case) -> None:
    body, files, (file, old, new), expected = case
    root = project(body, **files)
    assert changed(root, file, swap(old, new)) == expected


def test_a_step_of_an_installed_package_is_followed_through_it(
    project, tmp_path: Path, monkeypatch
) -> None:
    tree = tmp_path / "tree"
    (tree / "acme").mkdir(parents=True)
    (tree / "acme/__init__.py").write_text("")
    (tree / "acme/steps.py").write_text(
        "from fabrica.pipelines import step\nfrom acme.tools import one\n"
        '@step("a")\ndef first() -> int:\n    return one()\n'
    )
    (tree / "acme/tools.py").write_text("def one():\n    return 1\n")
    monkeypatch.syspath_prepend(str(tree))
    root = project("from acme.steps import first\n")
    before = digests(root)
    (tree / "acme/tools.py").write_text("def one():\n    return 2\n")
    assert digests(root) != before


def test_two_thousand_steps_are_planned_in_one_pass(project) -> None:
    steps = "".join(
        f'@step("p{n}")\ndef s{n}({f"p{n - 1}: int" if n else ""}) -> int:\n    return help(p0)\n'
        for n in range(300)
    )
    root = project("def help(x):\n    return x\n\n" + steps)
    plan = make_plan(root, "train")
    assert [step.name for step in plan.steps] == [f"s{n}" for n in range(300)]
    assert len(set(code_digests(plan, root).values())) == 300
