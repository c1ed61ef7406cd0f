"""Where steps are: in the pipeline's module, and what it imports; the ways not to write them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fabrica.pipelines._plan_modules import STEP, Found, Module, Project
from fabrica.pipelines._plan_problems import MISSING, UNREADABLE, Problems, nearest


def is_step(project: Project, module: Module, name: str) -> bool:
    """Say whether a top-level name of a module is a function marked with `@step`."""
    definitions = module.facts.get("defs", {}).get(name, ())
    return any(step_mark(project, module, definition) for definition in definitions)


def step_mark(project: Project, module: Module, definition: dict[str, Any]) -> list[Any] | None:
    """Return the decorator that is `step`, or None."""
    for decorator in definition.get("decorators", ()):
        if project.resolve(module, decorator[0]).external in STEP:
            return decorator
    return None


def imported_steps(
    project: Project, module: Module, problems: Problems
) -> Iterator[tuple[Module, str, int]]:
    """Yield (module, name, line of the import) of the steps that a module imports by name."""
    for bound, (_, _, line, kind) in module.facts["imports"].items():
        if kind == "unseen":
            continue
        found = project.resolve(module, bound)
        if kind == "plain":
            _check_exists(project, module, found, line, problems)
        if found.module is None:
            continue
        _check_source(found.module, problems)
        if not found.name:
            _check_not_steps(project, found.module, module, line, problems)
        elif found.rest == "" and is_step(project, found.module, found.name):
            yield found.module, found.name, line
        else:
            _check_nested(project, found.module, problems, only=found.name)
    for name, line, kind in module.facts["plain"]:
        imported = project.module(name)
        if imported is not None:
            _check_not_steps(project, imported, module, line, problems)
        elif kind == "plain":
            _check_exists(project, module, project.walk(name, []), line, problems)
    for star, line in module.facts["stars"]:
        starred = project.module(module.absolute(star))
        if starred is not None and any(_offered(project, starred)):
            problems.add(
                module,
                line,
                5,
                f"star import from `{starred.name}`: import the steps by name",
                f"from {starred.name} import {', '.join(sorted(_offered(project, starred)))}",
            )


def _check_exists(
    project: Project, module: Module, found: Found, line: int, problems: Problems
) -> None:
    """Report an import of what the project does not have: its steps would just be missing."""
    home = found.module
    if home is None:
        missing = project.missing(found.external)
        if missing is not None:
            name, near = missing
            last = name.rpartition(".")[2]
            _missing(module, line, f"the project has no module `{name}`", last, near, problems)
    elif home.package and project.missing(found.qualified.replace(".*", "")) is None:
        return
    elif found.name == "*" and home.own and not home.facts.get("stars"):
        names = [*home.facts.get("defs", ()), *home.facts.get("imports", ())]
        if "error" not in home.facts and "__getattr__" not in names:
            text = f"`{home.name}` has no `{found.rest}`"
            _missing(module, line, text, found.rest, names, problems)


def _missing(
    module: Module, line: int, text: str, name: str, names: list[str], problems: Problems
) -> None:
    close = nearest(name, names)
    problems.add(
        module,
        line,
        MISSING,
        f"{text}; did you mean `{close}`?" if close else text,
        f"import `{close}`" if close else "mend the import, or write what it names",
    )


def _offered(project: Project, module: Module) -> Iterator[str]:
    """Yield the names by which a module holds steps, those that it imports too."""
    for name in [*module.facts.get("defs", ()), *module.facts.get("imports", ())]:
        found = project.resolve(module, name)
        if found.module and not found.rest and is_step(project, found.module, found.name):
            yield name


def _check_not_steps(
    project: Project, imported: Module, module: Module, line: int, problems: Problems
) -> None:
    steps = [name for name in imported.facts.get("defs", ()) if is_step(project, imported, name)]
    if steps:
        problems.add(
            module,
            line,
            6,
            f"`{imported.name}` has steps and is imported as a module: import them by name",
            f"from {imported.name} import {', '.join(steps)}",
        )


def check_module(project: Project, module: Module, problems: Problems, *, whole: bool) -> None:
    _check_source(module, problems)
    if whole:
        _check_nested(project, module, problems)
    _check_uses(project, module, problems)


def _check_source(module: Module, problems: Problems) -> None:
    if "error" in module.facts:
        line, message = module.facts["error"]
        problems.add(module, line, UNREADABLE, f"it cannot be parsed: {message}", "mend the syntax")


def _check_nested(
    project: Project, module: Module, problems: Problems, only: str | None = None
) -> None:
    for name, line, where, marks in module.facts.get("nested", ()):
        if only is not None and name != only:
            continue
        if any(project.resolve(module, mark).external in STEP for mark, _ in marks):
            problems.add(
                module,
                line,
                3,
                f"step `{name}` is inside {where}: the plan must know every step without running "
                "code; move it to the top level and decide inside",
                f"write `{name}` at the top level of the module, and the condition in its body",
            )


def _check_uses(project: Project, module: Module, problems: Problems) -> None:
    facts = module.facts
    if "error" in facts:
        return
    marked = {line for _, _, _, marks in facts["nested"] for _, line in marks}
    everything = [d for definitions in facts["defs"].values() for d in definitions]
    for definition in [*everything, *facts["run"]]:
        for name, line in definition.get("refs", {}).items():
            if line not in marked and _is_named_step(project, module, name):
                problems.add(
                    module,
                    line,
                    4,
                    "`step` is used other than as a decorator",
                    'write `@step("name of the product")` above the function, in the module',
                )


def _is_named_step(project: Project, module: Module, name: str) -> bool:
    # Most names can't be it; resolving them all would be the larger part of the plan.
    last = name.rpartition(".")[2].rpartition(":")[2]
    entry = module.facts["imports"].get(name)
    if last != "step" and not (entry and entry[1] == "step"):
        return False
    return project.resolve(module, name).external in STEP
