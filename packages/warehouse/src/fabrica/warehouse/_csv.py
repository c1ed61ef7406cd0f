"""What is needed to know of a CSV file beside DuckDB: its delimiter, and which row is broken."""

from __future__ import annotations

import csv
import gzip
import io
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

_DELIMITERS = ",;\t|"
_LONGEST_HEADER = 1 << 20
_LONGEST_LINE = 200


def find_delimiter(file: Path) -> str:
    """The separator of the columns' names in the first line; a comma when there is one column."""
    with _text(file) as stream:
        header = stream.readline(_LONGEST_HEADER)
    outside_quotes = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=outside_quotes.count)


def find_broken_row(file: Path) -> str | None:
    """Say which line has more or fewer values than there are columns; None when all fit."""
    with _text(file, newline="") as stream:
        rows = csv.reader(stream, delimiter=find_delimiter(file))
        columns = len(next(rows, []))
        before = rows.line_num
        for row in rows:
            if row and len(row) != columns:
                return f"line {before + 1} has {len(row)} values for {columns} columns"
            before = rows.line_num
    return None


def read_report(text: str) -> tuple[str | None, str, str]:
    """Read DuckDB's report of a broken CSV file: the file, what is wrong, and what to do.

    Its report goes on with options of `read_csv`, which nobody wrote here.
    """
    named = re.search(r"^\s*file = (.+)$", text, re.MULTILINE)
    number = re.search(r"CSV Error on Line: (\d+)", text)
    shown = re.search(r"^Original Line: (.*)$", text, re.MULTILINE)
    what = text.partition("Original Line:")[2].partition("\n")[2] or text.partition("\n")[2]
    what = " ".join(what.split("\n\n")[0].split())
    row = f"line {number[1]}: " if number else ""
    hint = "correct the file, or the conversion in the query"
    if shown:
        hint += f"; the line: {shown[1][:_LONGEST_LINE]}"
    return (named[1].strip() if named else None), row + what, hint


def _text(file: Path, newline: str | None = None) -> TextIO:
    opener = gzip.open if file.name.lower().endswith(".gz") else open
    binary = opener(file, "rb")
    return io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline=newline)
