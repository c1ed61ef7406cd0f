"""What a plan says, and the ways of writing a pipeline that must work without trouble."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from fabrica.pipelines import (
    NotAProject,
    ParameterError,
    Plan,
    UnknownPipeline,
    find_pipelines,
    make_plan,
)
from fabrica.pipelines._plan import GatePlan, InputPlan, ProductPlan, Resources


@pytest.fixture
def plan(project, train) -> Plan:
    return make_plan(project(train), "train")


def test_the_head_of_a_plan(plan: Plan) -> None:
    assert (plan.project, plan.pipeline) == ("bikes", "train")
    assert (plan.module, plan.file) == ("bikes.pipelines.train", "src/bikes/pipelines/train.py")


def test_steps_come_after_those_they_wait_for(plan: Plan) -> None:
    assert {step.name: step.after for step in plan.steps} == {
        "prepare": (),
        "split": ("prepare",),
        "train_model": ("split",),
        "predict": ("split", "train_model"),
        "evaluate": ("split", "predict"),
        "summarise": ("evaluate",),
        "send": ("summarise",),
    }


def test_a_step_says_where_it_is_and_how_it_is_run(plan: Plan) -> None:
    step = plan.step("train_model")
    assert (step.entry, step.line) == ("bikes.pipelines.train:train_model", 19)
    assert step.resources == Resources(cpu=2, memory="2Gi", gpu=None)
    assert (step.threads, step.retries, step.timeout_seconds, step.cache) == (2, 2, 1800, True)
    assert plan.step("prepare").reads == ("data/taxis.csv",)
    assert (plan.step("send").secrets, plan.step("send").cache) == (("SLACK_URL",), False)


def test_products_have_the_type_of_the_hint_and_its_format(plan: Plan) -> None:
    assert [product for step in plan.steps for product in step.products] == [
        ProductPlan("trips", "pandas.DataFrame", "parquet"),
        ProductPlan("train", "pandas.DataFrame", "parquet"),
        ProductPlan("test", "pandas.DataFrame", "parquet"),
        ProductPlan("model", "sklearn.ensemble.HistGradientBoostingRegressor", "skops", 1e-6),
        ProductPlan("predictions", "pandas.Series", plan.step("predict").products[0].format),
        ProductPlan("metrics", "dict", "json"),
        ProductPlan("summary", "pandas.DataFrame", "parquet"),
    ]


def test_inputs_are_wired_by_name(plan: Plan) -> None:
    assert plan.step("evaluate").inputs == (
        InputPlan("predictions", "product", "predictions", "predict"),
        InputPlan("test", "product", "test", "split"),
    )
    assert plan.step("summarise").inputs == (InputPlan("metrics", "each", "metrics", "evaluate"),)


def test_steps_run_per_value_up_to_a_gather(plan: Plan) -> None:
    assert plan.each is not None
    assert (plan.each.parameter, plan.each.values) == ("borough", ("Manhattan", "Queens"))
    assert plan.each.fallback == "all"
    assert [step.name for step in plan.steps if step.scope == "once"] == ["summarise", "send"]


def test_parameters_have_a_type_a_default_and_their_steps(plan: Plan) -> None:
    cutoff = plan.parameters["cutoff"]
    assert (cutoff.type, cutoff.default, cutoff.required) == ("datetime.date", "2019-03-25", False)
    assert cutoff.json_schema == {"type": "string", "format": "date"}
    assert (cutoff.steps, cutoff.line) == (("split",), 15)
    assert plan.parameters["borough"].required
    assert plan.step("train_model").parameters == ("max_depth",)
    assert list(plan.parameters) == ["borough", "cutoff", "max_depth", "to"]


def test_the_gate_judges_the_model_by_the_metrics(plan: Plan) -> None:
    assert plan.gate == GatePlan(
        "bikes.pipelines.train:better",
        "src/bikes/pipelines/train.py",
        33,
        "model",
        "metrics",
        ("predict", "evaluate"),
    )


def test_other_values_of_each(project, train) -> None:
    each = make_plan(project(train), "train", each={"borough": ["Bronx", "all", "Bronx"]}).each
    assert each is not None
    assert (each.values, each.fallback) == (("Bronx",), "all")


def test_values_given_from_outside_alone(project) -> None:
    root = project('@step("a")\ndef first(day: int) -> int: ...\n')
    plan = make_plan(root, "train", each={"day": ["1", "2"]})
    assert plan.each is not None
    assert (plan.each.values, plan.step("first").scope) == (("1", "2"), "each")


@pytest.mark.parametrize(
    ("each", "text", "hint"),
    [
        (
            {"borogh": ["Queens"]},
            "`each` names `borogh`, but the pipeline runs for each `borough`",
            "write --each borough=Manhattan,Queens",
        ),
        (
            {"borough": ["Queens"], "day": ["1"]},
            "`each` names 2 parameters; a pipeline has one",
            "write --each borough=Queens,Bronx",
        ),
        (
            {"borough": "Queens"},
            "the values of `borough` must be a list of texts, got 'Queens'",
            "write --each borough=Manhattan,Queens",
        ),
        (
            {"borough": ["Manhattan", "Quens"]},
            "`Quens` is no value of `borough`; did you mean `Queens`?",
            "write --each borough=Queens, or add `Quens` to `each` in the pipeline's module",
        ),
    ],
)
def test_wrong_values_of_each(project, train, each, text: str, hint: str) -> None:
    with pytest.raises(ParameterError, match=r".") as failure:
        make_plan(project(train), "train", each=each)
    assert (str(failure.value), failure.value.hint) == (text, hint)


def test_a_value_that_differs_in_its_digits_is_a_new_one(project) -> None:
    source = (
        'each = {"store": ["store-1", "store-2"]}\n@step("a")\ndef first(store: str) -> int: ...\n'
    )
    plan = make_plan(project(source), "train", each={"store": ["store-3", "outlet"]})
    assert plan.each is not None
    assert plan.each.values == ("store-3", "outlet")


def test_an_environment_overrides_resources(project, train) -> None:
    more = {"train_model": {"memory": "8Gi", "cpu": "500m", "timeout": "1h", "retries": 0}}
    step = make_plan(project(train), "train", resources=more).step("train_model")
    assert step.resources == Resources(0.5, "8Gi", None)
    assert (step.threads, step.retries, step.timeout_seconds) == (1, 0, 3600)


@pytest.mark.parametrize(
    ("resources", "text"),
    [
        (
            {"train": {"memory": "8Gi"}},
            "resources name step `train`, which the pipeline does not have",
        ),
        ({"send": {"cache": True}}, "`cache` of step `send` cannot be set per environment"),
        (
            {"send": {"memory": "big"}},
            '`memory` of step `send` must be an amount of memory, such as "512Mi" or "2Gi", got '
            "'big'",
        ),
    ],
)
def test_wrong_resources(project, train, resources, text: str) -> None:
    with pytest.raises(ParameterError) as failure:
        make_plan(project(train), "train", resources=resources)
    assert str(failure.value).startswith(text)
    assert failure.value.hint


# ---------------------------------------------------------------- what must work


def steps_of(root: Path) -> list[str]:
    return [step.name for step in make_plan(root, "train").steps]


LOAD = "def load() -> pd.DataFrame: ...\n"
SPELLINGS = {
    "plain": '@step("trips")\n' + LOAD,
    "under another name": 'from fabrica.pipelines import step as task\n@task("trips")\n' + LOAD,
    "through the module": 'import fabrica.pipelines as fp\n@fp.step("trips")\n' + LOAD,
    "through the whole module": (
        'import fabrica.pipelines\n@fabrica.pipelines.step("trips")\n' + LOAD
    ),
    "through the package": 'from fabrica import pipelines\n@pipelines.step("trips")\n' + LOAD,
    "re-exported": 'from bikes.common import step as task\n@task("trips")\n' + LOAD,
    "re-exported relatively": 'from ..common import step as task\n@task("trips")\n' + LOAD,
    "re-exported by a star": 'from bikes.starred import step as task\n@task("trips")\n' + LOAD,
    "of fabrica's star": ("from fabrica.pipelines import *\n" + '@step("trips")\n' + LOAD),
    "own decorator above": 'from bikes.common import timed\n@timed\n@step("trips")\n' + LOAD,
    "own decorator below": 'from bikes.common import timed\n@step("trips")\n@timed\n' + LOAD,
    "future annotations": '@step("trips")\ndef load() -> "pd.DataFrame": ...\n',
    "string in a subscript": ('@step("trips")\ndef load() -> "pd.DataFrame | None": ...\n'),
    "annotated": (
        "from typing import Annotated\n"
        '@step("trips")\ndef load() -> Annotated[pd.DataFrame, "clean"]: ...\n'
    ),
    "alias": 'Trips = pd.DataFrame\n@step("trips")\ndef load() -> Trips: ...\n',
    "TypeAlias": (
        'from typing import TypeAlias\nTrips: TypeAlias = "pd.DataFrame"\n'
        '@step("trips")\ndef load() -> Trips: ...\n'
    ),
    "alias of another module": (
        'from bikes.common import Trips\n@step("trips")\ndef load() -> Trips: ...\n'
    ),
    "NewType": (
        'from typing import NewType\nTrips = NewType("Trips", pd.DataFrame)\n'
        '@step("trips")\ndef load() -> Trips: ...\n'
    ),
    "TYPE_CHECKING": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pandas import DataFrame\n"
        '@step("trips")\ndef load() -> "DataFrame": ...\n'
    ),
    "pandera": (
        "from pandera.typing import DataFrame\nfrom bikes.common import Schema\n"
        '@step("trips")\ndef load() -> DataFrame[Schema]: ...\n'
    ),
    "optional": 'from typing import Optional\n@step("trips")\n'
    "def load() -> Optional[pd.DataFrame]: ...\n",
}
if sys.version_info >= (3, 12):  # older ones cannot parse it, and a project on them has none
    SPELLINGS["the type statement"] = (
        'type Trips = pd.DataFrame\n@step("trips")\ndef load() -> Trips: ...\n'
    )
COMMON = """
import functools
import pandas as pd
from fabrica.pipelines import step

