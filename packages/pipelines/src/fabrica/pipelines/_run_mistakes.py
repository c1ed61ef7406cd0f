"""Mistakes in what a run is asked for: all of them at once, each with the place that says it."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager

from fabrica.pipelines._errors import ParameterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PLACES = "FABRICA_PLACES"
"""The variable in which the plugin says where it read the arguments that it passes on: a JSON
object of the argument's text → `projects/bikes/fabrica.yaml:12: pipelines.train.each`."""


def places_of(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the places of arguments that a file says; those that a person types have none."""
    try:
        places = json.loads(environ.get(PLACES) or "{}")
    except ValueError:
        return {}
    return places if isinstance(places, dict) else {}


class ParameterErrors(ParameterError):
    """Several arguments are wrong; `mistakes` has an error for each."""

    def __init__(self, mistakes: Iterable[ParameterError]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)), hint=self.mistakes[0].hint)


class Mistakes:
    """Collects errors of arguments; it goes on after each, so that all are told together."""

    def __init__(self, places: Mapping[str, str] | None = None) -> None:
        self.places = places_of() if places is None else places
        self._found: dict[str, ParameterError] = {}

    @contextmanager
    def of(self, text: str | None) -> Iterator[None]:
        """Collect what the block raises about an argument."""
        try:
            yield
        except ParameterError as error:
            self.add(self._placed(error, self.places.get(text) if text is not None else None))

    def add(self, error: ParameterError) -> None:
        """Collect an error; one that is known already is not told twice."""
        self._found[str(error)] = error

    def __bool__(self) -> bool:
        return bool(self._found)

    def raise_any(self) -> None:
        """Raise what was found, when there is anything."""
        found = list(self._found.values())
        if len(found) == 1:
            raise found[0]
        if found:
            raise ParameterErrors(found)

    def _placed(self, error: ParameterError, place: str | None) -> ParameterError:
        if place is None:
            return error
        return ParameterError(f"{place}: {error}", hint=error.edit or error.hint)
