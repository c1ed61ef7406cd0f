"""Keeps one version of a service running on one address, and rolls over to the next.

The supervisor owns the listening socket and hands it to every worker, so an address is kept and
callers wait in its queue while workers come and go. A new version takes requests only when it has
loaded its models; then the old one drains. A version that does not start leaves the old one
serving. Standard library only: it must start fast, stay small, and outlive the environments of
the versions that it runs.
"""

import contextlib
import fcntl
import json
import os
import selectors
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fabrica.serving._child import LOGGER, Child
from fabrica.serving._errors import AlreadyRunning, ServingError
from fabrica.serving._sockets import address, listen, refuse_new
from fabrica.serving._state import (
    LAST_GOOD,
    Attempt,
    Spec,
    State,
    WorkerState,
    now,
    read_spec,
    read_state,
    write_last_good,
    write_state,
)
from fabrica.serving._unavailable import turn_away

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
LOG_LIMIT = 32 * 1024 * 1024
"""A log larger than this is set aside (as service.log.1) when a supervisor starts."""


@dataclass(frozen=True)
class Times:
    """How long things may take, in seconds."""

    start: float = 120.0
    """A new worker must have loaded its models."""
    drain: float = 30.0
    """A worker that leaves must have ended."""
    back_off: float = 0.2
    """Before the first restart of a crashed worker; doubles with every further crash ..."""
    back_off_limit: float = 30.0
    """... up to this ..."""
    steady: float = 60.0
    """... and starts anew for a worker that lived so long."""
    silent: float = 2.0
    """Callers wait in the queue when the restart comes within this time, else get a 503."""
    former: float = 6.0
    """The port is waited for so long when a worker of a killed supervisor is leaving it."""


