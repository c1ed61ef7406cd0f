"""Locking and installing trip-duration from a cold cache.

Ours, `nx run trip-duration:lock` and then `nx run trip-duration:install`, against pip-tools:
`pip-compile --generate-hashes` of the same two locks, and `pip-sync` into an environment. On both
sides there is neither a lock nor a cache of packages to begin with, and the same index gives the
public packages. The shared packages come from the workspace's own index here, from a folder there;
the environment of pip-tools is made before its time begins, ours is made within.

A round takes minutes: pip-tools downloads each package once to lock it, and once more to install.
The working tree must be clean: it writes the project's locks anew, and puts them back.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from measure import (
    HERE,
    ROOT,
    Bound,
    Contender,
    compare,
    empty,
    environment,
    python_with,
    report,
    scratch,
    write,
)

NAME = "trip-duration"
PROJECT = ROOT / "projects" / NAME
LOCKS = [PROJECT / "requirements.txt", PROJECT / "requirements-dev.txt"]
WHEELS = ROOT / ".fabrica" / "registries" / "pypi" / "packages"


def fabrica() -> None:
    """Lock and install by the commands that a person types."""
    for target in ("lock", "install"):
        run(["npx", "nx", "run", f"{NAME}:{target}"], ROOT)


def pip_tools(folder: Path) -> None:
    """Lock both lists of requirements, and install the second, which has all of the first."""
    python = python_with("pip-tools", HERE / "peers" / "pip-tools.txt")
    compile_ = [python, "-m", "piptools", "compile", "-q", "--generate-hashes", "--allow-unsafe"]
    compile_ += ["--strip-extras", "--find-links", WHEELS]
    run([*compile_, "requirements.in"], folder)
    run([*compile_, "requirements-dev.in"], folder)
    into = folder / ".venv" / "bin" / "python"
    run(
        [python, "-m", "piptools", "sync", "-q", "--python-executable", into, folder / DEV_LOCK],
        folder,
    )


DEV_LOCK = "requirements-dev.txt"


def run(command: Sequence[str | Path], cwd: Path) -> None:
    """Run one command of a contender."""
    subprocess.run([str(word) for word in command], cwd=cwd, check=True, stdin=subprocess.DEVNULL)


def forget(folder: Path) -> None:
    """Take away what ours left: locks, environment and cache."""
    for lock in LOCKS:
        lock.unlink(missing_ok=True)
    empty(PROJECT / ".venv")
    empty(folder / "uv")


def begin(folder: Path) -> None:
    """Give pip-tools its requirements, an environment with pip, and no cache."""
    empty(folder / "pip")
    peer = folder / "peer"
    empty(peer)
    manifest = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    dev = ["-r requirements.in", "-c requirements.txt", *manifest["dependency-groups"]["dev"]]
    write(peer / "requirements.in", "\n".join(manifest["project"]["dependencies"]) + "\n")
    write(peer / "requirements-dev.in", "\n".join(dev) + "\n")
    run([sys.executable, "-m", "venv", ".venv"], peer)


def sides(folder: Path) -> list[Contender]:
    """Both contenders, each with caches of its own below the folder."""

    def again(side: str) -> list[str | Path]:
        return [sys.executable, Path(__file__), "--only", side, "--folder", folder / "peer"]

    ours = environment(NX_DAEMON="false", UV_CACHE_DIR=str(folder / "uv"))
    theirs = environment(PIP_CACHE_DIR=str(folder / "pip"), XDG_CACHE_HOME=str(folder / "pip"))
    # pip-compile would take packages from there, and write the folder into the lock.
    theirs.pop("PIP_FIND_LINKS", None)
    return [
        Contender("fabrica", lambda: again("fabrica"), ROOT, ours, lambda: forget(folder)),
        Contender("pip-tools", lambda: again("pip-tools"), ROOT, theirs, lambda: begin(folder)),
    ]


def main() -> int:
    """Measure, print, and say whether the promise holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["fabrica", "pip-tools"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only == "fabrica":
        fabrica()
        return 0
    if options.only == "pip-tools":
        pip_tools(options.folder)
        return 0
    return measure_both(options.rounds)


def measure_both(rounds: int) -> int:
    """Run both in turn."""
    dirty = ["git", "status", "--porcelain", "--", PROJECT]
    if subprocess.run(dirty, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout:
        sys.exit(f"{PROJECT} is not committed: this would lose what changed")
    try:
        with scratch() as folder:
            # What this workspace's own index lacks is no part of it.
            run(["npx", "nx", "run", f"{NAME}:lock"], ROOT)
            costs = compare(sides(folder), rounds=rounds, warm_up=False)
    finally:
        subprocess.run(["git", "checkout", "--quiet", "--", *LOCKS], cwd=ROOT, check=True)
    rows = [(name, f"{cost.seconds:6.1f} s  {cost.cpu:6.1f} CPU-s") for name, cost in costs.items()]
    ratio = costs["fabrica"].seconds / costs["pip-tools"].seconds
    return report(
        f"Locking and installing {NAME}, caches cold (medians)",
        rows,
        [Bound("time against pip-tools'", ratio, 0.1)],
    )


if __name__ == "__main__":
    sys.exit(main())
