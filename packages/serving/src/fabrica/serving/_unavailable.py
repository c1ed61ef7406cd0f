"""Answers callers while no worker can: 503 and why, instead of silence. Standard library only."""

import contextlib
import json
import socket
import threading

PATIENCE = 2.0
"""Seconds that a caller has to say what it wants."""
AT_ONCE = threading.BoundedSemaphore(32)


def turn_away(listener: socket.socket, reason: str) -> None:
    """Accept whoever waits on the (non-blocking) listener and answer each with a 503."""
    with contextlib.suppress(BlockingIOError, InterruptedError, ConnectionError):
        while AT_ONCE.acquire(blocking=False):
            try:
                connection, _ = listener.accept()
            except BaseException:
                AT_ONCE.release()
                raise
            threading.Thread(target=_answer, args=(connection, reason), daemon=True).start()


def _answer(connection: socket.socket, reason: str) -> None:
    try:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(PATIENCE)
            connection.recv(65536)
            connection.sendall(_response(reason))
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
    finally:
        AT_ONCE.release()


def _response(reason: str) -> bytes:
    body = json.dumps({"error": {"code": "unavailable", "message": reason}}).encode()
    head = (
        "HTTP/1.1 503 Service Unavailable\r\n"
        "content-type: application/json\r\n"
        f"content-length: {len(body)}\r\n"
        "retry-after: 2\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode() + body
