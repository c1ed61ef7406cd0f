"""The files of a run: their names, and the documents that are written under them.

Every name is written once and never changed (put-if-absent), so a reader sees a whole document
or none, also after a `kill -9`.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

from fabrica.storage import NotFound, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fabrica.storage import Store

SCHEMA = 1

GOOD = ("done", "cached")
BAD = ("failed", "timeout")


@dataclass(slots=True)
class Result:
    """How one step ended for one value.

    `outcome` is one of the manifest's, or "blocked": it never started, since a step before it
    failed (there is no manifest then). `parts` are those of its key, where it was recorded.
    `usage` is what its last attempt used, where it was called.
    """

    outcome: str
    products: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reason: str | None = None
    error: Mapping[str, Any] | None = None
    seconds: float = 0.0
    retry: bool = False
    parts: Mapping[str, Any] | None = None
    usage: Mapping[str, Any] | None = None

    @property
    def good(self) -> bool:
        return self.outcome in GOOD


def timestamp(seconds: float | None = None) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    seconds = time.time() if seconds is None else seconds
    whole = int(seconds)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
    return f"{stamp}.{int((seconds - whole) * 1000):03d}Z"


def new_run_id() -> str:
    """An id that sorts by time, to the microsecond, such as `20261121T081502-417093-5f3a`."""
    now = time.time_ns() // 1000
    seconds, rest = divmod(now, 1_000_000)
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(seconds))
    return f"{stamp}-{rest:06d}-{os.urandom(2).hex()}"


def run_folder(project: str, run: str) -> str:
    return f"runs/{project}/{run}"


def run_document(project: str, run: str) -> str:
    return f"runs/{project}/{run}/run.json"


def step_folder(project: str, run: str, step: str, value: str | None) -> str:
    return f"runs/{project}/{run}/steps/{step}/{encode(value)}"


def step_document(project: str, run: str, step: str, value: str | None, attempt: int) -> str:
    return f"{step_folder(project, run, step, value)}/{attempt}.json"


def read_results(store: Store, project: str, run: str) -> dict[tuple[str, str], dict[int, str]]:
    """Names of all manifests of a run's steps: (step, encoded value) → attempt → name."""
    prefix = f"{run_folder(project, run)}/steps/"
    found: dict[tuple[str, str], dict[int, str]] = {}
    for name in store.names(prefix):
        step, value, file = name.rsplit("/", 3)[-3:]
        number = file.removesuffix(".json")
        if number.isdigit():
            found.setdefault((step, value), {})[int(number)] = name
    return found


def read_step(store: Store, project: str, run: str, step: str, value: str | None) -> dict | None:
    """The manifest that counts for a step: the last good attempt, else the last one."""
    attempts = {}
    for name in store.children(step_folder(project, run, step, value)):
        file = name.rsplit("/", 1)[-1]
        if file.removesuffix(".json").isdigit():
            attempts[int(file.removesuffix(".json"))] = file
    folder = step_folder(project, run, step, value)
    return best(store, {n: f"{folder}/{file}" for n, file in attempts.items()})


def best(store: Store, attempts: Mapping[int, str]) -> dict | None:
    last = None
    for number in sorted(attempts, reverse=True):
        document = store.read(attempts[number])
        if document["outcome"] in GOOD:
            return document
        last = last or document
    return last


def result_of(document: Mapping[str, Any]) -> Result:
    return Result(
        outcome=document["outcome"],
        products=document.get("products") or {},
        reason=document.get("reason"),
        error=document.get("error"),
        seconds=document.get("seconds") or 0.0,
        parts=document.get("keyParts"),
    )


def write_end(store: Store, project: str, run: str, document: Mapping[str, Any]) -> int:
    """Write the next end of a run; returns its number. Each resume ends once more."""
    number = 1
    folder = f"{run_folder(project, run)}/end"
    while not store.create(f"{folder}/{number}.json", document):
        number += 1
    return number


def last_end(store: Store, project: str, run: str) -> dict | None:
    last = None
    number = 1
    while True:
        try:
            last = store.read(f"{run_folder(project, run)}/end/{number}.json")
        except NotFound:
            return last
        number += 1
