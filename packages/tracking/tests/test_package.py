"""The package as a whole: its face, its errors, its examples, and what importing it costs."""

from __future__ import annotations

import doctest
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import fabrica.tracking
from fabrica.tracking import Champion, ChampionMarker, Metrics, TrackingError, Verdict

SOURCE = Path(fabrica.tracking.__file__).parent


def imported(code: str) -> set[str]:
    command = [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_module_of_steps_pays_for_a_few_names_only() -> None:
    before = imported("")
    assert "dataclasses" not in imported("import fabrica.tracking") - before
    found = imported("from fabrica.tracking import Metrics, Champion, Verdict, promote, keep")
    heavy = {"fabrica.storage", "json", "hashlib", "datetime", "argparse", "asyncio", "pandas"}
    assert not (found - before) & heavy


def test_the_registry_needs_nothing_heavy() -> None:
    heavy = {"asyncio", "numpy", "pandas", "pyarrow", "fsspec", "pydantic", "argparse"}
    assert not imported("from fabrica.tracking import Registry, lineage, runs") & heavy


@pytest.mark.parametrize("name", fabrica.tracking.__all__)
def test_every_public_name_is_there(name: str) -> None:
    found = getattr(fabrica.tracking, name)
    if inspect.isclass(found) or inspect.isfunction(found):
        assert inspect.getdoc(found)


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        fabrica.tracking.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_a_champion_is_its_type_with_a_mark() -> None:
    hint = Champion[int]
    assert hint.__origin__ is int  # type: ignore[attr-defined]
    assert hint.__metadata__ == (ChampionMarker,)  # type: ignore[attr-defined]


def test_a_verdict_is_a_value() -> None:
    assert fabrica.tracking.promote("why", "mae") == Verdict(True, "why", "mae")
    assert fabrica.tracking.keep("why") == Verdict(False, "why", None)
    assert Metrics is not None


def test_every_error_is_in_the_tree_and_has_a_hint() -> None:
    errors = [getattr(fabrica.tracking, name) for name in fabrica.tracking.__all__]
    for error in errors:
        if inspect.isclass(error) and issubclass(error, Exception):
            assert issubclass(error, TrackingError)
            assert error.__name__ in str(TrackingError.__doc__)
            assert error("message", "do this").hint == "do this"


@pytest.mark.parametrize("file", sorted(SOURCE.glob("_[a-z]*.py")), ids=lambda file: file.stem)
def test_the_examples_are_true(file: Path) -> None:
    module = import_module(f"fabrica.tracking.{file.stem}")
    assert doctest.testmod(module).failed == 0
