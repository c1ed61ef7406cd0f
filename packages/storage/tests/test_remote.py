"""What is special about remote stores: the copies on this disk, large files, and refusals."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from fabrica.storage import Corrupted, NotReadable, NotWritable, Store, open_store

remote = pytest.mark.parametrize("store", ["s3", "gcs"], indirect=True)


def copy_of(digest: str) -> Path:
    return Path(os.environ["XDG_CACHE_HOME"], "fabrica", "store", "cas", digest)


def damage(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"damaged")


def damage_the_object(store: Store, digest: str) -> None:
    import fsspec

    fs, base = fsspec.url_to_fs(store.url)
    fs.pipe_file(f"{base}/cas/{digest}", b"damaged")


@remote
def test_a_blob_is_downloaded_once(store: Store) -> None:
    digest = store.put(b"hello")
    path = store.path(digest)
    assert path == copy_of(digest)
    inode = path.stat().st_ino
    assert open_store(store.url).path(digest).stat().st_ino == inode


@remote
def test_a_damaged_copy_is_downloaded_again(store: Store) -> None:
    digest = store.put(b"hello")
    damage(store.path(digest))
    assert store.path(digest).read_bytes() == b"hello"


@remote
def test_a_damaged_object_is_named_and_never_used(store: Store) -> None:
    digest = store.put(b"hello")
    damage_the_object(store, digest)
    for ask in (store.get, store.path):
        with pytest.raises(Corrupted, match=digest) as raised:
            ask(digest)
        assert f"rm '{store.url}/cas/{digest}'" in str(raised.value.hint)


@remote
def test_a_file_of_several_requests(store: Store, tmp_path: Path) -> None:
    # 6 MB: Google's protocol sends it in parts, and the condition must hold for the whole.
    source = tmp_path / "large"
    source.write_bytes(os.urandom(6 << 20))
    digest = store.put_path(source)
    assert store.put_path(source) == digest
    copy_of(digest).unlink()
    assert store.path(digest).read_bytes() == source.read_bytes()
    assert store.create_bytes("parts/large", source.read_bytes())
    assert not store.create_bytes("parts/large", os.urandom(6 << 20))
    assert store.read_bytes("parts/large") == source.read_bytes()


@remote
def test_what_a_killed_process_left_on_this_disk_is_collected(store: Store) -> None:
    temporary = Path(store.temporary())
    temporary.write_bytes(b"half a download")
    os.utime(temporary, (0, 0))
    collected = store.collect(frozenset(), timedelta(days=1))
    assert collected.names == (f".tmp/{temporary.name}",)
    assert not temporary.exists()


@remote
def test_copies_go_elsewhere_when_the_cache_cannot_be_written(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("where a folder is expected")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    store = open_store(store.url)
    assert store.path(store.put(b"hello")).read_bytes() == b"hello"


def _read_in_child(store: Store, digest: str, answers: multiprocessing.Queue) -> None:
    answers.put(store.get(digest))


@remote
def test_an_open_store_survives_a_fork(store: Store) -> None:
    digest = store.put(b"hello")
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_read_in_child, args=(store, digest, answers), daemon=True)
    child.start()
    assert answers.get(timeout=60) == b"hello"
    child.join()


@remote
def test_a_bucket_that_is_missing_is_not_writable(store: Store) -> None:
    scheme = store.url.partition("://")[0]
    absent = open_store(f"{scheme}://no-such-bucket/store")
    with pytest.raises(NotWritable, match="no-such-bucket") as raised:
        absent.create("a.json", {})
    assert "FABRICA_STORE" in str(raised.value.hint)


def test_a_server_that_is_down_is_reported(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # In a process of its own: clients are cached by their settings.
    script = """
import sys
from fabrica.storage import NotReadable, NotWritable, open_store
store = open_store("s3://fabrica/store")
for ask, kind in ((lambda: store.read("a.json"), NotReadable),
                  (lambda: store.create("a.json", {}), NotWritable)):
    try:
        ask()
    except kind as error:
        print("reported", error, error.hint)
"""
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_MAX_ATTEMPTS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.count("reported the store s3://fabrica/store can't be") == 2
    assert done.stdout.count("FABRICA_STORE") == 2


def test_what_a_client_says_is_passed_on_without_signatures() -> None:
    from fabrica.storage._remote import RemoteFiles

    files = RemoteFiles("memory://bucket/store")
    error = files._failed(OSError("403 for https://host/object?X-Signature=secret"))
    assert isinstance(error, NotReadable)
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("code", "outcome"), [("412", False), ("PreconditionFailed", False), ("409", True)]
)
def test_the_answers_to_a_race(code: str, outcome: bool) -> None:
    from fabrica.storage._remote import RemoteFiles

    class Refusal(Exception):
        response = {"Error": {"Code": code}}  # noqa: RUF012

    answers = [Refusal(), None]

    def write(fs: object) -> None:
        answer = answers.pop(0)
        if answer is not None:
            raise OSError("refused") from answer

    files = RemoteFiles("memory://bucket/store")
    assert files._put(write) is outcome  # 409: nobody has won yet, so it is tried again