Trips = pd.DataFrame
class Schema: ...

def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper
"""


@pytest.mark.parametrize("source", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_ways_of_writing_a_step(project, source: str) -> None:
    root = project(source, common=COMMON, starred="from bikes.common import *\n")
    plan = make_plan(root, "train")
    assert [product.type for product in plan.step("load").products] == ["pandas.DataFrame"]
    assert [product.format for product in plan.step("load").products] == ["parquet"]


def test_steps_over_several_modules(project) -> None:
    root = project(
        "from bikes.load import load_hours as hours\nfrom ..model import fit\n"
        '@step("n")\ndef count(model: dict) -> int: ...\n',
        load='from fabrica.pipelines import step\n@step("trips")\ndef load_hours() -> list: ...\n',
        model="from bikes.tools import fit\n",
        tools='from fabrica.pipelines import step\n@step("model")\n'
        "def fit(trips: list) -> dict: ...\n",
    )
    plan = make_plan(root, "train")
    assert [(step.entry, step.file) for step in plan.steps] == [
        ("bikes.load:load_hours", "src/bikes/load.py"),
        ("bikes.tools:fit", "src/bikes/tools.py"),
        ("bikes.pipelines.train:count", "src/bikes/pipelines/train.py"),
    ]


def test_modules_in_a_namespace_folder(project) -> None:
    root = project("from bikes.deep.load import load\n")
    folder = root / "src/bikes/deep"
    folder.mkdir()
    (folder / "load.py").write_text(
        'from fabrica.pipelines import step\n@step("trips")\ndef load() -> list: ...\n'
    )
    assert make_plan(root, "train").steps[0].entry == "bikes.deep.load:load"


SHARED = """
raise RuntimeError("a plan imports nothing")
from fabrica.pipelines import step

