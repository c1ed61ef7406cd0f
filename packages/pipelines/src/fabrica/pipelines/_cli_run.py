"""`python -m fabrica.pipelines run`: a run, watched."""

from __future__ import annotations

import os
import shlex
import signal

from fabrica.pipelines._cli_codes import OUTCOMES
from fabrica.pipelines._commands import resume_command, run_command
from fabrica.pipelines._progress import Progress, json_writer
from fabrica.pipelines._run import HowToRun, run_steps
from fabrica.pipelines._run_mistakes import places_of
from fabrica.pipelines._run_open import Request, next_attempts, open_run, resume_run
from fabrica.pipelines._usage import stored_usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from fabrica.pipelines._run_context import Context


def run(options: argparse.Namespace, root: Path, request: Request) -> int:
    """Open or resume a run, run it, show it; returns the exit code."""
    _end_like_interrupt()
    if os.isatty(2):
        # What a step logs is caught, so that logging sees no terminal where a person watches one.
        os.environ.setdefault("FABRICA_LOG_FORMAT", "console")
    earlier, attempts, used = {}, {}, None
    if options.resume is None:
        context = open_run(root, request)
    else:
        context, earlier = resume_run(root, request, options.resume or None)
        attempts = next_attempts(context)
        used = stored_usage(context.store, context.project, context.run)
    progress = progress_of(context, options)
    listeners: list[Callable[[Mapping[str, Any]], None]] = [progress]
    if options.json:
        listeners.append(json_writer())

    def emit(event: dict[str, Any]) -> None:
        for listener in listeners:
            listener(event)

    try:
        how = HowToRun(_jobs(options.jobs), options.isolate)
        ended = run_steps(context, how, emit, progress.live, earlier, attempts, used)
    finally:
        progress.close()
    return OUTCOMES[ended["outcome"]]


def _said(options: argparse.Namespace) -> list[str]:
    """Return the options that make another run the same as this one, to paste.

    What a file says, it says again.
    """
    named = {"--each": options.each, "--settings": options.settings, "--set": options.set}
    places = places_of()
    return [
        word
        for name, values in named.items()
        for value in values
        if value not in places
        for word in (name, value)
    ]


def progress_of(context: Context, options: argparse.Namespace, cluster: str = "") -> Progress:
    """Return what shows a run.

    Args:
        context: the run.
        options: of the command line.
        cluster: the environment in whose cluster it runs.
    """
    progress = Progress(table=not options.json)
    plan = context.plan
    names = [step.name for step in plan.steps] + (["gate"] if plan.gate else [])
    progress.expect(names, [value for value in context.values if value])
    progress.parameter = plan.each.parameter if plan.each else None
    serves = any(context.root.glob("src/*/service.py"))
    progress.next_commands = lambda event: next_commands(
        plan.project, plan.pipeline, event, said=_said(options), serves=serves, cluster=cluster
    )
    return progress


def next_commands(
    project: str,
    pipeline: str,
    event: Mapping[str, Any],
    environ: Mapping[str, str] = os.environ,
    *,
    said: Sequence[str] = (),
    serves: bool = False,
    cluster: str = "",
) -> list[str]:
    """What to type next, in the words of whoever started the run: Nx, or Python.

    Args:
        said: the options that the run was started with, which a new run needs too; a resumed run
            has them.
        serves: whether the project has a service.
        cluster: the environment in whose cluster it ran.
    """
    under_nx = bool(environ.get("NX_TASK_TARGET_PROJECT"))
    command = run_command(project, pipeline, environ, cluster)
    if event["outcome"] == "succeeded":
        if not event["verdicts"]:
            return []
        if under_nx:
            where = f" --environment={cluster}" if cluster else ""
            return [f"npx nx run {project}:deploy{where}"] if serves else []
        return ["python -m fabrica.tracking champions"]
    run = event["run"]
    same = shlex.join(said)
    again = f"{command} {same}" if same else command
    return [
        f"mend it and run again:  {again}    (what is done comes from the cache)",
        f"or continue this run:   {resume_command(command, project, run, cluster)}",
    ]


def _jobs(jobs: int) -> int:
    if jobs > 0:
        return jobs
    from fabrica.pipelines._execute_seeds import cores

    return cores()


def _end_like_interrupt() -> None:
    """SIGTERM and a closed terminal end a run as Ctrl-C does: recorded, and no child left."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
