"""The boundaries of 500 projects with 40 files each (84 MB), of which 50 lead out somewhere.

Ours is one process, as Nx starts it for all projects, cold: nothing is taken from a cache. The
peers find imports alone: ``ruff analyze graph`` makes a graph of them and judges nothing, ``tach
check`` judges by a file that lists the modules. Neither reads notebooks, locks or Dockerfiles.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from large import FILES, PLANTED, PROJECTS, generate, name_of
from measure import (
    HERE,
    Bound,
    Contender,
    compare,
    environment,
    measure,
    memory,
    peak_memory,
    python_with,
    report,
    run,
    scratch,
    write,
)
from published import built_plugin

TACH = 20
"""How many times as long as ours tach takes at least. It is stopped then: it takes minutes."""


def main() -> int:
    """Measure, print, and say whether the promises hold."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    rounds: int = arguments.parse_args().rounds
    with scratch(memory()) as folder:
        root = folder / "workspace"
        expected = generate(root)
        ours, ruff = ours_in(built_plugin(), root), ruff_in(root)
        costs = compare([ours, ruff], rounds=rounds)
        own = costs[ours.name]
        tach = replace(tach_in(root), limit=own.seconds * TACH)
        costs[tach.name] = measure(tach)
        found = set(run(ours).splitlines())
        mib = peak_memory(ours)
    missed, wrong = sorted(expected - found), sorted(found - expected)
    for text in [*(f"missed: {one}" for one in missed), *(f"wrong: {one}" for one in wrong)]:
        print(f"  {text}", file=sys.stderr)
    return report(
        f"Boundaries of {PROJECTS} projects, {PROJECTS * FILES} files (medians)",
        [(name, f"{cost.seconds:.2f} s  {cost.cpu:.2f} CPU-s") for name, cost in costs.items()],
        [
            Bound("seconds, ours / ruff analyze graph", own.seconds / costs[ruff.name].seconds, 1),
            Bound("seconds, ours / tach check", own.seconds / costs[tach.name].seconds, 1 / TACH),
            Bound("memory of ours, in MiB", mib, 1024),
            Bound(f"of {PLANTED} planted violations missed", len(missed), 0),
            Bound("found where nothing was planted", len(wrong), 0),
        ],
    )


def ours_in(plugin: Path, root: Path) -> Contender:
    """Ours, which prints what it finds, each as ``rule path``."""
    command = ["node", HERE / "boundaries.cjs", plugin, root]
    return Contender("fabrica boundaries", lambda: command, root, environment())


def ruff_in(root: Path) -> Contender:
    """ruff's graph of imports: the fastest there is, and nothing but the graph."""
    program = python_with("ruff", HERE / "peers" / "ruff.txt").parent / "ruff"
    command = [program, "analyze", "graph", "projects"]
    return Contender("ruff analyze graph", lambda: command, root, environment())


def tach_in(root: Path) -> Contender:
    """tach's check, with each project a module that may depend on none: it finds some."""
    program = python_with("tach", HERE / "peers" / "tach.txt").parent / "tach"
    names = [name_of(number) for number in range(PROJECTS)]
    roots = json.dumps([f"projects/{name}/src" for name in names])
    modules = "".join(f'[[modules]]\npath = "{name}"\ndepends_on = []\n' for name in names)
    write(root / "tach.toml", f"source_roots = {roots}\nexact = false\n{modules}")
    return Contender("tach check", lambda: [program, "check"], root, environment(), codes=(1,))


if __name__ == "__main__":
    sys.exit(main())
