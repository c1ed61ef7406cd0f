"""The public face: what a data scientist imports, and what it costs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import fabrica.pipelines as face
from fabrica.pipelines import PipelineError, Skip, scratch, step
from fabrica.pipelines._step import scratch_folder

HEAVY = (
    "ast asyncio dataclasses fsspec hashlib inspect json numpy pandas polars pyarrow pydantic re "
    "sklearn structlog tomllib typing"
).split()


def test_importing_it_imports_nothing_heavy() -> None:
    script = (
        "import sys; before = set(sys.modules); import fabrica.pipelines;"
        "from fabrica.pipelines import Each, Skip, scratch, step;"
        "print(*(set(sys.modules) - before))"
    )
    found = subprocess.run(
        # -S and -I keep what an environment imports at start out of the comparison.
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}; {script}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not set(found) & set(HEAVY)


@pytest.mark.parametrize("name", face.__all__)
def test_every_name_of_the_face_is_there(name: str) -> None:
    assert getattr(face, name) is not None
    assert name in dir(face)


def test_every_error_is_public_and_in_the_tree() -> None:
    def below(error: type[PipelineError]) -> set[str]:
        own = (c for c in error.__subclasses__() if c.__module__ == error.__module__)
        return {error.__name__}.union(*(below(child) for child in own))

    errors = below(PipelineError)
    drawn = re.findall(r"^ +[ │├└─]*([A-Z]\w+)(?:  |$)", PipelineError.__doc__ or "", re.MULTILINE)
    assert set(drawn) == errors
    assert errors <= set(face.__all__)
    assert issubclass(face.UndeclaredRead, face.StepError)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'stepp'"):
        face.stepp  # noqa: B018


def test_a_step_is_the_function_itself() -> None:
    def load() -> int:
        return 3

    assert step("n", memory="2Gi", retries=2)(load) is load


def test_step_without_parentheses_is_told_at_once() -> None:
    with pytest.raises(TypeError, match=r'write @step\("name of the product"\)'):

        @step  # type: ignore[arg-type]
        def load() -> int:
            return 3


def test_hints_of_steps_can_be_evaluated() -> None:
    assert face.Each[dict[str, float]]
    assert face.Champion[int]


def test_a_skip_has_a_reason() -> None:
    assert Skip("99 trips; 100 are needed").reason == "99 trips; 100 are needed"
    assert not isinstance(Skip("x"), PipelineError)


def test_scratch_is_the_folder_that_the_runner_sets(tmp_path: Path) -> None:
    token = scratch_folder.set(tmp_path / "step")
    try:
        assert scratch() == tmp_path / "step"
        assert scratch().is_dir()
    finally:
        scratch_folder.reset(token)
    assert scratch().is_dir()
    assert scratch() != scratch()


def test_errors_have_hints() -> None:
    assert PipelineError("what", hint="type this").hint == "type this"
    assert PipelineError("what").hint is None
