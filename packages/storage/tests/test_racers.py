"""Many writers at once: every name is won exactly once, and never changes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fabrica.storage import Store

RACER = str(Path(__file__).parent / "racer.py")


def race(store: Store, racers: int, names: int) -> list[dict]:
    processes = [
        subprocess.Popen(
            [sys.executable, RACER, store.url, str(names)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(racers)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return [json.loads(process.communicate(timeout=300)[0]) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def check(store: Store, answers: list[dict], names: int) -> None:
    claimed = sorted(number for answer in answers for number in answer["won"])
    assert claimed == list(range(names))
    for answer in answers:
        for number in answer["won"]:
            document = store.read(f"race/{number}.json")
            assert document["winner"] == answer["me"]
            assert store.get(document["blob"]) == b"the same blob %d" % (number % 7)


def test_eight_racers_win_every_name_exactly_once(local: Store) -> None:
    answers = race(local, racers=8, names=1000)
    check(local, answers, 1000)
    assert list(Path(local.url.removeprefix("file://"), ".tmp").iterdir()) == []


@pytest.mark.parametrize("store", ["s3", "gcs"], indirect=True)
def test_racers_on_a_remote_store(store: Store) -> None:
    answers = race(store, racers=4, names=25)
    check(store, answers, 25)
