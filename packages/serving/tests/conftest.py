"""A project, a store with promoted models, real servers on loopback, and callers of them."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fabrica.storage import formats, open_store
from fabrica.tracking import Registry

SERVICE = '''"""Minutes that a taxi trip takes."""

from typing import Literal

import pandas as pd
from pydantic import Field, FiniteFloat, NaiveDatetime

from fabrica.serving import Champion, Frame, Input, Series

each, fallback = "borough", "all"


class Trip(Input):
    pickup: NaiveDatetime  # New York time
    distance: FiniteFloat = Field(ge=0, le=200, description="miles")
    borough: Literal["Manhattan", "Queens", "Brooklyn", "Bronx"]
    passengers: int = 1
    note: str = ""


def predict(trips: Frame[Trip], model: Champion[dict]) -> Series[float]:
    """Minutes from pickup to dropoff."""
    if (trips["note"] == "raise").any():
        raise KeyError("something of the input")
    if (trips["note"] == "sort").any():
        trips = trips.sort_values("distance")
    if (trips["note"] == "nan").any():
        return pd.Series(float("nan"), trips.index)
    return pd.Series(model["slope"] * trips["distance"] + model["offset"], trips.index)
'''

TRIP: dict[str, Any] = {"pickup": "2019-03-25T08:30:00", "distance": 2.0, "borough": "Queens"}
DEADLINE = 60.0
"""Seconds after which a wait is given up: far beyond what anything takes."""


def wait_for(what: Callable[[], Any], why: str | Callable[[], str]) -> Any:
    """Look until ``what`` is true; fails with ``why`` at the deadline."""
    until = time.monotonic() + DEADLINE
    while not (found := what()):
        assert time.monotonic() < until, why if isinstance(why, str) else why()
        time.sleep(0.02)
    return found


@dataclass
class Project:
    """A project's folder and its store."""

    root: Path
    store: str
    name: str = "trips"

    def write(self, text: str) -> Path:
        """Write ``service.py``."""
        file = self.root / "src" / self.name / "service.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / "__init__.py").touch()
        file.write_text(text)
        return file

    def promote(self, value: str | None, slope: float, model: str = "model") -> int:
        """Register a model that answers ``slope * distance + 1``, and make it champion."""
        return self.promote_object(value, {"slope": slope, "offset": 1.0}, model)

    def promote_object(self, value: str | None, content: object, model: str = "model") -> int:
        """Register any object, and make it champion."""
        store = open_store(self.store)
        registry = Registry(store, self.name)
        artifact = formats.save(store, content)
        version = registry.register(
            model, value, artifact=artifact, run="run", metrics={"mae": 1.0}, parameters={}
        )
        registry.promote(model, value, version.version, by="tester", reason="a test")
        return version.version

    def environment(self) -> dict[str, str]:
        """Environment of a server of this project."""
        return {**os.environ, "FABRICA_STORE": self.store, "FABRICA_PROJECT": self.name}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NX_TASK_TARGET_PROJECT", raising=False)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a service, without any model."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text('[project]\nname = "trips"\n')
    made = Project(root, (tmp_path / "store").as_uri())
    made.write(SERVICE)
    return made


@dataclass
class Running:
    """A server process and its address."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Any = None
    ) -> tuple[int, Any]:
        """One request on a connection of its own: status, and the JSON (else text) answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        plain = response.headers.get_content_type() == "application/json"
        return response.status, json.loads(data) if plain else data.decode()

    def predict(self, document: object) -> tuple[int, Any]:
        """Send one document to /predict."""
        return self.request("POST", "/predict", json.dumps(document).encode())


def start(command: list[str], project: Project, log: Path, **options: Any) -> subprocess.Popen:
    """Start ``python -m fabrica.serving ...`` in a project's folder."""
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "fabrica.serving", *command],
            cwd=project.root,
            env=project.environment(),
            stdout=file,
            stderr=file,
            **options,
        )


@contextmanager
def serving(project: Project, log: Path) -> Iterator[Running]:
    """``serve`` on a port that was free, until the block ends."""
    port = free_port()
    process = start(["serve", "--port", str(port)], project, log)
    running = Running(process, port, log)
    try:
        wait_ready(running)
        yield running
    finally:
        process.kill()
        process.wait()


def wait_ready(running: Running) -> None:
    """Wait until /ready says 200."""

    def ready() -> bool:
        assert running.process.poll() is None, running.log.read_text()
        try:
            return running.request("GET", "/ready")[0] == 200
        except OSError:
            return False

    wait_for(ready, "the server does not become ready")


def free_port() -> int:
    """A port of loopback that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@dataclass
class Load:
    """A few callers that ask one request after the other, bounded in number and time.

    ``lost`` counts requests that were sent and not answered. Being refused before anything was
    said is no loss: nobody listens there any more; it is counted apart. ``seen`` has the answers,
    each with the number of those before it was asked: on a busy machine one may be long under way.
    """

    port: int
    keep_alive: bool
    limit: int = 20000
    answered: int = 0
    refused: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seen: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(3)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        wait_for(lambda: self.answered > 20 or self.refused, "no answers")
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop asking, and wait for the callers."""
        self._stop.set()
        for thread in self._threads:
            thread.join(DEADLINE)
            assert not thread.is_alive()

    def _ask(self) -> None:
        body = json.dumps(TRIP).encode()
        connection: http.client.HTTPConnection | None = None
        until = time.monotonic() + DEADLINE
        for _ in range(self.limit):
            if self._stop.is_set() or time.monotonic() > until:
                break
            if connection is None:
                connection = self._dial()
                if connection is None:
                    continue
            connection = self._once(connection, body)
        if connection is not None:
            connection.close()

    def _dial(self) -> http.client.HTTPConnection | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            connection.connect()
        except OSError:
            self.refused += 1
            self._stop.wait(0.01)
            return None
        return connection

    def _once(
        self, connection: http.client.HTTPConnection, body: bytes
    ) -> http.client.HTTPConnection | None:
        asked_after = len(self.seen)
        try:
            connection.request("POST", "/predict", body)
            response = connection.getresponse()
            data = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.lost.append(repr(error))
            connection.close()
            return None
        if response.status != 200:
            self.wrong.append(f"{response.status} {data[:200]!r}")
        else:
            self.seen.append({**json.loads(data), "asked_after": asked_after})
        self.answered += 1
        if self.keep_alive and not response.will_close:
            return connection
        connection.close()
        return None


def alive(pid: int) -> bool:
    """Whether a process runs (one that ended and was not waited for does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def end(process: subprocess.Popen) -> int:
    """SIGTERM, and wait."""
    process.send_signal(signal.SIGTERM)
    return process.wait(DEADLINE)


@pytest.fixture
def define(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Write ``service.py`` and read its definition, as if in a fresh process."""
    from fabrica.serving import read_definition

    def forget() -> None:
        for name in [n for n in sys.modules if n == "trips" or n.startswith("trips.")]:
            del sys.modules[name]

    def define(text: str) -> Any:
        forget()
        project.write(text)
        return read_definition(project.root)

    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield define
    forget()
