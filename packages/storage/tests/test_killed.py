"""`kill -9` at any moment: nothing half written is ever read, and what is left is cleaned up."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from fabrica.storage import Store

HERE = Path(__file__).parent
AT_ONCE = timedelta(seconds=-10)


def temporaries(store: Store) -> list[Path]:
    return list(Path(store.url.removeprefix("file://"), ".tmp").iterdir())


@pytest.mark.parametrize(
    ("write", "point"),
    [(write, point) for write in ("create", "put") for point in ("write", "link", "unlink")]
    + [("put_path", "link"), ("put_path", "unlink")],
)
def test_a_writer_killed_at_each_step(local: Store, write: str, point: str) -> None:
    command = [sys.executable, str(HERE / "killed.py"), local.url, point, write]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    there = [name for name in local.names() if name != "before.json"]
    # Before the link there is nothing, after it there is all.
    assert len(there) == (1 if point == "unlink" else 0)
    for name in there:
        if name.startswith("cas/"):
            local.get(name.removeprefix("cas/"))
        else:
            assert local.read(name) == {"text": "x" * 5000}
    assert len(temporaries(local)) == 1
    collected = local.collect({name.removeprefix("cas/") for name in there}, AT_ONCE)
    assert len(collected.names) == 1
    assert temporaries(local) == []
    assert [name for name in local.names() if name != "before.json"] == there


def test_a_name_that_a_killed_writer_did_not_get_is_free(local: Store) -> None:
    command = [sys.executable, str(HERE / "killed.py"), local.url, "link", "create"]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    assert local.create("document.json", {"text": "again"})
    assert local.read("document.json") == {"text": "again"}


@pytest.mark.parametrize("kill_after", range(1, 26, 3))
def test_a_busy_writer_killed_at_some_moment(local: Store, kill_after: int) -> None:
    process = subprocess.Popen(
        [sys.executable, str(HERE / "writer.py"), local.url], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for _ in range(kill_after):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    said = kill_after + len(process.stdout.read().split())
    process.wait()
    process.stdout.close()
    documents = [local.read(name) for name in local.names("documents")]
    assert len(documents) in (said, said + 1)  # one may be stored and not yet said
    for document in documents:
        assert local.get(document["blob"]) == b"%d" % document["number"] * 50_000
    for name in local.names("cas"):
        local.get(name.removeprefix("cas/"))
    local.collect({document["blob"] for document in documents}, AT_ONCE)
    assert temporaries(local) == []
    assert {name.removeprefix("cas/") for name in local.names("cas")} == {
        document["blob"] for document in documents
    }
