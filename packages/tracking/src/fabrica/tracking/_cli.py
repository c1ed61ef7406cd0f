"""``python -m fabrica.tracking``: runs and models on the command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from fabrica.storage import BadAddress, StorageError, Store, open_store

from ._errors import NoProject, NoSuchModel, TrackingError
from ._lineage import lineage
from ._names import command
from ._project import find_project
from ._registry import Registry
from ._runs import runs
from ._show import lineage_text, promotion_text, table

Answer = Any
"""What `--json` prints."""

# A mistake in what was asked; everything else that is reported is a state of the store.
_ASKED_WRONGLY = (NoProject, NoSuchModel, BadAddress)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code: 0, 1 when it failed, 2 for a mistake in the request."""
    options = _parser().parse_args(arguments)
    try:
        project = find_project(options.project)
        answer = options.command(open_store(options.store), project, options)
    except (StorageError, TrackingError) as error:
        print(f"error: {error}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
        return 2 if isinstance(error, _ASKED_WRONGLY) else 1
    try:
        print(json.dumps(answer, sort_keys=True) if options.json else options.show(answer))
        sys.stdout.flush()
    except BrokenPipeError:  # `… | head`
        sys.stderr.close()
    return 0


def _champions(store: Store, project: str, options: argparse.Namespace) -> Answer:
    registry = Registry(store, project)
    pairs = [(model, value) for model in registry.models() for value in registry.values(model)]
    return [_champion(registry, model, value) for model, value in pairs]


def _champion(registry: Registry, model: str, value: str | None) -> dict[str, Any]:
    history = registry.history(model, value)
    last = history[-1] if history else None
    return {
        "model": model,
        "value": value,
        "version": last and last.version,
        "since": last and last.at,
        "by": last and f"{last.by['kind']} {last.by['name']}",
        "barred": list(last.bars) if last else [],
        "reason": last.reason if last else "nothing was promoted yet",
    }


def _versions(store: Store, project: str, options: argparse.Namespace) -> Answer:
    registry = Registry(store, project)
    model, value = _which(registry, options)
    champion = registry.champion(model, value)
    barred = registry.barred(model, value)
    return [
        {
            "version": version.version,
            "champion": champion is not None and champion.version == version.version,
            "barred": version.version in barred,
            "registered": version.registered,
            "run": version.run,
            "metrics": dict(version.metrics),
        }
        for version in registry.versions(model, value)
    ]


def _runs(store: Store, project: str, options: argparse.Namespace) -> Answer:
    return [
        {
            "run": document["run"],
            "pipeline": document["pipeline"],
            "started": document["started"],
            "outcome": document["outcome"] or "unfinished",
            "counts": document["counts"] or {},
            "commit": (document.get("git") or {}).get("commit"),
            "dirty": (document.get("git") or {}).get("dirty"),
        }
        for document in runs(store, project)
    ]


def _verdicts(store: Store, project: str, options: argparse.Namespace) -> Answer:
    keys = ("version", "against", "promote", "comparable", "candidate", "production", "at")
    registry = Registry(store, project)
    found = registry.verdicts(*_which(registry, options))
    return [{key: verdict[key] for key in (*keys, "reason")} for verdict in found]


def _lineage(store: Store, project: str, options: argparse.Namespace) -> Answer:
    model, value = _which(Registry(store, project), options)
    return lineage(store, project, model, value, options.version)


def _promote(store: Store, project: str, options: argparse.Namespace) -> Answer:
    registry = Registry(store, project)
    model, value = _which(registry, options)
    who = options.by or _user()
    return asdict(registry.promote(model, value, options.version, by=who, reason=options.reason))


def _rollback(store: Store, project: str, options: argparse.Namespace) -> Answer:
    registry = Registry(store, project)
    model, value = _which(registry, options)
    return asdict(registry.rollback(model, value, by=options.by or _user(), reason=options.reason))


def _which(registry: Registry, options: argparse.Namespace) -> tuple[str, str | None]:
    """The model and the value that are meant; what isn't there is an error with what is."""
    models = registry.models()
    if options.model not in models:
        raise NoSuchModel(
            f"project {registry.project} has no model {options.model}; "
            + (f"its models: {', '.join(models)}" if models else "it has no models yet"),
            command("champions") if models else "run a pipeline: its gate promotes one",
        )
    values = registry.values(options.model)
    if options.value not in values:
        there = ", ".join(value for value in values if value is not None)
        of = f"no version of {options.value}" if options.value else "a version for each value"
        raise NoSuchModel(
            f"{options.model} has {of}; "
            + (f"its values: {there}" if there else "it has no values"),
            f"add --value {next(v for v in values if v)}" if there else "leave --value out",
        )
    return options.model, options.value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fabrica.tracking", description="Runs and models of a project."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str,
        function: Callable[..., Answer],
        show: Callable[[Any], str],
        help: str,
        *,
        model: bool = True,
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(command=function, show=show)
        if model:
            sub.add_argument("model")
            sub.add_argument("--value", help="such as a borough, where there is a model for each")
        sub.add_argument("--project", help="default: FABRICA_PROJECT, else this folder's project")
        sub.add_argument("--store", help="default: FABRICA_STORE, else the workspace's own")
        sub.add_argument("--json", action="store_true", help="print JSON")
        return sub

    def decision(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--by", help="who decides; default: you")
        sub.add_argument("--reason", required=True, help="one sentence for the archive")

    add("champions", _champions, table, "what serves, and since when", model=False)
    add("runs", _runs, table, "the runs, oldest first", model=False)
    add("versions", _versions, table, "the versions of a model")
    add("verdicts", _verdicts, table, "what the gate said, and why")
    lineages = add("lineage", _lineage, lineage_text, "where a model came from")
    lineages.add_argument("version", type=int, nargs="?", help="default: the champion")
    promoting = add("promote", _promote, promotion_text, "make a version champion")
    promoting.add_argument("version", type=int)
    decision(promoting)
    help = "back to the version before, and bar this one until a person promotes it"
    decision(add("rollback", _rollback, promotion_text, help))
    return parser


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "unknown"
