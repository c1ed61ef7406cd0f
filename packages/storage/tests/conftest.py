"""Stores of every kind: a local disk, S3's protocol and Google Cloud Storage's, on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from fabrica.storage import Store, open_store

HERE = Path(__file__).parent


@pytest.fixture
def local(tmp_path: Path) -> Store:
    return open_store((tmp_path / "store").as_uri())


@pytest.fixture(params=["local", "s3", "gcs"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """The same tests for every kind of store."""
    if request.param == "local":
        return open_store((tmp_path / "store").as_uri())
    bucket = request.getfixturevalue(request.param)
    return open_store(f"{bucket}/{uuid.uuid4().hex}/store")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FABRICA_STORE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """A bucket on a server of S3's protocol, in a process of its own."""
    pytest.importorskip("s3fs")
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, str(HERE / "s3_server.py"), str(port)]
    settings = _settings(
        AWS_ENDPOINT_URL=address,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1",
    )
    with settings, _server(command, f"{address}/moto-api/"):
        _request("PUT", f"{address}/fabrica")
        yield "s3://fabrica"


@pytest.fixture(scope="session")
def gcs() -> Iterator[str]:
    """A bucket on a server of Google Cloud Storage's protocol."""
    pytest.importorskip("gcsfs")
    program = shutil.which("fake-gcs-server") or Path.home() / "go" / "bin" / "fake-gcs-server"
    if not Path(program).exists():
        pytest.skip("fake-gcs-server is not installed: go install the version in the README")
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    command = [
        *(str(program), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port)),
        *("-backend", "memory", "-external-url", address, "-public-host", f"127.0.0.1:{port}"),
        *("-log-level", "error"),
    ]
    with _settings(STORAGE_EMULATOR_HOST=address), _server(command, f"{address}/storage/v1/b"):
        body = b'{"name": "fabrica"}'
        _request("POST", f"{address}/storage/v1/b?project=fabrica", body)
        yield "gs://fabrica"


class _settings:
    """Environment variables for a session, which child processes have too."""

    def __init__(self, **settings: str) -> None:
        self.settings = settings
        self.before: dict[str, str | None] = {}

    def __enter__(self) -> None:
        for name, value in self.settings.items():
            self.before[name] = os.environ.get(name)
            os.environ[name] = value

    def __exit__(self, *details: object) -> None:
        for name, value in self.before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class _server:
    """A server process that answers."""

    def __init__(self, command: list[str], address: str) -> None:
        self.command = command
        self.address = address

    def __enter__(self) -> None:
        null = subprocess.DEVNULL
        self.process = subprocess.Popen(self.command, stdout=null, stderr=null)
        for _ in range(600):
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.command[0]} ended with {self.process.returncode}")
            try:
                urllib.request.urlopen(self.address, timeout=1).close()
                return
            except OSError:
                with pytest.raises(subprocess.TimeoutExpired):
                    self.process.wait(0.1)
        self.__exit__()
        raise RuntimeError(f"{self.command[0]} does not answer on {self.address}")

    def __exit__(self, *details: object) -> None:
        self.process.terminate()
        self.process.wait(10)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _request(method: str, address: str, body: bytes | None = None) -> None:
    asked = urllib.request.Request(
        address, body, {"Content-Type": "application/json"}, method=method
    )
    urllib.request.urlopen(asked, timeout=10).close()
