"""Whose runs and models are meant, when nobody says it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from ._errors import NoProject

VARIABLE = "FABRICA_PROJECT"


def find_project(name: str | None = None) -> str:
    """Return a project's name: the one given, the environment's, or that of this folder.

    Raises:
        NoProject: no pyproject.toml is above this folder, or it names no project.
    """
    named = name or os.environ.get(VARIABLE)
    if named:
        return named
    here = Path.cwd()
    for folder in (here, *here.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            return _name_in(file)
    raise NoProject(f"{here} is in no project", "go to a project's folder, or pass --project NAME")


def _name_in(file: Path) -> str:
    try:
        name = tomllib.loads(file.read_text(encoding="utf-8"))["project"]["name"]
    except (OSError, ValueError) as error:
        raise NoProject(f"{file} can't be read: {error}", "mend it, or pass --project") from error
    except (KeyError, TypeError) as error:
        raise NoProject(
            f"{file} names no project", 'add name = "…" under [project], or pass --project NAME'
        ) from error
    return str(name)
