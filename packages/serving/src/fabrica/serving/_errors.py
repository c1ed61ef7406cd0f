"""Everything that ``fabrica.serving`` raises. Standard library only: the supervisor uses it."""

from dataclasses import dataclass
from pathlib import Path


class ServingError(Exception):
    """Base of the errors of this package; ``hint`` says what to type or edit next.

    ::

        ServingError
        ├── ServiceNotFound      the project has no src/<module>/service.py
        ├── DefinitionError      service.py does not say clearly what to serve (all problems)
        ├── NothingToServe       no version of the model has been promoted
        ├── ModelNotLoaded       a champion's artifact is missing, corrupted or can't be read
        ├── NoModel              a request for a value that no model serves
        ├── AnswerError          predict answered something other than a row per input
        ├── AddressError         no address to listen on
        └── AlreadyRunning       another supervisor owns the state folder
    """

    def __init__(self, text: str, hint: str | None = None) -> None:
        super().__init__(text)
        self.hint = hint


class ServiceNotFound(ServingError):
    """The project has no ``src/<module>/service.py``, or several and none was named."""


@dataclass(frozen=True)
class DefinitionProblem:
    """One thing that is wrong in ``service.py``: where, what, and the way out."""

    file: Path
    line: int
    text: str
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class DefinitionError(ServingError):
    """``service.py`` does not say clearly what to serve; ``problems`` holds all of them."""

    def __init__(self, problems: list[DefinitionProblem]) -> None:
        hints = dict.fromkeys(problem.hint for problem in problems if problem.hint)
        super().__init__("\n".join(map(str, problems)), "\n".join(hints) or None)
        self.problems = problems


class NothingToServe(ServingError):
    """No version of the service's model has been promoted yet."""


class ModelNotLoaded(ServingError):
    """A champion's artifact is missing, corrupted, or can't be read by this environment."""


class NoModel(ServingError):
    """A request for a value that no model serves; ``values`` are those that one serves."""

    def __init__(self, text: str, values: tuple[str, ...]) -> None:
        super().__init__(text)
        self.values = values


class AnswerError(ServingError):
    """``predict`` answered something other than one valid value per row, in the rows' order."""


class AddressError(ServingError):
    """No address to listen on."""


class AlreadyRunning(ServingError):
    """Another supervisor owns the state folder."""
