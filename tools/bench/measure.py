"""What the benchmarks share: environments of the peers, and measuring two commands in turn.

Each benchmark is one command, ``python tools/bench/<name>.py``: it runs ours and a peer alternately
on the same machine in the same run, so that whatever else the machine does weighs on both, and
prints the medians and their ratio. It needs the standard library and uv alone.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENVIRONMENTS = ROOT / ".fabrica" / "bench"


@dataclass(frozen=True)
class Cost:
    """What one command cost: wall-clock seconds, and CPU seconds of it and of its children."""

    seconds: float
    cpu: float


@dataclass(frozen=True)
class Contender:
    """A command to measure; ``before`` puts everything back to the start, unmeasured."""

    name: str
    command: Callable[[], Sequence[str | Path]]
    cwd: Path
    environment: dict[str, str]
    before: Callable[[], None] = lambda: None
    codes: Sequence[int] = (0,)
    """The exit codes that are no failure: a linter that finds something has one of its own."""
    limit: float | None = None
    """Seconds after which it is stopped, and counts as if it had taken these."""


def environment(**extra: str) -> dict[str, str]:
    """The environment for both sides alike: bytecode may be kept, as on a user's machine."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **extra}


def measure(contender: Contender) -> Cost:
    """Run the command once and return its cost.

    Raises:
        SystemExit: when it fails, with the last of what it printed: a benchmark of a failing
            command would measure nothing.
    """
    contender.before()
    # Or the one after a large build would pay for what that has yet to write.
    os.sync()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    try:
        run(contender)
    except subprocess.TimeoutExpired:
        pass
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(seconds, cpu)


def run(contender: Contender) -> str:
    """Run the command once and return what it printed; one that fails ends the benchmark."""
    done = subprocess.run(
        [str(word) for word in contender.command()],
        cwd=contender.cwd,
        env=contender.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=contender.limit,
    )
    if done.returncode not in contender.codes:
        sys.exit(
            f"{contender.name} failed with exit code {done.returncode}:\n{done.stdout[-3000:]}"
        )
    return done.stdout


def peak_memory(contender: Contender) -> float:
    """Run the command once and return the most memory that it held, in MiB (on Linux)."""
    contender.before()
    process = subprocess.Popen(
        [str(word) for word in contender.command()],
        cwd=contender.cwd,
        env=contender.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in contender.codes:
        sys.exit(f"{contender.name} failed with exit code {process.returncode}")
    return usage.ru_maxrss / 1024


def compare(
    contenders: Sequence[Contender], *, rounds: int, warm_up: bool = True
) -> dict[str, Cost]:
    """Run all in turn, one round to warm up and then ``rounds`` that count; medians by name."""
    costs: dict[str, list[Cost]] = {contender.name: [] for contender in contenders}
    for number in range(0 if warm_up else 1, rounds + 1):
        for contender in contenders:
            print(f"\r  round {number} of {rounds}: {contender.name:<28}", end="", file=sys.stderr)
            cost = measure(contender)
            if number > 0:
                costs[contender.name].append(cost)
    print(file=sys.stderr)
    return {
        name: Cost(
            statistics.median(c.seconds for c in measured),
            statistics.median(c.cpu for c in measured),
        )
        for name, measured in costs.items()
    }


@dataclass(frozen=True)
class Bound:
    """A promise: what was measured, and the most it may be."""

    text: str
    value: float
    most: float


def report(title: str, rows: Sequence[tuple[str, str]], bounds: Sequence[Bound]) -> int:
    """Print the figures and the promises; the exit code is 1 when a promise is broken."""
    print(f"\n{title}")
    for name, figure in rows:
        print(f"  {name:<32} {figure}")
    for bound in bounds:
        verdict = "ok" if bound.value <= bound.most else "BROKEN"
        print(f"  {bound.text:<58} {bound.value:8.3f}  (at most {bound.most:g})  {verdict}")
    return int(any(bound.value > bound.most for bound in bounds))


def find_uv() -> str:
    """uv from the PATH, or the one that the toolkit provisioned."""
    found = shutil.which("uv") or next(
        (str(path) for path in sorted((ROOT / ".fabrica" / "tools").glob("uv*/bin/uv"))), None
    )
    if found is None:
        sys.exit("uv is missing: `npx nx run storage:install` provisions it")
    return found


def python_with(name: str, lock: Path, editable: Sequence[Path] = ()) -> Path:
    """An environment under ``.fabrica/bench`` from a lock with hashes; returns its Python."""
    home = ENVIRONMENTS / name
    python = home / "bin" / "python"
    if not python.exists():
        subprocess.run([find_uv(), "venv", "-q", "--clear", home], check=True)
    sync = [find_uv(), "pip", "sync", "-q", "--python", python, "--require-hashes", lock]
    subprocess.run(sync, check=True)
    for path in editable:
        install = [find_uv(), "pip", "install", "-q", "--python", python, "--no-deps", "-e", path]
        subprocess.run(install, check=True)
    return python


def fabrica_python() -> Path:
    """An environment with the shared packages of the working tree that the runner needs."""
    packages = ROOT / "packages"
    return python_with(
        "fabrica",
        packages / "pipelines" / "requirements-dev.txt",
        [packages / name for name in ("storage", "tracking", "logging", "pipelines")],
    )


@contextmanager
def scratch(parent: Path = ENVIRONMENTS):
    """A temporary folder, gone at the end; by default where a user's store is, in the workspace."""
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        yield Path(folder)


def memory() -> Path:
    """A folder in memory where the system has one, else in the workspace.

    What a new file costs the kernel is the file system's affair: on one ext4 disk, 0.03 ms of CPU
    in one folder and 0.4 ms in another, by how full the disk is around each.
    """
    ram = Path("/dev/shm")
    return ram if os.access(ram, os.W_OK) else ENVIRONMENTS


def empty(folder: Path) -> None:
    """Remove a folder and all that is in it, if it is there."""
    shutil.rmtree(folder, ignore_errors=True)


def write(path: Path, text: str) -> None:
    """Write a file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def dumps(value: object) -> str:
    """A literal that JSON and Python share."""
    return json.dumps(value)
