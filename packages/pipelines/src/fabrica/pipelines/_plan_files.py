"""The files of a project: its pipelines, its notebooks, what a file holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from fabrica.pipelines._errors import NotAProject

_FOLDER = "pipelines"


def find_pipelines(root: Path | str) -> dict[str, Path]:
    """Return the pipelines of the project at `root`: name → `src/<module>/pipelines/<name>.py`.

    Raises:
        NotAProject: `root` has no folder src/.
        PipelineError: two modules of the project have a pipeline of one name.
    """
    source = os.path.join(root, "src")
    if not os.path.isdir(source):
        raise NotAProject(
            f"{os.path.abspath(root)} is not a project: it has no src/",
            hint="run the command in the project's folder",
        )
    found: dict[str, Path] = {}
    for module in sorted(os.listdir(source)):
        folder = os.path.join(source, module, _FOLDER)
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            stem, suffix = os.path.splitext(name)
            if suffix == ".py" and stem.isidentifier() and not stem.startswith("_"):
                if stem in found:
                    raise NotAProject(
                        f"two pipelines are named `{stem}`: {found[stem]} and "
                        f"{os.path.join(folder, name)}",
                        hint="rename one of the two files",
                    )
                found[stem] = Path(folder, name)
    return found


def find_notebooks(folder: str) -> Iterator[str]:
    """Yield the notebooks below a folder, in the order of their names."""
    pending = [folder]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.startswith((".", "__pycache__")):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif entry.name.endswith(".ipynb"):
                    yield entry.path


def read_file(file: str) -> bytes | None:
    """Return what a file holds; None when there is no such file."""
    try:
        with open(file, "rb") as stream:
            return stream.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def facts_folder(root: str) -> str:
    """Return the folder of what is cached about a project's source."""
    return os.path.join(root, ".fabrica", "facts")


def write_file(file: str, data: bytes) -> None:
    """Write a file of the cache in one replacing move; one that can't be written is left out."""
    with suppress(OSError):
        folder = os.path.dirname(file)
        os.makedirs(folder, exist_ok=True)
        ignore = os.path.join(folder, ".gitignore")
        if not os.path.exists(ignore):
            with open(ignore, "w", encoding="utf-8") as stream:
                stream.write("*\n")
        temporary = f"{file}.{os.getpid()}"
        with open(temporary, "wb") as stream:
            stream.write(data)
        os.replace(temporary, file)
