"""One worker process, as its supervisor sees it. Standard library only."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from fabrica.serving._state import Spec, now

LOGGER = "fabrica.serving.supervisor"
"""Whose lines in the log are the supervisor's own."""
TAIL_LINES = 20
TAIL_BYTES = 16 * 1024


class Child:
    """A worker: starts it, hears its messages, ends it with everything that it started.

    Args:
        spec: What it serves.
        listener: The listening socket that it inherits.
        log: The file that its output is appended to.
        restart: Whether it replaces a worker that served the same: it serves what loads.

    Raises:
        OSError: Its interpreter or folder is not there.
    """

    def __init__(self, spec: Spec, listener: socket.socket, log: Path, restart: bool) -> None:
        self.spec = spec
        self.since = now()
        self.started = time.monotonic()
        self.restart = restart
        self.error: str | None = None
        self.hung_up = False
        self.deadline: float | None = None
        self._log = log
        self._log_start = log.stat().st_size if log.exists() else 0
        self._heard = b""
        self.control, theirs = socket.socketpair()
        try:
            self._process = self._start(spec, listener, theirs, restart)
        except OSError:
            self.control.close()
            raise
        finally:
            theirs.close()
        self.control.setblocking(False)

    def _start(
        self, spec: Spec, listener: socket.socket, theirs: socket.socket, restart: bool
    ) -> subprocess.Popen[bytes]:
        command = [spec.python, "-m", "fabrica.serving", "worker"]
        command += ["--fd", str(listener.fileno()), "--control-fd", str(theirs.fileno())]
        command += ["--module", spec.module, *(["--partial"] if restart else [])]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=spec.cwd,
                env=_environment(spec),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(listener.fileno(), theirs.fileno()),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process's id, which is its group's too."""
        return self._process.pid

    def hear(self) -> list[str]:
        """Events that the worker told since the last call: ``ready``, ``failed``."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while data := self.control.recv(65536):
                self._heard += data
            self.hung_up = True
        *lines, self._heard = self._heard.split(b"\n")
        return [self._event(line) for line in lines]

    def _event(self, line: bytes) -> str:
        message = json.loads(line)
        self.error = message.get("error", self.error)
        return str(message["event"])

    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def leave(self, seconds: float) -> None:
        """Ask it to drain and end; the supervisor kills it at the deadline."""
        self.deadline = time.monotonic() + seconds
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    def leave_last(self, seconds: float) -> None:
        """The same, for the last worker: it must empty the listening socket's queue."""
        try:
            self.control.sendall(b"last\n")
        except OSError:
            self.leave(seconds)
        self.deadline = time.monotonic() + seconds

    def kill(self) -> None:
        """End it, and all that it started, now."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Sweep up what it started and left behind; for a process that has ended."""
        self.hear()
        self.kill()
        self._process.wait()
        self.control.close()

    def why(self) -> str:
        """Why it ended: what it told, else the last lines of its log, else its exit code."""
        if self.error:
            return self.error
        code = self._process.poll()
        said = f"the worker ended with code {code}" if code is not None else "the worker hangs"
        tail = _tail(self._log, self._log_start)
        return f"{said}; its last lines:\n{tail}" if tail else said


def _environment(spec: Spec) -> Mapping[str, str]:
    return {
        **os.environ,
        "FABRICA_STORE": spec.store,
        "FABRICA_PROJECT": spec.project,
        "PYTHONUNBUFFERED": "1",
    }


def _tail(log: Path, start: int) -> str:
    """The last lines that were logged since ``start``."""
    with contextlib.suppress(OSError), log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(start, size - TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").splitlines()
        lines = [line for line in lines if LOGGER not in line]
        return "\n".join(lines[-TAIL_LINES:])
    return ""
