"""Numbers and tables for people: aligned, three significant digits, wrapped to the terminal."""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NONE = "–"  # noqa: RUF001 - a dash where there is no number
_GAP = "  "
_LEAST = 24  # columns that the last one is given, however narrow the terminal is


def number(value: float | None) -> str:
    """Three significant digits: 4.18, 0.0312, 12.5, 1,240.

    Example::

        number(3.14159)     # "3.14"
    """
    if value is None or not math.isfinite(value):
        return NONE
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(float(f"{value:.2e}"))))
    if size < -4 or size > 8:
        return f"{value:.2e}"
    return f"{round(value, 2 - size):,.{max(0, 2 - size)}f}"


def count(value: float | None) -> str:
    """A whole number with separators: 1,240."""
    return NONE if value is None else f"{round(value):,}"


def duration(seconds: float) -> str:
    """0.41 s, 12.3 s, 2 min 5 s, 1 h 4 min."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    width: int = 100,
    right: frozenset[int] = frozenset(),
    paint: Callable[[int, int, str], str] | None = None,
) -> list[str]:
    """Lines of a table; the last column is wrapped to what the width leaves.

    Args:
        header: titles of the columns.
        rows: cells; each row as long as the header.
        width: columns of the terminal.
        right: columns that are aligned to the right.
        paint: given row, column and the padded text, returns it with colours.
    """
    widths = [max(len(row[n]) for row in (header, *rows)) for n in range(len(header))]
    used = sum(widths[:-1]) + len(_GAP) * len(header)
    room = max(_LEAST, width - used)
    rule = min(max(widths[-1], len(header[-1])), room)
    lines = [_line(header, widths, right), _GAP + "─" * (used - len(_GAP) + rule)]
    for index, row in enumerate(rows):
        wrapped = wrap(row[-1], room) or [""]
        cells = [*row[:-1], wrapped[0]]
        lines.append(_line(cells, widths, right, paint, index))
        lines += [" " * used + more for more in wrapped[1:]]
    return lines


def fits(header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether a table leaves its last column enough room."""
    widths = [max(len(row[n]) for row in (header, *rows)) for n in range(len(header) - 1)]
    return sum(widths) + len(_GAP) * len(header) + 2 * _LEAST <= width


def _line(
    cells: Sequence[str],
    widths: Sequence[int],
    right: frozenset[int],
    paint: Callable[[int, int, str], str] | None = None,
    row: int = 0,
) -> str:
    padded = []
    for column, text in enumerate(cells):
        if column == len(cells) - 1:
            padded.append(text)
            continue
        text = text.rjust(widths[column]) if column in right else text.ljust(widths[column])
        padded.append(paint(row, column, text) if paint else text)
    return (_GAP + _GAP.join(padded)).rstrip()


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines at spaces; a longer word has a line of its own."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines
