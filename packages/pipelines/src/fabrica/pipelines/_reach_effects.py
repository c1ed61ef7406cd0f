"""Which definitions do something on import besides binding their name.

A plain function does nothing until it is called. A decorator may register what it decorates, a
call on the right of an assignment may change anything, a subclass may run its base's hook: their
code then counts for every step whose modules import theirs. Where it is not known, it counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fabrica.pipelines._plan_hints import Hint, resolve_hint
from fabrica.pipelines._plan_modules import STEP, Found, Module, Project

_MAKES = frozenset({"__init__", "__new__", "__post_init__", "__call__", "__set_name__"})
# What a library calls a function that changes its state; any other makes a value.
_CHANGES = (
    "add", "append", "apply", "clear", "config", "delattr", "disable", "enable", "eval", "exec",
    "extend", "import_module", "init", "insert", "install", "listen", "monkeypatch", "on_", "patch",
    "pop", "push", "register", "remove", "reset", "route", "seed", "set_", "setattr", "setdefault",
    "setlocale", "seterr", "subscribe", "update", "use", "__import__", "globals",
)  # fmt: skip


class Effects:
    """Answers, from facts, which definitions of a module count as code that runs on import."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[str, list[str]] = {}

    def on_import(self, module: Module) -> list[str]:
        """Return the names of definitions that count on import."""
        if module.name not in self._known:
            self._known[module.name] = [
                name
                for name in module.facts.get("effects", ())
                if any(self._counts(module, name, d) for d in module.facts["defs"][name])
            ]
        return self._known[module.name]

    def decorators(self, module: Module, definition: dict[str, Any]) -> Iterator[list[Any]]:
        """Yield the decorators of a definition, without `step`: its settings are no code."""
        for decorator in definition.get("decorators", ()):
            if self._project.resolve(module, decorator[0]).external not in STEP:
                yield decorator

    def _counts(self, module: Module, name: str, definition: dict[str, Any]) -> bool:
        if any(self._call_counts(module, call) for call in definition.get("calls", ())):
            return True
        marks = self.decorators(module, definition)
        if any(self._decorator_counts(module, mark[0], mark[1]) for mark in marks):
            return True
        return definition["kind"] == "c" and self._has_hook(module, name)

    def _call_counts(self, module: Module, call: str) -> bool:
        if call.startswith("?"):
            return call == "?" or _changes(call)
        found = self._project.resolve(module, call)
        if found.module is None:
            return _changes(found.external)
        return self._runs(found, factory=False)

    def _decorator_counts(self, module: Module, name: str, called: bool) -> bool:
        if name == "?":
            return True
        found = self._project.resolve(module, name)
        if found.module is None:
            return _changes(found.external)
        return self._runs(found, factory=called)

    def _runs(self, found: Found, *, factory: bool) -> bool:
        """Say whether calling a definition of the project may change something.

        A `factory` is called, and what it returns is called too: a decorator with arguments.
        """
        module = found.module
        if module is None or found.rest or found.name in ("", "*"):
            return True
        if found.name in module.facts.get("classes", ()):
            facts = module.facts["classes"][found.name]
            return bool(_MAKES.intersection(facts["methods"])) or self._has_hook(module, found.name)
        definitions = module.facts["defs"].get(found.name, ())
        return not definitions or any(
            part["kind"] != "f" or part.get("inert", 0) < (2 if factory else 1)
            for part in definitions
        )

    def _has_hook(self, module: Module, name: str) -> bool:
        """Say whether defining a class runs code of the project: a hook or a metaclass."""
        seen: set[str] = set()
        pending = [Hint(f"{module.name}.{name}", found=Found(module, name))]
        while pending:
            hint = pending.pop()
            home = hint.found.module if hint.found else None
            facts = home.facts.get("classes", {}).get(hint.found.name) if home else None  # type: ignore[union-attr]
            if hint.name in seen or home is None or facts is None:
                continue
            own = hint.name == f"{module.name}.{name}"
            seen.add(hint.name)
            if facts["hook"] and not own:
                return True
            if facts["metaclass"] is not None:
                meta = resolve_hint(self._project, home, facts["metaclass"])
                if meta.found is not None:
                    return True
            pending += [resolve_hint(self._project, home, base) for base in facts["bases"]]
        return False


def _changes(name: str) -> bool:
    return name.rpartition(".")[2].startswith(_CHANGES)
