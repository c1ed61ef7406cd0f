"""Exit codes of the commands."""

from __future__ import annotations

SUCCEEDED = 0
FAILED = 1
WRONG = 2
"""The input is wrong."""
FINAL = 3
"""A step of a cluster failed, and trying again would be for nothing."""
UNREACHABLE = 75
"""The store of a cluster's run could not be reached: nothing that a step did (EX_TEMPFAIL)."""
CANCELLED = 130

OUTCOMES = {"succeeded": SUCCEEDED, "partial": FAILED, "failed": FAILED, "cancelled": CANCELLED}
"""The exit codes of a run."""
