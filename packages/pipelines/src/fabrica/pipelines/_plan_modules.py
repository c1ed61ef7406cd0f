"""The modules of a project, found as files and never imported, and what names in them mean."""

from __future__ import annotations

import builtins
import os
from hashlib import sha256
from typing import Any, NamedTuple

from fabrica.pipelines._errors import NotAProject
from fabrica.pipelines._facts import Facts, FactsCache
from fabrica.pipelines._plan_files import facts_folder, read_file
from fabrica.pipelines._plan_installed import Installed

STEP = frozenset({"fabrica.pipelines.step", "fabrica.pipelines._step.step"})
"""What the decorator is called, however it was imported."""

_DEPTH = 40  # a chain of re-exports longer than this goes round in a circle
_STARS = {
    "fabrica.pipelines": "Champion Each Metrics Skip Verdict keep promote scratch step".split()
}


class Module:
    """A source file: `name` as imported, `shown` as an error prints it, and its facts.

    `own` modules are the project's; the others come from an installed package.
    """

    __slots__ = ("facts", "file", "name", "own", "package", "shown")

    def __init__(self, name: str, file: str, shown: str, own: bool, facts: Facts) -> None:
        self.name = name
        self.file = file
        self.shown = shown
        self.own = own
        self.package = os.path.basename(file) == "__init__.py"
        self.facts = facts

    def absolute(self, module: str) -> str:
        """Return the absolute name of a module that this one names, perhaps relatively."""
        if not module.startswith("."):
            return module
        rest = module.lstrip(".")
        level = len(module) - len(rest) - (1 if self.package else 0)
        parts = self.name.split(".")
        base = parts[: len(parts) - level] if level else parts
        return ".".join([*base, rest] if rest else base)


class Found(NamedTuple):
    """What a name means: `name` in `module`, or `external`, the qualified name of something else.

    `rest` is what follows the definition (a method, a nested class). An empty `name` is the module
    itself, `*` a name that the module lacks as far as its source tells. `forks` are the names on
    the way, as (module, parts), that the source gives several meanings: see `meanings`.
    """

    module: Module | None
    name: str = ""
    rest: str = ""
    external: str = ""
    forks: tuple[tuple[Module, tuple[str, ...]], ...] = ()

    @property
    def qualified(self) -> str:
        """The name with its module: `bikes.steps.load`."""
        if self.module is None:
            return self.external
        return ".".join(part for part in (self.module.name, self.name, self.rest) if part)


