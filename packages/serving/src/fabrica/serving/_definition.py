"""``src/<module>/service.py`` read into one checked value, with all of its problems at once."""

import difflib
import enum
import importlib
import inspect
import sys
import traceback
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from fabrica.serving._errors import DefinitionError, DefinitionProblem
from fabrica.serving._project import find_module
from fabrica.serving._source import Places, hints, read_places
from fabrica.serving._types import Frame, Input, Series

ANSWERS = (float, int, str, bool)
EXAMPLE = "def predict(trips: Frame[Trip], model: Champion[Regressor]) -> Series[float]: ..."


@dataclass(frozen=True)
class Definition:
    """What a project serves: read once, checked, never changed.

    Example:
        >>> definition = read_definition(Path("projects/trip-duration"))  # doctest: +SKIP
        >>> definition.models, definition.each, definition.values         # doctest: +SKIP
        (('model',), 'borough', ('Manhattan', 'Queens', 'Brooklyn', 'Bronx'))
    """

    module: str
    file: Path
    predict: Callable[..., object]
    input: type[Input]
    frame: str
    """The argument that takes the rows."""
    models: tuple[str, ...]
    """The arguments that take a champion: each is named like the model."""
    answer: type
    """``float``, ``int``, ``str`` or ``bool``: what one row is answered with."""
    each: str | None
    """The field of the input that chooses the model, None for one model for all rows."""
    choices: Mapping[str, object]
    """The values of that field: as the store names them, and as a row holds them."""
    fallback: str | None
    """The value whose champion serves a listed value without one of its own."""

    @property
    def values(self) -> tuple[str, ...]:
        """The values that a request may be for; empty without ``each``."""
        return tuple(self.choices)

    @property
    def description(self) -> str:
        """First paragraph of ``predict``'s docstring, else of the module's."""
        module = sys.modules.get(self.predict.__module__)
        text = inspect.getdoc(self.predict) or (inspect.getdoc(module) if module else None) or ""
        return " ".join(text.split("\n\n")[0].split())

    def value_of(self, row: Input) -> str | None:
        """The value that chooses the model of ``row``; None without ``each``."""
        return None if self.each is None else as_value(getattr(row, self.each))


def as_value(value: object) -> str:
    """The name of a value in the store: ``Literal[2024]`` and ``Year.LAST`` are text there."""
    return str(value.value if isinstance(value, enum.Enum) else value)


def read_definition(root: Path, module: str | None = None) -> Definition:
    """Import the project's ``service.py`` and check what it defines.

    Args:
        root: The project's folder, which holds ``src``.
        module: The project's Python package; found when it is the only one with a service.

    Raises:
        ServiceNotFound: There is no ``src/<module>/service.py``.
        DefinitionError: All problems of it, each with file and line.
    """
    module = find_module(root, module)
    file = root / "src" / module / "service.py"
    places = _places(file)
    reader = _Reader(_import(root, module, file), places)
    definition = reader.read(module)
    if reader.problems or definition is None:
        raise DefinitionError(sorted(reader.problems, key=lambda problem: problem.line))
    return definition


def _places(file: Path) -> Places:
    try:
        return read_places(file)
    except SyntaxError as error:
        problem = DefinitionProblem(file, error.lineno or 1, f"{error.msg}: not valid Python")
        raise DefinitionError([problem]) from None


def _import(root: Path, module: str, file: Path) -> ModuleType:
    source = str((root / "src").resolve())
    if source not in sys.path:
        sys.path.insert(0, source)
    try:
        return importlib.import_module(f"{module}.service")
    except Exception as error:
        raise DefinitionError([_import_problem(error, file, source)]) from error


def _import_problem(error: Exception, file: Path, source: str) -> DefinitionProblem:
    """Place an exception at the last frame of the project's own code."""
    if isinstance(error, SyntaxError) and error.filename:
        text = f"{error.msg}: not valid Python"
        return DefinitionProblem(Path(error.filename), error.lineno or 1, text)
    own = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(source)]
    text = f"{type(error).__name__}: {error}"
    hint = None
    if isinstance(error, ModuleNotFoundError):
        hint = f"add `{error.name}` to the project's dependencies and install them"
    if not own:
        return DefinitionProblem(file, 1, text, hint)
    return DefinitionProblem(Path(own[-1].filename), own[-1].lineno or 1, text, hint)


