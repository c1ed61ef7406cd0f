"""Which project this is: its folder, its name, the module that holds its service."""

import os
import tomllib
from pathlib import Path

from fabrica.serving._errors import ServiceNotFound


def find_module(root: Path, module: str | None = None) -> str:
    """Name the Python package of the project in ``root`` that has a ``service.py``.

    Raises:
        ServiceNotFound: None has, or several have and none was named.
    """
    found = sorted(file.parent.name for file in (root / "src").glob("*/service.py"))
    if module is None and len(found) == 1:
        return found[0]
    if module is not None and module in found:
        return module
    if module is None and found:
        raise ServiceNotFound(
            f"{root / 'src'} has several services: {', '.join(found)}",
            f"name one: `--module {found[0]}`",
        )
    raise ServiceNotFound(
        f"{root / 'src' / (module or '<module>') / 'service.py'} is not there",
        "run this in the folder of a project that has a service, or write that file",
    )


def project_name(root: Path) -> str:
    """The project's name: ``$FABRICA_PROJECT``, else that in ``pyproject.toml``."""
    named = os.environ.get("FABRICA_PROJECT")
    if named:
        return named
    try:
        return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    except FileNotFoundError:
        problem = f"{root / 'pyproject.toml'} is not there"
    except KeyError:
        problem = f"{root / 'pyproject.toml'} has no [project] name"
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = f"{root / 'pyproject.toml'}: {error}"
    raise ServiceNotFound(problem, "run this in a project's folder, or set FABRICA_PROJECT")
