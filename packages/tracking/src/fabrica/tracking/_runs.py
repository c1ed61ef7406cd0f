"""The runs of a project: what was run, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fabrica.storage import NotFound, decode, encode

from ._errors import NoSuchModel
from ._names import command

if TYPE_CHECKING:
    from fabrica.storage import Store


def runs(store: Store, project: str) -> list[dict[str, Any]]:
    """Return the runs of a project, oldest first.

    Each is its ``run.json`` with ``outcome``, ``ended`` and ``counts`` of its last end; they are
    None for a run that goes on, or was killed.
    """
    folder = f"runs/{encode(project)}"
    found = [run(store, project, str(decode(name))) for name in store.children(folder)]
    return sorted(found, key=lambda document: (document["started"], document["run"]))


def run(store: Store, project: str, run: str) -> dict[str, Any]:
    """Return one run, as `runs` does.

    Raises:
        NoSuchModel: there is no such run.
    """
    folder = f"runs/{encode(project)}/{encode(run)}"
    try:
        opened = store.read(f"{folder}/run.json")
    except NotFound as error:
        raise NoSuchModel(f"project {project} has no run {run}", command("runs")) from error
    stems = (name.removesuffix(".json") for name in store.children(f"{folder}/end"))
    ends = sorted(int(stem) for stem in stems if stem.isdecimal())
    end = store.read(f"{folder}/end/{ends[-1]}.json") if ends else {}
    return {**opened, **{key: end.get(key) for key in ("outcome", "ended", "counts")}}


def attempts(store: Store, project: str, run: str) -> list[dict[str, Any]]:
    """Return the manifests of all attempts of a run's steps, by step, value and attempt."""
    folder = f"runs/{encode(project)}/{encode(run)}/steps"
    found = [store.read(name) for name in store.names(folder) if name.endswith(".json")]
    return sorted(found, key=lambda a: (a["step"], a["value"] or "", a["attempt"]))
