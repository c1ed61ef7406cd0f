"""The two files between a deployer and the supervisor: ``want.json`` in, ``state.json`` out.

Standard library only: the supervisor uses it.
"""

import datetime as dt
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fabrica.serving._errors import ServingError

SCHEMA = 1
TEXTS = ("id", "python", "cwd", "module", "store", "project")


@dataclass(frozen=True)
class Spec:
    """What should be served, as the deployer writes it into ``want.json``."""

    id: str
    python: str
    """Interpreter of the release's environment."""
    cwd: str
    """The release's folder, which holds ``src``."""
    module: str
    store: str
    project: str


WANTED = "want.json"
LAST_GOOD = "serving.json"
"""The newest spec that was healthy: what a restarted supervisor falls back to."""


def read_spec(folder: Path, name: str = WANTED) -> Spec | None:
    """Read a spec; None when there is none yet.

    Raises:
        ServingError: It is not a spec of a schema that this supervisor knows.
    """
    file = folder / name
    try:
        document = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ServingError(f"{file} can't be read: {error}") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ServingError(f"{file} is not of schema {SCHEMA}")
    wrong = [name for name in TEXTS if not isinstance(document.get(name), str)]
    if wrong:
        raise ServingError(f"{file}: {', '.join(wrong)} must be text")
    return Spec(**{name: document[name] for name in TEXTS})


@dataclass
class WorkerState:
    """The worker that serves; ``pid`` is None between a crash and the restart."""

    pid: int | None
    since: str | None
    restarts: int = 0


@dataclass
class Attempt:
    """How the newest wish went: ``starting``, ``healthy`` or ``failed`` (with the error)."""

    id: str | None
    outcome: str
    error: str | None = None


@dataclass
class State:
    """What the supervisor tells in ``state.json``."""

    pid: int
    started: str
    host: str
    port: int
    address: str
    serving: str | None = None
    worker: WorkerState | None = None
    attempt: Attempt | None = None
    schema: int = field(default=SCHEMA)


def write_state(folder: Path, state: State) -> None:
    """Replace ``state.json`` at once: a reader sees the old or the new, never a half."""
    _replace(folder / "state.json", asdict(state))


def write_last_good(folder: Path, spec: Spec) -> None:
    """Remember a spec that became healthy."""
    _replace(folder / LAST_GOOD, {"schema": SCHEMA, **asdict(spec)})


def _replace(file: Path, document: dict[str, Any]) -> None:
    data = json.dumps(document, sort_keys=True, indent=2).encode() + b"\n"
    descriptor, name = tempfile.mkstemp(prefix=f".{file.stem}-", dir=file.parent)
    with os.fdopen(descriptor, "wb") as temporary:
        temporary.write(data)
    os.chmod(name, 0o644)
    os.replace(name, file)


def read_state(folder: Path) -> dict[str, Any] | None:
    """The last ``state.json``, None when there is none that can be read."""
    try:
        document = json.loads((folder / "state.json").read_bytes())
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def now() -> str:
    """RFC 3339 in UTC, to the millisecond."""
    moment = dt.datetime.now(dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
