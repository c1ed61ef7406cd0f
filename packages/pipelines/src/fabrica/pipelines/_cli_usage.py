"""`python -m fabrica.pipelines usage`: what the runs in a store have used, a line of JSON each."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

from fabrica.storage import NotFound, open_store

from fabrica.pipelines._cli_codes import SUCCEEDED
from fabrica.pipelines._errors import ParameterError
from fabrica.pipelines._manifests import last_end, run_document
from fabrica.pipelines._usage import stored_usage
from fabrica.pipelines._usage_prices import priced, prices_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fabrica.storage import Store

_AT_ONCE = 8  # files of runs that are read: a remote store takes its time for each
_BEGINS_WITH_TIME = re.compile(r"\d{8}T\d{6}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?")


def print_usage(since: str, until: str | None, project: str | None) -> int:
    """Print a line for each run that began in a time, of all projects or of one.

    Runs are found by their names, which begin with the time: only those are read.

    Args:
        since: the first day, or moment in UTC: 2026-11-01, 2026-11-01T08:00:00Z.
        until: the day or moment before which they began.
        project: whose runs; of all projects in the store when None.

    Raises:
        ParameterError: a time is none.
    """
    first, last = _compact(since), _compact(until) if until else "9"
    store, prices = open_store(), prices_of()
    projects = [project] if project else [name.strip("/") for name in store.children("runs")]
    runs = [run for one in projects for run in _runs(store, one, first, last)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for found in pool.map(lambda run: _read(store, *run, prices=prices), runs):
            if found and first <= _compact(found["started"]) < last:
                print(json.dumps(found, ensure_ascii=False), flush=True)
    return SUCCEEDED


def _compact(time: str) -> str:
    """Return a time as the names of runs begin with it, so that they can be compared.

    Example:
        >>> _compact("2026-11-01T08:15:02.123Z")
        '20261101T081502'
    """
    if not _TIME.fullmatch(time):
        raise ParameterError(f"{time} is no time", hint="write it as 2026-11-01")
    return re.sub(r"[-:Z]|\..*", "", time)


def _runs(store: Store, project: str, first: str, last: str) -> Iterator[tuple[str, str]]:
    for name in store.children(f"runs/{project}"):
        run = name.strip("/")
        # A name that a person gave says nothing of the time: run.json does.
        if not _BEGINS_WITH_TIME.match(run) or first <= run < last:
            yield project, run


def _read(
    store: Store, project: str, run: str, *, prices: dict[str, Any] | None
) -> dict[str, Any] | None:
    try:
        document = store.read(run_document(project, run))
    except NotFound:
        return None  # it is just being made, or was removed
    end = last_end(store, project, run)
    # Before it has ended, or by an older release, its steps alone say it.
    usage = (end or {}).get("usage") or stored_usage(store, project, run).document()
    return {
        "schema": 1,
        "run": run,
        "project": project,
        "pipeline": document["pipeline"],
        "environment": document["environment"],
        "outcome": end and end["outcome"],
        "started": document["started"],
        "usage": priced(usage, prices),
    }