class Project:
    """A project's folder: its name, its modules, and the installed packages that know Fabrica."""

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)
        self.source = os.path.join(self.root, "src")
        self.cache = FactsCache(facts_folder(self.root))
        # All that the plan depends on: the digest of each file that was read, None for one that
        # was looked for in vain, and whether a path is a folder.
        self.seen: dict[str, str | None] = {}
        self.folders: dict[str, bool] = {}
        self.name = self._name()
        self._installed = Installed(self.cache, self.seen)
        self._modules: dict[str, Module | None] = {}
        self._resolved: dict[tuple[str, str], Found] = {}

    def _name(self) -> str:
        file = os.path.join(self.root, "pyproject.toml")
        text = self.read(file)
        if text is None:
            raise NotAProject(
                f"{self.root} is not a project: it has no pyproject.toml",
                hint="run the command in the project's folder",
            )
        return self.cache.remember(f"project:{self.seen[file]}", lambda: _project_name(text))

    def read(self, file: str) -> bytes | None:
        """Return what a file holds, None when there is none, and take note of it."""
        data = read_file(file)
        self.seen[file] = None if data is None else sha256(data).hexdigest()
        return data

    def module(self, name: str) -> Module | None:
        """Return the module of that name when it is the project's, or an installed one that may
        hold steps; None for everything else.
        """
        if name not in self._modules:
            self._modules[name] = self._find(name)
        return self._modules[name]

    def _find(self, name: str) -> Module | None:
        base = os.path.join(self.source, *name.split("."))
        for file in (base + ".py", os.path.join(base, "__init__.py")):
            source = self.read(file)
            if source is not None:
                shown = file[len(self.root) + 1 :].replace(os.sep, "/")
                return Module(name, file, shown, True, self._facts(file, source))
        place = self._installed.file(name)
        source = self.read(place[0]) if place else None
        if place is None or source is None:
            return None
        return Module(name, place[0], place[1], False, self._facts(place[0], source))

    def _facts(self, file: str, source: bytes) -> Facts:
        return self.cache.facts(str(self.seen[file]), source)

    def resolve(self, module: Module, name: str) -> Found:
        """Return what the dotted `name` means in `module`."""
        key = (module.name, name)
        found = self._resolved.get(key)
        if found is None:
            found = self._resolve(module, name)
            self._resolved[key] = found
        return found

    def meanings(self, module: Module, name: str) -> list[Found]:
        """Return all that the dotted `name` may mean in `module`, what `resolve` says first.

        There are several where an import has an alternative (`try: from fast import f`,
        `except ImportError: from slow import f`): which one holds shows when it runs.
        """
        found = [self.resolve(module, name)]
        known = {found[0][:4]}
        for each in found:  # it grows while it is read
            for home, (first, *rest) in each.forks:
                for target, attribute in home.facts["forks"][first]:
                    parts = [attribute, *rest] if attribute else rest
                    other = self.walk(home.absolute(target), parts)
                    if other[:4] not in known:
                        known.add(other[:4])
                        found.append(other)
        return found

    def _resolve(self, module: Module, name: str) -> Found:
        name = name.partition("[")[0]  # the key of an environment variable
        if name[0] in "=+":
            target, _, attribute = name[1:].partition(":")
            # `=a.b` may be a module, or a name below one: the walk finds out.
            return self.walk(module.absolute(target), attribute.split(".") if attribute else [])
        parts = name.split(".")
        found = self.member(module, parts, _DEPTH)
        if found is not None:
            return found
        if hasattr(builtins, parts[0]):
            return Found(None, external=name)
        return Found(None, external=f"?.{name}")

    def member(self, module: Module, parts: list[str], depth: int) -> Found | None:
        """Return what `parts` means as an attribute of `module`; None when it has none."""
        facts = module.facts
        if depth <= 0 or "error" in facts:
            return None
        first, rest = parts[0], parts[1:]
        bound = facts["defs"].get(first)
        entry = facts["imports"].get(first)
        if entry and not (bound and any(part["kind"] != "r" for part in bound)):
            target = module.absolute(entry[0])
            found = self.walk(target, [entry[1], *rest] if entry[1] else rest, depth - 1)
        elif bound:
            found = Found(module, first, ".".join(rest))
        else:
            found = None
        if found is not None:
            forked = first in facts["forks"]
            return found._replace(forks=((module, tuple(parts)), *found.forks)) if forked else found
        for star, _ in facts["stars"]:
            found = self._starred(module.absolute(star), parts, depth - 1)
            if found is not None:
                return found
        return None

    def _starred(self, target: str, parts: list[str], depth: int) -> Found | None:
        if parts[0] in _STARS.get(target, ()):
            return Found(None, external=".".join([target, *parts]))
        starred = self.module(target)
        return self.member(starred, parts, depth) if starred else None

    def walk(self, target: str, parts: list[str], depth: int = _DEPTH) -> Found:
        """Return what `parts` below the module `target` means."""
        module = self.module(target)
        if not parts:
            return Found(module) if module else self._split(target)
        if module is not None:
            found = self.member(module, parts, depth)
            if found is not None:
                return found
        below = f"{target}.{parts[0]}"
        if (module is None or module.package) and self.module(below) is not None:
            return self.walk(below, parts[1:], depth)
        if module is not None:
            return Found(module, "*", ".".join(parts))
        if self._is_folder(target):
            return self.walk(below, parts[1:], depth)
        return Found(None, external=".".join([target, *parts]))

    def _split(self, target: str) -> Found:
        """Return what `a.b.c` means where it is no module: perhaps c in the module a.b."""
        above, _, last = target.rpartition(".")
        module = self.module(above) if above else None
        if module is None:
            return Found(None, external=target)
        return self.member(module, [last], _DEPTH) or Found(module, "*", last)

    def _is_folder(self, name: str) -> bool:
        """Say whether `name` is a folder below src/ without an `__init__.py`."""
        folder = os.path.join(self.source, *name.split("."))
        self.folders[folder] = os.path.isdir(folder)
        return self.folders[folder]

    def missing(self, name: str) -> tuple[str, list[str]] | None:
        """Return the module that `name` asks for in vain, and what stands beside its place.

        None for a name that is not the project's.
        """
        parts = name.split(".")
        folder = os.path.join(self.source, parts[0])
        if not os.path.isdir(folder):
            return None
        depth = 1
        while depth < len(parts) - 1 and os.path.isdir(os.path.join(folder, parts[depth])):
            folder = os.path.join(folder, parts[depth])
            depth += 1
        beside = sorted({entry.partition(".")[0] for entry in os.listdir(folder)} - {""})
        if len(parts) == depth or parts[depth] in beside:
            return None  # a folder without __init__.py, a compiled module
        return ".".join(parts[: depth + 1]), beside

    def imported_by(self, module: Module) -> list[Module]:
        """Return the modules that importing `module` imports, packages above them too."""
        found: dict[str, Module] = {}
        names = module.name.split(".")
        wanted = [".".join(names[:n]) for n in range(1, len(names))]
        for entry in module.facts.get("modules", ()):
            wanted += self.run_by_import(module, entry)
        for name in wanted:
            other = self.module(name)
            if other is not None and other is not module:
                found[name] = other
        return list(found.values())

    def run_by_import(self, module: Module, entry: str) -> list[str]:
        """Return the names of the modules that the import `entry` ("a.b" or "a.b:c") may run."""
        target, _, attribute = entry.partition(":")
        absolute = module.absolute(target)
        parts = absolute.split(".")
        names = [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
        return [*names, f"{absolute}.{attribute}"] if attribute else names


def _project_name(text: bytes) -> str:
    import tomllib

    try:
        name: Any = tomllib.loads(text.decode()).get("project", {}).get("name")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NotAProject(f"pyproject.toml: {error}", hint="mend the file's syntax") from None
    if not isinstance(name, str):
        raise NotAProject(
            "pyproject.toml: the project has no name", hint='add name = "…" below [project]'
        )
    return name
