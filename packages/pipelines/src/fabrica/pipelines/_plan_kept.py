"""Plans that are kept: a plan whose files are all as they were is read, not made.

A plan depends on the files that were read for it, on those that were looked for in vain, and on
the folders of `sys.path`. All of them are noted beside the plan, and compared by their bytes:
with 200 modules that takes 6 ms, where making the plan from cached facts takes 30.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

from fabrica.pipelines._errors import PlanUnreadable
from fabrica.pipelines._plan_files import (
    facts_folder,
    find_notebooks,
    find_pipelines,
    read_file,
    write_file,
)
from fabrica.pipelines._plan_json import plan_json, read_plan
from fabrica.pipelines._plan_model import Plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fabrica.pipelines._reach_graph import Reach

_MOST = 40
"""So many plans are kept for a project; the oldest go."""


class _Recent:
    """The last plan that was made or read, with what `code_digests` needs of it."""

    plan: Plan | None = None
    reach: Reach | None = None
    digests: dict[str, str] | None = None
    files: Mapping[str, str | None] | None = None
    question: str = ""


def remember(
    plan: Plan,
    *,
    reach: Reach | None = None,
    digests: dict[str, str] | None = None,
    files: Mapping[str, str | None] | None = None,
    question: str = "",
) -> None:
    """Hold on to what was read for a plan, for `code_digests`, which follows it."""
    _Recent.plan, _Recent.reach = plan, reach
    _Recent.digests, _Recent.question = digests, question
    _Recent.files = reach.project.seen if reach is not None else files


def digests_of(plan: Plan) -> dict[str, str] | None:
    """Return the digests that were kept with a plan, when it is the last one."""
    digests = _Recent.digests if _Recent.plan is plan else None
    return None if digests is None else dict(digests)


def files_of(plan: Plan) -> dict[str, str | None] | None:
    """Return the files that a plan and its digests were read from, when it is the last one."""
    files = _Recent.files if _Recent.plan is plan else None
    return None if files is None else dict(files)


def reach_of(plan: Plan) -> Reach | None:
    """Return the graph that a plan was made from, when it is the last one."""
    return _Recent.reach if _Recent.plan is plan else None


def question(
    root: str,
    pipeline: str,
    each: Mapping[str, Sequence[str]] | None,
    resources: Mapping[str, Mapping[str, Any]] | None,
) -> str:
    """Return a digest of all that a plan depends on besides the project's files."""
    asked: dict[str, Any] = {
        "pipeline": pipeline,
        "each": {name: list(values) for name, values in (each or {}).items()},
        "resources": {name: dict(given) for name, given in (resources or {}).items()},
        "python": sys.version,
        "path": [[entry, _changed(entry)] for entry in sys.path],
        "code": _own_code(),
    }
    text = json.dumps(asked, sort_keys=True, default=repr)
    return sha256(f"{root}\n{text}".encode()).hexdigest()


def _changed(path: str) -> int:
    try:
        return os.stat(path or ".").st_mtime_ns
    except OSError:
        return 0


def _own_code() -> list[list[Any]]:
    """Return the names and times of the files that make plans: another version makes others."""
    here = os.path.dirname(__file__)
    files = [os.path.join(here, name) for name in sorted(os.listdir(here)) if name.endswith(".py")]
    import fabrica

    files += [os.path.join(entry, "storage", "formats.py") for entry in fabrica.__path__]
    return [[file, _changed(file)] for file in files]


def _file(root: str, pipeline: str, asked: str) -> str:
    return os.path.join(facts_folder(root), "plans", f"{pipeline}-{asked[:20]}.json")


def answer(
    root: str, pipeline: str, asked: str
) -> tuple[Plan, dict[str, str], dict[str, str | None]] | None:
    """Return a kept plan, its digests and files, when all that it depends on is as it was."""
    data = read_file(_file(root, pipeline, asked))
    if data is None:
        return None
    with suppress(ValueError, KeyError, TypeError, AttributeError, PlanUnreadable):
        kept = json.loads(data)
        if kept["question"] == asked and _is_current(root, pipeline, kept):
            return read_plan(kept["plan"].encode()), dict(kept["digests"]), kept["seen"]
    return None


def _is_current(root: str, pipeline: str, kept: Mapping[str, Any]) -> bool:
    if kept["pipelines"] != _pipelines(root) or kept["notebooks"] != _notebooks(root):
        return False
    if any(os.path.isdir(folder) is not there for folder, there in kept["folders"].items()):
        return False
    return all(_digest(file) == digest for file, digest in kept["seen"].items())


def _pipelines(root: str) -> dict[str, str]:
    return {name: os.fspath(path) for name, path in find_pipelines(root).items()}


def _notebooks(root: str) -> list[str]:
    return list(find_notebooks(os.path.join(root, "src")))


def _digest(file: str) -> str | None:
    data = read_file(file)
    return None if data is None else sha256(data).hexdigest()


def keep(plan: Plan, reach: Reach, digests: Mapping[str, str]) -> None:
    """Write down a plan that was just made; one that was read from elsewhere is not kept."""
    if _Recent.plan is not plan or not _Recent.question:
        return
    _Recent.digests = dict(digests)
    project = reach.project
    document = {
        "question": _Recent.question,
        "seen": project.seen,
        "folders": project.folders,
        "pipelines": _pipelines(project.root),
        "notebooks": _notebooks(project.root),
        "plan": plan_json(plan).decode(),
        "digests": dict(digests),
    }
    file = _file(project.root, plan.pipeline, _Recent.question)
    write_file(file, json.dumps(document, separators=(",", ":")).encode())
    _forget(os.path.dirname(file))


def _forget(folder: str) -> None:
    with suppress(OSError):
        files = [entry for entry in os.scandir(folder) if entry.name.endswith(".json")]
        files.sort(key=lambda entry: entry.stat().st_mtime_ns)
        for entry in files[:-_MOST]:
            os.unlink(entry.path)
