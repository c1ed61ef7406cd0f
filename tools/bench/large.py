"""A generated workspace of 500 projects with 40 files each (84 MB), of which 50 lead out somewhere."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

from measure import write

PROJECTS, FILES, BYTES = 500, 40, 4200
PLANTED = 50


def name_of(number: int) -> str:
    """The name of a project, which is its module too."""
    return f"project{number:03}"


def generate(root: Path) -> set[str]:
    """Write the workspace; returns what is wrong in it, each as ``rule path``."""
    dice = random.Random(7)
    write(root / "nx.json", "{}\n")
    write(root / ".git" / "config", '[remote "origin"]\n\turl = git@example.com:acme/science.git\n')
    write(root / "packages/storage/pyproject.toml", pyproject("fabrica-storage"))
    write(root / "packages/storage/requirements-dev.txt", "")
    write(root / "packages/storage/src/fabrica/storage/__init__.py", "")
    for number in range(PROJECTS):
        project(root, name_of(number), dice)
    plants = list(violations().items())
    expected = set()
    for number in range(PLANTED):
        name = name_of(number * (PROJECTS // PLANTED) + 3)
        other = name_of((number * 37 + 11) % PROJECTS)
        key, plant = plants[number % len(plants)]
        rule, path = key.split(" ")[:2]
        expected.add(f"{rule} projects/{name}/{path.format(name=name)}")
        plant(root / "projects" / name, name, other)
    return expected


def pyproject(name: str, dependencies: str = "[]", more: str = "") -> str:
    """A manifest."""
    head = f'[project]\nname = "{name}"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n'
    return f"{head}dependencies = {dependencies}\n{more}"


def project(root: Path, name: str, dice: random.Random) -> None:
    """A clean project of Python files and notebooks, with look-alikes of violations."""
    folder = root / "projects" / name
    write(folder / "pyproject.toml", pyproject(name))
    write(folder / "fabrica.yaml", "owner: me\n")
    write(folder / "requirements.txt", "pandas==2.0 \\\n    --hash=sha256:00\n")
    write(folder / "requirements-dev.txt", "pandas==2.0 \\\n    --hash=sha256:00\n")
    write(folder / "Dockerfile", "FROM python:3.11\nCOPY src /app/src\nENV PYTHONPATH=/app/src\n")
    write(folder / "compose.yaml", "services:\n  app:\n    build: .\n    volumes: [data:/data]\n")
    write(folder / "src" / name / "__init__.py", "")
    for number in range(FILES - 7):
        write(folder / "src" / name / f"part{number}.py", module(name, dice))
    for number in range(3):
        write(folder / "tests" / f"test_{number}.py", module(name, dice))
    for number in range(3):
        write(folder / "notebooks" / f"explore{number}.ipynb", notebook(module(name, dice)))


def module(name: str, dice: random.Random) -> str:
    """A module as people write it, about as long as modules are."""
    other = name_of(dice.randrange(PROJECTS))
    head = f'"""Not an import:\n\nimport {other}\n"""\nfrom __future__ import annotations\n\n'
    imports = (
        f"import os\nfrom pathlib import Path\nimport numpy as np\nfrom {name} import part1\n\n"
    )
    lines = [head, imports, f"{other} = 'from {other} import x'  # import {other}\n"]
    size = sum(map(len, lines))
    while size < BYTES:
        number = dice.randrange(10**6)
        text = (
            f"\n\ndef step_{number}(rows: list[dict[str, float]], limit: int = {number}) -> float:\n"
            f'    """Return the mean of column {number}, as \'../{other}\' has it."""\n'
            f"    values = [row['c{number}'] * {number % 7} for row in rows if row['c{number}'] < limit]\n"
            f"    return sum(values) / len(values) if values else float('nan')\n"
        )
        lines.append(text)
        size += len(text)
    return "".join(lines)


def notebook(text: str) -> str:
    """A notebook of one cell."""
    cell = {"cell_type": "code", "source": text.splitlines(keepends=True), "outputs": []}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


Plant = Callable[[Path, str, str], None]


def violations() -> dict[str, Plant]:
    """Each kind: the rule and the file where it is found, and how to plant it."""

    def text(path: str, content: str) -> Plant:
        return lambda at, name, other: write(
            at / path.format(name=name), content.format(name=name, other=other)
        )

    def cell(path: str, content: str) -> Plant:
        return lambda at, name, other: write(at / path, notebook(content.format(other=other)))

    def link(at: Path, name: str, other: str) -> None:
        os.symlink(f"../../../{other}/src/{other}", at / "src" / "linked")

    def linked(at: Path, name: str, other: str) -> None:
        """A package by path; it is imported, or it would be unused, too."""
        path = '["fabrica-storage @ file:../../packages/storage"]'
        write(at / "pyproject.toml", pyproject(name, path))
        write(at / "src" / name / "planted.py", "from fabrica import storage\n")

    src = "src/{name}/planted.py"
    manifest = "pyproject.toml"
    return {
        f"imports-project {src} plain": text(src, "import os, {other}.part1\n"),
        f"imports-project {src} from": text(src, "from {other}.part1 import x\n"),
        f"imports-project {src} dynamic": text(
            src, "import importlib\nimportlib.import_module('{other}.part1')\n"
        ),
        f"imports-project {src} types": text(
            src, "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {other}\n"
        ),
        "imports-project tests/test_planted.py test": text(
            "tests/test_planted.py", "def test():\n    import {other}\n"
        ),
        "experiment-uses notebooks/planted.ipynb": cell(
            "notebooks/planted.ipynb", "import {other}"
        ),
        f"path {src} sys": text(src, "import sys\nsys.path.append('../{other}/src')\n"),
        "path notebooks/planted.ipynb run": cell(
            "notebooks/planted.ipynb", "%run ../../{other}/src/{other}/part1.py"
        ),
        "path notebooks/planted.ipynb install": cell(
            "notebooks/planted.ipynb", "!pip install -e ../../{other}"
        ),
        "path planted.pth": text("planted.pth", "../{other}/src\n"),
        "path docker/Dockerfile": text(
            "docker/Dockerfile", "FROM python\nENV PYTHONPATH=/app/projects/{other}/src\n"
        ),
        "path src/linked": link,
        f"depends-on-project {manifest} name": text(manifest, pyproject("{name}", '["{other}"]')),
        f"depends-on-project {manifest} git": text(
            manifest,
            pyproject(
                "{name}",
                '["x @ git+https://example.com/acme/science#subdirectory=projects/{other}"]',
            ),
        ),
        "depends-on-project requirements-dev.txt": text("requirements-dev.txt", "-e ../{other}\n"),
        f"linked-package {manifest}": linked,
        "docker-outside Dockerfile copy": text("Dockerfile", "FROM python\nCOPY ../{other} /x\n"),
        "docker-outside compose.yaml": text(
            "compose.yaml", "services:\n  app:\n    volumes:\n      - ../{other}:/x\n"
        ),
        f"undeclared {src}": text(src, "from fabrica import storage\n"),
        f"unparsed {src}": text(src, 'x = """\n'),
    }
