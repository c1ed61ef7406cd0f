"""What a pipeline costs in a cluster, against one that somebody wrote for Argo by hand.

The same ten steps in the same image: ours as ``nx run p:deploy`` puts them there, and a workflow
whose steps read and write JSON in the same bucket with s3fs. Then what 50 and 500 cities with three
empty steps each take, in pods, seconds and the largest object that etcd has to hold; and how long it
takes from a commit that changes a step until its model answers.

It needs what the tests in a cluster need: kubectl with a cluster that has Argo Workflows, Docker, and
the program ``registry``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys

from measure import HERE, Bound, report


def main() -> int:
    """Measure, print, and say whether the promises hold."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    rounds: int = arguments.parse_args().rounds
    command = ["node", str(HERE / "cluster.cjs"), str(rounds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return done.returncode
    found = json.loads(done.stdout)
    chain, cities, push = found["chain"], found["cities"], found["push"]
    ours, by_hand = statistics.median(chain["ours"]), statistics.median(chain["byHand"])
    our_cpu, its_cpu = statistics.median(chain["ourCpu"]), statistics.median(chain["cpuByHand"])
    few, many = cities["50"], cities["500"]
    return report(
        "A pipeline in a cluster (medians)",
        [
            ("10 steps, ours", f"{ours:.1f} s, {chain['pods']} pods, {our_cpu:.2f} CPU-s a step"),
            ("10 steps, by hand", f"{by_hand:.1f} s, 10 pods, {its_cpu:.2f} CPU-s a step"),
            *(
                (
                    f"{count} cities, 3 steps each",
                    f"{one['seconds']:.1f} s, {one['pods']} pods, workflow {one['workflow'] / 1024:.0f} KiB",
                )
                for count, one in cities.items()
            ),
            ("commit to served", f"{push['total']:.1f} s"),
            ("  image, pushed", f"{push['image']:.1f} s"),
            ("  deploy, healthy", f"{push['deploy']:.1f} s"),
            ("  until a step runs", f"{push['started']:.1f} s"),
            ("  until its model answers", f"{push['run']:.1f} s"),
        ],
        [
            Bound("seconds, ours / by hand", ours / by_hand, 1.15),
            Bound("CPU seconds that our entry point adds to a step", our_cpu - its_cpu, 0.3),
            Bound("seconds, 500 cities / 50 cities", many["seconds"] / few["seconds"], 10),
            Bound("largest object, in KiB", many["largest"] / 1024, 256),
            Bound("requests lost while it rolled", push["lost"], 0),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