@step("weather")
def load_weather(city: str = "NYC") -> dict: ...
"""


def install(folder: Path, requires: str, files: dict[str, str]) -> None:
    info = folder / "acme_weather-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: acme-weather\nVersion: 1.0\n{requires}\n"
    )
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in files))
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.mark.parametrize("requires", ["Requires-Dist: fabrica-pipelines>=0.1"])
def test_steps_of_an_installed_package(project, tmp_path: Path, monkeypatch, requires) -> None:
    site = tmp_path / "lib/site-packages"
    files = {"acme/__init__.py": "raise RuntimeError\n", "acme/weather.py": SHARED}
    install(site, requires, files)
    monkeypatch.syspath_prepend(str(site))
    root = project("from acme.weather import load_weather\n")
    [step] = make_plan(root, "train").steps
    assert (step.entry, step.file) == ("acme.weather:load_weather", "acme/weather.py")
    assert "acme" not in sys.modules


def test_installed_packages_that_do_not_know_fabrica_are_not_read(
    project, tmp_path: Path, monkeypatch
) -> None:
    site = tmp_path / "lib/site-packages"
    install(site, "Requires-Dist: pandas", {"acme/__init__.py": "", "acme/weather.py": SHARED})
    monkeypatch.syspath_prepend(str(site))
    root = project('from acme.weather import load_weather\n@step("a")\ndef first() -> int: ...\n')
    assert steps_of(root) == ["first"]


def test_steps_of_a_package_in_a_working_tree(project, tmp_path: Path, monkeypatch) -> None:
    tree = tmp_path / "packages/weather/src"
    (tree / "fabrica/weather").mkdir(parents=True)
    (tree / "fabrica/weather/__init__.py").write_text("from fabrica.weather._steps import *\n")
    (tree / "fabrica/weather/_steps.py").write_text(SHARED)
    import fabrica

    monkeypatch.setattr(fabrica, "__path__", [*fabrica.__path__, str(tree / "fabrica")])
    monkeypatch.syspath_prepend(str(tree))
    root = project("from fabrica.weather import load_weather\n")
    assert make_plan(root, "train").steps[0].entry == "fabrica.weather._steps:load_weather"


TYPES = """
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Literal, Optional, TypedDict
from pydantic import BaseModel, Field