class Supervisor:
    """Supervises one service.

    Args:
        folder: The state folder: want.json is read there; state.json and service.log written.
        host: Where to listen.
        port: The wished port; the next free one is taken when it is in use.
        times: How long things may take.

    Example:
        >>> Supervisor(Path("state"), "127.0.0.1", 8000).run()  # doctest: +SKIP
    """

    def __init__(self, folder: Path, host: str, port: int, times: Times | None = None) -> None:
        self._folder = folder
        self._host = host
        self._port = port
        self._times = times or Times()
        self._signals: list[int] = []
        self._current: Child | None = None
        self._candidate: Child | None = None
        self._leaving: list[Child] = []
        self._handing_over: Child | None = None
        self._serving: Spec | None = None
        self._restart_at: float | None = None
        self._crashes = 0
        self._stopping = False
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Supervise until SIGTERM or SIGINT; then drain, end all workers, and return 0.

        Raises:
            AlreadyRunning: Another supervisor owns the folder.
            AddressError: There is no port to listen on.
        """
        self._catch_signals()
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = self._lock()
        self._log = self._folder / "service.log"
        self._set_log_aside()
        self._listener = listen(self._host, self._port, self._former())
        self._listener.setblocking(False)
        port = self._listener.getsockname()[1]
        self._state = State(os.getpid(), now(), self._host, port, address(self._listener))
        self._say("listening", address=self._state.address)
        try:
            self._resume()
            self._consider()
            self._loop()
        finally:
            self._end(lock)
        return 0

    # -- the loop ---------------------------------------------------------------------------

    def _loop(self) -> None:
        while not (self._stopping and not self._children()):
            self._selector.select(self._patience())
            with contextlib.suppress(BlockingIOError):
                self._wakeup.recv(4096)
            self._obey()
            self._hear()
            self._bury()
            self._meet_deadlines()
            self._answer_for_nobody()

    def _children(self) -> list[Child]:
        return [child for child in (self._current, self._candidate, *self._leaving) if child]

    def _patience(self) -> float | None:
        """Seconds until the next deadline."""
        moments = [child.deadline for child in self._children() if child.deadline is not None]
        if self._restart_at is not None:
            moments.append(self._restart_at)
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _obey(self) -> None:
        signals, self._signals = self._signals, []
        if signal.SIGTERM in signals or signal.SIGINT in signals:
            self._stop()
        elif signal.SIGHUP in signals and not self._stopping:
            self._consider()

    def _resume(self) -> None:
        """Serve again what was healthy last, when what is wanted now is something else."""
        try:
            good, wanted = read_spec(self._folder, LAST_GOOD), read_spec(self._folder)
        except ServingError:
            return
        if good is not None and good != wanted:
            self._serving, self._state.serving = good, good.id
            self._state.worker = WorkerState(None, None)
            self._restart()

    # -- what is wanted ---------------------------------------------------------------------

    def _consider(self) -> None:
        """Read want.json and start what it wants, unless that serves already."""
        try:
            spec = read_spec(self._folder)
        except ServingError as error:
            self._attempt(None, "failed", str(error))
            return
        if spec is None:
            self._write()
        elif spec == self._serving and self._current is not None:
            self._drop_candidate()
            self._attempt(spec.id, "healthy")
        elif self._candidate is None or self._candidate.spec != spec:
            self._try(spec)

    def _try(self, spec: Spec) -> None:
        self._drop_candidate()
        self._attempt(spec.id, "starting")
        self._candidate = self._spawn(spec, restart=False)

    def _spawn(self, spec: Spec, restart: bool) -> Child | None:
        try:
            child = Child(spec, self._listener, self._log, restart)
        except OSError as error:
            if restart:
                self._plan_restart(0.0, f"can't be started: {error}")
            else:
                self._attempt(spec.id, "failed", f"the worker can't be started: {error}")
            return None
        child.deadline = time.monotonic() + self._times.start
        self._selector.register(child.control, selectors.EVENT_READ)
        self._say("worker started", id=spec.id, worker=child.pid)
        return child

    def _drop_candidate(self) -> None:
        if self._candidate is not None:
            self._candidate.leave(0.0)
            self._leaving.append(self._candidate)
            self._candidate = None

    # -- what happens -----------------------------------------------------------------------

    def _hear(self) -> None:
        for child in self._children():
            events = child.hear()
            if "ready" in events:
                self._ready(child)
            if "closed" in events:
                self._handed_over(child)
            if child.hung_up:
                self._unwatch(child)

    def _unwatch(self, child: Child) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(child.control)

    def _ready(self, child: Child) -> None:
        if child is self._candidate:
            self._roll_over(child)
        elif child is self._current:
            child.deadline = None
            self._say("worker restarted", id=child.spec.id, worker=child.pid)
            self._write()

    def _roll_over(self, child: Child) -> None:
        """The new worker takes requests already: let the old one go."""
        child.deadline = None
        old = self._current
        self._current, self._candidate = child, None
        self._serving, self._restart_at, self._crashes = child.spec, None, 0
        self._state.serving = child.spec.id
        self._state.worker = WorkerState(child.pid, child.since)
        write_last_good(self._folder, child.spec)
        self._say("serving", id=child.spec.id, worker=child.pid)
        if old is None:
            self._attempt(child.spec.id, "healthy")
            return
        old.leave(self._times.drain)
        self._leaving.append(old)
        self._handing_over = old

    def _handed_over(self, old: Child) -> None:
        """The old worker accepts no more: from here on new callers meet the new version only."""
        if old is not self._handing_over or self._serving is None:
            return
        self._handing_over = None
        if self._state.attempt is None or self._state.attempt.id == self._serving.id:
            self._attempt(self._serving.id, "healthy")

    def _bury(self) -> None:
        for child in self._children():
            if child.ended():
                self._unwatch(child)
                child.close()
                self._handed_over(child)
                self._ended(child)

    def _ended(self, child: Child) -> None:
        self._say("worker ended", id=child.spec.id, worker=child.pid)
        if child in self._leaving:
            self._leaving.remove(child)
        elif child is self._candidate:
            self._candidate = None
            self._say("version not started", id=child.spec.id, error=child.why())
            self._attempt(child.spec.id, "failed", child.why())
        elif child is self._current:
            self._current = None
            self._plan_restart(time.monotonic() - child.started, child.why())

    def _plan_restart(self, lived: float, why: str) -> None:
        if self._stopping:
            return
        self._crashes = 1 if lived >= self._times.steady else self._crashes + 1
        delay = self._times.back_off * 2 ** min(self._crashes - 1, 20)
        self._restart_at = time.monotonic() + min(delay, self._times.back_off_limit)
        restarts = self._state.worker.restarts if self._state.worker else 0
        self._state.worker = WorkerState(None, None, restarts)
        self._say("worker crashed", error=why, crashes=self._crashes)
        self._write()

    def _meet_deadlines(self) -> None:
        moment = time.monotonic()
        for child in self._children():
            if child.deadline is not None and child.deadline <= moment:
                child.error = child.error or self._late(child)
                child.deadline = None
                child.kill()
        if self._restart_at is not None and self._restart_at <= moment:
            self._restart()

    def _late(self, child: Child) -> str | None:
        if child in self._leaving:
            return None
        return f"the worker was not ready after {self._times.start:g} s"

    def _restart(self) -> None:
        self._restart_at = None
        assert self._serving is not None  # only a version that served is restarted
        self._current = self._spawn(self._serving, restart=True)
        if self._current is not None:
            restarts = self._state.worker.restarts if self._state.worker else 0
            self._state.worker = WorkerState(self._current.pid, self._current.since, restarts + 1)
        self._write()

    def _answer_for_nobody(self) -> None:
        """While nothing serves or will within moments, callers get a 503 instead of silence."""
        due = (self._restart_at or 0.0) - time.monotonic()
        absent = self._current is None and not self._stopping and due > self._times.silent
        absent = absent or (self._serving is None and not self._stopping)
        watched = self._listener in self._selector.get_map()
        if absent and not watched:
            self._selector.register(self._listener, selectors.EVENT_READ)
        elif not absent and watched:
            self._selector.unregister(self._listener)
        if absent:
            turn_away(self._listener, "no version of this service is running; see its log")

    # -- the end ----------------------------------------------------------------------------

    def _stop(self) -> None:
        if self._stopping:
            for child in self._children():
                child.kill()
            return
        self._stopping = True
        self._restart_at = None
        self._say("stopping")
        refuse_new(self._listener)
        self._drop_candidate()
        for child in self._children():
            child.leave_last(self._times.drain)

    def _end(self, lock: IO[bytes]) -> None:
        for child in self._children():
            child.kill()
            child.close()
        self._listener.close()
        self._state.serving, self._state.worker = None, None
        self._write()
        self._say("stopped")
        lock.close()

    # -- its folder -------------------------------------------------------------------------

    def _catch_signals(self) -> None:
        self._wakeup, writer = socket.socketpair()
        for end in (self._wakeup, writer):
            end.setblocking(False)
        self._writer = writer
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, lambda number, frame: self._signals.append(number))
        self._selector.register(self._wakeup, selectors.EVENT_READ)

    def _lock(self) -> IO[bytes]:
        """Own the folder while this process lives: the lock goes with it, even by kill -9."""
        lock = (self._folder / "lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = (read_state(self._folder) or {}).get("pid")
            lock.close()
            raise AlreadyRunning(
                f"another supervisor (pid {pid}) owns {self._folder}",
                "write want.json and send it SIGHUP, or end it first",
            ) from None
        return lock

    def _former(self) -> float:
        """Seconds to wait for the port: a killed supervisor's worker may be leaving it."""
        former = read_state(self._folder) or {}
        killed = former.get("port") == self._port and former.get("worker") is not None
        return self._times.former if killed else 0.0

    def _set_log_aside(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self._log.stat().st_size > LOG_LIMIT:
                os.replace(self._log, self._log.with_suffix(".log.1"))

    def _attempt(self, id: str | None, outcome: str, error: str | None = None) -> None:
        self._state.attempt = Attempt(id, outcome, error)
        self._write()

    def _write(self) -> None:
        write_state(self._folder, self._state)

    def _say(self, event: str, **fields: object) -> None:
        document = {"timestamp": now(), "level": "info", "message": event, "logger": LOGGER}
        line = json.dumps({**document, **fields}, separators=(",", ":")) + "\n"
        with contextlib.suppress(OSError), self._log.open("a", encoding="utf-8") as log:
            log.write(line)


def supervise(folder: Path, host: str, port: int) -> int:
    """Run a supervisor as a process of its own. Returns the exit code."""
    try:
        return Supervisor(folder.resolve(), host, port).run()
    except ServingError as error:
        print(f"error: {error}\n{error.hint or ''}".rstrip(), file=sys.stderr)
        return 1
