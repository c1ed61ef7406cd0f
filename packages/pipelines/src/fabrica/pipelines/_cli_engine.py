"""What a cluster's engine (Argo Workflows) says of a run that ended."""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST = 50
_TOLD = re.compile(
    r"^retryStrategy|\(exit code (1|2|3|75|130)\)$"
)  # by the step itself, in its words


def read_engine(status: str | None, failures: str | None) -> dict[str, Any]:
    """Return `status`, `stopped` and `failures`, each of these with a name and a message.

    What a step has told itself is left out.

    Args:
        status: `{{workflow.status}}`: Succeeded, Failed or Error.
        failures: `{{workflow.failures}}`, a JSON list, or that list as a JSON text.

    Example:
        >>> told = '[{"displayName": "load(0)", "message": "OOMKilled (exit code 137)"}]'
        >>> read_engine("Failed", told)["failures"]
        [{'name': 'load(0)', 'message': 'OOMKilled (exit code 137)'}]
    """
    told = [
        {"name": str(one.get("displayName")), "message": str(one["message"])}
        for one in _listed(failures)
        if one.get("message") and not _TOLD.search(str(one["message"]))
    ]
    stopped = any("shutdown with strategy" in one["message"] for one in told)
    unique = {(one["name"], one["message"]): one for one in told}
    return {"status": status, "stopped": stopped, "failures": list(unique.values())[:_MOST]}


def _listed(text: str | None) -> list[dict[str, Any]]:
    try:
        found = json.loads(text or "[]")
        found = json.loads(found) if isinstance(found, str) else found
    except ValueError:
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
