"""Several workers on one socket, champions promoted under load: all arrive, nobody goes back."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import (
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

from fabrica.storage import open_store
from fabrica.tracking import Registry


@pytest.fixture
def workers(project: Project, tmp_path: Path) -> Iterator[list[Running]]:
    """Two workers that inherit one listening socket, each with a log of its own."""
    project.promote("all", 1.0)
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        port = listener.getsockname()[1]
        fd = listener.fileno()
        logs = [tmp_path / f"log{n}" for n in range(2)]
        started = [
            Running(start(["worker", "--fd", str(fd)], project, log, pass_fds=[fd]), port, log)
            for log in logs
        ]
        try:
            for running in started:
                wait_for(lambda running=running: '"serving"' in running.log.read_text(), "no start")
            yield started
        finally:
            for running in started:
                running.process.kill()
                running.process.wait()


def test_workers_converge_and_never_go_back(project: Project, workers: list[Running]) -> None:
    promoted = range(2, 7)
    with Load(workers[0].port, keep_alive=True) as load:
        for number in promoted:
            assert project.promote("Queens" if number > 3 else "all", float(number)) > 0
            answered = len(load.seen)
            wait_for(lambda n=answered: len(load.seen) > n + 10, "no answers")

        for running in workers:
            wait_for(
                lambda running=running: ("Queens", 3) in _swaps(running, "Queens"),
                lambda running=running: f"no swap:\n{running.log.read_text()}",
            )
        answered = len(load.seen)
        wait_for(lambda: len(load.seen) > answered + 60, "no answers")
    assert (load.lost, load.wrong, load.refused) == ([], [], 0)
    later = [answer for answer in load.seen if answer["asked_after"] > answered]
    assert len(later) > 30
    assert {answer["prediction"] for answer in later} == {2 * 6.0 + 1}
    for running in workers:
        swaps = _swaps(running, "Queens")
        assert swaps == sorted(swaps, key=lambda swap: (swap[0] == "Queens", swap[1]))
        assert swaps[-1] == ("Queens", 3)


def _swaps(running: Running, value: str) -> list[tuple[str, int]]:
    """Whose champion, and which version, came to serve a value, in this order."""
    lines = [json.loads(line) for line in running.log.read_text().splitlines()]
    mine = [line for line in lines if line["message"].startswith("champion")]
    return [(line["champion"], line["version"]) for line in mine if line["value"] == value]


def test_a_rollback_is_followed_and_the_fallback_serves_again(
    project: Project, tmp_path: Path
) -> None:
    project.promote("all", 1.0)
    project.promote("Queens", 5.0)
    with serving(project, tmp_path / "log") as running:
        assert running.predict(TRIP)[1]["prediction"] == 11.0
        registry = Registry(open_store(project.store), "trips")
        registry.rollback("model", "Queens", by="tester", reason="a test")
        wait_for(lambda: running.predict(TRIP)[1]["prediction"] == 3.0, "the rollback is not seen")


def test_a_corrupted_artifact_is_named_and_never_used(project: Project, tmp_path: Path) -> None:
    project.promote("all", 1.0)
    with serving(project, tmp_path / "log") as running:
        project.promote("Queens", 5.0)
        store = open_store(project.store)
        version = Registry(store, "trips").champion("model", "Queens")
        assert version is not None
        blob = Path(store.path(version.artifact["digest"]))
        wait_for(lambda: running.predict(TRIP)[1]["prediction"] == 11.0, "no swap")
    blob.chmod(0o644)
    blob.write_bytes(b'{"slope": 9.0, "offset": 9.0}')
    log = tmp_path / "second"
    process = start(["serve", "--port", str(free_port())], project, log)
    assert process.wait(60) == 2
    text = log.read_text()
    assert version.artifact["digest"] in text
    assert "Traceback" not in text.splitlines()[-3:]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no version of model has been promoted"),
        (["--module", "other"], "service.py is not there"),
        (["--host", "203.0.113.1"], "cannot listen on 203.0.113.1"),
    ],
)
def test_serve_tells_what_keeps_it_from_serving(
    project: Project, tmp_path: Path, arguments: list[str], said: str
) -> None:
    if "--host" in arguments:
        project.promote("all", 1.0)
    process = start(["serve", *arguments], project, tmp_path / "log")
    assert process.wait(60) == 2
    text = (tmp_path / "log").read_text()
    assert said in text
    assert "Traceback" not in text


def test_a_store_that_can_not_be_read_is_told_without_a_traceback(
    project: Project, tmp_path: Path
) -> None:
    process = start(["serve"], replace(project, store="nowhere://store"), tmp_path / "log")
    assert process.wait(60) == 2
    text = (tmp_path / "log").read_text()
    assert text.startswith("error: ")
    assert "nowhere://store" in text
    assert "Traceback" not in text


def test_serve_takes_the_next_port_and_prints_a_curl_that_works(
    project: Project, tmp_path: Path
) -> None:
    project.promote("all", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(["serve", "--port", str(port)], project, tmp_path / "log")
        try:
            text = wait_for(
                lambda: "Ctrl-C" in (t := (tmp_path / "log").read_text()) and t, "no address"
            )
            assert f"port {port} is in use" in text
            served = int(text.split("http://127.0.0.1:")[1].split()[0])
            assert served > port
            wait_ready(Running(process, served, tmp_path / "log"))
            command = next(line for line in text.splitlines() if line.startswith("  curl"))
            run = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
            assert json.loads(run.stdout)["prediction"] == 3.0
        finally:
            end(process)


def test_ctrl_c_ends_a_serve_that_still_imports_without_a_traceback(
    project: Project, tmp_path: Path
) -> None:
    service = project.root / "src" / "trips" / "service.py"
    service.write_text(
        "import pathlib, threading\npathlib.Path('importing').touch()\nthreading.Event().wait()\n"
    )
    process = start(["serve", "--port", str(free_port())], project, tmp_path / "log")
    wait_for((project.root / "importing").exists, "no import")
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == -signal.SIGINT
    assert (tmp_path / "log").read_text() == ""


SKLEARN = """
from typing import Literal
import pandas as pd
from fabrica.serving import Champion, Frame, Input, Series
TYPE_CHECKING = False
if TYPE_CHECKING:
    from sklearn.linear_model import LinearRegression
