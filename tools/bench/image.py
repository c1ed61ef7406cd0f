"""Building the image of trip-duration again, after a change of its code and of its lock.

Ours, `nx run trip-duration:image`, against `docker build` with a plain Dockerfile of one stage
(`COPY . .`, `RUN pip install -r requirements.txt`), both with the same builder and the same base
image, and both warm. A Dockerfile that copies requirements.txt first has nothing to install after a
change of code; it is printed beside them, since many people write that one. Then the size of the
images, against what is installed in them, and against one stage for everything: compilers and git,
as the base images of Conda and `python:3.11` have them, and what the tests need.

The project is the one that is committed, in a clone that has the plugin as it is published. Docker's
own builder is measured unless BUILDX_BUILDER names another.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
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
    run,
    scratch,
    write,
)
from published import clone

NAME = "trip-duration"
FOLDER = Path("projects") / NAME
CODE = "src/trip_duration/model.py"
PACKAGE = re.compile(r"^iniconfig==.*\n(?: +.*\n)+", re.MULTILINE)
ENVIRONMENT = environment(
    NX_DAEMON="true", CI="", BUILDX_BUILDER=os.environ.get("BUILDX_BUILDER", "default")
)
PLAIN = """FROM python:3.11-slim-bookworm
WORKDIR /app
COPY . .
RUN pip install --find-links wheels -r requirements.txt
"""
CAREFUL = """FROM python:3.11-slim-bookworm
WORKDIR /app
COPY wheels wheels
COPY requirements.txt .
RUN pip install --find-links wheels -r requirements.txt
COPY . .
"""
SINGLE = """FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install --yes build-essential git
WORKDIR /app
COPY . .
RUN pip install --find-links wheels -r requirements-dev.txt
"""

numbers = itertools.count(1)


def change_code(folder: Path) -> None:
    """Another last line of the code than ever before."""
    text = (folder / CODE).read_text().split("\n# round")[0].rstrip("\n")
    write(folder / CODE, f"{text}\n# round {os.getpid()}.{next(numbers)}\n")


def change_lock(folder: Path) -> None:
    """Add one small package to the lock, or take it out; never a state that was just built."""
    lock = folder / "requirements.txt"
    text = lock.read_text().split("# round")[0]
    more = PACKAGE.search((folder / "requirements-dev.txt").read_text())[0]
    text = text.replace(more, "") if more in text else text + more
    write(lock, f"{text}# round {os.getpid()}.{next(numbers)}\n")


def ours() -> list[str | Path]:
    return ["npx", "nx", "run", f"{NAME}:image"]


def peer(folder: Path, tag: str) -> list[str | Path]:
    return ["docker", "buildx", "build", "--load", "--tag", f"bench-{tag}", folder]


def copies(root: Path, folder: Path) -> tuple[Path, Path, Path]:
    """The project with a Dockerfile of each kind, and the wheels of the shared packages."""
    # The first image fills the workspace's own index with what the lock pins.
    subprocess.run(ours(), cwd=root, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True)
    wheels = root / ".fabrica" / "registries" / "pypi" / "packages"
    made = []
    for name, dockerfile in (
        ("plain", PLAIN),
        ("careful", CAREFUL),
        ("single", SINGLE),
    ):
        shutil.copytree(root / FOLDER, folder / name)
        shutil.copytree(wheels, folder / name / "wheels")
        write(folder / name / "Dockerfile", dockerfile)
        (folder / name / ".dockerignore").unlink(missing_ok=True)
        made.append(folder / name)
    return made[0], made[1], made[2]


def contenders(
    root: Path, plain: Path, careful: Path, change: Callable[[Path], None]
) -> list[Contender]:
    def one(name: str, folder: Path, command: Callable[[], list[str | Path]]) -> Contender:
        return Contender(name, command, root, ENVIRONMENT, lambda: change(folder))

    return [
        one("fabrica", root / FOLDER, ours),
        one("plain", plain, lambda: peer(plain, "plain")),
        one("careful", careful, lambda: peer(careful, "careful")),
    ]


def size(image: str) -> int:
    done = docker("image", "inspect", "--format", "{{.Size}}", image)
    return int(done)


def installed() -> int:
    """The bytes of what pip installed in the plain image, its bytecode with it."""
    code = (
        "import sysconfig, pathlib; print(sum(f.lstat().st_size for f in"
        " pathlib.Path(sysconfig.get_path('purelib')).rglob('*') if f.is_file()))"
    )
    everything = int(docker("run", "--rm", "bench-plain", "python", "-c", code))
    before = int(docker("run", "--rm", "python:3.11-slim-bookworm", "python", "-c", code))
    return everything - before


def docker(*args: str) -> str:
    done = subprocess.run(
        ["docker", *args],
        env=ENVIRONMENT,
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with clone() as root, scratch() as folder:
        plain, careful, single = copies(root, folder)
        code = compare(contenders(root, plain, careful, change_code), rounds=options.rounds)
        lock = compare(contenders(root, plain, careful, change_lock), rounds=options.rounds)
        run(Contender("single", lambda: peer(single, "single"), root, ENVIRONMENT))
        mine = json.loads((root / ".fabrica" / "images" / NAME / "image.json").read_text())
        sizes = {
            "fabrica": size(mine["image"]),
            "plain": size("bench-plain"),
            "single": size("bench-single"),
        }
        base, packages = size("python:3.11-slim-bookworm"), installed()
    return show(code, lock, sizes, base, packages)


def show(
    code: dict[str, Cost],
    lock: dict[str, Cost],
    sizes: dict[str, int],
    base: int,
    packages: int,
) -> int:
    rows = [
        *((f"code: {name}", f"{cost.seconds:6.2f} s") for name, cost in code.items()),
        *((f"lock: {name}", f"{cost.seconds:6.2f} s") for name, cost in lock.items()),
        *((f"size: {name}", f"{number / 1e6:6.0f} MB") for name, number in sizes.items()),
        (
            "base image, installed packages",
            f"{base / 1e6:.0f} MB, {packages / 1e6:.0f} MB",
        ),
    ]
    ratio = {
        "code": code["fabrica"].seconds / code["plain"].seconds,
        "lock": lock["fabrica"].seconds / lock["plain"].seconds,
    }
    return report(
        f"The image of {NAME}, built again",
        rows,
        [
            Bound("seconds after a change of code", code["fabrica"].seconds, 5),
            Bound("the same, of the plain Dockerfile's", ratio["code"], 0.5),
            Bound(
                "after a change of the lock, of the plain Dockerfile's",
                ratio["lock"],
                0.5,
            ),
            Bound("size, of base and packages", sizes["fabrica"] / (base + packages), 1.15),
            Bound(
                "size, of one stage for everything",
                sizes["fabrica"] / sizes["single"],
                0.6,
            ),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
