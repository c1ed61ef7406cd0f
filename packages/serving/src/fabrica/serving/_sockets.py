"""Listening sockets: an address that is free, and closing one without losing a caller.

Standard library only: the supervisor uses it.
"""

import contextlib
import ctypes
import errno
import select
import socket
import struct
import sys
import time

from fabrica.serving._errors import AddressError

NEXT_PORTS = 100
"""So many ports after the wished one are tried."""


def listen(host: str, port: int, wait: float = 0.0) -> socket.socket:
    """Bind and listen on the port, or on the next that is free.

    Args:
        host: Name or address to listen on.
        port: The wished port; 0 for any.
        wait: Seconds to wait for the wished port itself, when a former owner is leaving it.

    Raises:
        AddressError: The host is not of this machine, or no port is free.
    """
    until = time.monotonic() + wait
    while True:
        with contextlib.suppress(_InUse):
            return _bind(host, port)
        if time.monotonic() >= until:
            break
        time.sleep(0.05)
    for other in range(port + 1, min(port + NEXT_PORTS, 65535) + 1):
        with contextlib.suppress(_InUse):
            return _bind(host, other)
    raise AddressError(
        f"ports {port} to {port + NEXT_PORTS} of {host} are in use", "name another: `--port 9000`"
    )


class _InUse(Exception):
    pass


def _bind(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise _InUse from None
        if isinstance(error, OSError) and error.errno == errno.EACCES:
            hint = "ports below 1024 need rights that this process lacks: `--port 8000`"
        else:
            hint = "name an address of this machine: `--host 127.0.0.1`"
        raise AddressError(f"cannot listen on {host} port {port}: {error}", hint) from None


def address(listener: socket.socket) -> str:
    """The address to type for a listening socket, such as ``http://127.0.0.1:8000``."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, str(host))
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


_ATTACH_FILTER = 26
_LOAD_BYTE, _AND, _JUMP_EQUAL, _RETURN = 0x30, 0x54, 0x15, 0x06
_FLAGS, _SYN, _SYN_ACK = 13, 0x02, 0x12
_DROP_SYN = (
    (_LOAD_BYTE, 0, 0, _FLAGS),  # the flags in the TCP header
    (_AND, 0, 0, _SYN_ACK),
    (_JUMP_EQUAL, 0, 1, _SYN),
    (_RETURN, 0, 0, 0),  # SYN without ACK, a new caller: drop
    (_RETURN, 0, 0, 0xFFFFFFFF),  # everything else: keep
)


def refuse_new(listener: socket.socket) -> None:
    """Let nobody new into the queue of a listening socket; those in it can still be accepted.

    Closing a listening socket resets the connections that wait in its queue, and between the
    last ``accept`` and ``close`` there is always time for one more. On Linux a packet filter
    drops new SYNs, which callers send again after a second: to the next listener, or to be
    refused before they said anything. Elsewhere there is no such filter, and nothing is done.
    """
    if not sys.platform.startswith("linux"):
        return
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in _DROP_SYN)
    code = ctypes.create_string_buffer(program)
    pointer = struct.pack("HL", len(_DROP_SYN), ctypes.addressof(code))
    with contextlib.suppress(OSError):  # not allowed here: as without a filter
        listener.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, pointer)


def has_waiting(listener: socket.socket) -> bool:
    """Whether somebody waits to be accepted."""
    try:
        return bool(select.select([listener], [], [], 0)[0])
    except (OSError, ValueError):
        return False
