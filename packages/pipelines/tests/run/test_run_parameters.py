"""Parameters from the command line, checked against hints."""

from __future__ import annotations

import json

import pytest

from fabrica.pipelines._run_parameters import parse_each
from fabrica.pipelines._run_schema import Misfit, check, parse

SOURCE = """
    from dataclasses import dataclass, field
    from datetime import date, datetime
    from enum import Enum
    from pydantic import BaseModel, Field
    from fabrica.pipelines import step

    class Kind(Enum):
        FAST = "fast"
        SLOW = "slow"

    @dataclass
    class Tree:
        depth: int = 3
        since: date = date(2020, 1, 1)

    class Forest(BaseModel):
        trees: int = Field(ge=1)
        kind: Kind = Kind.FAST

    @step("seen")
    def show(
        number: int,
        rate: float = 0.5,
        name: str = "x",
        loud: bool = False,
        day: date = date(2026, 1, 1),
        at: datetime | None = None,
        items: list = [],
        table: dict[str, float] = {},
        kind: Kind = Kind.FAST,
        tree: Tree = Tree(),
        settings: Forest = Forest(trees=1),
    ) -> str:
        return repr([number, rate, name, loud, day, at, items, table, kind, tree, settings])
"""


@pytest.fixture
def shown(project):
    project.write(SOURCE)

    def show(*arguments: str) -> str:
        ran = project.run(*arguments)
        assert ran.code == 0, ran.err
        return project.load(project.manifests(ran.ended["run"])["show/_/1"], "seen")

    return show


def refused(project, *arguments: str) -> str:
    project.write(SOURCE)
    ran = project.run(*arguments)
    assert ran.code == 2, ran.err
    assert "Traceback" not in ran.err
    assert ran.out == "", "nothing has started"
    return ran.err


def test_defaults(shown):
    assert shown("--set", "number=1") == (
        "[1, 0.5, 'x', False, datetime.date(2026, 1, 1), None, [], {}, <Kind.FAST: 'fast'>, "
        "Tree(depth=3, since=datetime.date(2020, 1, 1)), "
        "Forest(trees=1, kind=<Kind.FAST: 'fast'>)]"
    )


def test_every_type(shown):
    text = shown(
        "--set", "number=7", "--set", "rate=2", "--set", "name=a=b", "--set", "loud=yes",
        "--set", "day=2026-02-03", "--set", "at=2026-02-03T04:05", "--set", "items=[1, 2]",
        "--set", 'table={"a": 1}', "--set", "kind=slow", "--set",
        'tree={"depth": 9, "since": "2021-02-03"}', "--settings", '{"trees": 4, "kind": "slow"}',
    )  # fmt: skip
    assert text == (
        "[7, 2.0, 'a=b', True, datetime.date(2026, 2, 3), datetime.datetime(2026, 2, 3, 4, 5), "
        "[1, 2], {'a': 1.0}, <Kind.SLOW: 'slow'>, "
        "Tree(depth=9, since=datetime.date(2021, 2, 3)), "
        "Forest(trees=4, kind=<Kind.SLOW: 'slow'>)]"
    )


def test_settings_of_several_parameters(shown):
    assert shown("--settings", '{"number": 4, "loud": true}').startswith("[4, 0.5, 'x', True")


def test_what_is_said_later_counts(shown):
    seen = shown(
        "--settings", '{"number": 4, "rate": 0.25}', "--settings", '{"number": 5}', "--set",
        "name=y",
    )  # fmt: skip
    assert seen.startswith("[5, 0.25, 'y'")


def test_resources_from_the_command_line(project):
    project.write(SOURCE)
    options = ["--resources", '{"show": {"cpu": 2, "memory": "1Gi"}}']
    plan = project.call("plan", "train", *options, "--resources", '{"show": {"cpu": 3}}')
    resources = plan.events[0]["steps"][0]["resources"]
    assert (resources["cpu"], resources["memory"]) == (3, "1Gi")
    wrong = project.call("plan", "train", "--resources", '{"shown": {"cpu": 3}}')
    assert wrong.code == 2 and "did you mean `show`?" in wrong.err


def test_parameters_as_options_of_their_own(shown):
    assert shown("--number", "4", "--rate=0.25").startswith("[4, 0.25")


def test_a_missing_parameter(project):
    text = refused(project)
    assert "parameter number (int) of step show has no value" in text
    assert "--set number=1" in text


def test_an_unknown_parameter(project):
    text = refused(project, "--set", "numbr=3")
    assert "has no parameter numbr; did you mean number?" in text


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("number=3.5", "wants int, got '3.5': a whole number is wanted"),
        ("rate=nan", "a finite number is wanted"),
        ("loud=maybe", "true or false is wanted"),
        ("day=2026-13-01", "a date such as 2026-01-31 is wanted"),
        ("items={}", "JSON of type array is wanted"),
        ("number", "--set number: no value"),
    ],
)
def test_values_that_do_not_fit(project, argument, said):
    assert said in refused(project, "--set", "number=1", "--set", argument)


