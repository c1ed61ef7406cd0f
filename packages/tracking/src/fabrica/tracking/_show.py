"""Answers as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as a table whose columns are aligned."""
    if not rows:
        return "none yet"
    titles = list(rows[0])
    lines = [titles, *([_cell(row[title]) for title in titles] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(titles))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def promotion_text(promotion: Mapping[str, Any]) -> str:
    """Return what a promotion or a rollback did, in a sentence or two."""
    of = f" of {promotion['value']}" if promotion["value"] is not None else ""
    name = f"{promotion['model']}{of}"
    if promotion["version"] is None:
        text = f"{name}: no version serves; the fallback's does, if there is one"
    else:
        text = f"{name}: version {promotion['version']} is champion"
    if promotion["previous"] is not None:
        text += f", in place of version {promotion['previous']}"
    if promotion["bars"]:
        numbers = ", ".join(map(str, promotion["bars"]))
        text += f"\nbarred until a person promotes them: {numbers}"
    return text


def lineage_text(found: Mapping[str, Any]) -> str:
    """Return a lineage as a short report."""
    of = f" of {found['value']}" if found["value"] is not None else ""
    run = found["run"]
    lines = [
        f"{found['model']}{of}, version {found['version']} of project {found['project']}",
        "",
        *_pairs(
            {
                "artifact": f"{found['artifact']['digest']} ({found['artifact']['format']})",
                "metrics": _cell(found["metrics"]),
                "run": f"{run['run']}, pipeline {run['pipeline']}, {run['started']}",
                "commit": _commit(run.get("git")),
                "lock": run["lock"],
                "python": f"{run['python']} on {run['platform']}",
                "parameters": _cell(found["parameters"]),
            }
        ),
        "",
        "data",
        *(f"  {line}" for source in found["data"] for line in _data(source)),
        "",
        "steps",
        *(f"  {line}" for line in table([_step(step) for step in found["steps"]]).splitlines()),
    ]
    return "\n".join(lines)


def _data(source: Mapping[str, Any]) -> list[str]:
    digests = {**source["reads"], **({} if source["reads"] else source["products"])}
    kind = "read by" if source["reads"] else "made by"
    return [f"{digest}  {name}, {kind} {source['step']}" for name, digest in digests.items()]


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    commit = step["commit"]
    return {
        "step": step["step"],
        "value": step["value"],
        "outcome": step["outcome"],
        "run": step["run"],
        "commit": commit and commit[:12],
        "products": ", ".join(f"{n} {p['digest'][:12]}" for n, p in step["products"].items()),
    }


def _commit(git: Mapping[str, Any] | None) -> str:
    if not git or not git.get("commit"):
        return "none: not in a repository"
    dirty = ", with changes that were not committed" if git.get("dirty") else ""
    return f"{git['commit']}{dirty}"


def _pairs(items: Mapping[str, Any]) -> list[str]:
    return [f"{name:<12}{'-' if item in (None, '') else item}" for name, item in items.items()]


def _cell(item: Any) -> str:
    if item is None or item == {} or item == []:
        return "-"
    if isinstance(item, bool):
        return "yes" if item else "no"
    if isinstance(item, Mapping):
        return " ".join(f"{name}={_number(number)}" for name, number in item.items())
    if isinstance(item, list):
        return ", ".join(map(str, item))
    return str(item)


def _number(item: Any) -> str:
    if not isinstance(item, float):
        return str(item)
    return f"{item:.0f}" if abs(item) >= 1000 else f"{item:.3g}"
