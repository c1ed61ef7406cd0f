"""Measures what the call of a step takes of the machine; it costs microseconds."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

try:
    import resource
except ImportError:  # Windows has none
    resource = None

_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
_CONTAINER_PEAK = "/sys/fs/cgroup/memory.peak"


class Meter:
    """Measures from its creation on: this process, and those that it starts and waits for."""

    def __init__(self) -> None:
        _forget_peak()
        self._cpu = time.process_time()
        self._others = _children()

    def cpu_seconds(self) -> float:
        """Return the processor time until now."""
        others = _children()[0] - self._others[0]
        return round(time.process_time() - self._cpu + others, 6)

    def peak_bytes(self) -> int | None:
        """Return the most memory that was held at once, None where the system does not tell.

        What several processes held together only a container's own count knows.
        """
        if resource is None:
            return None
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT
        cpu, largest = _children()
        if cpu == self._others[0]:
            return peak
        if largest > self._others[1]:
            peak = max(peak, largest)
        return max(peak, _container_peak())


def process_usage() -> dict[str, Any]:
    """Return what this process has used in its whole life, as a manifest says it."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT if resource else None
    return {"cpuSeconds": round(time.process_time(), 6), "peakBytes": peak}


def _children() -> tuple[float, int]:
    """Return processor seconds and the largest memory of ended children, in bytes."""
    if resource is None:
        return 0.0, 0
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime, used.ru_maxrss * _UNIT


def _forget_peak() -> None:
    """Begin the peak of this process anew: only Linux can, elsewhere it is that of its life."""
    with suppress(OSError):
        descriptor = os.open("/proc/self/clear_refs", os.O_WRONLY)
        try:
            os.write(descriptor, b"5")
        finally:
            os.close(descriptor)


def _container_peak() -> int:
    if not os.environ.get("FABRICA_RESERVED"):
        return 0  # other processes of the machine are in that count
    with suppress(OSError, ValueError), open(_CONTAINER_PEAK) as file:
        return int(file.read())
    return 0
