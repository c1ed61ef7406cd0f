"""What compiling a pipeline of 50 steps to Argo costs: ours against Hera.

Both make the same DAG: a chain, each step a container with resources, a retry strategy with
back-off and a deadline, in a fresh process, nothing warm. What is counted is CPU: loading the
compiler, and making the YAML from the plan. A script with Hera loads Hera for this; a command of
ours has read the workspace by then, so its libraries are not counted, and the compiler itself is.
Ours also writes accounts and network rules, and checks every field; Hera does neither.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

from measure import (
    HERE,
    ROOT,
    Bound,
    Contender,
    environment,
    python_with,
    report,
    run,
    scratch,
)
from published import built_plugin

STEPS = 50


def step(number: int) -> dict[str, object]:
    """A step of plan.json, after the one before it."""
    return {
        "name": f"step_{number}",
        "file": "src/bench/pipelines/train.py",
        "line": number,
        "scope": "once",
        "after": [f"step_{number - 1}"] if number else [],
        "resources": {"cpu": 1, "memory": "2Gi"},
        "retries": 2,
        "timeoutSeconds": 600,
        "products": [{"name": f"product_{number}"}],
    }


def plan() -> dict[str, object]:
    """The plan as fabrica.pipelines writes it."""
    return {
        "schema": 1,
        "project": "bench",
        "pipeline": "train",
        "file": "src/bench/pipelines/train.py",
        "parameters": {},
        "steps": [step(number) for number in range(STEPS)],
    }


def main() -> int:
    """Run both in turn and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    python = python_with("hera", HERE / "peers" / "hera.txt")
    with scratch() as folder:
        file = Path(folder) / "plan.json"
        file.write_text(json.dumps(plan()))
        plugin, plain = built_plugin(), environment()
        sides = [
            Contender(
                "fabrica",
                lambda: ["node", HERE / "compile.cjs", plugin, file],
                ROOT,
                plain,
            ),
            Contender("hera", lambda: [python, HERE / "compile_hera.py", file], ROOT, plain),
        ]
        figures: dict[str, list[tuple[float, float]]] = {side.name: [] for side in sides}
        for number in range(rounds + 1):
            for side in sides:
                loading, making, size = map(float, run(side).split())
                if number:
                    figures[side.name].append((loading, making))
                elif size < 1000:
                    sys.exit(f"{side.name} wrote {size} characters only")
    medians = {
        name: tuple(statistics.median(part) for part in zip(*measured, strict=True))
        for name, measured in figures.items()
    }
    ours, hera = medians["fabrica"], medians["hera"]
    rows = [
        (name, f"{loading:.0f} CPU-ms to load, {making:.0f} CPU-ms to compile")
        for name, (loading, making) in medians.items()
    ]
    bounds = [
        Bound("CPU milliseconds of compiling", ours[1], 50),
        Bound("against Hera, loaded and run", sum(ours) / sum(hera), 0.1),
    ]
    return report(f"A pipeline of {STEPS} steps compiled to Argo (medians)", rows, bounds)


if __name__ == "__main__":
    sys.exit(main())
