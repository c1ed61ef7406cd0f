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
_UNTRACKED_LIMIT = 20_000_000  # bytes of all files together
_MADE = frozenset({".fabrica", "__pycache__"})  # by a run, whatever .gitignore says


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
    """Commit, whether the project's folder differs from it, and how.

    `diff` is the digest of the difference of the files that git knows; `untracked` are those that
    it does not know and does not ignore: name → bytes and digest, None for one that is large. The
    difference and the code among them (below src/) are stored, so that the run can be reproduced.
    A folder without git, or a machine without it, has none of it.
    """
    unknown: dict[str, object] = {"commit": None, "dirty": None, "diff": None, "untracked": None}
    repository = _repository(root)
    if repository is None:
        # An image has no repository; whoever deploys it says from which commit it was built.
        commit = os.environ.get("FABRICA_COMMIT")
        return {**unknown, "commit": commit, "dirty": False} if commit else unknown
    listing = _git(
        root, "status", "--porcelain=v2", "-z", "--branch", "--untracked-files=all", "--", "."
    )
    if listing is None:
        return unknown
    lines = os.fsdecode(listing).split("\0")[:-1]
    commit = next((li.split()[-1] for li in lines if li.startswith("# branch.oid ")), None)
    changed = any(not line.startswith(("#", "?")) for line in lines)
    names = [os.path.join(repository, line[2:]) for line in lines if line.startswith("? ")]
    untracked = _untracked(root, names, store)
    diff = None
    if changed and store is not None and commit and commit != "(initial)":
        content = _git(
            root, "diff", "--binary", "--no-ext-diff", "--no-textconv", "HEAD", "--", "."
        )
        if content and len(content) <= _DIFF_LIMIT:
            diff = store.put(content)
    return {
        "commit": None if commit == "(initial)" else commit,
        "dirty": changed or bool(untracked),
        "diff": diff,
        "untracked": untracked,
    }


def _untracked(
    root: Path, files: Iterable[str], store: Store | None
) -> dict[str, dict[str, object]]:
    """Describe files that git does not know, by their names below the project's folder."""
    found: dict[str, dict[str, object]] = {}
    left = _UNTRACKED_LIMIT
    for file in sorted(files):
        name = os.path.relpath(file, root).replace(os.sep, "/")
        if not _MADE.isdisjoint(name.split("/")):
            continue
        try:
            size = os.lstat(file).st_size
            known = not os.path.islink(file) and os.path.isfile(file) and size <= left
            digest = _kept(file, store if name.startswith("src/") else None) if known else None
        except OSError:  # it has gone meanwhile
            continue
        left -= size if known else 0
        found[os.fsencode(name).decode("utf-8", "replace")] = {"bytes": size, "digest": digest}
    return found


def _kept(file: str, store: Store | None) -> str:
    """Return the digest of a file; its bytes are put into the store, if there is one."""
    with open(file, "rb") as stream:
        content = stream.read()
    return store.put(content) if store is not None else sha256(content).hexdigest()


def _repository(root: Path) -> str | None:
    """Return the folder of the repository that holds a folder."""
    folder = str(root)
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


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
