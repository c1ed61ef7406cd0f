"""A request's body, read with a limit and a time; never more of it in memory than the limit."""

import asyncio
import contextlib

from starlette.requests import ClientDisconnect, Request

MAX_BODY = 2 * 1024 * 1024
"""Bytes that a request may have: some 15,000 rows of ten fields."""
DISCARDED = 32 * 1024 * 1024
"""Bytes read and dropped after a body proved too large, so that its sender can read why."""
TIMEOUT = 30.0
"""Seconds that a body may take."""


class TooLarge(Exception):
    """The body is larger than ``MAX_BODY``: 413."""


class TooSlow(Exception):
    """The body did not arrive within ``TIMEOUT``: 408."""


class Encoded(Exception):
    """The body is compressed: 415."""


async def read_body(request: Request, limit: int = MAX_BODY, timeout: float = TIMEOUT) -> bytes:
    """Read the whole body.

    Raises:
        TooLarge: It has more than ``limit`` bytes, declared or sent.
        TooSlow: It took more than ``timeout`` seconds.
        Encoded: It has a Content-Encoding.
        ClientDisconnect: The caller went away.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Encoded
    try:
        async with asyncio.timeout(timeout):
            return await _read(request, limit)
    except TimeoutError:
        raise TooSlow from None


async def _read(request: Request, limit: int) -> bytes:
    if _declared(request) > limit:
        await _discard(request)
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            chunks.clear()
        else:
            chunks.append(chunk)
        if size > limit + DISCARDED:
            break
    if size > limit:
        raise TooLarge
    return b"".join(chunks)


def _declared(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


async def _discard(request: Request) -> None:
    """Read what is still sent: closing with unread bytes resets the connection and our answer."""
    if _declared(request) > DISCARDED:
        return
    with contextlib.suppress(ClientDisconnect):
        async for _ in request.stream():
            pass