def test_all_mistakes_are_told_at_once(project):
    text = refused(
        project, "--each", "city=Bern", "--resources", '{"shown": {"cpu": 3}}', "--settings",
        '{"number": 1.5, "loud": "very", "rate": 2}', "--set", "numbr=1", "--set", "day=today",
    )  # fmt: skip
    errors = [line for line in text.splitlines() if line.startswith("error: ")]
    assert [error.removeprefix("error: ") for error in errors] == [
        "`each` names `city`, but no step takes it",
        "resources name step `shown`, which the pipeline does not have; did you mean `show`?",
        "parameter number wants int, got 1.5: a whole number is wanted",
        'parameter loud wants bool, got "very": true or false is wanted',
        "pipeline train has no parameter numbr; did you mean number?",
        "parameter day wants datetime.date, got 'today': a date such as 2026-01-31 is wanted",
    ]


PLACE = "projects/bikes/fabrica.yaml"


def placed(*arguments: str) -> dict[str, str]:
    """What the plugin says of arguments that fabrica.yaml holds, one on each line from 4 on."""
    places = {text: f"{PLACE}:{line}: path" for line, text in enumerate(arguments, 4)}
    return {"FABRICA_PLACES": json.dumps(places)}


def test_what_fabrica_yaml_says_is_told_with_its_line(project):
    project.write(SOURCE)
    resources, unknown, wrong = '{"shown": {"cpu": 3}}', '{"numbr": 1}', '{"number": "many"}'
    ran = project.run(
        "--resources", resources, "--settings", unknown, "--settings", wrong, "--set", "loud=very",
        **placed(resources, unknown, wrong),
    )  # fmt: skip
    assert ran.code == 2
    lines = ran.err.splitlines()
    assert [line.removeprefix("error: ") for line in lines[::2]] == [
        f"{PLACE}:4: path: resources name step `shown`, which the pipeline does not have; "
        "did you mean `show`?",
        f"{PLACE}:5: path: pipeline train has no parameter numbr; did you mean number?",
        f'{PLACE}:6: path: parameter number wants int, got "many": a whole number is wanted',
        "parameter loud wants bool, got 'very': true or false is wanted",
    ]
    assert all(line.startswith("  try ") for line in lines[1::2])
    assert lines[5].startswith("  try number: 1 (it is declared at src/bikes/pipelines/train.py:")
    assert lines[7].startswith("  try --set loud=true")


def test_values_of_each_in_fabrica_yaml_are_told_with_its_line(project):
    project.write("""
        from fabrica.pipelines import step
        each = {"borough": ["Queens", "Bronx"]}
        @step("n")
        def count(borough: str, depth: int = 1) -> int:
            return 1
    """)
    for each, said, way in [
        ("boro=Queens", "`each` names `boro`, but the pipeline runs for each `borough`",
         "each: {borough: [Queens, Bronx]}"),
        ("borough=Quens", "`Quens` is no value of `borough`; did you mean `Queens`?",
         "Queens, or add `Quens` to `each` in the pipeline's module"),
    ]:  # fmt: skip
        ran = project.run("--each", each, "--set", "depth=x", **placed(each))
        assert ran.code == 2
        assert ran.err.splitlines()[:2] == [f"error: {PLACE}:4: path: {said}", f"  try {way}"]
        assert "parameter depth wants int" in ran.err


def test_a_plan_checks_what_it_is_given(project):
    project.write(SOURCE)
    assert project.call("plan", "train").code == 0, "number is missing: a run wants it, a plan not"
    wrong = project.call("plan", "train", "--settings", '{"number": "many"}')
    assert (wrong.code, wrong.out) == (2, "")
    assert 'parameter number wants int, got "many"' in wrong.err


def test_what_fabrica_yaml_says_need_not_be_typed_again(project):
    project.write("""
        from fabrica.pipelines import step
        @step("n")
        def count(depth: int = 1, width: int = 1) -> int:
            raise ValueError("no")
    """)
    said = ["--settings", '{"depth": 2}', "--set", "width=3"]
    ran = project.call("run", "train", *said, **placed('{"depth": 2}'))
    assert " run train --set width=3    (" in ran.err


def test_settings_that_are_not_json(project):
    assert "--settings is not JSON" in refused(project, "--settings", "{depth: 3}")


def test_a_model_that_refuses_its_value_says_which_field(project):
    project.write(SOURCE)
    ran = project.run("--number=1", "--settings", '{"trees": 0}')
    assert ran.code != 0
    assert "trees" in ran.err and "greater than or equal to 1" in ran.err
    assert "Traceback" not in ran.err


def test_schemas():
    optional = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert parse("null", optional) is None
    assert parse("4", optional) == 4
    assert parse("7", {"type": ["string", "integer"]}) == 7
    nested = {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"],
              "additionalProperties": False}  # fmt: skip
    assert check({"a": 1}, nested) == {"a": 1.0}
    for wrong in ({}, {"a": "x"}, {"a": 1, "b": 2}):
        with pytest.raises(Misfit):
            check(wrong, nested)
    with pytest.raises(Misfit, match="did you mean fast"):
        parse("fas", {"enum": ["fast", "slow"]})
    with pytest.raises(Misfit):
        check(True, {"type": "integer"})


def test_lists_of_values():
    assert parse_each(["borough=Queens, Bronx"]) == {"borough": ["Queens", "Bronx"]}
    assert parse_each(["borough=Queens", "borough=Brooklyn"]) == {"borough": ["Brooklyn"]}
    assert parse_each(['zone=["a,b"]']) == {"zone": ["a,b"]}
