"""The commands that people are told, in the words of whoever started this: Nx, or Python."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping


def run_command(
    project: str, pipeline: str, environ: Mapping[str, str] = os.environ, cluster: str = ""
) -> str:
    """Return the command that runs a pipeline.

    Args:
        project: the project.
        pipeline: its pipeline.
        environ: says whether Nx started this.
        cluster: the environment in whose cluster it runs.

    Example:
        >>> run_command("bikes", "train", {})
        'python -m fabrica.pipelines run train'
        >>> run_command("bikes", "train", {"NX_TASK_TARGET_PROJECT": "bikes"})
        'npx nx run bikes:run train'
        >>> run_command("bikes", "train", {}, "staging")
        'npx nx run bikes:run train --environment=staging'
    """
    start = "python -m fabrica.pipelines run"
    if cluster or environ.get("NX_TASK_TARGET_PROJECT"):
        start = f"npx nx run {project}:run"
    where = f" --environment={cluster}" if cluster else ""
    return f"{start} {shlex.quote(pipeline)}{where}"


def resume_command(command: str, project: str, run: str, cluster: str = "") -> str:
    """Return the command that continues a run.

    Args:
        command: the one that runs the pipeline.
        project: the project.
        run: the run.
        cluster: the environment in whose cluster it ran.

    Example:
        >>> resume_command("python -m fabrica.pipelines run train", "bikes", "20261121T0815")
        'python -m fabrica.pipelines run train --resume 20261121T0815'
        >>> resume_command("", "bikes", "20261121T0815", "staging")
        'npx nx run bikes:resume --environment=staging --run=20261121T0815'
    """
    if cluster:
        return f"npx nx run {project}:resume --environment={cluster} --run={run}"
    return f"{command} --resume {run}"
