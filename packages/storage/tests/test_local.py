"""The store on a local disk."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from fabrica.storage import BadAddress, Corrupted, NotWritable, Store, open_store


def folder(store: Store) -> Path:
    return Path(store.url.removeprefix("file://"))


def blob(store: Store, digest: str) -> Path:
    return folder(store) / "cas" / digest


def damage(path: Path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


def test_a_damaged_blob_is_named_and_never_used(local: Store) -> None:
    digest = local.put(b"good bytes")
    damage(blob(local, digest), b"evil bytes")
    for ask in (local.get, local.path):
        with pytest.raises(Corrupted, match=digest) as raised:
            ask(digest)
        assert f"rm -f '{blob(local, digest)}'" in str(raised.value.hint)


def test_the_hint_for_a_damaged_blob_works(local: Store) -> None:
    digest = local.put(b"good bytes")
    damage(blob(local, digest), b"evil bytes")
    with pytest.raises(Corrupted) as raised:
        local.get(digest)
    command = str(raised.value.hint).rpartition(": ")[2]
    subprocess.run(["sh", "-c", command], check=True)
    assert local.put(b"good bytes") == digest
    assert local.get(digest) == b"good bytes"


def test_a_blob_that_is_damaged_after_it_was_verified_is_found(local: Store) -> None:
    digest = local.put(b"good bytes")
    assert local.path(digest).read_bytes() == b"good bytes"
    damage(blob(local, digest), b"evil bytes")
    with pytest.raises(Corrupted, match=digest):
        local.path(digest)


def test_a_blob_cut_off_by_a_loss_of_power_is_healed_by_its_next_writer(
    local: Store, tmp_path: Path
) -> None:
    digest = local.put(b"good bytes")
    damage(blob(local, digest), b"")
    assert local.put(b"good bytes") == digest
    assert local.get(digest) == b"good bytes"
    damage(blob(local, digest), b"good")
    (tmp_path / "file").write_bytes(b"good bytes")
    local.put_path(tmp_path / "file")
    assert local.get(digest) == b"good bytes"


def test_objects_are_read_only_files(local: Store, tmp_path: Path) -> None:
    digest = local.put(b"x")
    (tmp_path / "file").write_bytes(b"y")
    other = local.put_path(tmp_path / "file")
    local.create("a.json", {})
    for path in (blob(local, digest), blob(local, other), folder(local) / "a.json"):
        assert path.stat().st_mode & 0o222 == 0
        assert path.stat().st_nlink == 1


def test_nothing_is_left_behind_by_writers(local: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"y")
    for _ in range(2):
        local.put(b"x")
        local.put_path(tmp_path / "file")
        local.create("a.json", {})
    assert list((folder(local) / ".tmp").iterdir()) == []


def test_a_store_that_is_emptied_while_it_is_open_goes_on(local: Store) -> None:
    local.create("a/b.json", {})
    subprocess.run(["rm", "-rf", str(folder(local))], check=True)
    assert local.create("a/b.json", {})
    assert local.has(local.put(b"x"))


def test_temporary_files_of_the_grace_period_stay(local: Store) -> None:
    temporary = Path(local.temporary())
    temporary.write_bytes(b"being written")
    assert local.collect(frozenset(), timedelta(hours=1)).names == ()
    os.utime(temporary, (0, 0))
    collected = local.collect(frozenset(), timedelta(hours=1))
    assert collected.names == (f".tmp/{temporary.name}",)
    assert not temporary.exists()


@pytest.mark.parametrize("where", ["file", "below a file", "not a place for files"])
def test_a_store_that_is_not_writable_says_what_to_do(tmp_path: Path, where: str) -> None:
    # The tests may run as root, whom permissions don't stop.
    (tmp_path / "file").write_text("a file where a folder is expected")
    places = {
        "file": tmp_path / "file",
        "below a file": tmp_path / "file" / "store",
        "not a place for files": Path("/proc/fabrica-store"),
    }
    if where == "not a place for files" and not Path("/proc/self").exists():
        pytest.skip("this system has no /proc")
    store = open_store(str(places[where]))
    (tmp_path / "data").write_bytes(b"x")
    for write in (
        lambda: store.put(b"x"),
        lambda: store.create("a.json", {}),
        lambda: store.put_path(tmp_path / "data"),
        lambda: store.temporary(),
    ):
        with pytest.raises(NotWritable, match=str(places[where])) as raised:
            write()
        assert "FABRICA_STORE" in str(raised.value.hint)
    assert store.names("runs") == []


def test_a_full_disk_is_reported_and_leaves_nothing(tmp_path: Path) -> None:
    # A limit of the process stops root too, with the same path through the code.
    script = """
import resource, sys
from fabrica.storage import NotWritable, open_store
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
store = open_store(sys.argv[1])
open(sys.argv[1] + ".source", "wb").write(b"x" * 900)
store.create("small.json", {})
for write in (lambda: store.put(b"x" * 2000), lambda: store.create("big.json", {"x": "x" * 2000}),
              lambda: store.put_path(__file__ if False else sys.argv[2])):
    try:
        write()
    except NotWritable as error:
        print("refused", error)
"""
    large = tmp_path / "large"
    large.write_bytes(b"x" * 5000)
    place = tmp_path / "store"
    done = subprocess.run(
        [sys.executable, "-c", script, str(place), str(large)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count("refused the store") == 3
    assert open_store(str(place)).names("") == ["small.json"]
    assert list((place / ".tmp").iterdir()) == []


def test_a_name_that_is_too_long_is_no_fault_of_the_store(local: Store) -> None:
    with pytest.raises(BadAddress, match="too long"):
        local.create(f"models/{'x' * 300}/1.json", {})


def test_the_address_of_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = tmp_path / "my störe #1"
    for address in (str(odd), odd.as_uri(), odd.as_uri().replace("file://", "file://localhost")):
        store = open_store(address)
        assert store.url == odd.as_uri()
        store.put(b"x")
    assert (odd / "cas").is_dir()
    monkeypatch.setenv("FABRICA_STORE", odd.as_uri())
    assert open_store().url == odd.as_uri()
    assert open_store(str(tmp_path)).url == tmp_path.as_uri()


@pytest.mark.parametrize("address", ["file://relative/path", "file://", "nothing://x/y"])
def test_an_address_that_makes_no_sense(address: str) -> None:
    with pytest.raises(BadAddress) as raised:
        open_store(address)
    assert raised.value.hint


def test_the_store_of_a_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "projects" / "p"
    (project / "src").mkdir(parents=True)
    monkeypatch.chdir(project / "src")
    (project / "pyproject.toml").write_text("")
    assert open_store().url == (project / ".fabrica" / "store").as_uri()
    (tmp_path / "nx.json").write_text("{}")
    assert open_store().url == (tmp_path / ".fabrica" / "store").as_uri()


def test_a_blob_that_is_put_again_is_young_again(local: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"by path")
    old = [local.put(b"by value"), local.put_path(tmp_path / "file"), local.put(b"never again")]
    for digest in old:
        os.utime(blob(local, digest), (0, 0))
    local.put(b"by value")
    local.put_path(tmp_path / "file")
    assert local.collect(frozenset(), timedelta(minutes=30)).names == (f"cas/{old[2]}",)
    assert local.get(old[0]) == b"by value"
    assert local.get(old[1]) == b"by path"
