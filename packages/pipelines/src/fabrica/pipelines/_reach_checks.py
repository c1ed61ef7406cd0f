"""What a cached step must not reach: its result would depend on what the key does not hold."""

from __future__ import annotations

from typing import Any, NamedTuple

from fabrica.pipelines._plan_model import StepPlan
from fabrica.pipelines._plan_modules import Module, Project
from fabrica.pipelines._plan_problems import Problems

_DYNAMIC = frozenset({"importlib.import_module", "globals", "exec", "eval", "__import__"})
_CLOCKS = frozenset({"today", "now", "utcnow"})
_SETS = frozenset({"setdefault", "update", "__setitem__", "__delitem__"})
# Most names are none of these; only one with such an end is resolved.
_ENDS = frozenset({"import_module", "globals", "exec", "eval", "__import__", *_CLOCKS})


class Suspect(NamedTuple):
    """A use of the clock, the environment or of code by its name, in a line of a module."""

    number: int
    what: str
    key: str | None
    module: Module
    line: int


def find_suspects(project: Project, module: Module, definition: dict[str, Any]) -> list[Suspect]:
    """Return what a definition uses that a cached step must not reach."""
    found = []
    for reference, line in definition.get("refs", {}).items():
        if not _may_matter(module, reference):
            continue
        target = project.resolve(module, reference)
        number = 0 if target.module is not None else _number(target.external)
        if number:
            found.append(Suspect(number, target.external, _key(reference), module, line))
    return found


def _may_matter(module: Module, reference: str) -> bool:
    if "environ" in reference or "getenv" in reference:
        return True
    last = reference.rpartition(".")[2].rpartition(":")[2].lstrip("=")
    if last in _ENDS:
        return True
    entry = module.facts["imports"].get(reference.partition("[")[0])
    return entry is not None and (entry[1] in _ENDS or entry[1] in ("environ", "getenv"))


def _number(name: str) -> int:
    if name in _DYNAMIC:
        return 21
    if "." in name and name.rpartition(".")[2] in _CLOCKS and not name.startswith("?"):
        return 22
    parts = name.split(".")
    if parts[:2] in (["os", "getenv"], ["os", "getenvb"]):
        return 23
    reads = parts[:2] in (["os", "environ"], ["os", "environb"])
    return 23 if reads and not _SETS.intersection(parts) else 0


def _key(reference: str) -> str | None:
    _, bracket, key = reference.partition("[")
    return key.removesuffix("]") if bracket else None


def report(suspect: Suspect, definition: str, step: StepPlan, problems: Problems) -> None:
    """Report errors 21 to 23 for what a cached step reaches in one of its definitions."""
    module, line, key = suspect.module, suspect.line, suspect.key
    last = suspect.what.rpartition(".")[2]
    where = f"is in the reach of the cached step `{step.name}`"
    if step.entry != f"{module.name}:{definition}" and definition not in "*!":
        where += f", through `{definition}`"
    if suspect.number == 21:
        problems.add(
            module,
            line,
            21,
            f"`{last}()` {where}: what it runs is not known, so the cache could not see it change",
            "import the module and call the function by name, or set `cache=False`",
        )
    elif suspect.number == 22 and not problems.has(module, line, 17):
        problems.add(
            module,
            line,
            22,
            f"`{last}()` {where}: the cached result would keep the day it was made",
            "take a parameter that the schedule fills, or set `cache=False`",
        )
    elif suspect.number == 23 and (key is None or key not in step.secrets):
        what = f'os.environ["{key}"]' if key is not None else suspect.what
        problems.add(
            module,
            line,
            23,
            f"`{what}` {where}: the cache could not see it change",
            f'take a parameter, or declare it: `@step(…, secrets=["{key or "NAME"}"])`',
        )
