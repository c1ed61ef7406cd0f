"""What a pod has for itself while it runs: its requests, from when a node took it."""

from __future__ import annotations

import json
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = "FABRICA_RESERVED"
_OWN_FOLDER = "/tmp"


class Pod:
    """The pod that this process is in.

    Args:
        cpu: processors that it asked for.
        memory_bytes: memory that it asked for.
        gpus: GPUs that it asked for.
        since: from when on it counts, in seconds since 1970.
    """

    def __init__(self, cpu: float, memory_bytes: int, gpus: int, since: float) -> None:
        self._asked = {"cpu": cpu, "memoryBytes": memory_bytes, "gpus": gpus}
        self._since = since

    def reserved(self) -> dict[str, float]:
        """Return `cpu`, `memoryBytes` and `gpus`, and the `seconds` for which it has had them."""
        return {**self._asked, "seconds": round(max(0.0, time.time() - self._since), 3)}

    def next(self) -> None:
        """What comes from now on is counted by itself: a pod takes values one after the other."""
        self._since = time.time()

    def environ(self) -> dict[str, str]:
        """Return the variables of a process that counts from now on."""
        return {_VARIABLE: json.dumps({**self._asked, "since": self._since})}


def read_pod(environ: Mapping[str, str] = os.environ) -> Pod | None:
    """Return the pod that `FABRICA_RESERVED` describes, None outside of a cluster.

    To be called before anything is written to /tmp. A node makes that folder, which is the pod's
    own, when it takes the pod: before it pulls the image and starts a container.
    """
    text = environ.get(_VARIABLE)
    if not text:
        return None
    asked = json.loads(text)
    since = asked.get("since") or _taken()
    return Pod(asked["cpu"], asked["memoryBytes"], asked["gpus"], since)


def _taken() -> float:
    now = time.time()
    try:
        return min(now, os.stat(_OWN_FOLDER).st_mtime)
    except OSError:
        return now
