"""`step … --chunk i/n`: some values of a step, one after the other, each in a process of its own.

Of hundreds of values a pod takes several, so that a cluster has no object for each. What a value
does to its process is nothing to the others: one that crashes, or takes all memory, is a failure
of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys

from fabrica.pipelines._cli_codes import CANCELLED, FAILED, FINAL, SUCCEEDED, UNREACHABLE
from fabrica.pipelines._errors import ParameterError, ProcessDied

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fabrica.pipelines._usage_pod import Pod

_WORST = (CANCELLED, FAILED, UNREACHABLE, FINAL)


def chunk_of(values: Sequence[str | None], chunk: str) -> list[str | None]:
    """Return the values of chunk `i/n`, counted from 0.

    Example:
        >>> chunk_of(["all", "Queens", "Bronx"], "0/2")
        ['all', 'Bronx']
    """
    number, sign, many = chunk.partition("/")
    if not (sign and number.isdigit() and many.isdigit() and int(number) < int(many)):
        raise ParameterError(
            f"--chunk {chunk} is no chunk", hint="write --chunk 0/4 for the first of four"
        )
    return list(values[int(number) :: int(many)])


def run_values(
    values: Sequence[str | None],
    command: Sequence[str],
    died: Callable[[str | None, ProcessDied], None],
    pod: Pod | None = None,
) -> int:
    """Run a command for each value; returns the worst of its exit codes.

    Args:
        values: the values; each is added to the command as `--value VALUE`.
        command: the arguments of `python -m fabrica.pipelines`.
        died: records a process that ended without recording anything.
        pod: the pod that takes the values, whose time counts as theirs.
    """
    codes = []
    for value in values:
        words = [sys.executable, "-m", "fabrica.pipelines", *command, "--value", str(value)]
        code = _wait(words, {**os.environ, **pod.environ()} if pod else None)
        if code not in (SUCCEEDED, *_WORST):
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            memory = " (out of memory?)" if code == -9 else ""
            died(value, ProcessDied(f"its process {how}{memory}", hint="look at what it printed"))
            code = FAILED
        codes.append(code)
        if pod:
            pod.next()
        if code == CANCELLED:
            break
    return next((code for code in _WORST if code in codes), SUCCEEDED)


def _wait(command: Sequence[str], environ: Mapping[str, str] | None) -> int:
    with subprocess.Popen(command, env=environ) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
