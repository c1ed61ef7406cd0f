"""The command line: `python -m fabrica.pipelines plan|run|step|list …`.

People read standard error, machines read standard output. Exit codes: 0 succeeded, 1 something
failed, 2 the input is wrong, 130 cancelled. The entry points of a cluster (open, step, gate, close)
also tell what starts their pods whether another try makes sense: 3 it doesn't, 75 the store could
not be reached.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from fabrica.pipelines._cli_codes import CANCELLED, FAILED, SUCCEEDED, UNREACHABLE, WRONG
from fabrica.pipelines._errors import ParameterError, UnknownPipeline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


def main(arguments: Sequence[str]) -> int:
    """Run a command; returns its exit code."""
    try:
        options, extra = _parser().parse_known_args(arguments)
        _take_extra(options, extra)
        return options.command(options, Path.cwd())
    except KeyboardInterrupt:
        return CANCELLED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FAILED
    except Exception as error:
        # Errors of every package of Fabrica say what is wrong and have a hint; others are bugs.
        if not type(error).__module__.startswith("fabrica."):
            raise
        _say_error(error)
        in_cluster = arguments[:1] and arguments[0] in _IN_CLUSTER
        return UNREACHABLE if in_cluster and _is_unreachable(error) else WRONG


def _is_unreachable(error: Exception) -> bool:
    from fabrica.storage import NotReadable, NotWritable

    return isinstance(error, (NotReadable, NotWritable))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fabrica.pipelines",
        description="Plan and run the pipelines of the project in this folder.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, command, add, text in _COMMANDS:
        one = (
            commands.add_parser(name, help=text, description=text, allow_abbrev=False)
            if text
            else commands.add_parser(name, allow_abbrev=False)
        )
        add(one)
        one.set_defaults(command=command, name=name, accepts_parameters=add in _PARAMETRIC)
    return parser


def _take_extra(options: argparse.Namespace, extra: list[str]) -> None:
    """`--max_depth 8` and `--max-depth=8` mean `--set max_depth=8`."""
    if not extra:
        return
    if not options.accepts_parameters:
        raise ParameterError(f"unknown argument {extra[0]}", hint=f"see {options.name} --help")
    words = iter(extra)
    for word in words:
        if not word.startswith("--"):
            raise ParameterError(
                f"unknown argument {word}", hint="write parameters as --set name=value"
            )
        name, sign, value = word[2:].partition("=")
        if not sign:
            value = next(words, None)
            if value is None:
                raise ParameterError(f"{word} has no value", hint=f"write {word}=VALUE")
        options.set.append(f"{name.replace('-', '_')}={value}")


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pipeline", nargs="?", metavar="NAME", help="the pipeline")
    parser.add_argument("--pipeline", dest="named", metavar="NAME", help=argparse.SUPPRESS)
    parser.add_argument(
        "--each",
        action="append",
        default=[],
        metavar="PARAMETER=VALUE,…",
        help="the values to run for, such as borough=Queens,Bronx",
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter"
    )
    parser.add_argument(
        "--settings",
        action="append",
        default=[],
        metavar="JSON",
        help="parameters as a JSON object",
    )
    parser.add_argument(
        "--resources",
        action="append",
        default=[],
        metavar="JSON",
        help="cpu, memory and gpu by step",
    )


def _add_run(parser: argparse.ArgumentParser) -> None:
    _add_source(parser)
    parser.add_argument(
        "--jobs",
        type=int,
        default=1,
        metavar="N",
        help="steps at once, each in a process of its own; 0 for all processors (default 1)",
    )
    parser.add_argument("--isolate", action="store_true", help="a new process for every step")
    parser.add_argument(
        "--resume", nargs="?", const="", metavar="RUN", help="continue a run that did not succeed"
    )
    parser.add_argument("--no-cache", action="store_true", help="make everything again")
    parser.add_argument("--json", action="store_true", help="events on standard output")


def _add_plan(parser: argparse.ArgumentParser) -> None:
    _add_source(parser)


def _add_open(parser: argparse.ArgumentParser) -> None:
    _add_source(parser)
    parser.add_argument(
        "--run",
        metavar="RUN",
        help="the id; a new one when left out. A run that is there is continued",
    )
    parser.add_argument(
        "--when",
        choices=("always", "new-data"),
        default="always",
        help="new-data: look first whether there is any since a run succeeded; if not, say "
        "`unchanged`",
    )


def _add_of_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pipeline", metavar="NAME")
    parser.add_argument("--run", required=True, metavar="RUN")


def _add_step(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pipeline", metavar="NAME")
    parser.add_argument("step", metavar="STEP")
    parser.add_argument("--run", required=True, metavar="RUN")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--value", metavar="VALUE")
    which.add_argument("--chunk", metavar="I/N", help="the values of chunk I of N, counted from 0")
    parser.add_argument("--attempt", type=int, default=1, metavar="N")


def _add_close(parser: argparse.ArgumentParser) -> None:
    _add_of_run(parser)
    parser.add_argument(
        "--status", metavar="STATUS", help="how the cluster says that it ended: {{workflow.status}}"
    )
    parser.add_argument(
        "--failures", metavar="JSON", help="what failed, as it says: {{workflow.failures}}"
    )


def _add_gate(parser: argparse.ArgumentParser) -> None:
    _add_of_run(parser)
    parser.add_argument("--value", metavar="VALUE")


def _add_follow(parser: argparse.ArgumentParser) -> None:
    _add_source(parser)
    parser.add_argument("--run", required=True, metavar="RUN")
    parser.add_argument("--environment", default="", metavar="NAME", help="where it runs")
    parser.add_argument("--json", action="store_true", help="events on standard output")


def _add_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pipeline", nargs="?", metavar="NAME", help="show the steps of this one")
    parser.add_argument("--json", action="store_true")


def _add_usage(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--since", required=True, metavar="TIME", help="runs that began then or later: 2026-11-01"
    )
    parser.add_argument("--until", metavar="TIME", help="and before that")
    parser.add_argument("--project", metavar="NAME", help="of this project; of all by default")


def _add_worker(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project")
    parser.add_argument("run")
    parser.add_argument("--no-cache", action="store_true")


def _plan(options: argparse.Namespace, root: Path) -> int:
    from fabrica.pipelines._plan import plan_json
    from fabrica.pipelines._run_mistakes import Mistakes
    from fabrica.pipelines._run_parameters import plan_for, read_given

    mistakes = Mistakes()
    plan = plan_for(root, _name(options, root), options.each, options.resources, mistakes)
    read_given(plan, options.set, options.settings, mistakes)
    mistakes.raise_any()
    sys.stdout.buffer.write(plan_json(plan))
    sys.stdout.buffer.flush()
    return SUCCEEDED


def _run(options: argparse.Namespace, root: Path) -> int:
    from fabrica.pipelines._cli_run import run

    return run(options, root, _request(options, root))


def _open(options: argparse.Namespace, root: Path) -> int:
    from fabrica.pipelines._cli_cluster import open_for_cluster

    return open_for_cluster(root, _request(options, root), options.when)


def _step(options: argparse.Namespace, root: Path) -> int:
    from fabrica.pipelines._cli_cluster import run_chunk, run_one_step

    which = (root, options.pipeline, options.step, options.run)
    if options.chunk is not None:
        return run_chunk(*which, options.chunk, options.attempt)
    return run_one_step(*which, options.value, options.attempt)


def _gate(options: argparse.Namespace, root: Path) -> int:
    from fabrica.pipelines._cli_cluster import gate_values

    return gate_values(root, options.pipeline, options.run, options.value)


def _close(options: argparse.Namespace, root: Path) -> int:
    from fabrica.pipelines._cli_cluster import close_run

    return close_run(root, options.pipeline, options.run, options.status, options.failures)


def _follow(options: argparse.Namespace, root: Path) -> int:
    from fabrica.pipelines._cli_follow import follow
    from fabrica.pipelines._cli_run import progress_of
    from fabrica.pipelines._progress import json_writer

    listen = json_writer() if options.json else None
    return follow(
        root, options.run, lambda run: progress_of(run, options, options.environment), listen
    )


def _list(options: argparse.Namespace, root: Path) -> int:
    from fabrica.pipelines._cli_list import list_pipelines

    return list_pipelines(root, options.pipeline, as_json=options.json)


def _usage(options: argparse.Namespace, root: Path) -> int:
    from fabrica.pipelines._cli_usage import print_usage

    return print_usage(options.since, options.until, options.project)


def _worker(options: argparse.Namespace, root: Path) -> int:
    from fabrica.pipelines._run_worker import work

    return work(root, options.project, options.run, use_cache=not options.no_cache)


def _request(options: argparse.Namespace, root: Path) -> Any:
    from fabrica.pipelines._run_open import Request

    return Request(
        _name(options, root),
        tuple(options.each),
        tuple(options.settings),
        tuple(options.set),
        tuple(options.resources),
        getattr(options, "run", None),
        not getattr(options, "no_cache", False),
    )


def _name(options: argparse.Namespace, root: Path) -> str:
    """The pipeline that is meant: the one named, the only one, or `train`."""
    name = options.pipeline or options.named
    if name:
        return name
    from fabrica.pipelines._commands import run_command
    from fabrica.pipelines._plan import find_pipelines

    names = sorted(find_pipelines(root))
    if len(names) == 1:
        return names[0]
    if "train" in names:
        return "train"
    if not names:
        raise UnknownPipeline(
            f"{root.name} has no pipelines",
            hint="write one: src/<module>/pipelines/train.py is pipeline `train`",
        )
    raise UnknownPipeline(
        f"{root.name} has several pipelines: {', '.join(names)}",
        hint=f"name one: {run_command(root.name, names[0])}",
    )


def _say_error(error: Exception) -> None:
    """A mistake, without a traceback; problems of a plan stand as `file:line: text`."""
    for mistake in getattr(error, "mistakes", ()):
        _say_error(mistake)
    if hasattr(error, "mistakes"):
        return
    problems = getattr(error, "errors", None)
    if problems:
        many = f"{len(problems)} problems" if len(problems) > 1 else "a problem"
        print(f"{error}\nerror: the pipeline cannot be planned: {many}", file=sys.stderr)
        return
    print(f"error: {error}", file=sys.stderr)
    hint = getattr(error, "hint", None)
    if hint:
        print(f"  try {hint}", file=sys.stderr)


_IN_CLUSTER = ("open", "step", "gate", "close")
_PARAMETRIC: tuple[Callable[[argparse.ArgumentParser], None], ...] = (_add_run, _add_open)
_COMMANDS: tuple[tuple[str, Any, Any, str | None], ...] = (
    ("run", _run, _add_run, "Run a pipeline; what did not change comes from the cache."),
    ("plan", _plan, _add_plan, "Print the plan of a pipeline as JSON, without running it."),
    ("list", _list, _add_list, "List the pipelines of the project, or the steps of one."),
    ("open", _open, _add_open, "Open a run for a cluster; prints its id."),
    ("step", _step, _add_step, "Run one step of an open run."),
    ("gate", _gate, _add_gate, "Judge the models of an open run."),
    ("close", _close, _add_close, "End an open run."),
    (
        "follow",
        _follow,
        _add_follow,
        "Show a run of a cluster; its events come from standard input.",
    ),
    ("usage", _usage, _add_usage, "Print what runs have used, a line of JSON for each."),
    ("worker", _worker, _add_worker, None),
)
