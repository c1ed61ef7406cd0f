"""The supervisor: roll-over, broken versions, crashes, kills; callers must not notice."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import (
    DEADLINE,
    SERVICE,
    TRIP,
    Load,
    Project,
    Running,
    alive,
    end,
    free_port,
    start,
    wait_for,
)

from fabrica.serving import AlreadyRunning, ServingError
from fabrica.serving._state import read_spec
from fabrica.serving._supervisor import Supervisor


class Supervised:
    """A supervisor process with its state folder."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        self.folder = folder
        self.folder.mkdir(exist_ok=True)
        self.port = free_port()
        self._process: subprocess.Popen | None = None

    @property
    def process(self) -> subprocess.Popen:
        assert self._process is not None
        return self._process

    def want(self, id: str, **changes: Any) -> None:
        """Write want.json as a deployer does."""
        spec = {
            "schema": 1,
            "id": id,
            "python": sys.executable,
            "cwd": str(self.project.root),
            "module": "trips",
            "store": self.project.store,
            "project": "trips",
        }
        new = self.folder / "want.new"
        new.write_text(json.dumps({**spec, **changes}))
        new.replace(self.folder / "want.json")

    def start(self) -> None:
        log = self.folder / "supervisor.out"
        command = ["supervise", "--state", str(self.folder), "--port", str(self.port)]
        self._process = start(command, self.project, log)

    def hangup(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    @property
    def state(self) -> dict[str, Any]:
        try:
            return json.loads((self.folder / "state.json").read_text())
        except FileNotFoundError:
            return {}

    def attempt(self, id: str, outcome: str) -> dict[str, Any]:
        """Wait until the attempt ``id`` went as said; returns the state."""

        def done() -> dict[str, Any] | None:
            attempt = self.state.get("attempt") or {}
            mine = self.state.get("pid") == self.process.pid
            fits = attempt.get("id") == id and attempt.get("outcome") == outcome
            return self.state if fits and mine else None

        return wait_for(done, lambda: f"{id} does not become {outcome}:\n{self.state}\n{self.log}")

    @property
    def log(self) -> str:
        log = self.folder / "service.log"
        return log.read_text() if log.exists() else ""

    @property
    def running(self) -> Running:
        return Running(self.process, self.state["port"], self.folder / "service.log")

    @property
    def worker(self) -> int:
        return self.state["worker"]["pid"]

    def deploy(self, id: str, **changes: Any) -> dict[str, Any]:
        """Want a version and wait until it serves."""
        self.want(id, **changes)
        self.hangup()
        return self.attempt(id, "healthy")


@contextmanager
def supervised(project: Project, folder: Path) -> Iterator[Supervised]:
    made = Supervised(project, folder)
    made.want("one")
    made.start()
    try:
        made.attempt("one", "healthy")
        yield made
    finally:
        if made.process.poll() is None:
            end(made.process)


@pytest.fixture
def service(project: Project, tmp_path: Path) -> Iterator[Supervised]:
    project.promote("all", 2.0)
    with supervised(project, tmp_path / "state") as made:
        yield made


def test_state_tells_everything_a_deployer_needs(service: Supervised) -> None:
    state = service.state
    assert state["schema"] == 1
    assert state["pid"] == service.process.pid
    assert (state["host"], state["port"]) == ("127.0.0.1", service.port)
    assert state["address"] == f"http://127.0.0.1:{service.port}"
    assert state["serving"] == "one"
    assert state["attempt"] == {"id": "one", "outcome": "healthy", "error": None}
    assert state["worker"]["restarts"] == 0
    assert state["started"].endswith("Z")
    assert state["worker"]["since"].endswith("Z")
    assert alive(state["worker"]["pid"])
    assert service.running.predict(TRIP)[0] == 200


@pytest.mark.parametrize("keep_alive", [True, False], ids=["kept-open", "new-connections"])
def test_roll_over_under_load_loses_nothing(service: Supervised, keep_alive: bool) -> None:
    first = service.worker
    with Load(service.port, keep_alive) as load:
        for id in ("two", "three"):
            service.deploy(id)
        wait_for(lambda: not alive(first), "the first worker does not end")
        before = load.answered
        wait_for(lambda: load.answered > before + 20, "the new worker does not answer")
    assert (load.lost, load.wrong, load.refused) == ([], [], 0)
    assert service.state["port"] == service.port


def test_a_new_version_serves_its_own_code(service: Supervised, tmp_path: Path) -> None:
    release = Project(tmp_path / "release", service.project.store)
    release.write(SERVICE.replace('+ model["offset"]', "+ 100"))
    service.deploy("two", cwd=str(release.root))
    assert service.running.predict(TRIP)[1]["prediction"] == 104.0


BROKEN = {
    "import": ("import nothing_there", "No module named 'nothing_there'"),
    "syntax": ("def predict(:", "not valid Python"),
    "definition": ("x = 1", "no function `predict`"),
    "dies": ("import os\nos._exit(7)", "ended with code 7"),
    "prints and dies": ("import os\nprint('last words')\nos._exit(7)", "last words"),
}


@pytest.mark.parametrize(("text", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_version_leaves_the_old_one_serving(
    service: Supervised, tmp_path: Path, text: str, said: str
) -> None:
    release = Project(tmp_path / "release", service.project.store)
    release.write(text)
    old = service.worker
    with Load(service.port, keep_alive=True) as load:
        service.want("two", cwd=str(release.root))
        service.hangup()
        state = service.attempt("two", "failed")
    assert said in state["attempt"]["error"]
    assert "Traceback" not in state["attempt"]["error"]
    assert (state["serving"], state["worker"]["pid"]) == ("one", old)
    assert (load.lost, load.wrong, load.refused) == ([], [], 0)


@pytest.mark.parametrize("changes", [{"python": "/nowhere/python"}, {"cwd": "/nowhere"}])
def test_a_release_that_is_not_there_fails(service: Supervised, changes: dict[str, str]) -> None:
    service.want("two", **changes)
    service.hangup()
    assert "nowhere" in service.attempt("two", "failed")["attempt"]["error"]
    assert service.running.predict(TRIP)[0] == 200


def test_a_want_that_is_no_spec_is_told(service: Supervised) -> None:
    (service.folder / "want.json").write_text('{"schema": 1, "id": 3}')
    service.hangup()
    error = wait_for(lambda: service.state["attempt"]["error"], "no error is told")
    assert "want.json: id, python" in error
    assert service.state["serving"] == "one"


def test_wanting_what_serves_changes_nothing(service: Supervised) -> None:
    worker = service.worker
    service.want("broken", cwd="/nowhere")
    service.hangup()
    service.attempt("broken", "failed")
    service.deploy("one")
    assert service.worker == worker


def test_a_crashed_worker_restarts_and_callers_wait_for_it(service: Supervised) -> None:
    for restarts in (1, 2):
        os.kill(service.worker, signal.SIGKILL)
        status, _ = service.running.predict(TRIP)
        assert status == 200
        wait_for(
            lambda restarts=restarts: service.state["worker"]["restarts"] == restarts,
            "the restart is not counted",
        )
    assert service.state["serving"] == "one"


def test_sigterm_drains_under_load_and_leaves_nothing(service: Supervised) -> None:
    worker = service.worker
    with Load(service.port, keep_alive=True) as load:
        assert end(service.process) == 0
    assert load.lost == []
    assert load.wrong == []
    assert not alive(worker)
    assert service.state["serving"] is None
    assert service.state["worker"] is None


CHILD = """
import subprocess, sys
from pathlib import Path
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
Path("child.pid").write_text(str(child.pid))
"""


@pytest.mark.parametrize("kill", [signal.SIGTERM, signal.SIGKILL], ids=["term", "kill"])
def test_processes_that_the_service_starts_end_with_it(
    service: Supervised, tmp_path: Path, kill: signal.Signals
) -> None:
    release = Project(tmp_path / "release", service.project.store)
    release.write(SERVICE + CHILD)
    service.deploy("two", cwd=str(release.root))
    child = int((release.root / "child.pid").read_text())
    assert alive(child)
    service.process.send_signal(kill)
    service.process.wait(DEADLINE)
    wait_for(lambda: not alive(child), "the service's own child is left")


def test_a_killed_supervisor_leaves_no_orphan_and_the_next_takes_over(
    service: Supervised,
) -> None:
    worker = service.worker
    with Load(service.port, keep_alive=True) as load:
        service.process.kill()
        service.process.wait()
        service.start()
        state = service.attempt("one", "healthy")
        before = load.answered
        wait_for(lambda: load.answered > before + 20, "the next supervisor does not answer")
    wait_for(lambda: not alive(worker), "the worker of the killed supervisor is left")
    assert state["port"] == service.port
    assert load.lost == []


def test_a_killed_supervisor_comes_back_with_the_last_healthy_version(service: Supervised) -> None:
    service.want("broken", cwd="/nowhere")
    service.hangup()
    service.attempt("broken", "failed")
    service.process.kill()
    service.process.wait()
    service.start()
    service.attempt("broken", "failed")
    wait_for(lambda: service.state["serving"] == "one", "the healthy version does not come back")
    wait_for(lambda: (service.state["worker"] or {}).get("pid"), "no worker")
    assert service.running.predict(TRIP)[0] == 200


def test_a_second_supervisor_is_refused(service: Supervised) -> None:
    with pytest.raises(AlreadyRunning, match=f"pid {service.process.pid}") as caught:
        Supervisor(service.folder, "127.0.0.1", 0)._lock()
    assert "SIGHUP" in (caught.value.hint or "")


def test_a_port_in_use_gives_the_next_free_one(project: Project, tmp_path: Path) -> None:
    project.promote("all", 2.0)
    service = Supervised(project, tmp_path / "state")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service.port = taken.getsockname()[1]
        service.want("one")
        service.start()
        try:
            state = service.attempt("one", "healthy")
            assert state["port"] > service.port
            assert state["address"].endswith(f":{state['port']}")
            assert service.running.predict(TRIP)[0] == 200
        finally:
            end(service.process)


def test_a_first_version_that_fails_is_told_and_callers_get_503(
    project: Project, tmp_path: Path
) -> None:
    service = Supervised(project, tmp_path / "state")
    service.want("one")
    service.start()
    try:
        state = service.attempt("one", "failed")
        assert "no version of model has been promoted" in state["attempt"]["error"]
        assert state["serving"] is None
        status, document = service.running.predict(TRIP)
        assert (status, document["error"]["code"]) == (503, "unavailable")
        project.promote("all", 2.0)
        service.deploy("one")
        assert service.running.predict(TRIP)[0] == 200
    finally:
        end(service.process)


def test_a_worker_that_always_crashes_is_retried_ever_rarer_and_callers_get_503(
    service: Supervised,
) -> None:
    service.project.write("import os\nos._exit(3)")
    os.kill(service.worker, signal.SIGKILL)

    def unavailable() -> bool:
        return service.running.predict(TRIP)[0] == 503

    wait_for(unavailable, "callers wait for a worker that never comes")
    service.project.write(SERVICE)
    service.deploy("two")
    assert service.running.predict(TRIP)[0] == 200


def test_supervisor_needs_only_the_standard_library() -> None:
    code = (
        "import sys, fabrica.serving._cli, fabrica.serving._supervisor as s\n"
        "own = {n.split('.')[0] for n in sys.modules} - set(sys.stdlib_module_names)\n"
        "print(sorted(n for n in own if not n.startswith('_') and n != 'sitecustomize'))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "['fabrica']"


def test_a_spec_of_another_schema_is_refused(tmp_path: Path) -> None:
    assert read_spec(tmp_path) is None
    (tmp_path / "want.json").write_text('{"schema": 9}')
    with pytest.raises(ServingError, match="schema 1"):
        read_spec(tmp_path)
