"""What `fabrica.pipelines` raises."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class PipelineError(Exception):
    """A mistake that the reader can mend; `hint` says what to type or edit next.

    The tree::

        PipelineError
        ├── PlanFailed          the module's source holds problems; all of them are in `errors`
        ├── PlanUnreadable      a plan.json of another schema, or no plan at all
        ├── UnknownPipeline     no such file in src/<module>/pipelines/
        ├── NotAProject         a folder without pyproject.toml or src/<module>
        ├── ParameterError      a parameter is missing, unknown, or does not fit its type
        ├── RunFailed           steps of the run failed
        ├── NotResumable        the run does not exist, or its code or parameters are others now
        └── StepError           a step broke the contract of steps
            ├── FileMissing     a file of `reads=` does not exist
            ├── FileChanged     a file of `reads=` changed while the step ran
            ├── CodeChanged     the step's code changed after the run was planned
            ├── UndeclaredRead  a cached step read a file that its `reads=` does not name
            ├── WrongProduct    what the step returned fits not its hint, or no format
            ├── SecretMissing   an environment variable of `secrets=` is not set
            ├── NoChampion      no version of the model has been promoted yet
            ├── BadGate         the gate did not return a verdict, or a metric is no number
            └── ProcessDied     the process of the step ended without a word

    `Skip` is no error: a step raises it to say that there is nothing to do for a value.
    """

    hint: str | None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class PlanProblem:
    """One problem of a plan: what, where, and the way out.

    `number` is the one in the list of plan errors (README, "Plan errors"). `str(problem)` is
    `src/bikes/pipelines/train.py:12: text`.
    """

    __slots__ = ("file", "hint", "line", "number", "text")

    def __init__(
        self, file: str, line: int, text: str, number: int, hint: str | None = None
    ) -> None:
        self.file = file
        self.line = line
        self.text = text
        self.number = number
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"

    def __repr__(self) -> str:
        return f"PlanProblem({str(self)!r}, number={self.number})"

    def _key(self) -> tuple[str, int, int, str]:
        return (self.file, self.line, self.number, self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlanProblem) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


class PlanFailed(PipelineError):
    """The pipeline's source holds problems; `errors` has all of them, by file and line."""

    errors: tuple[PlanProblem, ...]

    def __init__(self, errors: Iterable[PlanProblem]) -> None:
        self.errors = tuple(sorted(errors, key=PlanProblem._key))
        lines = []
        for problem in self.errors:
            lines.append(str(problem))
            if problem.hint:
                lines.append(f"    {problem.hint}")
        super().__init__("\n".join(lines), hint=self.errors[0].hint if self.errors else None)


class PlanUnreadable(PipelineError):
    """A document that is not a plan, or one of a schema that this version does not read."""


class UnknownPipeline(PipelineError):
    """The project has no pipeline of that name."""


class NotAProject(PipelineError):
    """The folder is not a project: it lacks pyproject.toml, or a module under src/."""


class ParameterError(PipelineError):
    """A parameter is missing, unknown, or its value does not fit its type.

    `edit` says what to write instead where a file holds it; `hint` is for the command line.
    """

    def __init__(self, message: str, *, hint: str | None = None, edit: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.edit = edit


class RunFailed(PipelineError):
    """Steps of the run failed."""


class NotResumable(PipelineError):
    """The run cannot be continued."""


class StepError(PipelineError):
    """A step broke the contract of steps; the message says how, the hint how to mend it."""


class FileMissing(StepError):
    """A file of `reads=` does not exist."""


class FileChanged(StepError):
    """A file of `reads=` changed while the step ran."""


class CodeChanged(StepError):
    """The step's code changed after the run was planned."""


class UndeclaredRead(StepError):
    """A cached step read a file that its `reads=` does not name."""


class WrongProduct(StepError):
    """What the step returned does not fit its hint, or no format fits it."""


class SecretMissing(StepError):
    """An environment variable that `secrets=` names is not set."""


class NoChampion(StepError):
    """No version of the model has been promoted yet."""


class BadGate(StepError):
    """The gate did not return a verdict, or a metric is no number."""


class ProcessDied(StepError):
    """The process of a step ended without a word: out of memory, or killed."""
