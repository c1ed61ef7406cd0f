"""Which model and which metrics the gate compares, and what measures the champion again."""

from __future__ import annotations

import pytest

from fabrica.pipelines import PlanFailed, make_plan
from fabrica.pipelines._plan import GatePlan

BETTER = "def better(candidate: dict, production: dict | None): ...\n"
HEAD = """\
from collections.abc import Mapping
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
from fabrica.pipelines import Metrics

@step("trips")
def load() -> pd.DataFrame: ...
"""


def gate(project, body: str) -> GatePlan | None:
    return make_plan(project(HEAD + body), "train").gate


def failure(project, body: str) -> tuple[str, str | None]:
    with pytest.raises(PlanFailed) as failed:
        gate(project, body)
    [problem] = failed.value.errors
    assert problem.number == 30
    return problem.text, problem.hint


FIT = '@step("forest")\ndef fit(trips: pd.DataFrame) -> Ridge: ...\n'
SCORE = '@step("scores")\ndef score(forest: Ridge, trips: pd.DataFrame) -> dict[str, float]: ...\n'


def test_no_better_no_gate(project) -> None:
    assert gate(project, FIT + SCORE) is None


@pytest.mark.parametrize(
    "hint", ["dict[str, float]", "Mapping[str, float]", "Metrics", "'Metrics'"]
)
def test_one_model_one_set_of_metrics(project, hint: str) -> None:
    found = gate(project, FIT + SCORE.replace("dict[str, float]", hint) + BETTER)
    assert found is not None
    assert (found.model, found.metrics, found.rejudge) == ("forest", "scores", ("score",))


def test_counts_before_the_model_are_no_metrics(project) -> None:
    counts = '@step("counts")\ndef count(trips: pd.DataFrame) -> dict[str, float]: ...\n'
    found = gate(project, counts + FIT + SCORE + BETTER)
    assert found is not None
    assert found.metrics == "scores"


def test_of_several_metrics_the_last(project) -> None:
    last = '@step("final")\ndef last(scores: dict[str, float], forest: Ridge) -> Metrics: ...\n'
    found = gate(project, FIT + SCORE + last + BETTER)
    assert found is not None
    assert (found.metrics, found.rejudge) == ("final", ("score", "last"))


def test_of_several_metrics_the_one_of_that_name(project) -> None:
    more = '@step("metrics")\ndef measure(forest: Ridge) -> Metrics: ...\n'
    found = gate(project, FIT + SCORE + more + BETTER)
    assert found is not None
    assert found.metrics == "metrics"


SCALE = '@step("scaler")\ndef scale(trips: pd.DataFrame) -> StandardScaler: ...\n'


def test_of_several_models_the_one_of_that_name(project) -> None:
    body = (
        SCALE
        + '@step("model")\ndef fit(trips: pd.DataFrame, scaler: StandardScaler) -> Ridge: ...\n'
        + '@step("scores")\ndef score(model: Ridge, scaler: StandardScaler) -> Metrics: ...\n'
    )
    found = gate(project, body + BETTER)
    assert found is not None
    assert (found.model, found.rejudge) == ("model", ("score",))


def test_of_several_models_the_one_that_is_measured(project) -> None:
    body = (
        SCALE
        + '@step("forest")\ndef fit(trips: pd.DataFrame, scaler: StandardScaler) -> Ridge: ...\n'
        + SCORE
    )
    found = gate(project, body + BETTER)
    assert found is not None
    assert found.model == "forest"


def test_every_step_from_the_model_to_the_metrics_is_judged_again(project) -> None:
    body = (
        FIT
        + '@step("guess")\ndef predict(forest: Ridge, trips: pd.DataFrame) -> pd.Series: ...\n'
        + '@step("scores")\ndef score(guess: pd.Series) -> Metrics: ...\n'
        + '@step("chart")\ndef draw(guess: pd.Series) -> str: ...\n'
    )
    found = gate(project, body + BETTER)
    assert found is not None
    assert (found.model, found.rejudge) == ("forest", ("predict", "score"))


def test_a_literal_decides(project) -> None:
    more = '@step("ratings")\ndef rate(forest: Ridge) -> Metrics: ...\n'
    body = 'gate = {"metrics": "ratings"}\n' + FIT + SCORE + more + BETTER
    found = gate(project, body)
    assert found is not None
    assert (found.model, found.metrics) == ("forest", "ratings")


def test_better_of_another_module(project) -> None:
    root = project(
        HEAD + FIT + SCORE + "from bikes.gates import less as better\n",
        gates="def less(candidate, production): ...\n",
    )
    found = make_plan(root, "train").gate
    assert found is not None
    assert (found.entry, found.file, found.line) == ("bikes.gates:less", "src/bikes/gates.py", 1)


def test_two_metrics_and_no_way_to_choose(project) -> None:
    more = '@step("ratings")\ndef rate(forest: Ridge) -> Metrics: ...\n'
    assert failure(project, FIT + SCORE + more + BETTER) == (
        "`better` could judge by several metrics: `scores` and `ratings`",
        'name one of them `metrics`, or write gate = {"model": "forest", "metrics": "scores"} in '
        "the module",
    )


def test_two_models_and_no_way_to_choose(project) -> None:
    body = (
        SCALE + FIT + '@step("scores")\n'
        "def score(forest: Ridge, scaler: StandardScaler) -> Metrics: ...\n"
    )
    assert failure(project, body + BETTER)[0] == (
        "`better` could judge several models: `scaler` and `forest`"
    )


def test_a_literal_that_names_nothing(project) -> None:
    body = 'gate = {"model": "forrest"}\n' + FIT + SCORE + BETTER
    assert failure(project, body)[0] == (
        "`gate` names `forrest` as model, but nothing makes it; did you mean `forest`?"
    )


def test_a_literal_that_is_none(project) -> None:
    body = "gate = choose()\n" + FIT + SCORE + BETTER
    assert failure(project, body)[0] == (
        "`gate` must be a literal with the keys model and metrics, got choose()"
    )


def test_metrics_that_do_not_need_the_model(project) -> None:
    more = '@step("counts")\ndef count(trips: pd.DataFrame) -> Metrics: ...\n'
    body = 'gate = {"model": "forest", "metrics": "counts"}\n' + FIT + SCORE + more + BETTER
    assert failure(project, body)[0] == (
        "`better` cannot judge `forest` by `counts`: these metrics do not need that model"
    )


def test_a_model_per_value_and_metrics_once(project) -> None:
    body = (
        'each = {"borough": ["Queens"]}\n'
        '@step("forest")\ndef fit(trips: pd.DataFrame, borough: str) -> Ridge: ...\n'
        '@step("scores")\ndef score(forest: Each[Ridge]) -> Metrics: ...\n'
    )
    assert failure(project, body + BETTER) == (
        "`forest` is made per value and `scores` once",
        "the gate compares like with like: measure each model by itself",
    )


@pytest.mark.parametrize(
    ("better", "text"),
    [
        (
            "def better(candidate): ...\n",
            "`better` takes the candidate's metrics and production's, two arguments",
        ),
        (
            "def better(candidate, production) -> bool: ...\n",
            "`better` returns a Verdict, not bool: the reason is printed and archived",
        ),
        (
            "better = max\n",
            "`better` must be a function at the top level of a module of the project",
        ),
    ],
)
def test_a_better_of_the_wrong_shape(project, better: str, text: str) -> None:
    assert failure(project, FIT + SCORE + better)[0] == text
