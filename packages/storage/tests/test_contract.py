"""What every store does, wherever it is."""

from __future__ import annotations

import hashlib
import os
import pickle
from datetime import timedelta
from pathlib import Path

import pytest

from fabrica.storage import BadAddress, Corrupted, FormatError, NotFound, Store, open_store

ABSENT = "0" * 64


def test_a_blob_comes_back_and_is_named_by_its_hash(store: Store) -> None:
    digest = store.put(b"hello")
    assert digest == hashlib.sha256(b"hello").hexdigest()
    assert store.get(digest) == b"hello"
    assert store.has(digest)
    assert store.size(digest) == 5
    assert store.names("cas") == [f"cas/{digest}"]


@pytest.mark.parametrize("size", [0, 1, 70_000, 3 << 20])
def test_blobs_of_any_size_are_put_twice_without_harm(store: Store, size: int) -> None:
    data = os.urandom(size)
    assert store.put(data) == store.put(data)
    assert store.get(store.put(data)) == data


def test_an_absent_blob_is_named(store: Store) -> None:
    assert not store.has(ABSENT)
    for ask in (store.get, store.size, store.path):
        with pytest.raises(NotFound, match=ABSENT):
            ask(ABSENT)


def test_a_file_is_stored_and_read_as_a_file(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "source.bin"
    source.write_bytes(b"x" * 3_000_000)
    digest = store.put_path(source)
    assert source.exists()
    assert store.path(digest).read_bytes() == source.read_bytes()
    assert store.put_path(source, move=True) == digest
    assert not source.exists()


def test_a_temporary_file_is_moved_in(store: Store) -> None:
    temporary = Path(store.temporary())
    temporary.write_bytes(b"made by a step")
    digest = store.put_path(temporary, move=True)
    assert not temporary.exists()
    assert store.path(digest).read_bytes() == b"made by a step"


def test_a_file_that_is_missing_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"missing\.csv"):
        store.put_path(tmp_path / "missing.csv")


def test_a_document_is_put_once(store: Store) -> None:
    assert store.create("runs/p/r/run.json", {"schema": 1, "name": "é"})
    assert not store.create("runs/p/r/run.json", {"schema": 2})
    assert store.read("runs/p/r/run.json") == {"schema": 1, "name": "é"}
    assert store.read_bytes("runs/p/r/run.json") == '{"name":"é","schema":1}\n'.encode()
    assert store.exists("runs/p/r/run.json")
    assert not store.exists("runs/p/r")
    assert not store.exists("runs/p/r/end.json")
    with pytest.raises(NotFound, match=r"end\.json"):
        store.read("runs/p/r/end.json")


def test_bytes_are_put_once(store: Store) -> None:
    assert store.create_bytes("logs/1.txt", b"first")
    assert not store.create_bytes("logs/1.txt", b"second")
    assert store.read_bytes("logs/1.txt") == b"first"


def test_names_and_children_are_sorted(store: Store) -> None:
    for name in ("a/b/2.json", "a/b/10.json", "a/a/1.json", "a/a.json", "ab/1.json", "b.json"):
        store.create(name, {})
    assert store.names("a") == ["a/a.json", "a/a/1.json", "a/b/10.json", "a/b/2.json"]
    assert store.names("a/b/") == ["a/b/10.json", "a/b/2.json"]
    assert store.children("a") == ["a", "a.json", "b"]
    assert store.children("") == ["a", "ab", "b.json"]
    assert store.names("") == sorted(store.names(""))
    assert store.names("nothing") == store.children("nothing") == []


def test_a_new_document_is_listed_at_once(store: Store) -> None:
    for number in range(3):
        store.create(f"list/{number}.json", {})
        assert len(store.children("list")) == number + 1


def test_values_are_encoded_in_names(store: Store) -> None:
    store.create("models/New%20York%2FQueens/1.json", {"n": 1})
    assert store.children("models") == ["New%20York%2FQueens"]
    assert store.read("models/New%20York%2FQueens/1.json") == {"n": 1}
    assert store.names("models") == ["models/New%20York%2FQueens/1.json"]


@pytest.mark.parametrize("name", ["../up", "/root", "a/../b", "a//b", "", "a/", "./a", "a\0b"])
def test_a_name_never_leads_out_of_the_store(store: Store, name: str) -> None:
    with pytest.raises(BadAddress):
        store.create(name, {})
    with pytest.raises(BadAddress):
        store.read(name)


@pytest.mark.parametrize("name", [f"cas/{ABSENT}", ".tmp/1"])
def test_a_blob_is_never_written_by_name(store: Store, name: str) -> None:
    with pytest.raises(BadAddress):
        store.create_bytes(name, b"x")


@pytest.mark.parametrize("digest", ["", "../x", "A" * 64, "0" * 63])
def test_what_is_no_digest_is_refused(store: Store, digest: str) -> None:
    with pytest.raises(BadAddress, match="digest"):
        store.get(digest)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_document_holds_finite_numbers_only(store: Store, number: float) -> None:
    with pytest.raises(FormatError):
        store.create("n.json", {"n": number})
    assert not store.exists("n.json")


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b"\xff", b'{"a":1'])
def test_a_document_that_is_no_json_object_is_named(store: Store, data: bytes) -> None:
    store.create_bytes("runs/broken.json", data)
    with pytest.raises(Corrupted, match=r"runs/broken\.json") as raised:
        store.read("runs/broken.json")
    assert "runs/broken.json" in str(raised.value.hint)


def test_garbage_is_collected_and_what_is_needed_stays(store: Store) -> None:
    kept, dropped = store.put(b"kept"), store.put(b"dropped")
    store.create("runs/a.json", {})
    assert store.collect({kept}, timedelta(hours=1)).names == ()  # the grace period
    collected = store.collect({kept}, timedelta(seconds=-10))
    assert collected.names == (f"cas/{dropped}",)
    assert collected.bytes == 7
    assert store.has(kept)
    assert not store.has(dropped)
    assert store.exists("runs/a.json")


def test_a_store_opens_again_elsewhere(store: Store) -> None:
    digest = store.put(b"shared")
    assert open_store(store.url).get(digest) == b"shared"
    assert pickle.loads(pickle.dumps(store)).get(digest) == b"shared"
