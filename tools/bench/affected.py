"""What Nx takes in a workspace of 500 projects with 40 files each: with our plugin, its daemon warm.

There is no peer but Nx itself: what a target costs is compared with an empty one in the same run.
A daemon is warm when it has a graph of the files as they are, and nothing left to do from the
command before: each measurement begins so. Asked right after a change, Nx first makes that graph, and
starts a process for each plugin: that is printed, too, without a promise.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from large import PROJECTS, generate, name_of
from measure import (
    HERE,
    Bound,
    Contender,
    compare,
    empty,
    environment,
    memory,
    report,
    run,
    scratch,
    write,
)
from published import built_plugin, git, link_packages

CHANGED = name_of(1)
STAMP = """
const { environmentStamp } = require(process.argv[1]);
for (const folder of process.argv.slice(2))
  require("fs").writeFileSync(folder + "/.venv/fabrica-stamp.json", JSON.stringify(environmentStamp(folder)));
"""


def main() -> int:
    """Measure, print, and say whether the promises hold."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=15)
    rounds: int = arguments.parse_args().rounds
    plugin = built_plugin()
    with scratch(memory()) as folder:
        root = folder / "workspace"
        generate(root)
        base = prepare(root, plugin)
        contenders = all_of(root, plugin, base)
        try:
            costs = compare(contenders, rounds=rounds)
        finally:
            run(nx(root, "end of the daemon", "daemon", "--stop"))
            # It may still write for a moment after it has said that it stopped.
            while root.exists():
                empty(root)
    graph, nothing, boundaries, show, _, tests = (costs[one.name].seconds for one in contenders)
    return report(
        f"Nx with {PROJECTS} projects (medians)",
        [(name, f"{cost.seconds:.2f} s  {cost.cpu:.2f} CPU-s") for name, cost in costs.items()],
        [
            Bound("seconds of our part of a cold graph", graph, 3),
            Bound("seconds, boundaries more than an empty target", boundaries - nothing, 0.5),
            Bound("seconds of nx show projects --affected, daemon warm", show, 1.5),
            Bound("seconds of nx affected -t test, all cached", tests, 3),
        ],
    )


def all_of(root: Path, plugin: Path, base: str) -> list[Contender]:
    """What is measured, in the order of the report."""

    look = nx(root, "the graph of the files as they are", "show", "projects")

    def change() -> None:
        path = root / "projects" / CHANGED / "src" / CHANGED / "part0.py"
        path.write_text(f"{path.read_text()}# changed\n")

    def look_and_change() -> None:
        run(look)
        change()

    def change_and_look() -> None:
        change()
        run(look)
        run(look)

    graph = Contender(
        "our part of a cold graph",
        lambda: ["node", HERE / "graph.cjs", plugin],
        root,
        environment(NX_WORKSPACE_DATA_DIRECTORY=str(root / "cold")),
        lambda: empty(root / "cold"),
    )
    show = ("show", "projects", "--affected")
    return [
        graph,
        nx(root, "nx affected -t empty", "affected", "-t", "empty", before=change_and_look),
        nx(
            root,
            "nx affected -t boundaries",
            "affected",
            "-t",
            "boundaries",
            before=change_and_look,
        ),
        nx(root, "nx show projects --affected", *show, before=change_and_look),
        nx(root, "  right after a change", *show, before=look_and_change),
        nx(root, "nx affected -t test, cached", "affected", "-t", "test", f"--base={base}"),
    ]


def nx(root: Path, name: str, *words: str, before=lambda: None) -> Contender:
    """An Nx command."""
    command = ["node", root / "node_modules" / "nx" / "dist" / "bin" / "nx.js", *words]
    return Contender(name, lambda: command, root, environment(NX_DAEMON="true", CI=""), before)


def prepare(root: Path, plugin: Path) -> str:
    """Make a workspace of Nx under git of it, with environments; returns the commit before one that affects all projects."""
    settings = {
        "defaultBase": "main",
        "analytics": False,
        "neverConnectToCloud": True,
        "tui": {"enabled": False},
        "plugins": ["fabrica/plugin"],
    }
    write(root / "nx.json", json.dumps({**settings, "parallel": 2}))
    write(root / "package.json", "{}")
    write(root / ".gitignore", "node_modules\n.nx\n.venv\ncold\n")
    target = {"name": CHANGED, "targets": {"empty": {"command": "true"}}}
    write(root / "projects" / CHANGED / "project.json", json.dumps(target))
    link_packages(root / "node_modules", plugin)
    pretend_environments(root, plugin)
    git("init", "--quiet", "--initial-branch=main", cwd=root)
    git("add", ".", cwd=root)
    git("commit", "--quiet", "-m", "Start", cwd=root)
    write(root / "nx.json", json.dumps(settings))
    git("commit", "--quiet", "-am", "Change what concerns all projects", cwd=root)
    return git("rev-parse", "HEAD~1", cwd=root)


def pretend_environments(root: Path, plugin: Path) -> None:
    """Environments in step with their locks, whose tests pass: what is measured is Nx, not pytest."""
    folders = sorted([*(root / "projects").iterdir(), *(root / "packages").iterdir()])
    for folder in folders:
        for program in ("python", "pytest"):
            path = folder / ".venv" / "bin" / program
            write(path, "#!/bin/sh\nexit 0\n")
            path.chmod(0o755)
    shared = plugin / "bin" / "shared.cjs"
    subprocess.run(["node", "-e", STAMP, shared, *folders], check=True)


if __name__ == "__main__":
    sys.exit(main())
