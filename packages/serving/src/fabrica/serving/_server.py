"""uvicorn, with a shutdown that loses no request.

uvicorn alone closes kept-open connections the moment it is told to stop, whatever their callers
are sending just then. Here a server that leaves first says so (``/ready`` is 503, every answer
has ``Connection: close``), stops listening without losing who waits in the queue, waits until
callers have left by themselves, and only then closes what is idle and waits for what still runs.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Generator
from dataclasses import dataclass

import uvicorn

from fabrica.serving._app import create_app
from fabrica.serving._service import Service
from fabrica.serving._sockets import has_waiting, refuse_new


@dataclass(frozen=True)
class Drain:
    """How long a server that leaves takes, in seconds."""

    linger: float = 0.2
    """It goes on accepting so long, when nobody else does: for whoever dials just now."""
    idle: float = 3.0
    """An open connection that asks nothing for so long is closed."""
    running: float = 20.0
    """What is being answered may take so long."""


class Server(uvicorn.Server):
    """Serves one service on one listening socket until it is told to leave.

    Args:
        service: What to serve, started.
        listener: The listening socket; other processes may accept from it too.
        exclusive: Whether nobody else accepts from it, so that its queue must be emptied.
        started: Called once, when requests are taken.
        closed: Called once, when no more connections are accepted.
        drain: How long leaving takes.
    """

    def __init__(
        self,
        service: Service,
        listener: socket.socket,
        *,
        exclusive: bool,
        started: Callable[[], None],
        closed: Callable[[], None] = lambda: None,
        drain: Drain | None = None,
    ) -> None:
        self._drain = drain or Drain()
        super().__init__(
            uvicorn.Config(
                create_app(service),
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=2048,
                timeout_keep_alive=5,
                timeout_graceful_shutdown=round(self._drain.running),
            )
        )
        self._service = service
        self._listener = listener
        self.exclusive = exclusive
        self._on_started = started
        self._on_closed = closed

    def run_until_told(self) -> None:
        """Serve until SIGTERM, SIGINT or ``leave``; a second signal ends it at once."""
        asyncio.run(self.serve(sockets=[self._listener]))

    def leave(self, exclusive: bool | None = None) -> None:
        """Begin to leave; safe from any thread and twice.

        Args:
            exclusive: True when it has become clear that nobody else accepts any more.
        """
        self.exclusive = self.exclusive if exclusive is None else exclusive
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave on SIGTERM and SIGINT, and end at once on a second one."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told)
        yield

    def _told(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept, and tell so."""
        await super().startup(sockets)
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Leave as the module says, then let uvicorn wait for what still runs."""
        self._service.draining = True
        self._service.stop()
        await self._stop_accepting()
        await self._wait_for_callers()
        await super().shutdown(sockets)

    async def _stop_accepting(self) -> None:
        """At once when others accept from the socket; else when its queue is empty."""
        if self.exclusive:
            refuse_new(self._listener)
            await self._pause(self._drain.linger)
            turns = 0
            while has_waiting(self._listener) and turns < 200:
                turns += 1
                await self._pause(0.005)
        for server in self.servers:
            server.close()
        self._on_closed()

    async def _wait_for_callers(self) -> None:
        """Each open connection gets one more answer, which closes it; idle ones get a time."""
        idle = total = 0.0
        while self.server_state.connections and not self.force_exit:
            if idle >= self._drain.idle or total >= self._drain.running:
                return
            await self._pause(0.02)
            total += 0.02
            idle = 0.0 if self.server_state.tasks else idle + 0.02

    async def _pause(self, seconds: float) -> None:
        if not self.force_exit:
            await asyncio.sleep(seconds)
