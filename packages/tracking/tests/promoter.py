"""A process that promotes in a race: `promoter.py STORE ME TIMES`; starts at a line on stdin."""

import json
import sys

from fabrica.storage import open_store

from fabrica.tracking import Conflict, Registry, promote

url, me, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
registry = Registry(open_store(url), "race")
print("ready", flush=True)
sys.stdin.readline()
conflicts = 0
versions = []
for number in range(times):
    # Every second artifact is the same in all racers: it must be one version.
    text = f"{number}" if number % 2 else f"{number} of {me}"
    artifact = {"digest": f"{text:0>64}", "format": "json", "type": "dict"}
    metrics = {"n": number}
    candidate = registry.register("model", "Queens", artifact=artifact, run=me, metrics=metrics)
    versions.append([text, candidate.version])
    while True:
        production = registry.serving("model", "Queens")
        verdict = promote(f"{me} {number}")
        measured = dict(production.metrics) if production else None
        try:
            registry.judge(
                "model",
                "Queens",
                candidate,
                metrics,
                production,
                measured,
                verdict,
                gate="g",
                run=me,
            )
            break
        except Conflict:
            conflicts += 1
print(json.dumps({"conflicts": conflicts, "versions": versions}), flush=True)
