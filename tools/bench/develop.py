"""Opening trip-duration to work on: with everything in place, and after a change of its lock.

Ours, `nx develop trip-duration --command=true`: from the command to the end of a program in the
container, and the end of that container. After a change of the lock the peer is `docker build` of a
plain Dockerfile that installs the development lock with pip, and `docker run`, both with the same
builder and the same base image, and both install all of it again.

The project is the one that is committed, in a clone that has the plugin as it is published. Docker's
own builder is measured unless BUILDX_BUILDER names another.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from measure import (
    Bound,
    Contender,
    Cost,
    compare,
    environment,
    report,
    scratch,
    write,
)
from published import clone

NAME = "trip-duration"
FOLDER = Path("projects") / NAME
LOCK = "requirements-dev.txt"
ENVIRONMENT = environment(
    NX_DAEMON="true", CI="", BUILDX_BUILDER=os.environ.get("BUILDX_BUILDER", "default")
)
PLAIN = """FROM python:3.11-slim-bookworm
WORKDIR /app
COPY wheels wheels
COPY requirements-dev.txt .
RUN pip install --find-links wheels -r requirements-dev.txt
"""

rounds_made = 0


def ours() -> list[str | Path]:
    return ["npx", "nx", "develop", NAME, "--command=true"]


def peer(folder: Path) -> list[str | Path]:
    build = 'docker buildx build --quiet --load --tag bench-develop "$0"'
    return ["sh", "-c", f"{build} && docker run --rm bench-develop true", folder]


def change_lock(folder: Path) -> None:
    """Another lock than ever before, by its last line: both install all of it again."""
    global rounds_made
    rounds_made += 1
    text = (folder / LOCK).read_text().split("# round")[0]
    write(folder / LOCK, f"{text}# round {os.getpid()}.{rounds_made}\n")


def prepared(root: Path, folder: Path) -> Path:
    """The development lock with a plain Dockerfile, and the wheels of the shared packages."""
    # An image fills the workspace's own index with what the lock pins.
    for command in (["npx", "nx", "run", f"{NAME}:image"], ours()):
        subprocess.run(command, cwd=root, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True)
    wheels = root / ".fabrica" / "registries" / "pypi" / "packages"
    shutil.copytree(wheels, folder / "plain" / "wheels")
    shutil.copy(root / FOLDER / LOCK, folder / "plain" / LOCK)
    write(folder / "plain" / "Dockerfile", PLAIN)
    return folder / "plain"


def contender(
    name: str, command: Callable[[], list[str | Path]], root: Path, changed: Path
) -> Contender:
    """A command after a change of the lock in a folder."""
    return Contender(name, command, root, ENVIRONMENT, lambda: change_lock(changed))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with clone() as root, scratch() as folder:
        plain = prepared(root, folder)
        warm = compare([Contender("warm", ours, root, ENVIRONMENT)], rounds=options.rounds)
        lock = compare(
            [
                contender("fabrica", ours, root, root / FOLDER),
                contender("plain", lambda: peer(plain), root, plain),
            ],
            rounds=options.rounds,
        )
    return show(warm["warm"], lock)


def show(warm: Cost, lock: dict[str, Cost]) -> int:
    rows = [
        ("warm", f"{warm.seconds:6.2f} s"),
        *((f"lock: {name}", f"{cost.seconds:6.2f} s") for name, cost in lock.items()),
    ]
    ratio = lock["fabrica"].seconds / lock["plain"].seconds
    return report(
        f"Opening {NAME} to work on",
        rows,
        [
            Bound("seconds, with all in place", warm.seconds, 5),
            Bound("after a change of the lock, of the plain Dockerfile's", ratio, 1),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
