"""What the code imports is there. A beginning: tests of what the code does come next."""

import ast
import importlib.util
import json
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager

PROJECT = Path(__file__).parents[1]
CODE = sorted(
    path
    for folder in ["src", "notebooks", "experiments"]
    for path in (PROJECT / folder).rglob("*")
    if path.suffix in {".py", ".ipynb"} and not any(part.startswith(".") for part in path.parts)
)

# Imported, and stated nowhere: see ADOPTED.md.
NOT_INSTALLED = set(
    """
    __missing__
    """.split()
)


def source_of(path: Path) -> str:
    """The Python in a file: of a notebook, its cells without magics."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for cell in cells]
    transform = TransformerManager().transform_cell
    return "\n".join(transform(source) for source in sources if not source.startswith("%%"))


def imported_by(source: str) -> set[str]:
    """The first names of all that a source imports, but for what it does without when it has to."""
    tree = ast.parse(source)
    tried = {id(part) for node in ast.walk(tree) if isinstance(node, ast.Try) for part in ast.walk(node)}
    names = set()
    for node in ast.walk(tree):
        if id(node) in tried:
            continue
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(str(node.module).split(".")[0])
    return names


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(PROJECT)))
def test_imports_resolve(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(path.parent))
    try:
        names = imported_by(source_of(path))
    except SyntaxError as error:
        pytest.skip(f"not Python 3: {error}")
    missing = {name for name in names - NOT_INSTALLED if importlib.util.find_spec(name) is None}
    assert not missing
