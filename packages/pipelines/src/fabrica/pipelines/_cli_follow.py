"""`follow`: a run whose steps a cluster's engine starts, watched as a run on a laptop is.

What started the run says on standard input what the engine does with its pods, a line of JSON each;
how steps ended, and why, is read from the store:

    {"event": "opened", "since": "2026-11-21T08:15:02Z"}        when the engine began
    {"event": "started", "step": "train", "chunk": "0/4"}       its pod runs; "chunk": null for once
    {"event": "output", "step": "train", "chunk": "0/4", "text": "a line that it printed"}
    {"event": "retried", "step": "train", "chunk": "0/4", "attempt": 1, "message": "OOMKilled"}
    {"event": "ended", "step": "train", "chunk": "0/4", "message": "OOMKilled" or null}
    {"event": "said", "text": "a line for the person"}
    {"event": "closed", "seconds": 12.5, "message": null}       null seconds: as the store has it
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from queue import Empty, SimpleQueue
from typing import TypeVar

from fabrica.storage import NotReadable, open_store

from fabrica.pipelines._cli_codes import CANCELLED, FAILED, OUTCOMES
from fabrica.pipelines._follow import Followed
from fabrica.pipelines._run_context import Context, read_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

    from fabrica.pipelines._progress import Progress

    Event = Mapping[str, Any]
    Listen = Callable[[Event], None]

T = TypeVar("T")

_PATIENCE, _AGAIN = 120.0, 2.0  # seconds
_POLL = 5.0  # seconds: a pod that takes many values says nothing when one of them has ended


def follow(
    root: Path, run: str, progress: Callable[[Context], Progress], listen: Listen | None
) -> int:
    """Show a run until the engine says that it is over; returns the exit code of the run.

    Args:
        root: the project.
        run: the run; it is read when the engine says that it has opened.
        progress: makes what shows the run.
        listen: is given its events, too.
    """
    events: SimpleQueue[Event | None] = SimpleQueue()
    left = threading.Event()
    threading.Thread(target=_read, args=(events, left), daemon=True).start()
    followed: Followed | None = None

    def patiently(read: Callable[[], T]) -> T:
        return _patiently(read, left, lambda text: _say(followed, text))

    try:
        while True:
            try:
                event = events.get(timeout=_POLL)
            except Empty:
                if followed:
                    followed.poll()
                continue
            if event is None:
                return CANCELLED  # nobody wants to see more; the run goes on
            if event["event"] == "opened":
                context = patiently(lambda: _context(root, run))
                shown = progress(context)
                followed = Followed(context, event["since"], shown, listen, patiently)
            if event["event"] == "closed":
                return _closed(followed, event)
            if event["event"] == "said":
                _say(followed, event["text"])
            elif followed:
                followed(event)
    finally:
        if followed:
            followed.progress.close()


def _context(root: Path, run: str) -> Context:
    from fabrica.pipelines._plan_modules import Project

    return read_context(root, open_store(), Project(os.fspath(root)).name, run)


def _read(events: SimpleQueue[Event | None], left: threading.Event) -> None:
    event: Event = {"event": "none"}
    for line in sys.stdin:
        event = json.loads(line)
        events.put(event)
    if event["event"] != "closed":
        left.set()
    events.put(None)


def _patiently(read: Callable[[], T], left: threading.Event, say: Callable[[str], None]) -> T:
    """Read the store, which may be away for a while: the run goes on, and its steps wait, too."""
    until = time.monotonic() + _PATIENCE
    said = False
    while True:
        try:
            return read()
        except NotReadable as error:
            if time.monotonic() > until or left.is_set():
                raise
            if not said:
                say(f"{error}; waiting")
            said = True
            left.wait(_AGAIN)


def _say(followed: Followed | None, text: str) -> None:
    if followed:
        followed.progress.say(text)
    else:
        print(f"  {text}", file=sys.stderr, flush=True)


def _closed(followed: Followed | None, event: Event) -> int:
    end = followed and followed.end()
    if followed and end:
        followed.close(end, event["seconds"])
        return OUTCOMES[end["outcome"]]
    reason = event["message"] or "the engine says no more"
    what = "ended without writing its end" if followed else "did not begin"
    _say(followed, f"error: the run {what}: {reason}")
    return FAILED
