"""Ending a server under load, over and over: nobody's request is lost."""

import http.client
import json
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import (
    DEADLINE,
    SERVICE,
    TRIP,
    Load,
    Project,
    Running,
    end,
    free_port,
    serving,
    start,
    wait_for,
    wait_ready,
)

SLOW = SERVICE.replace("    if (trips", "    import time\n    time.sleep(0.3)\n    if (trips", 1)


@pytest.fixture
def served(project: Project) -> Project:
    project.promote("all", 2.0)
    return project


@pytest.mark.parametrize("keep_alive", [True, False], ids=["kept-open", "new-connections"])
def test_sigterm_under_load_loses_nothing(
    served: Project, tmp_path: Path, keep_alive: bool
) -> None:
    port = free_port()
    for turn in range(6):
        process = start(["serve", "--port", str(port)], served, tmp_path / "log")
        try:
            wait_ready(Running(process, port, tmp_path / "log"))
            with Load(port, keep_alive) as load:
                assert end(process) == 0, (tmp_path / "log").read_text()
                refused = load.refused
                wait_for(lambda load=load, n=refused: load.refused > n, "still served")
            assert (load.lost, load.wrong) == ([], []), f"turn {turn}"
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def slow(served: Project, tmp_path: Path) -> Iterator[Running]:
    served.write(SLOW)
    with serving(served, tmp_path / "log") as running:
        yield running


def test_what_is_being_answered_is_answered(slow: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", slow.port, timeout=DEADLINE)
    connection.request("POST", "/predict", json.dumps(TRIP).encode())
    slow.process.send_signal(signal.SIGTERM)
    response = connection.getresponse()
    assert response.status == 200
    assert json.loads(response.read())["prediction"] == 5.0
    assert slow.process.wait(DEADLINE) == 0


def test_a_connection_that_was_kept_open_gets_one_more_answer_and_is_told_to_close(
    slow: Running,
) -> None:
    kept = http.client.HTTPConnection("127.0.0.1", slow.port, timeout=DEADLINE)
    other = http.client.HTTPConnection("127.0.0.1", slow.port, timeout=DEADLINE)
    body = json.dumps(TRIP).encode()
    kept.request("POST", "/predict", body)
    assert not kept.getresponse().will_close
    kept = _read_out(kept, slow.port, body)
    other.request("POST", "/predict", body)
    slow.process.send_signal(signal.SIGTERM)
    wait_for(lambda: _refuses(slow.port), "it goes on listening")
    kept.request("GET", "/ready")
    response = kept.getresponse()
    assert (response.status, response.headers["connection"]) == (503, "close")
    assert other.getresponse().status == 200
    assert slow.process.wait(DEADLINE) == 0


def _read_out(
    connection: http.client.HTTPConnection, port: int, body: bytes
) -> http.client.HTTPConnection:
    connection.close()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    connection.request("POST", "/predict", body)
    response = connection.getresponse()
    response.read()
    assert response.headers.get("connection") != "close"
    return connection


def _refuses(port: int) -> bool:
    """Refused, or (while new callers' packets are dropped) not answered at once."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
    except OSError:
        return True
    return False


def test_an_idle_connection_does_not_hold_the_server_up(slow: Running) -> None:
    with socket.create_connection(("127.0.0.1", slow.port)) as idle:
        assert end(slow.process) == 0
        assert idle.recv(10) == b""


def test_a_second_signal_ends_it_at_once(slow: Running) -> None:
    with socket.create_connection(("127.0.0.1", slow.port)):
        slow.process.send_signal(signal.SIGINT)
        wait_for(lambda: _refuses(slow.port), "it goes on listening")
        slow.process.send_signal(signal.SIGINT)
        assert slow.process.wait(DEADLINE) == 0


def test_callers_that_give_up_hurt_nobody(slow: Running) -> None:
    body = json.dumps(TRIP).encode()
    head = f"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n".encode()

    def give_up(data: bytes) -> None:
        with socket.create_connection(("127.0.0.1", slow.port)) as caller:
            caller.sendall(data)

    parts = [head + body, head + body[:10], head[:20], b""]
    threads = [threading.Thread(target=give_up, args=(part,)) for part in parts * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert slow.predict(TRIP)[0] == 200
    assert end(slow.process) == 0
    assert "Traceback" not in slow.log.read_text()
