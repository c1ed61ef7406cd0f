"""The commands that people are told, in the words of whoever started this: Nx, or Python."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping


def run_command(project: str, pipeline: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return the command that runs a pipeline.

    Example:
        >>> run_command("bikes", "train", {})
        'python -m fabrica.pipelines run train'
        >>> run_command("bikes", "train", {"NX_TASK_TARGET_PROJECT": "bikes"})
        'npx nx run bikes:run train'
    """
    start = "python -m fabrica.pipelines run"
    if environ.get("NX_TASK_TARGET_PROJECT"):
        start = f"npx nx run {project}:run"
    return f"{start} {shlex.quote(pipeline)}"
