"""What a pipeline costs besides its steps: ours against Kedro and Luigi.

A chain of 20 steps that do nothing, as a data scientist runs it: one command, a whole process, cold
(no step was run before). Ours writes each product into the store and all manifests; Luigi writes a
file a task; Kedro hands its products over in memory. The files go to memory, so that the program is
measured and not the disk; what the workspace's disk adds is printed beside it.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from measure import (
    HERE,
    Bound,
    Contender,
    compare,
    empty,
    environment,
    fabrica_python,
    memory,
    python_with,
    report,
    scratch,
    write,
)

STEPS = 20
MANY = 2000


def chain(steps: int) -> str:
    """A module with a chain of steps, each of which adds one."""
    head = "from fabrica.pipelines import step\n\n\n"
    first = '@step("n0", cache=True)\ndef step0() -> int:\n    return 0\n'
    rest = (
        f'\n\n@step("n{i}")\ndef step{i}(n{i - 1}: int) -> int:\n    return n{i - 1} + 1\n'
        for i in range(1, steps)
    )
    return head + first + "".join(rest)


def fabrica(folder: Path, python: Path, steps: int) -> Contender:
    """Our contender: a project with one pipeline, and an empty store each time."""
    name = f"chain{steps}"
    root = folder / name
    write(root / "pyproject.toml", f'[project]\nname = "{name}"\nversion = "0.1.0"\n')
    write(root / "src" / name / "__init__.py", "")
    write(root / "src" / name / "pipelines" / "__init__.py", "")
    write(root / "src" / name / "pipelines" / "chain.py", chain(steps))
    store = folder / f"store-{name}"
    return Contender(
        f"fabrica ({steps} steps)",
        lambda: [python, "-m", "fabrica.pipelines", "run", "chain"],
        root,
        environment(FABRICA_STORE=store.as_uri(), PYTHONPATH=str(root / "src")),
        lambda: empty(store),
    )


def kedro(folder: Path, python: Path) -> Contender:
    """Kedro's contender: its own project layout, run by its own command."""
    root = folder / "kedro"
    names = 'package_name = "chain"\nproject_name = "chain"\nkedro_init_version = "1.7.0"\n'
    write(root / "pyproject.toml", f"[tool.kedro]\n{names}")
    write(root / "src" / "chain" / "__init__.py", "")
    write(root / "src" / "chain" / "settings.py", "")
    write(root / "conf" / "base" / "catalog.yml", "{}\n")
    write(root / "conf" / "local" / "credentials.yml", "{}\n")
    write(
        root / "src" / "chain" / "pipeline_registry.py",
        "from kedro.pipeline import node, pipeline\n\n\n"
        "def first():\n    return 0\n\n\ndef add(n):\n    return n + 1\n\n\n"
        "def register_pipelines():\n"
        "    nodes = [node(first, None, 'n0', name='step0')]\n"
        f"    for i in range(1, {STEPS}):\n"
        "        nodes.append(node(add, f'n{i - 1}', f'n{i}', name=f'step{i}'))\n"
        "    return {'__default__': pipeline(nodes)}\n",
    )
    return Contender(
        "kedro",
        lambda: [python, "-m", "kedro", "run"],
        root,
        environment(DO_NOT_TRACK="1", KEDRO_DISABLE_TELEMETRY="1"),
    )


def luigi(folder: Path, python: Path) -> Contender:
    """Luigi's contender: a task per step, each with a target of its own."""
    root = folder / "luigi"
    targets = root / "targets"
    write(
        root / "chain.py",
        "import luigi\n\n\nclass Step(luigi.Task):\n    number = luigi.IntParameter()\n\n"
        "    def requires(self):\n        return [Step(self.number - 1)] if self.number else []\n\n"
        "    def output(self):\n        return luigi.LocalTarget(f'targets/{self.number}')\n\n"
        "    def run(self):\n        n = 0\n        for target in self.input():\n"
        "            with target.open() as file:\n                n = int(file.read()) + 1\n"
        "        with self.output().open('w') as file:\n            file.write(str(n))\n",
    )
    return Contender(
        "luigi",
        lambda: [
            python,
            "-m",
            "luigi",
            "--module",
            "chain",
            "Step",
            "--number",
            str(STEPS - 1),
            "--local-scheduler",
        ],
        root,
        environment(PYTHONPATH="."),
        lambda: empty(targets),
    )


def main() -> int:
    """Measure, print, and say whether the promises hold."""
    python = fabrica_python()
    with scratch(memory()) as folder, scratch() as disk:
        ours, many = fabrica(folder, python, STEPS), fabrica(folder, python, MANY)
        on_disk = replace(fabrica(disk, python, MANY), name=f"fabrica ({MANY} steps, this disk)")
        peers = [
            kedro(folder, python_with("kedro", HERE / "peers" / "kedro.txt")),
            luigi(folder, python_with("luigi", HERE / "peers" / "luigi.txt")),
        ]
        costs = compare([ours, *peers], rounds=7)
        large = compare([many, on_disk], rounds=3)
    own = costs[ours.name]
    per_step = (large[many.name].cpu - own.cpu) / (MANY - STEPS) * 1000
    return report(
        f"A pipeline of {STEPS} empty steps, cold, whole process (medians)",
        [
            (name, f"{cost.cpu:.3f} CPU-s  {cost.seconds:.3f} s")
            for name, cost in (costs | large).items()
        ],
        [
            Bound("CPU against Kedro's", own.cpu / costs["kedro"].cpu, 1 / 3),
            Bound("CPU against Luigi's", own.cpu / costs["luigi"].cpu, 1),
            Bound("ms of CPU per step, 2,000 steps", per_step, 1),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
