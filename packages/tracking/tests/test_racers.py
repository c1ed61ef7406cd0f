"""Many runs at once: one version per artifact, and an unbroken chain of promotions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from fabrica.storage import Store

from fabrica.tracking import Registry

PROMOTER = str(Path(__file__).parent / "promoter.py")
RACERS, TIMES = 8, 50


def test_eight_racers_leave_an_unbroken_chain(store: Store) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, PROMOTER, store.url, f"racer-{me}", str(TIMES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for me in range(RACERS)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [json.loads(process.communicate(timeout=300)[0]) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()

    registry = Registry(store, "race")
    history = registry.history("model", "Queens")
    assert [p.promotion for p in history] == list(range(1, len(history) + 1))
    previous = None
    for promotion in history:
        assert promotion.previous == previous
        assert promotion.version != previous
        previous = promotion.version
    assert len(history) >= RACERS * TIMES // 2  # artifacts of one racer alone are all promoted

    versions = registry.versions("model", "Queens")
    assert [v.version for v in versions] == list(range(1, len(versions) + 1))
    digests = [v.artifact["digest"] for v in versions]
    assert len(set(digests)) == len(digests) == RACERS * TIMES // 2 + TIMES // 2
    by_text: dict[str, set[int]] = {}
    for answer in answers:
        for text, version in answer["versions"]:
            by_text.setdefault(text, set()).add(version)
    assert all(len(numbers) == 1 for numbers in by_text.values())
