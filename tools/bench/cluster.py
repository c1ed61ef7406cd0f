"""What the toolkit costs in a cluster, against a workflow that a person wrote by hand.

On the cluster that kubectl knows (Kubernetes with Argo Workflows, whose pods reach this machine), in
a namespace of its own, with an image registry and a bucket of this machine:

- a chain of 10 steps, each of which waits for some seconds, and the same chain written by hand, with
  the same image, accounts and store: the wall time of the workflow. Ours has two pods more, which
  open and close the run.
- the CPU of one step's process: `python -m fabrica.pipelines step` against a script that reads and
  writes the same through fsspec. On this machine, in the project's environment, with that bucket.
- 50 and 500 cities with three steps each, whose containers end at once: the time and the objects
  that the controller needs.
- from a commit that changes a step to the new model answering: the deploy (build, push, apply), the
  run, and until the service has it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from measure import HERE, ROOT, Bound, Contender, compare, report

STEPS, WORK = 10, 10
BENCH = HERE / "cluster.ts"


class Project:
    """The project in the cluster; see cluster.ts."""

    def __init__(self) -> None:
        env = {
            **os.environ,
            "STEPS": str(STEPS),
            "WORK": str(WORK),
            "NO_COLOR": "1",
            "SWC_NODE_PROJECT": str(ROOT / "packages" / "fabrica" / "tsconfig.json"),
        }
        self.process = subprocess.Popen(
            ["node", "-r", "@swc-node/register", BENCH],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        print("  a project is made, and put there", file=sys.stderr)
        self.first = self.answer()

    def ask(self, *words: object) -> dict:
        """Have it do something, and return what it says of it."""
        print(f"  {' '.join(map(str, words))}", file=sys.stderr)
        self.process.stdin.write(json.dumps([str(word) for word in words]) + "\n")
        self.process.stdin.flush()
        answer = self.answer()
        if "env" not in answer:  # which may hold a secret
            print(f"    {json.dumps(answer)}", file=sys.stderr)
        return answer

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            sys.exit("it ended: see above")
        return json.loads(line)

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def entry_point(project: Project, rounds: int) -> tuple[float, float]:
    """CPU seconds of a step that does nothing: ours, and the script that reads and writes alone."""
    where = project.ask("where")
    folder, python = Path(where["folder"]), where["python"]
    # Without the wait, which costs no CPU: the first step has an input of no kind.
    env = {**where["env"], "PYTHONPATH": str(folder / "src")}
    opened = "20260101T000000-000000-0000"
    pipelines = [python, "-m", "fabrica.pipelines"]

    def before() -> None:
        before.round += 1
        run = f"{opened[:-4]}{before.round:04d}"
        before.run = run
        words = ["open", "chain", "--run", run, "--set", f"round={1000 + before.round}"]
        subprocess.run(
            [*pipelines, *words], cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL
        )

    before.round = 0
    sides = [
        Contender(
            "ours",
            lambda: [*pipelines, "step", "chain", "step_0", "--run", before.run, "--attempt", "1"],
            folder,
            env,
            before,
        ),
        Contender("by hand", lambda: [python, "-m", "rides.plain", "0", "bench"], folder, env),
    ]
    costs = compare(sides, rounds=rounds)
    return costs["ours"].cpu, costs["by hand"].cpu


def main() -> int:
    """Measure all four and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    project = Project()
    try:
        chains = {"ours": [], "plain": []}
        for number in range(rounds):
            for side, seconds in chains.items():
                seconds.append(project.ask(side, number + 1)["seconds"])
        ours, plain = (statistics.median(seconds) for seconds in chains.values())
        cpu, cpu_plain = entry_point(project, rounds)
        few, many = project.ask("cities", 50), project.ask("cities", 500)
        pushed = project.ask("push", 2)
    finally:
        project.end()
    rows = [
        (f"{STEPS} steps of {WORK} s", f"{ours:.0f} s; by hand {plain:.0f} s"),
        ("one step's process", f"{cpu:.2f} CPU-s; by hand {cpu_plain:.2f} CPU-s"),
        *(
            (
                f"{count} cities",
                "{seconds:.0f} s, {objects} objects, to {kibibytes:.0f} KiB".format(**of),
            )
            for count, of in ((50, few), (500, many))
        ),
        (
            "from a commit to its model",
            f"{sum(pushed.values()):.0f} s: "
            + ", ".join(f"{part} {seconds:.0f} s" for part, seconds in pushed.items()),
        ),
    ]
    bounds = [
        Bound("10 steps against a workflow by hand", ours / plain, 1.15),
        Bound("CPU seconds that our entry point adds to a step", cpu - cpu_plain, 0.3),
        Bound("500 cities against 50, in time", many["seconds"] / few["seconds"], 10),
        Bound("500 cities against 50, in objects", many["objects"] / few["objects"], 10),
        Bound("KiB of the largest object", max(few["kibibytes"], many["kibibytes"]), 256),
    ]
    return report("In a cluster (medians)", rows, bounds)


if __name__ == "__main__":
    sys.exit(main())
