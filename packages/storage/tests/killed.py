"""A writer that is killed: `killed.py STORE POINT WRITE`. Nothing after the point happens."""

import os
import signal
import sys
from typing import Any

from fabrica.storage import open_store

url, point, write = sys.argv[1:]
store = open_store(url)
store.create("before.json", {})
real = getattr(os, point)


def kill(*arguments: Any) -> None:
    if point == "write":  # half of the bytes are there
        real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
    os.kill(os.getpid(), signal.SIGKILL)


if write == "put_path":
    with open(url.removeprefix("file://") + ".source", "wb") as file:
        file.write(b"written by a step" * 1000)
setattr(os, point, kill)
if write == "create":
    store.create("document.json", {"text": "x" * 5000})
elif write == "put":
    store.put(b"x" * 5000)
else:
    store.put_path(url.removeprefix("file://") + ".source")
