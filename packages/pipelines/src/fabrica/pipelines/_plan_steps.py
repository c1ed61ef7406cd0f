"""The steps of a pipeline: those that its module defines, and those that it imports by name."""

from __future__ import annotations

from typing import Any, NamedTuple

from fabrica.pipelines._plan_hints import Hint, resolve_hint
from fabrica.pipelines._plan_modules import STEP, Module, Project
from fabrica.pipelines._plan_problems import TWO_MAKERS, Problems
from fabrica.pipelines._plan_products import check_function, read_decorator, read_products
from fabrica.pipelines._plan_settings import Settings
from fabrica.pipelines._plan_sources import check_module, imported_steps, is_step, step_mark


class Argument(NamedTuple):
    """An argument of a step's function; `default` is an expression of the facts, or None."""

    name: str
    hint: Hint
    default: Any
    line: int

    @property
    def is_optional(self) -> bool:
        """Whether its default is None."""
        return self.default == ["c", None]


class StepSource(NamedTuple):
    """A step as its source has it; `order` is its place in the pipeline's module.

    A step that is not `readable` has products whose names are not known: what they would have
    filled is no problem of its own.
    """

    name: str
    module: Module
    line: int
    order: int
    arguments: tuple[Argument, ...]
    products: tuple[str, ...]
    makes: tuple[Hint, ...]
    settings: Settings
    readable: bool = True


def find_steps(project: Project, module: Module, problems: Problems) -> list[StepSource]:
    """Return the steps of the pipeline that `module` is, in the order of its lines."""
    places: dict[tuple[str, str], tuple[Module, str, int]] = {}
    for name, definitions in module.facts["defs"].items():
        if is_step(project, module, name):
            places[module.name, name] = (module, name, definitions[-1]["line"])
    for home, name, line in imported_steps(project, module, problems):
        places.setdefault((home.name, name), (home, name, line))
    check_module(project, module, problems, whole=True)
    for home in {home.name: home for home, _, _ in places.values()}.values():
        if home is not module:
            check_module(project, home, problems, whole=False)
    ordered = sorted(places.values(), key=lambda place: place[2])
    steps = [
        _step(project, home, name, order, problems) for order, (home, name, _) in enumerate(ordered)
    ]
    _check_names(steps, problems)
    return steps


def _check_names(steps: list[StepSource], problems: Problems) -> None:
    first: dict[str, StepSource] = {}
    for step in steps:
        other = first.setdefault(step.name, step)
        if other is not step:
            problems.add(
                step.module,
                step.line,
                TWO_MAKERS,
                f"two steps are named `{step.name}`: the other is in "
                f"{other.module.shown}:{other.line}",
                "rename one of the two functions",
            )


def _step(
    project: Project, module: Module, name: str, order: int, problems: Problems
) -> StepSource:
    definitions = module.facts["defs"][name]
    if len(definitions) > 1 and step_mark(project, module, definitions[0]):
        problems.add(
            module,
            definitions[-1]["line"],
            TWO_MAKERS,
            f"two steps are named `{name}`: the other is in "
            f"{module.shown}:{definitions[0]['line']}",
            "rename one of the two functions",
        )
    signature = module.facts["functions"][name]
    line = signature["line"]
    mark, mark_line = _call(project, module, signature)
    products, settings, readable = read_decorator(module, name, mark, mark_line, problems)
    check_function(module, name, signature, problems)
    returns = (
        None
        if signature["returns"] is None
        else resolve_hint(project, module, signature["returns"])
    )
    makes = (
        read_products(module, name, signature, products, settings, returns, problems)
        if readable
        else ()
    )
    arguments = tuple(
        Argument(argument, resolve_hint(project, module, hint), default, at)
        for argument, hint, default, at in signature["arguments"]
    )
    return StepSource(name, module, line, order, arguments, products, makes, settings, readable)


def _call(project: Project, module: Module, signature: dict[str, Any]) -> tuple[Any, int]:
    """Return the expression of the `@step` decorator, and its line."""
    unreadable = None
    for mark, line in signature["decorators"]:
        target = mark[1] if mark[0] == "k" else mark
        if target[0] == "n" and project.resolve(module, target[1]).external in STEP:
            return mark, line
        if mark[0] == "x":
            unreadable = unreadable or (mark, line)
    return unreadable or (["x", "?"], signature["line"])
