"""What a run used and cost, in a line or two at its end."""

from __future__ import annotations

from fabrica.pipelines._progress_table import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_UNITS = (("h", 3600.0), ("min", 60.0), ("s", 1.0))
_SIZES = (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10))


def usage_lines(usage: Mapping[str, Any] | None) -> list[str]:
    """Return the lines for a run's usage; none where nothing was called, or nobody has measured.

    Example:
        >>> usage_lines({"cpuSeconds": 90.0, "gpuSeconds": 0.0, "peakBytes": 1 << 30,
        ...              "storageBytes": 2048, "reserved": None})
        ['used 1.50 CPU-min, 1.00 GiB of memory at most; made 2.00 KiB']
    """
    if not usage or not (usage["cpuSeconds"] or usage["reserved"]):
        return []
    used = [_time(usage["cpuSeconds"], "CPU")]
    if usage["gpuSeconds"]:
        used.append(_time(usage["gpuSeconds"], "GPU"))
    if usage["peakBytes"]:
        used.append(f"{size(usage['peakBytes'])} of memory at most")
    made = f"; made {size(usage['storageBytes'])}" if usage["storageBytes"] else ""
    lines = [f"used {', '.join(used)}{made}"]
    if reserved := usage["reserved"]:
        lines.append(f"its pods reserved {_reserved(reserved)}{_cost(usage)}")
    return lines


def _reserved(reserved: Mapping[str, float]) -> str:
    kinds = (("cpuSeconds", "CPU"), ("memoryGiBSeconds", "GiB"), ("gpuSeconds", "GPU"))
    return ", ".join(_time(reserved[name], what) for name, what in kinds if reserved[name])


def _cost(usage: Mapping[str, Any]) -> str:
    return f": {number(usage['cost'])} {usage['currency']}" if "cost" in usage else ""


def _time(seconds: float, what: str) -> str:
    name, unit = next((one for one in _UNITS if seconds >= one[1]), _UNITS[-1])
    return f"{number(seconds / unit)} {what}-{name}"


def size(count: int) -> str:
    """Return a number of bytes in the unit that fits: 4.10 MiB."""
    for name, unit in _SIZES:
        if count >= unit:
            return f"{number(count / unit)} {name}"
    return f"{count} bytes"
