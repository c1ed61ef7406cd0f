"""`usage` prints what runs have used; it reads those of the time that is asked for."""

from __future__ import annotations

import json

import pytest

SOURCE = """
    from fabrica.pipelines import step

    @step("numbers")
    def make(fails: bool = False) -> list:
        if fails:
            raise ValueError("no numbers")
        return [1]
"""
PRICES = json.dumps({"currency": "CHF", "storageGiBMonth": 1 << 30})


@pytest.fixture
def bikes(project):
    project.write(SOURCE)
    return project


def rows(project, *options: str, **environ: str) -> list[dict]:
    told = project.call("usage", *options, **environ)
    assert told.code == 0, told.err
    return [json.loads(line) for line in told.out.splitlines()]


def test_a_line_for_each_run(bikes):
    done, failed = bikes.run(), bikes.run("--set", "fails=true")
    found = rows(bikes, "--since", "2026-01-01", FABRICA_PRICES=PRICES)
    assert [row["run"] for row in found] == bikes.runs()
    assert [row["outcome"] for row in found] == ["succeeded", "failed"]
    assert {(row["project"], row["pipeline"], row["environment"]) for row in found} == {
        ("bikes", "train", "local")
    }
    bought = done.ended["usage"]["storageBytes"]
    usage = {**found[0]["usage"]}
    assert (usage.pop("cost"), usage.pop("currency")) == (bought, "CHF")
    assert usage["steps"]["make"].pop("cost") == bought
    assert usage == done.ended["usage"]
    assert failed.ended["usage"] == {
        **failed.ended["usage"], "storageBytes": 0, "peakBytes": found[1]["usage"]["peakBytes"]
    }  # fmt: skip


def test_those_of_a_time(bikes):
    bikes.run()
    [run] = bikes.runs()
    day = f"{run[:4]}-{run[4:6]}-{run[6:8]}"
    moment = f"{day}T{run[9:11]}:{run[11:13]}:{run[13:15]}Z"
    assert len(rows(bikes, "--since", day)) == len(rows(bikes, "--since", moment)) == 1
    assert rows(bikes, "--since", "2001-01-01", "--until", day) == []
    assert rows(bikes, "--since", "2999-01-01") == []
    assert rows(bikes, "--since", day, "--project", "others") == []


def test_a_run_by_another_name_and_one_that_goes_on(bikes):
    bikes.call("open", "train", "--run", "mine")
    bikes.call("step", "train", "make", "--run", "mine")
    [row] = rows(bikes, "--since", "2026-01-01")
    assert (row["run"], row["outcome"]) == ("mine", None)
    assert row["usage"]["storageBytes"] > 0
    assert rows(bikes, "--since", "2999-01-01") == []


def test_runs_of_an_older_release(bikes):
    bikes.run()
    [run] = bikes.runs()
    for name, new in ((f"runs/bikes/{run}/end/1.json", ("usage",)),
                      (f"runs/bikes/{run}/steps/make/_/1.json", ("gpus", "reserved"))):  # fmt: skip
        file = bikes.root / ".fabrica/store" / name
        document = {key: one for key, one in json.loads(file.read_text()).items() if key not in new}
        file.chmod(0o644)
        file.write_text(json.dumps(document))
    [row] = rows(bikes, "--since", "2026-01-01")
    assert row["usage"]["steps"]["make"]["storageBytes"] > 0
    assert row["usage"]["reserved"] is None


def test_a_time_that_is_none(bikes):
    told = bikes.call("usage", "--since", "yesterday")
    assert (told.code, told.out) == (2, "")
    assert "error: yesterday is no time" in told.err
