"""Steps in notebooks below src/: a notebook imports and calls steps, it never defines them."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Any

from fabrica.pipelines._plan_files import find_notebooks
from fabrica.pipelines._plan_modules import Project
from fabrica.pipelines._plan_problems import Problems

_STEP = ("fabrica.pipelines", "step")


def check_notebooks(project: Project, problems: Problems, only: str | None = None) -> None:
    """Report each step that a notebook below src/ defines; `only` looks at files of that name."""
    for file in find_notebooks(project.source):
        if only is not None and os.path.basename(file) != only:
            continue
        data = project.read(file) or b""
        key = "notebook:" + sha256(data).hexdigest()
        shown = os.path.relpath(file, project.root).replace(os.sep, "/")
        for name, line in project.cache.remember(key, lambda data=data: _steps(data)):
            problems.add_at(
                shown,
                line,
                24,
                f"step `{name}` is in a notebook: notebooks import and call steps",
                "move it to a module below src/ and import it in the notebook",
            )


def _steps(data: bytes) -> list[list[Any]]:
    """Return [name, line in the file] of each function that a code cell marks with `@step`."""
    import json

    try:
        cells = json.loads(data).get("cells", [])
    except (ValueError, AttributeError):
        return []
    code = [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    sources = ["".join(cell.get("source", [])) for cell in code]
    return [[name, _line(data, mark)] for name, mark in _marked("\n".join(map(_python, sources)))]


def _python(source: str) -> str:
    """Return a cell without IPython's own lines: magics, shell commands, help."""
    if source.lstrip().startswith("%%"):
        return ""
    return "\n".join(map(_statement, source.split("\n")))


def _statement(line: str) -> str:
    bare = line.lstrip()
    magic = bare.startswith(("%", "!", "?"))
    return line[: len(line) - len(bare)] + "pass" if magic else line


def _marked(source: str) -> list[tuple[str, str]]:
    from fabrica.pipelines._syntax import facts_of

    facts = facts_of(source.encode())
    if "error" in facts:
        return []
    names = {
        bound + (".step" if not attribute else "")
        for bound, (module, attribute, *_) in facts["imports"].items()
        if (module, attribute) == _STEP or (module == _STEP[0] and not attribute)
    }
    if any(module == _STEP[0] for module, _ in facts["stars"]):
        names.add("step")
    names.add("fabrica.pipelines.step")
    found = []
    for name, definitions in facts["defs"].items():
        for definition in definitions:
            if any(mark[0] in names for mark in definition.get("decorators", ())):
                found.append((name, f"def {name}("))
    found += [
        (name, f"def {name}(")
        for name, _, _, marks in facts["nested"]
        if any(mark in names for mark, _ in marks)
    ]
    return found


def _line(data: bytes, text: str) -> int:
    place = data.find(text.encode())
    return data.count(b"\n", 0, max(place, 0)) + 1