class Trip(Input):
    distance: float
def predict(trips: Frame[Trip], model: "Champion[LinearRegression]") -> Series[float]:
    return pd.Series(model.predict(trips[["distance"]]), trips.index)
"""


def test_a_scikit_learn_model_from_the_store(project: Project, tmp_path: Path) -> None:
    import pandas as pd
    from sklearn.linear_model import LinearRegression

    project.write(SKLEARN)
    frame = pd.DataFrame({"distance": [0.0, 1.0, 2.0]})
    project.promote_object(None, LinearRegression().fit(frame, [1.0, 3.0, 5.0]))
    with serving(project, tmp_path / "log") as running:
        status, answer = running.predict({"distance": 10.0})
        assert status == 200
        assert answer["prediction"] == pytest.approx(21.0)
        assert answer["models"] == {"model": {"value": None, "version": 1}}


def test_importing_costs_nothing_heavy() -> None:
    code = (
        "import sys, fabrica.serving\n"
        "heavy = {'pandas', 'numpy', 'pydantic', 'fastapi', 'uvicorn', 'sklearn', 'asyncio'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_a_500s_id_is_found_in_the_log_with_the_traceback(project: Project, tmp_path: Path) -> None:
    project.promote("all", 1.0)
    with serving(project, tmp_path / "log") as running:
        status, document = running.predict({**TRIP, "note": "raise"})
        assert status == 500
        id = document["error"]["id"]
        lines = [line for line in running.log.read_text().splitlines() if id in line]
        assert len(lines) == 1
        record = json.loads(lines[0])
        assert record["request"] == id
        assert record["project"] == "trips"
        assert record["error"]["type"] == "KeyError"
        assert record["error"]["frames"][-1]["file"].endswith("service.py")
