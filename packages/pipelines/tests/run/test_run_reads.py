"""Reads that `reads=` does not declare, in the places where they are easily missed."""

from __future__ import annotations

import pytest


@pytest.fixture
def project(project, tmp_path, monkeypatch):
    # What is below the folder of temporary files is not watched, and tests are there.
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    project.file("known.txt", "k")
    project.file("other.txt", "o")
    (tmp_path / "outside.csv").write_text("a\n1\n")
    (tmp_path / "outside.json.gz").write_text("{}")
    return project


def environ(project) -> dict[str, str]:
    return {"TMPDIR": str(project.root.parent / "temporary")}


def run(project, source: str, *arguments: str):
    project.write(source)
    return project.run(*arguments, **environ(project))


STEP = """
    import os
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path
    from threading import Thread
    from fabrica.pipelines import step

    @step("a", reads=["known.txt"])
    def make() -> str:
        return Path("known.txt").read_text() + str(read())

    def read():
        %s
"""


@pytest.mark.parametrize(
    "body",
    [
        'return next(ThreadPoolExecutor().map(open, ["other.txt"])).read()',
        'thread = Thread(target=open, args=["other.txt"]); thread.start(); thread.join()',
    ],
)
def test_a_read_in_a_thread(project, body):
    ran = run(project, STEP % body)
    assert ran.code == 1
    assert "step `make` reads other.txt, which its reads= does not declare" in ran.err


def test_a_declared_read_in_a_thread(project):
    ran = run(project, STEP % 'return next(ThreadPoolExecutor().map(open, ["known.txt"])).read()')
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("name", ["outside.csv", "outside.json.gz"])
def test_a_read_outside_of_the_project(project, name):
    path = project.root.parent / name
    ran = run(project, STEP % f'return open("{path}").close()')
    assert ran.code == 1
    assert f"step `make` reads {path}, which is outside of the project" in ran.err
    assert "put the file below the project and name it in reads= of `make`" in ran.err


@pytest.mark.parametrize(
    "body",
    [
        'Path("/{0}/own.csv").write_text("x"); return Path("/{0}/own.csv").read_text()',
        'return Path("/{0}/temporary/any.csv").read_text()',
        'return Path("/{0}/.cache/any.csv").read_text()',
        'return Path("/{0}/any.conf").read_text()',
        'return Path("/etc/hostname").exists() and open("/proc/meminfo").readline() and ""',
        "import pandas; return len(pandas.Timestamp(0, tz='Europe/Berlin').isoformat())",
    ],
)
def test_what_libraries_and_the_system_read_is_not_data(project, body):
    folder = project.root.parent
    for name in ("temporary/any.csv", ".cache/any.csv", "any.conf"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x")
    ran = run(project, STEP % body.format(folder))
    assert ran.code == 0, ran.err


def test_data_may_be_a_link_to_elsewhere(project, tmp_path):
    (tmp_path / "room").mkdir()
    (tmp_path / "room/rows.csv").write_text("1")
    (project.root / "data").symlink_to(tmp_path / "room")
    source = STEP % 'return Path("data/rows.csv").read_text()'
    ran = run(project, source)
    assert 'reads=["known.txt", "data/rows.csv"]' in ran.err
    ran = run(project, source.replace('["known.txt"]', '["known.txt", "data"]'))
    assert ran.code == 0, ran.err


IMPORTED = """
    from pathlib import Path
    from fabrica.pipelines import step
    from bikes.words import WORDS

    @step("first"%s)
    def first() -> str:
        return "f"

    @step("second")
    def second(first: str) -> str:
        return first + WORDS

    @step("third", reads=["other.txt"])
    def third(first: str) -> str:
        return first + WORDS
"""


@pytest.mark.parametrize("setting", ["", ', reads=["other.txt"]'])
@pytest.mark.parametrize("options", [(), ("--isolate",)])
def test_a_read_of_a_module_on_import(project, setting, options):
    project.file(
        "src/bikes/words.py",
        'from pathlib import Path\nWORDS = Path("other.txt").read_text()\n',
    )
    ran = run(project, IMPORTED % setting, *options)
    assert ran.outcomes("first") == {None: "done"}, ran.err
    assert ran.outcomes("second") == {None: "failed"}
    assert ran.outcomes("third") == {None: "done"}
    assert "step `second` reads other.txt" in ran.err


def test_a_module_that_the_step_does_not_import_may_read(project):
    project.file(
        "src/bikes/words.py",
        'from pathlib import Path\nWORDS = Path("other.txt").read_text()\n',
    )
    project.file(
        "src/bikes/more.py",
        "from fabrica.pipelines import step\n\n"
        '@step("last")\ndef last(first: str) -> str:\n    return first\n',
    )
    source = IMPORTED % "" + "\n    from bikes.more import last\n"
    assert run(project, source).outcomes("last") == {None: "done"}
