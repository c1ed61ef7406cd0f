"""The command line: what people type, read, and are told when it is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, Runs, digest, judge, register
from fabrica.storage import Store

from fabrica.tracking import Registry, keep, promote
from fabrica.tracking._cli import main


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store) -> Path:
    (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "{PROJECT}"\n')
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    monkeypatch.setenv("FABRICA_STORE", store.url)
    return tmp_path


@pytest.fixture
def history(registry: Registry, runs: Runs, project: Path) -> Registry:
    runs.open("run-1")
    runs.step("run-1", "load", "Queens", {}, {"trips": "t"}, reads={"data/taxis.csv": digest("c")})
    inputs = {"trips": digest("t")}
    runs.step("run-1", "train", "Queens", inputs, {"model": "a"}, parameters={"max_depth": 6})
    runs.end("run-1")
    first = register(registry, "a", "Queens", mae=4.123456)
    judge(registry, first, None, promote("the first version"))
    second = register(registry, "b", "Queens", mae=4.6)
    judge(registry, second, first, keep("no better"))
    return registry


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_champions(capsys: pytest.CaptureFixture[str], history: Registry) -> None:
    (row,) = ask(capsys, "champions")
    assert (row["model"], row["value"], row["version"]) == ("model", "Queens", 1)
    assert row["by"] == "gate run-1"
    assert main(["champions"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == [
        *("model", "value", "version", "since", "by", "barred", "reason")
    ]
    assert "the first version" in out


def test_versions(capsys: pytest.CaptureFixture[str], history: Registry) -> None:
    rows = ask(capsys, "versions", "model", "--value", "Queens")
    assert [(r["version"], r["champion"], r["barred"]) for r in rows] == [
        (1, True, False),
        (2, False, False),
    ]
    main(["versions", "model", "--value", "Queens"])
    assert "mae=4.12" in capsys.readouterr().out


def test_verdicts(capsys: pytest.CaptureFixture[str], history: Registry) -> None:
    rows = ask(capsys, "verdicts", "model", "--value", "Queens")
    assert [(r["version"], r["against"], r["promote"], r["reason"]) for r in rows] == [
        (1, "none", True, "the first version"),
        (2, "1", False, "no better"),
    ]


def test_runs_of_a_project(capsys: pytest.CaptureFixture[str], history: Registry) -> None:
    (row,) = ask(capsys, "runs")
    assert (row["run"], row["outcome"], row["pipeline"]) == ("run-1", "succeeded", "train")
    main(["runs"])
    assert "done=3 failed=0" in capsys.readouterr().out


def test_the_lineage_of_the_champion(capsys: pytest.CaptureFixture[str], history: Registry) -> None:
    found = ask(capsys, "lineage", "model", "--value", "Queens")
    assert found["version"] == 1
    main(["lineage", "model", "1", "--value", "Queens"])
    out = capsys.readouterr().out
    for part in (
        digest("run-1")[:40],
        digest("lock"),
        digest("c"),
        "data/taxis.csv",
        "max_depth=6",
    ):
        assert part in out


def test_a_promotion_and_a_rollback_by_a_person(
    capsys: pytest.CaptureFixture[str], history: Registry
) -> None:
    reason = ["--reason", "asked by the city", "--by", "ada"]
    assert main(["promote", "model", "2", "--value", "Queens", *reason]) == 0
    out = capsys.readouterr().out
    assert out == "model of Queens: version 2 is champion, in place of version 1\n"
    assert main(["rollback", "model", "--value", "Queens", *reason]) == 0
    out = capsys.readouterr().out
    assert "version 1 is champion, in place of version 2" in out
    assert "barred until a person promotes them: 2" in out
    last = history.history("model", "Queens")[-1]
    assert last.by == {"kind": "person", "name": "ada"}
    assert last.reason == "asked by the city"
    assert main(["rollback", "model", "--value", "Queens", *reason]) == 0
    assert "no version serves" in capsys.readouterr().out
    assert main(["rollback", "model", "--value", "Queens", *reason]) == 2
    assert "no champion to roll back" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["versions", "modle"], "no model modle; its models: model", "champions"),
        (["versions", "model"], "a version for each value; its values: Queens", "--value Queens"),
        (["versions", "model", "--value", "Bronx"], "no version of Bronx", "--value Queens"),
        (["lineage", "model", "9", "--value", "Queens"], "no version 9", "versions model"),
        (["champions", "--store", "nothing://x"], "nothing://x", "file:///"),
    ],
)
def test_a_mistake_is_named_with_the_way_out(
    capsys: pytest.CaptureFixture[str],
    history: Registry,
    arguments: list[str],
    message: str,
    hint: str,
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    first, second = captured.err.splitlines()
    assert first.startswith("error: ")
    assert message in first
    assert hint in second


def test_a_damaged_document_is_named_without_a_traceback(
    capsys: pytest.CaptureFixture[str], store: Store, history: Registry
) -> None:
    store.create_bytes(f"models/{PROJECT}/model/Queens/promotions/2.json", b"")
    assert main(["champions"]) == 1
    assert "promotions/2.json" in capsys.readouterr().err


def test_a_model_of_a_project_without_any(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    assert main(["champions"]) == 0
    assert capsys.readouterr().out == "none yet\n"
    assert main(["versions", "model"]) == 2
    assert "run a pipeline" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [("[project\n", "can't be read"), ("[tool]\n", "names no project"), (None, "in no project")],
)
def test_no_project(
    capsys: pytest.CaptureFixture[str], project: Path, text: str | None, message: str
) -> None:
    file = project / "pyproject.toml"
    file.unlink() if text is None else file.write_text(text)
    assert main(["champions"]) == 2
    captured = capsys.readouterr().err
    assert message in captured
    assert "--project" in captured
    assert main(["champions", "--project", PROJECT]) == 0


def test_the_environment_names_the_project(
    capsys: pytest.CaptureFixture[str],
    history: Registry,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (project / "pyproject.toml").unlink()
    monkeypatch.setenv("FABRICA_PROJECT", PROJECT)
    assert len(ask(capsys, "champions")) == 1


def test_it_runs_as_a_module(history: Registry) -> None:
    command = [sys.executable, "-m", "fabrica.tracking", "champions", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)[0]["version"] == 1
    help = subprocess.run([*command[:3], "--help"], capture_output=True, text=True, check=True)
    for name in ("champions", "versions", "runs", "lineage", "promote", "rollback", "verdicts"):
        assert name in help.stdout
