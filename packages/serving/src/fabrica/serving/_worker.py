"""One process that serves: loads the definition and its champions, then takes requests."""

import contextlib
import json
import logging
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fabrica.serving._errors import ServingError
from fabrica.serving._project import project_name
from fabrica.serving._sockets import address, listen

if TYPE_CHECKING:
    from fabrica.serving._marks import StoredMarks
    from fabrica.serving._server import Server
    from fabrica.serving._service import Service
    from fabrica.storage import Store

log = logging.getLogger(__name__)

HARD_END = 40.0
"""Seconds after which a worker whose supervisor is gone ends whatever it is doing."""


def one_thread() -> None:
    """Give numeric libraries one thread each: requests already run side by side.

    Must come before they are imported; what the environment says wins.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def load_service(
    root: Path, module: str | None, interval: float | None = None, partial: bool = False
) -> "Service":
    """Read the definition of the project in ``root``, load its champions, start the service.

    Raises:
        ServingError: Whatever keeps it from serving.
    """
    one_thread()
    from fabrica.logging import bind, configure

    configure()
    from fabrica.serving._champions import champions_of
    from fabrica.serving._definition import read_definition
    from fabrica.serving._service import Service
    from fabrica.storage import StorageError, open_store
    from fabrica.tracking import Registry, TrackingError

    project = project_name(root)
    bind(project=project)
    definition = read_definition(root, module)
    try:
        store = open_store()
        champions = champions_of(
            store,
            Registry(store, project),
            definition.models,
            definition.values,
            definition.fallback,
            _marks(store, project),
        )
        service = Service(project, definition, champions, _interval(store.url, interval))
        service.start(partial)
    except (StorageError, TrackingError) as error:
        raise ServingError(str(error), error.hint) from error
    return service


def _marks(store: "Store", project: str) -> "StoredMarks | None":
    """Marks of the image that runs here, where an orchestrator starts and ends replicas of it."""
    from fabrica.serving._marks import StoredMarks

    image = os.environ.get("FABRICA_IMAGE")
    return StoredMarks(store, project, image) if image else None


def _interval(url: str, interval: float | None) -> float:
    """Look for promotions every second on a local disk, rarer where every look is a request."""
    if interval is not None:
        return interval
    return 1.0 if url.startswith(("file:", "/")) or "://" not in url else 10.0


class Control:
    """The line to the supervisor: tells how the start went, hears when nobody else is left.

    Args:
        fd: An inherited socket; None for a worker without a supervisor.
    """

    def __init__(self, fd: int | None) -> None:
        self._socket = None if fd is None else socket.socket(fileno=fd)
        if fd is not None:
            os.set_inheritable(fd, False)

    def tell(self, **message: object) -> None:
        """Send one message; a supervisor that is gone does not matter here."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.sendall(json.dumps(message).encode() + b"\n")

    def watch(self, last: Callable[[], None], gone: Callable[[], None]) -> None:
        """Listen in a thread of its own.

        Args:
            last: Called when the supervisor says to leave, and that nobody else accepts requests.
            gone: Called when the supervisor has ended, in whatever way.
        """
        if self._socket is not None:
            threading.Thread(target=self._watch, args=(last, gone), daemon=True).start()

    def _watch(self, last: Callable[[], None], gone: Callable[[], None]) -> None:
        assert self._socket is not None
        with contextlib.suppress(OSError):
            while self._socket.recv(1024):
                last()
        gone()


class Worker:
    """One process that serves on an inherited listening socket."""

    def __init__(self, listener_fd: int, control_fd: int | None) -> None:
        self._fd = listener_fd
        os.set_inheritable(listener_fd, False)
        self._control = Control(control_fd)
        self._server: Server | None = None
        self._orphaned = False

    def run(self, root: Path, module: str | None, partial: bool) -> int:
        """Load, serve, drain. Returns the exit code."""
        self._control.watch(self._leave_last, self._abandoned)
        try:
            service = load_service(root, module, partial=partial)
        except Exception as error:
            print(explain(error), file=sys.stderr)
            self._control.tell(event="failed", error=explain(error))
            return 1
        from fabrica.serving._server import Server

        listener = socket.socket(fileno=self._fd)
        self._server = Server(
            service,
            listener,
            exclusive=False,
            started=self._started,
            closed=lambda: self._control.tell(event="closed"),
        )
        if self._orphaned:
            return 1
        self._server.run_until_told()
        if self._orphaned:
            _end_group()
        return 0

    def _started(self) -> None:
        log.info("serving")
        self._control.tell(event="ready")

    def _leave_last(self) -> None:
        """Nobody else accepts requests any more: leave, and empty the listening socket's queue."""
        if self._server is None:
            os._exit(0)
        self._server.leave(exclusive=True)

    def _abandoned(self) -> None:
        """The supervisor was killed: nobody would end this process, so it ends itself."""
        self._orphaned = True
        timer = threading.Timer(HARD_END, os._exit, (1,))
        timer.daemon = True
        timer.start()
        self._leave_last()


def run_in_foreground(root: Path, module: str | None, host: str, port: int) -> int:
    """Serve the project in ``root`` until Ctrl-C. Returns the exit code.

    Raises:
        ServingError: Whatever keeps it from serving.
    """
    service = load_service(root, module)
    from fabrica.serving._page import curl
    from fabrica.serving._server import Server

    listener = listen(host, port)
    where = address(listener)

    def started() -> None:
        print(f"{service.project} is served at {where}", file=sys.stderr)
        if listener.getsockname()[1] != port and port:
            print(f"(port {port} is in use)", file=sys.stderr)
        print(f"\n  {curl(service, where) or 'POST ' + where + '/predict'}\n", file=sys.stderr)
        print("Ctrl-C ends it.", file=sys.stderr)

    Server(service, listener, exclusive=True, started=started).run_until_told()
    return 0


def explain(error: Exception) -> str:
    """A failed start in words: the problem and the way out, a traceback only if it is not ours."""
    if not isinstance(error, ServingError):
        return "".join(traceback.format_exception(error)).rstrip()
    return f"{error}\n{error.hint}" if error.hint else str(error)


def _end_group() -> None:
    """End what the project's code may have started: nobody else is left to do it."""
    if os.getpid() == os.getpgrp():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(os.getpgrp(), signal.SIGKILL)
