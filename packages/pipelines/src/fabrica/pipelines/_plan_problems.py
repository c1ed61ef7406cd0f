"""Collects the problems of a plan: it goes on after each, so that all are reported together."""

from __future__ import annotations

from fabrica.pipelines._errors import PlanFailed, PlanProblem
from fabrica.pipelines._plan_modules import Module

# The numbers of the plan errors that the README lists by number; the rest are below.
CYCLE = 26
TWO_MAKERS = 27
UNREADABLE = 28
EACH_LITERAL = 29
GATE = 30
NO_FORMAT = 31
MISSING = 32


class Problems:
    """A list of problems of a pipeline that tells each only once."""

    def __init__(self, pipeline: str) -> None:
        self.pipeline = pipeline
        self._found: dict[PlanProblem, None] = {}

    def add(
        self, module: Module, line: int, number: int, text: str, hint: str | None = None
    ) -> None:
        """Add a problem at a line of a module."""
        self._found[PlanProblem(module.shown, line, text, number, hint)] = None

    def add_at(self, file: str, line: int, number: int, text: str, hint: str | None) -> None:
        """Add a problem at a line of a file that is no module."""
        self._found[PlanProblem(file, line, text, number, hint)] = None

    def has(self, module: Module, line: int, number: int) -> bool:
        """Say whether a problem of that number is known at a line."""
        return any((p.file, p.line, p.number) == (module.shown, line, number) for p in self._found)

    def __bool__(self) -> bool:
        return bool(self._found)

    def raise_any(self) -> None:
        """Raise PlanFailed with all problems, when there are any."""
        if self._found:
            raise PlanFailed(self._found)


def one_letter_apart(a: str, b: str) -> bool:
    """Say whether one letter more, less, or other makes `a` of `b`; not for names of two."""
    if a == b or abs(len(a) - len(b)) > 1 or min(len(a), len(b)) < 3:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    if len(a) == len(b):
        return a[start + 1 :] == b[start + 1 :]
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[start + 1 :] == shorter[start:]


def nearest(name: str, names: list[str]) -> str | None:
    """Return the one of `names` that `name` was probably meant to be."""
    from difflib import get_close_matches

    close = get_close_matches(name, names, n=1, cutoff=0.7)
    return close[0] if close else None


def listing(names: list[str]) -> str:
    """Return "`a`, `b` and `c`"."""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
