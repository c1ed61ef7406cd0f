"""What a run notes about where it runs: lock, Python, platform, commit, who started it."""

from __future__ import annotations

import os
import sys
from hashlib import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from fabrica.storage import Store

LOCK = "requirements.txt"
_DIFF_LIMIT = 20_000_000


def lock_digest(root: Path) -> str:
    """Digest of what the lock pins: names, versions and markers.

    Hashes and comments don't count: a package that is built again for another platform has the
    same name and version. A project without a lock is described by what is installed.
    """
    try:
        text = (root / LOCK).read_text(encoding="utf-8")
    except FileNotFoundError:
        return _digest(installed_distributions(sys.path))
    return _digest(pins(text))


def pins(lock: str) -> list[str]:
    """Requirement lines of a lock, sorted, without hashes, comments and layout.

    Example::

        pins("numpy==2.1 --hash=sha256:ab  # via pandas")    # ["numpy==2.1"]
    """
    found = []
    for line in lock.replace("\\\r\n", " ").replace("\\\n", " ").splitlines():
        words = []
        for word in line.split():
            if word.startswith("#"):
                break
            if not word.startswith("--hash="):
                words.append(word)
        if words:
            found.append(" ".join(words))
    return sorted(found)


def installed_distributions(path: Iterable[str]) -> list[str]:
    """Names and versions of installed distributions, from the names of their folders."""
    found = set()
    for folder in path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        found.update(name[: -len(".dist-info")] for name in names if name.endswith(".dist-info"))
    return sorted(found)


def python_version() -> str:
    """The version that decides about bytes: 3.11, whichever 3.11 it is."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def platform_name() -> str:
    """Operating system and processor, such as `linux-x86_64`."""
    windows = os.environ.get("PROCESSOR_ARCHITECTURE", "")
    machine = os.uname().machine if hasattr(os, "uname") else windows
    return f"{sys.platform}-{machine.lower()}"


def environment_name(environ: Mapping[str, str]) -> str:
    return environ.get("FABRICA_ENVIRONMENT") or "local"


def trigger(environ: Mapping[str, str]) -> dict[str, str | None]:
    """What started the run: a person, or what `FABRICA_TRIGGER` says (`schedule:nightly`)."""
    kind, _, by = environ.get("FABRICA_TRIGGER", "").partition(":")
    user = environ.get("USER") or environ.get("USERNAME")
    return {"kind": kind or "person", "by": by or user}


def git_state(root: Path, store: Store | None = None) -> dict[str, object]:
    """Commit, whether the project's folder differs from it, and the digest of the difference.

    The difference is stored, so that the run can be reproduced. A folder without git, or a
    machine without it, has neither.
    """
    if not _in_repository(root):
        return {"commit": None, "dirty": None, "diff": None}
    listing = _git(root, "status", "--porcelain=v2", "--branch", "--untracked-files=all", "--", ".")
    if listing is None:
        return {"commit": None, "dirty": None, "diff": None}
    lines = listing.decode("utf-8", "replace").splitlines()
    commit = next((li.split()[-1] for li in lines if li.startswith("# branch.oid ")), None)
    dirty = any(not line.startswith("#") for line in lines)
    diff = None
    if dirty and store is not None and commit and commit != "(initial)":
        content = _git(
            root, "diff", "--binary", "--no-ext-diff", "--no-textconv", "HEAD", "--", "."
        )
        if content and len(content) <= _DIFF_LIMIT:
            diff = store.put(content)
    return {"commit": None if commit == "(initial)" else commit, "dirty": dirty, "diff": diff}


def _in_repository(root: Path) -> bool:
    folder = str(root)
    while True:
        if os.path.exists(os.path.join(folder, ".git")):
            return True
        parent = os.path.dirname(folder)
        if parent == folder:
            return False
        folder = parent


def _git(root: Path, *arguments: str) -> bytes | None:
    import subprocess

    command = ["git", "--no-optional-locks", "-C", str(root), *arguments]
    try:
        return subprocess.run(
            command, check=True, stdin=subprocess.DEVNULL, stdout=-1, stderr=subprocess.DEVNULL
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def _digest(lines: Iterable[str]) -> str:
    return sha256("\n".join(lines).encode()).hexdigest()