@dataclass
class _Reader:
    """Reads one module and fills a list of problems."""

    module: ModuleType
    places: Places
    problems: list[DefinitionProblem] = field(default_factory=list)

    def problem(self, text: str, *at: str, hint: str | None = None) -> None:
        line = self.places.line(*at)
        self.problems.append(DefinitionProblem(self.places.file, line, text, hint))

    def read(self, module: str) -> Definition | None:
        predict = self._predict()
        if predict is None:
            return None
        frame, models, row = self._arguments(predict)
        answer = self._answer(predict)
        each, choices = self._each(row)
        fallback = self._fallback(each)
        if self.problems or row is None or answer is None or frame is None:
            return None
        return Definition(
            module=module,
            file=self.places.file,
            predict=predict,
            input=row,
            frame=frame,
            models=models,
            answer=answer,
            each=each,
            choices=choices,
            fallback=fallback,
        )

    def _predict(self) -> Callable[..., object] | None:
        predict = getattr(self.module, "predict", None)
        if predict is None:
            near = difflib.get_close_matches("predict", list(self.places.lines), 1)
            meant = f"; did you mean `{near[0]}` to be it?" if near else ""
            self.problem(f"no function `predict`{meant}", *near, hint=f"write `{EXAMPLE}`")
        elif not inspect.isroutine(inspect.unwrap(predict)) or inspect.isclass(predict):
            self.problem("`predict` is not a function", "predict", hint=f"write `{EXAMPLE}`")
        elif inspect.iscoroutinefunction(predict):
            self.problem(
                "`predict` is async", "predict", hint="write `def predict`: it runs in a thread"
            )
        else:
            return predict
        return None

    def _hints(self, predict: Callable[..., object]) -> dict[str, object]:
        try:
            return hints(predict, self.module)
        except Exception as error:
            self.problem(f"a hint of `predict` can't be read: {error}", "predict")
            return {}

    def _arguments(
        self, predict: Callable[..., object]
    ) -> tuple[str | None, tuple[str, ...], type[Input] | None]:
        frames: dict[str, type[Input] | None] = {}
        models: list[str] = []
        known = self._hints(predict)
        if self.problems:
            return None, (), None
        for name, parameter in inspect.signature(predict).parameters.items():
            at = f"predict.{name}"
            hint = known.get(name)
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                self.problem(f"argument `{name}` is variadic or positional-only", at, "predict")
            elif typing.get_origin(hint) is Frame:
                frames[name] = self._input(hint, at)
            elif _is_champion(hint):
                models.append(name)
            elif parameter.default is parameter.empty:
                self._unfit(name, hint, at)
        return self._frame(frames), self._models(models), next(iter(frames.values()), None)

    def _unfit(self, name: str, hint: object, at: str) -> None:
        said = "has no hint" if hint is None else "is neither Frame[...] nor Champion[...]"
        self.problem(
            f"argument `{name}` {said}: nothing gives it a value",
            at,
            "predict",
            hint=f"write `{EXAMPLE}`",
        )

    def _input(self, hint: object, at: str) -> type[Input] | None:
        row = typing.get_args(hint)[0]
        if isinstance(row, type) and issubclass(row, Input) and row is not Input:
            return row
        self.problem(
            "Frame[...] must name a subclass of Input that service.py can see when it runs",
            at,
            hint="write `class Trip(Input): ...` above, with a field per value of a request",
        )
        return None

    def _frame(self, frames: dict[str, type[Input] | None]) -> str | None:
        if len(frames) == 1:
            return next(iter(frames))
        if not self.problems:
            said = "no argument" if not frames else "more than one argument"
            self.problem(f"`predict` has {said} of Frame[...]", "predict", hint=EXAMPLE)
        return None

    def _models(self, models: list[str]) -> tuple[str, ...]:
        if not models and not self.problems:
            self.problem(
                "`predict` takes no Champion[...]: there is no model to serve",
                "predict",
                hint="name an argument like the pipeline's product: `model: Champion[Regressor]`",
            )
        return tuple(models)

    def _answer(self, predict: Callable[..., object]) -> type | None:
        if self.problems:
            return None
        hint = self._hints(predict).get("return")
        if typing.get_origin(hint) is Series and typing.get_args(hint)[0] in ANSWERS:
            return typing.get_args(hint)[0]
        said = "has no return hint" if hint is None else "must return Series of one plain type"
        self.problem(
            f"`predict` {said}",
            "predict",
            hint="write `-> Series[float]` (or int, str, bool): one value per row",
        )
        return None

    def _each(self, row: type[Input] | None) -> tuple[str | None, dict[str, object]]:
        each = getattr(self.module, "each", None)
        if each is None or row is None:
            return None, {}
        if not isinstance(each, str):
            self.problem(
                f"`each` is {type(each).__name__}",
                "each",
                hint='name the field that chooses the model: `each = "borough"`',
            )
            return None, {}
        if each not in row.model_fields:
            self._no_field(each, row)
            return None, {}
        return each, self._choices(each, row)

    def _no_field(self, each: str, row: type[Input]) -> None:
        near = difflib.get_close_matches(each, list(row.model_fields), 1)
        meant = f"; did you mean `{near[0]}`?" if near else ""
        there = ", ".join(row.model_fields) or "none"
        self.problem(
            f"`each` names `{each}`, which is no field of {row.__name__}{meant}",
            "each",
            hint=f"the fields of {row.__name__} are: {there}",
        )

    def _choices(self, each: str, row: type[Input]) -> dict[str, object]:
        choices = _listed(row.model_fields[each].annotation)
        if not choices:
            self.problem(
                f"field `{each}` chooses the model, so its values must be listed",
                f"{row.__name__}.{each}",
                row.__name__,
                hint=f'write `{each}: Literal["...", "..."]` with the values of the pipeline',
            )
        return choices

    def _fallback(self, each: str | None) -> str | None:
        fallback = getattr(self.module, "fallback", None)
        if fallback is None:
            return None
        if not isinstance(fallback, str):
            self.problem(f"`fallback` is {type(fallback).__name__}, not text", "fallback")
        elif each is None and not self.problems:
            self.problem(
                "`fallback` without `each`: there is nothing to fall back from",
                "fallback",
                hint='add `each = "<field>"`, or remove `fallback`',
            )
        return fallback if isinstance(fallback, str) else None


def _listed(annotation: object) -> dict[str, object]:
    """The values of a Literal of text or whole numbers, or of an Enum of them; else none."""
    values: tuple[object, ...] = ()
    if typing.get_origin(annotation) is typing.Literal:
        values = typing.get_args(annotation)
    elif isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        values = tuple(annotation)
    plain = [value.value if isinstance(value, enum.Enum) else value for value in values]
    if not all(isinstance(v, str | int) and not isinstance(v, bool) for v in plain):
        return {}
    return {as_value(value): value for value in values}


def _is_champion(hint: object) -> bool:
    from fabrica.tracking import ChampionMarker

    extras = getattr(hint, "__metadata__", ())
    return any(extra is ChampionMarker or isinstance(extra, ChampionMarker) for extra in extras)
