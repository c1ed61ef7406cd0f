"""What DuckDB says is wrong, in the words of this package, with the line of the SQL."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from fabrica.warehouse._errors import QueryError, UnknownColumn, UnknownTable

_MOST_NAMES = 10


@dataclass(frozen=True)
class Problem:
    """One error of DuckDB; `subtype` and `name` where it says so, `place` in bytes from 0."""

    kind: str
    text: str
    subtype: str
    name: str
    type: str
    candidates: tuple[str, ...]
    place: int | None
    length: int


def read_problem(error: Exception) -> Problem:
    """Read an error that DuckDB wrote as JSON (`errors_as_json`); others keep their text."""
    text = str(error)
    try:
        found: dict[str, Any] = json.loads(text[text.index("{") :])
    except ValueError:
        found = {}
    place, length = _location(found)
    return Problem(
        kind=str(found.get("exception_type", type(error).__name__)),
        text=str(found.get("exception_message", text)),
        subtype=str(found.get("error_subtype", "")),
        name=str(found.get("name", "")),
        type=str(found.get("type", "")),
        candidates=tuple(c for c in str(found.get("candidates", "")).split(",") if c),
        place=place,
        length=length,
    )


def missing_table(problem: Problem) -> str | None:
    """Return the name of the table that the query wants and that there is not."""
    missing = problem.subtype == "MISSING_ENTRY" and problem.type == "Table"
    return problem.name if missing else None


def explain(problem: Problem, sql: str, tables: list[str]) -> QueryError:
    """Return the error to raise."""
    table = missing_table(problem)
    if table is not None:
        return _unknown_table(table, problem, sql, tables)
    if problem.subtype == "COLUMN_NOT_FOUND":
        return _unknown_column(problem, sql)
    line, shown = show_place(sql, problem.place, problem.length)
    text, _, more = problem.text.partition("\n")
    hint = more.replace("\t", "  ").strip() or None
    return QueryError(f"{_at(line)}{text}{shown}", line=line, hint=hint)


def show_place(sql: str, place: int | None, length: int = 1) -> tuple[int | None, str]:
    """Return the line number of a place in the SQL, and the line with the place underlined.

    Args:
        sql: the query.
        place: bytes of UTF-8 before the place, or None.
        length: bytes to underline.
    """
    if place is None:
        return None, ""
    raw = sql.encode("utf-8", "replace")
    before = raw[:place].decode("utf-8", "replace")
    marked = raw[place : place + max(length, 1)].decode("utf-8", "replace")
    number = before.count("\n") + 1
    line = sql.split("\n")[number - 1].rstrip("\r")
    prefix = f"  {number} | "
    column = len(before) - (before.rfind("\n") + 1)
    space = "".join("\t" if char == "\t" else " " for char in line[:column])
    under = "^" * max(len(marked.split("\n")[0]), 1)
    return number, f"\n{prefix}{line}\n{' ' * len(prefix)}{space}{under}"


def _unknown_table(table: str, problem: Problem, sql: str, tables: list[str]) -> QueryError:
    line, shown = show_place(sql, problem.place, problem.length or len(table))
    return UnknownTable(
        f"{_at(line)}there is no table `{table}`{shown}",
        line=line,
        hint=_tables_hint(table, tables),
    )


def _tables_hint(table: str, tables: list[str]) -> str:
    if not tables:
        return "there are no tables: put a CSV, Parquet or JSON file into data/"
    close = get_close_matches(table.lower(), [name.lower() for name in tables], n=1, cutoff=0.6)
    known = ", ".join(tables[:_MOST_NAMES]) + (", …" if len(tables) > _MOST_NAMES else "")
    meant = next((name for name in tables if close and name.lower() == close[0]), None)
    return (f"did you mean `{meant}`? " if meant else "") + f"tables: {known}"


def _unknown_column(problem: Problem, sql: str) -> QueryError:
    line, shown = show_place(sql, problem.place, problem.length or len(problem.name))
    names = [name.strip().strip('"') for name in problem.candidates]
    hint = f"did you mean `{names[0]}`? close: {', '.join(names)}" if names else None
    if "FROM clause is missing" in problem.text:
        hint = "add `from` and the table"
    return UnknownColumn(
        f"{_at(line)}there is no column `{problem.name}`{shown}", line=line, hint=hint
    )


def _at(line: int | None) -> str:
    return f"line {line} of the query: " if line is not None else ""


def _location(found: dict[str, Any]) -> tuple[int | None, int]:
    """`location` is "[start,length]" as text; some errors have a `position` alone."""
    try:
        start, length = json.loads(found["location"])
        return int(start), int(length)
    except (KeyError, ValueError, TypeError):
        position = found.get("position")
        return (int(position), 0) if position is not None else (None, 0)
