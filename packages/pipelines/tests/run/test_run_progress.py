"""What people see: numbers, tables, a live line on a terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess

import pytest

from fabrica.pipelines._cli_run import next_commands
from fabrica.pipelines._progress import counts_text
from fabrica.pipelines._progress_summary import summary
from fabrica.pipelines._progress_table import duration, number, table, wrap


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.14159, "3.14"), (12.345, "12.3"), (1239.9, "1,240"), (0.03125, "0.0312"), (0, "0"),
     (9.999, "10.0"), (-4.181, "-4.18"), (123456, "123,000"), (4.2e-9, "4.20e-09"),
     (None, "–"), (float("nan"), "–")],  # noqa: RUF001
)  # fmt: skip
def test_numbers(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.412, "0.41 s"), (12.34, "12.3 s"), (125, "2 min 5 s"), (3840, "1 h 4 min")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_a_table_is_aligned_and_wrapped():
    lines = table(
        ["name", "n", "why"],
        [["a", "1,000", "one two three four five six seven"], ["long name", "2", ""]],
        width=46,
        right=frozenset({1}),
    )
    assert lines == [
        "  name           n  why",
        "  ────────────────────────────────────────────",
        "  a          1,000  one two three four five",
        "                    six seven",
        "  long name      2",
    ]


def test_words_that_are_longer_than_a_line():
    assert wrap("a bbbbbb c", 4) == ["a", "bbbbbb", "c"]
    assert wrap("", 4) == []


def verdict(value, outcome, candidate=None, production=None, serving=None, **more):
    return {"model": "model", "value": value, "outcome": outcome, "candidate": candidate,
            "production": production, "serving": serving, "reason": "because", "metric": "mae",
            **more}  # fmt: skip


def test_a_summary_without_values():
    lines = summary(
        [
            verdict(
                None, "promoted", {"mae": 2.0, "rows": 30.0}, None, {"value": None, "version": 3}
            )
        ],
        None,
    )
    assert lines[1].split()[:2] == ["model", "rows"]
    assert lines[3].split() == ["model", "30", "2.00", "–", "promoted", "v3", "because"]  # noqa: RUF001


def test_a_summary_shows_bounds_where_there_is_room():
    rows = [
        verdict(
            "Queens",
            "kept",
            {"mae": 2.0, "mae_low": 1.8, "mae_high": 2.2},
            {"mae": 2.0},
            {"value": "all", "version": 1},
        )
    ]
    assert "2.00 (1.80 to 2.20)" in "\n".join(summary(rows, "borough", width=140))
    narrow = "\n".join(summary(rows, "borough", width=70))
    assert "1.80" not in narrow and "2.00" in narrow


def test_no_gate_no_table():
    assert summary([], None) == []


def test_counts():
    assert (
        counts_text({"counts": {"done": 1200, "cached": 0, "blocked": 2}})
        == "1,200 done, 2 not run"
    )


def test_what_to_type_next():
    failed = {"outcome": "failed", "run": "r1", "verdicts": []}
    assert "--resume r1" in next_commands("bikes", "train", failed, {})[1]
    said = ["--each", "city=Val d'Or", "--set", "depth=8"]
    again = next_commands("bikes", "train", failed, {}, said=said)[0]
    assert """ run train --each 'city=Val d'"'"'Or' --set depth=8    (""" in again
    under_nx = next_commands("bikes", "train", failed, {"NX_TASK_TARGET_PROJECT": "bikes"})
    assert under_nx[1].endswith("npx nx run bikes:run train --resume r1")
    won = {"outcome": "succeeded", "run": "r1", "verdicts": [{}]}
    assert next_commands("bikes", "train", won, {}) == ["python -m fabrica.tracking champions"]
    nx = {"NX_TASK_TARGET_PROJECT": "bikes"}
    assert next_commands("bikes", "train", won, nx, serves=True) == ["npx nx run bikes:deploy"]
    assert next_commands("bikes", "train", won, nx) == []


SOURCE = """
    import time
    from fabrica.pipelines import step

    @step("a")
    def slow() -> int:
        time.sleep(0.5)
        return 1
"""


def on_a_terminal(project, **environ: str) -> str:
    master, slave = pty.openpty()
    child = subprocess.Popen(
        project.command("run", "train"), cwd=project.root, stdout=slave, stderr=slave,
        env=project.environ(TERM="xterm", **environ),
    )  # fmt: skip
    os.close(slave)
    shown = b""
    while True:
        try:
            data = os.read(master, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data
    os.close(master)
    assert child.wait() == 0
    return shown.decode()


def test_a_live_line_on_a_terminal(project):
    project.write(SOURCE)
    shown = on_a_terminal(project)
    assert len(re.findall(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] slow", shown)) >= 2, "it is painted again while it runs"
    assert "\x1b[1A\x1b[J" in shown
    assert "\x1b[32mdone" in shown


def test_no_colour(project):
    project.write(SOURCE)
    assert "\x1b[32m" not in on_a_terminal(project, NO_COLOR="1")


def test_many_steps_are_counted_not_listed(project):
    steps = "\n".join(
        f"@step('p{i}')\ndef s{i}(n: int = 0) -> int:\n    return {i}\n" for i in range(150)
    )
    project.write(f"from fabrica.pipelines import step\n{steps}")
    ran = project.call("run", "train")
    assert ran.code == 0
    assert "150 of 150 steps" in ran.err
    assert len(ran.err.splitlines()) < 20
