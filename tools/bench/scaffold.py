"""From nothing to the first green test of a new project, caches of packages warm.

Ours against @nxlv/python's `uv-project` and against cookiecutter-data-science with pip, with the
same dependencies on all sides: pandas, scikit-learn, duckdb and pytest. What else our project has
(ruff, basedpyright, ipykernel) @nxlv/python's gets too, and a first test that imports the
dependencies, as ours do: most of a first test's time is Python compiling them. Ours has the shared
packages on top, and its tests run a pipeline. What @nxlv/python's takes as it is generated, with a
test that imports nothing, is printed beside it.

cookiecutter-data-science downloads its template; where that can't be had, name a checkout of it
with `--ccds-template FOLDER`, or leave the peer out with `--without-ccds`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from measure import (
    ENVIRONMENTS,
    HERE,
    ROOT,
    Bound,
    Contender,
    compare,
    empty,
    environment,
    find_uv,
    python_with,
    report,
    scratch,
    write,
)

NAME = "bench-scaffold"
DEPENDENCIES = ["pandas", "scikit-learn", "duckdb"]
TOOLS = ["basedpyright", "ipykernel", "pandas-stubs"]
USES_THEM = """import duckdb
import pandas
import sklearn.linear_model


def test_what_it_depends_on_is_there():
    assert duckdb and pandas and sklearn.linear_model
"""
NX = {"NX_DAEMON": "false", "NX_SKIP_NX_CACHE": "true"}


def fabrica() -> None:
    """Generate a project with a pipeline in this workspace, and test it."""
    generate = [
        "npx",
        "nx",
        "g",
        "fabrica:project",
        NAME,
        "--owner",
        "bench",
        "--pipeline",
        "--no-interactive",
    ]
    run(generate, ROOT)
    run(["npx", "nx", "test", NAME], ROOT)


def nxlv(workspace: Path, *, alike: bool) -> None:
    """Generate a project, add the same dependencies, and test it; `alike`: with as much as ours."""
    run(
        [
            "npx",
            "nx",
            "g",
            "@nxlv/python:uv-project",
            NAME,
            f"--directory={NAME}",
            "--unitTestRunner=pytest",
            "--no-interactive",
        ],
        workspace,
    )
    if alike:
        pyproject = workspace / NAME / "pyproject.toml"
        tools = "".join(f"  {json.dumps(tool)},\n" for tool in TOOLS)
        write(pyproject, pyproject.read_text().replace("\ndev = [\n", f"\ndev = [\n{tools}", 1))
        write(workspace / NAME / "tests" / "test_dependencies.py", USES_THEM)
    run([find_uv(), "add", "-q", *DEPENDENCIES], workspace / NAME)
    run(["npx", "nx", "test", NAME], workspace)


def ccds(folder: Path, template: str | None) -> None:
    """Generate a project, install its dependencies with pip, and run a test in it."""
    answers = [
        "python_version_number=3.11",
        "testing_framework=pytest",
        "dependency_file=requirements.txt",
    ]
    where = [template] if template else []
    python = python_with("ccds", HERE / "peers" / "ccds.txt")
    run([python, "-m", "ccds", "--no-input", "-o", folder, *where, *answers], folder)
    project = folder / "project_name"
    run([sys.executable, "-m", "venv", ".venv"], project)
    pip = [project / ".venv" / "bin" / "python", "-m", "pip", "install", "-q"]
    run([*pip, "-r", "requirements.txt", *DEPENDENCIES, "pytest"], project)
    # Its own first test fails on purpose ("assert False"): a green one in its place.
    write(project / "tests" / "test_data.py", "def test_code_is_tested():\n    assert True\n")
    run([project / ".venv" / "bin" / "python", "-m", "pytest", "-q"], project)


def run(command: Sequence[str | Path], cwd: Path) -> None:
    """Run one command of a contender."""
    subprocess.run([str(word) for word in command], cwd=cwd, check=True, stdin=subprocess.DEVNULL)


def nxlv_workspace() -> Path:
    """An Nx workspace with the plugin from its lock; made once."""
    workspace = ENVIRONMENTS / "nxlv"
    for source in (HERE / "peers" / "nxlv").iterdir():
        write(workspace / source.name, source.read_text())
    write(
        workspace / "nx.json",
        '{"analytics": false, "neverConnectToCloud": true, "tui": {"enabled": false}}\n',
    )
    if not (workspace / "node_modules").is_dir():
        run(["npm", "ci", "--no-audit", "--no-fund"], workspace)
    return workspace


def contender(name: str, folder: Path, template: str | None, clean: Path, path: str) -> Contender:
    """This script again, for one of the sides: what it runs is what is measured."""
    command = [sys.executable, Path(__file__), "--only", name, "--folder", folder]
    return Contender(
        name,
        lambda: [*command, *(["--ccds-template", template] if template else [])],
        ROOT,
        environment(**NX, PATH=path),
        lambda: empty(clean),
    )


def main() -> int:
    """Measure, print, and say whether the promises hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--ccds-template", help="a checkout of cookiecutter-data-science's template"
    )
    parser.add_argument(
        "--without-ccds", action="store_true", help="leave out that peer: minutes a round"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only", choices=["fabrica", "nxlv", "nxlv-bare", "ccds"], help=argparse.SUPPRESS
    )
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only == "fabrica":
        fabrica()
    elif options.only in ("nxlv", "nxlv-bare"):
        nxlv(options.folder, alike=options.only == "nxlv")
    elif options.only == "ccds":
        ccds(options.folder, options.ccds_template)
    else:
        return compare_all(options)
    return 0


def compare_all(options: argparse.Namespace) -> int:
    """Run the sides in turn; the peer that takes minutes only once."""
    project = ROOT / "projects" / NAME
    if project.exists():
        sys.exit(f"{project} exists: remove it, the benchmark makes it anew")
    workspace = nxlv_workspace()
    with scratch() as folder:
        # The same uv for all, alone in its folder: beside it is a Python that nobody asked for.
        (folder / "bin").mkdir()
        (folder / "bin" / "uv").symlink_to(find_uv())
        path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        sides = [
            contender("fabrica", ROOT, None, project, path),
            contender("nxlv", workspace, None, workspace / NAME, path),
            contender("nxlv-bare", workspace, None, workspace / NAME, path),
        ]
        template = options.ccds_template
        slow = contender("ccds", folder, template, folder / "project_name", path)
        try:
            costs = compare(sides, rounds=options.rounds)
            if not options.without_ccds:
                costs |= compare([slow], rounds=1)
        finally:
            shutil.rmtree(project, ignore_errors=True)
    ours = costs["fabrica"].seconds
    bounds = [Bound("time against @nxlv/python's", ours / costs["nxlv"].seconds, 1)]
    if "ccds" in costs:
        bounds.append(
            Bound("time against cookiecutter-data-science's", ours / costs["ccds"].seconds, 0.1)
        )
    rows = [(name, f"{cost.seconds:.1f} s  {cost.cpu:.1f} CPU-s") for name, cost in costs.items()]
    return report("Scaffold to first green test, caches warm (medians)", rows, bounds)


if __name__ == "__main__":
    sys.exit(main())