DEPTH = 3 * 2

class Size(Enum):
    SMALL = "small"
    LARGE = "large"

@dataclass
class Forest:
    trees: int
    size: Size = Size.SMALL
    names: list[str] = field(default_factory=list)

class Settings(BaseModel):
    rate: float = Field(0.1, gt=0, le=1)
    depth: int

class Row(TypedDict):
    day: date

@step("rows")
def rows() -> Row: ...

@step("model")
def fit(
    rows: Row,
    forest: Forest,
    settings: Settings,
    size: Size = Size.LARGE,
    kind: Literal["a", "b"] = "a",
    start: datetime = datetime(2019, 3, 1, 12),
    depth: int = DEPTH,
    rate: Optional[float] = None,
    names: list[str] = ["x", "y"],
    weights: dict[str, float] = {"x": 1.5},
    quick: bool = False,
    window=7,
    default: Forest = Forest(trees=3),
) -> Forest: ...
"""


def test_types_of_parameters(project) -> None:
    plan = make_plan(project(TYPES), "train")
    found = plan.parameters
    assert {name: p.json_schema for name, p in found.items()} == {
        "forest": {
            "type": "object",
            "properties": {
                "trees": {"type": "integer"},
                "size": {"enum": ["small", "large"]},
                "names": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["trees"],
            "additionalProperties": False,
        },
        "settings": {
            "type": "object",
            "properties": {
                "rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                "depth": {"type": "integer"},
            },
            "required": ["depth"],
            "additionalProperties": False,
        },
        "size": {"enum": ["small", "large"]},
        "kind": {"enum": ["a", "b"]},
        "start": {"type": "string", "format": "date-time"},
        "depth": {"type": "integer"},
        "rate": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "names": {"type": "array", "items": {"type": "string"}},
        "weights": {"type": "object", "additionalProperties": {"type": "number"}},
        "quick": {"type": "boolean"},
        "window": {"type": "integer"},
        "default": found["forest"].json_schema,
    }
    assert {name: p.default for name, p in found.items() if not p.required} == {
        "size": "large",
        "kind": "a",
        "start": "2019-03-01T12:00:00",
        "depth": 6,
        "rate": None,
        "names": ["x", "y"],
        "weights": {"x": 1.5},
        "quick": False,
        "window": 7,
        "default": None,
    }
    assert found["default"].default_source == "Forest(trees=3)"
    assert found["forest"].type == "bikes.pipelines.train.Forest"
    assert [p.format for step in plan.steps for p in step.products] == ["json", "pickle"]


def test_a_default_from_another_module(project) -> None:
    root = project(
        'from bikes.config import DEPTH\n@step("a")\ndef first(depth: int = DEPTH) -> int: ...\n',
        config="DEPTH = 6\n",
    )
    assert make_plan(root, "train").parameters["depth"].default == 6


def test_one_step_may_leave_the_default_to_another(project) -> None:
    root = project(
        '@step("a")\ndef first(depth: int = 6) -> int: ...\n'
        '@step("b")\ndef second(depth: int) -> int: ...\n'
    )
    depth = make_plan(root, "train").parameters["depth"]
    assert (depth.default, depth.required, depth.steps) == (6, False, ("first", "second"))


def test_an_optional_input_that_nothing_makes(project) -> None:
    root = project(
        '@step("trips")\ndef load() -> pd.DataFrame: ...\n'
        '@step("n")\n'
        "def count(trips: pd.DataFrame = None, weather: pd.DataFrame | None = None) -> int: ...\n"
    )
    assert make_plan(root, "train").step("count").inputs == (
        InputPlan("trips", "product", "trips", "load", True),
        InputPlan("weather", "product", "weather", None, True),
    )


def test_champions(project) -> None:
    root = project(
        "from sklearn.base import BaseEstimator\n"
        '@step("scores")\n'
        "def score(model: Champion[BaseEstimator], old: Champion[dict] | None = None) -> int: ...\n"
    )
    step = make_plan(root, "train").step("score")
    assert step.inputs == (
        InputPlan("model", "champion", "model", None),
        InputPlan("old", "champion", "old", None, True),
    )
    assert step.after == ()


def test_streams(project) -> None:
    root = project(
        "from collections.abc import Iterator\nimport pyarrow as pa\n"
        '@step("rows")\ndef read() -> Iterator[pa.RecordBatch]: ...\n'
    )
    [product] = make_plan(root, "train").step("read").products
    assert (product.type, product.format) == ("pyarrow.RecordBatch", "parquet")


FITS = [
    ("dict[str, float]", "Mapping[str, float]"),
    ("Metrics", "dict"),
    ("list[int]", "Sequence[int]"),
    ("int", "float"),
    ("pd.DataFrame", "Any"),
    ("pd.DataFrame", "object"),
    ("Ridge", "BaseEstimator"),
    ("Ridge", "Ridge | None"),
    ("Ridge", "Predictor"),
    ("Child", "Base"),
    ("Child", "dict"),
    ("unknown.Thing", "dict"),
]


@pytest.mark.parametrize(("made", "wanted"), FITS)
def test_hints_that_fit(project, made: str, wanted: str) -> None:
    make_plan(
        project(
            f"""
            from collections.abc import Mapping, Sequence
            from typing import Any, Protocol
            from fabrica.pipelines import Metrics
            from sklearn.base import BaseEstimator
            from sklearn.linear_model import Ridge
            import unknown

            class Predictor(Protocol): ...
            class Base: ...
            class Child(Base, dict): ...

            @step("thing")
            def make() -> {made}: ...

            @step("n")
            def count(thing: {wanted}) -> int: ...
            """
        ),
        "train",
    )


MISFITS = [
    ("pd.DataFrame", "dict", "dict, but `make` makes a dataframe"),
    ("dict[str, int]", "pd.DataFrame", "a dataframe, but `make` makes dict"),
    ("str", "int", "int, but `make` makes str"),
    ("Ridge", "dict", "dict, but `make` makes sklearn.linear_model.Ridge"),
    ("pl.DataFrame", "pd.DataFrame", "a dataframe, but `make` makes a polars dataframe"),
    ("pd.DataFrame", "pd.Series", "a series, but `make` makes a dataframe"),
]


@pytest.mark.parametrize(("made", "wanted", "text"), MISFITS)
def test_hints_that_do_not_fit(project, made: str, wanted: str, text: str) -> None:
    from fabrica.pipelines import PlanFailed

    with pytest.raises(PlanFailed) as failure:
        make_plan(
            project(
                f"""
                import polars as pl
                from sklearn.linear_model import Ridge

                @step("thing")
                def make() -> {made}: ...

                @step("n")
                def count(thing: {wanted}) -> int: ...
                """
            ),
            "train",
        )
    assert [problem.text for problem in failure.value.errors] == [
        f"`thing` of step `count` wants {text}"
    ]


# ---------------------------------------------------------------- finding


def test_pipelines_are_files(project) -> None:
    root = project("", common="")
    for name in ("score.py", "_shared.py", "__init__.py", "notes.txt"):
        (root / "src/bikes/pipelines" / name).write_text("")
    folder = root / "src/bikes/pipelines"
    assert find_pipelines(root) == {"score": folder / "score.py", "train": folder / "train.py"}


def test_a_pipeline_that_is_not_there(project, train) -> None:
    with pytest.raises(UnknownPipeline) as failure:
        make_plan(project(train), "trian")
    assert str(failure.value) == "bikes has no pipeline `trian`; did you mean `train`?"
    assert failure.value.hint == "its pipelines are `train`"


def test_a_folder_that_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(NotAProject, match=r"it has no pyproject\.toml"):
        make_plan(tmp_path, "train")
    with pytest.raises(NotAProject, match="it has no src/"):
        find_pipelines(tmp_path)


def test_a_plan_runs_no_code(project) -> None:
    root = project('raise SystemExit("run")\n@step("a")\ndef first() -> int: ...\n')
    assert steps_of(root) == ["first"]
    assert not any(name.startswith("bikes") for name in sys.modules)


def test_the_facts_are_cached_and_the_cache_may_be_lost(project, train) -> None:
    root = project(train)
    first = make_plan(root, "train")
    [cache] = (root / ".fabrica/facts").glob("*.marshal")
    assert make_plan(root, "train") == first
    cache.write_bytes(b"broken")
    assert make_plan(root, "train") == first
    assert (root / ".fabrica/facts/.gitignore").read_text() == "*\n"


def test_an_edit_is_seen(project, train) -> None:
    root = project(train)
    make_plan(root, "train")
    file = root / "src/bikes/pipelines/train.py"
    file.write_text(file.read_text().replace("max_depth: int = 6", "max_depth: int = 8"))
    assert make_plan(root, "train").parameters["max_depth"].default == 8


def test_json_of_a_schema_is_plain(plan: Plan) -> None:
    json.dumps({name: p.json_schema for name, p in plan.parameters.items()})
