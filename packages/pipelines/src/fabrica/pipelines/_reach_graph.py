"""The code that a step can reach, definition by definition, and its digest.

From a step's function, every definition of the project that it can reach by name, and of the
modules that this imports, the code that runs on import: statements, what a decorator or a call
may register, subclasses of classes with hooks, and all that those reach by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from fabrica.pipelines._plan_model import StepPlan
from fabrica.pipelines._plan_modules import Found, Module, Project
from fabrica.pipelines._plan_problems import Problems
from fabrica.pipelines._reach_checks import Suspect, find_suspects, report
from fabrica.pipelines._reach_effects import Effects

Node = tuple[str, str]
"""(module, name of a definition); `*` is the whole module, `!` its statements on import."""

_WHOLE, _RUN = "*", "!"


class Reach:
    """The graph of definitions, read from facts as far as it is asked for."""

    def __init__(self, project: Project, steps: Sequence[StepPlan]) -> None:
        self.project = project
        self._effects = Effects(project)
        self._types = {p.name: p.type for step in steps for p in step.products}
        self._pickled = {
            p.name: step for step in steps for p in step.products if p.format == "pickle"
        }
        self._handed: dict[str, list[Node]] = {}
        # A step of an installed package is followed through that package.
        self._packages = {_package(step.entry) for step in steps}
        self._edges: dict[Node, tuple[frozenset[Node], frozenset[str], str]] = {}
        self._closures: dict[str, frozenset[str]] = {}
        self._bases: dict[str, str] = {}
        self._sets: dict[frozenset[Node], str] = {}
        self._reached: dict[frozenset[Node], tuple[frozenset[Node], frozenset[str]]] = {}

    # ------------------------------------------------------------ digests

    def digest(self, step: StepPlan) -> str:
        """Return the digest of a step: its code, and what comes with the objects it receives."""
        names = ",".join(product.name for product in step.products)
        return self.digest_of(step.entry, self._received(step), names)

    def digest_of(self, entry: str, more: Iterable[Node] = (), note: str = "") -> str:
        """Return the digest of what `entry` ("module:function") reaches."""
        start = _node(entry)
        nodes, modules = self.by_name([start, *more])
        parts = [note, self._text(start), self._together(nodes - {start}), self._base(start[0])]
        parts += [self._base(module) for module in sorted(modules - self._closure(start[0]))]
        return _sha("\n".join(parts))

    def _together(self, nodes: frozenset[Node]) -> str:
        """Return one digest of a set of definitions; steps often share all but their own."""
        known = self._sets.get(nodes)
        if known is None:
            known = _sha("\n".join(sorted(self._text(node) for node in nodes)))
            self._sets[nodes] = known
        return known

    def _received(self, step: StepPlan) -> list[Node]:
        """Return the project's code that may come with a step's inputs.

        That is the classes among their types. A pickled object may be of a subclass, or hold
        functions, that the type does not tell: then it is what its maker reaches.
        """
        found: list[Node] = []
        for plan in step.inputs:
            maker = self._pickled.get(plan.name)
            if maker is not None:
                found += self._hands_on(maker)
            top, dot, rest = self._types.get(plan.name, "").partition(".")
            if dot:
                target = self.project.walk(top, rest.split("."))
                if target.module is not None and target.name and self._counts(target.module):
                    found.append((target.module.name, target.name))
        return found

    def _hands_on(self, maker: StepPlan) -> list[Node]:
        """Return the code that may come with what a step makes, without the step itself."""
        if maker.name not in self._handed:
            start = _node(maker.entry)
            nodes, _ = self.by_name([start, *self._received(maker)])
            self._handed[maker.name] = sorted(nodes - {start})
        return self._handed[maker.name]

    def by_name(self, start: Iterable[Node]) -> tuple[frozenset[Node], frozenset[str]]:
        """Return the definitions that `start` reaches by name, and the modules they touch."""
        key = frozenset(start)
        if key not in self._reached:
            seen: set[Node] = set()
            modules: set[str] = set()
            frontier = set(key)
            while frontier:
                seen |= frontier
                edges = [self._edge(node) for node in frontier]
                modules.update(*(touched for _, touched, _ in edges))
                frontier = set().union(*(nodes for nodes, _, _ in edges)) - seen
            self._reached[key] = (frozenset(seen), frozenset(modules))
        return self._reached[key]

    def _text(self, node: Node) -> str:
        return self._edge(node)[2]

    # ------------------------------------------------------------ import time

    def _closure(self, name: str) -> frozenset[str]:
        """Return the modules that importing a module imports, itself too."""
        if name not in self._closures:
            seen: set[str] = set()
            pending = [name]
            while pending:
                current = pending.pop()
                module = self.project.module(current)
                if current in seen or module is None or not self._counts(module):
                    continue
                seen.add(current)
                pending += [other.name for other in self.project.imported_by(module)]
            self._closures[name] = frozenset(seen)
        return self._closures[name]

    def _base(self, name: str) -> str:
        """Return a digest of what importing a module runs, and of all that this reaches."""
        if name not in self._bases:
            modules: set[str] = set()
            nodes: set[Node] = set()
            wanted = set(self._closure(name))
            while wanted:
                modules |= wanted
                start = [node for module in sorted(wanted) for node in self._on_import(module)]
                more, touched = self.by_name(start)
                nodes |= more
                wanted = {other for module in touched for other in self._closure(module)} - modules
            self._bases[name] = self._together(frozenset(nodes))
        return self._bases[name]

    def _on_import(self, name: str) -> list[Node]:
        module = self.project.module(name)
        if module is None or "error" in module.facts:
            return []
        nodes = [(name, each) for each in self._effects.on_import(module)]
        return [(name, _RUN), *nodes] if module.facts["run"] else nodes

    # ------------------------------------------------------------ edges

    def _counts(self, module: Module) -> bool:
        return module.own or _package(module.name) in self._packages

    def _edge(self, node: Node) -> tuple[frozenset[Node], frozenset[str], str]:
        """Return what a node reaches, which modules it touches, and what its digest is made of."""
        if node not in self._edges:
            self._edges[node] = self._read(node)
        return self._edges[node]

    def _read(self, node: Node) -> tuple[frozenset[Node], frozenset[str], str]:
        module = self.project.module(node[0])
        if module is None or "error" in module.facts:
            return frozenset(), frozenset(), f"{node[0]}:{node[1]} ?"
        nodes: set[Node] = set()
        touched: set[str] = {node[0]}
        text = [f"{node[0]}:{node[1]}"]
        if node[1] == _WHOLE:
            nodes.update((node[0], name) for name in module.facts["defs"])
            nodes.add((node[0], _RUN))
            nodes.update((module.absolute(star), _WHOLE) for star, _ in module.facts["stars"])
        elif node[1] != _RUN:
            nodes.update(self._whole_star(module))
        for definition in self.definitions(module, node[1]):
            text.append(definition.get("digest", ""))
            references = dict(definition.get("refs", {}))
            for mark in self._effects.decorators(module, definition):
                text.append(mark[2])
                references.update(mark[3])
            for reference in sorted(references):
                text.append(self._follow(module, reference, nodes, touched))
        return frozenset(nodes), frozenset(touched), " ".join(text)

    def _whole_star(self, module: Module) -> list[Node]:
        """Return the modules that `module` imports with a star: any name may come from there."""
        stars = [module.absolute(star) for star, _ in module.facts["stars"]]
        return [(star, _WHOLE) for star in stars if self._is_ours(star)]

    def _is_ours(self, name: str) -> bool:
        module = self.project.module(name)
        return module is not None and self._counts(module)

    def definitions(self, module: Module, name: str) -> list[dict[str, Any]]:
        """Return the definitions of a name; those of `!` are the statements on import."""
        if name == _RUN:
            return module.facts["run"]
        return module.facts["defs"].get(name, [])

    def _follow(self, module: Module, reference: str, nodes: set[Node], touched: set[str]) -> str:
        """Add what a reference reaches, and return what it means, which is part of the digest."""
        if reference == "__subclasses__":
            nodes.update(self._subclasses(module))
            return reference
        if reference.startswith("+"):
            names = self.project.run_by_import(module, reference[1:])
            touched.update(name for name in names if self._is_ours(name))
            return reference
        meant = [self._mean(found, nodes) for found in self.project.meanings(module, reference)]
        return "=".join([reference, *meant])

    def _mean(self, found: Found, nodes: set[Node]) -> str:
        """Add the definition that was found, if it is the project's, and return its name."""
        if found.module is None or not self._counts(found.module):
            return found.qualified
        nodes.add((found.module.name, found.name or _WHOLE))
        return f"{found.module.name}:{found.name}"

    def _subclasses(self, module: Module) -> list[Node]:
        """Return every class with a base that importing `module` defines."""
        return [
            (name, each)
            for name in sorted(self._closure(module.name))
            if (other := self.project.module(name)) is not None
            for each, facts in other.facts.get("classes", {}).items()
            if facts["inherits"]
        ]


def check_reach(project: Project, steps: Sequence[StepPlan], problems: Problems) -> Reach:
    """Report what a cached step must not reach: the clock, the environment, code by name."""
    reach = Reach(project, steps)
    suspects: dict[Node, list[Suspect]] = {}
    for step in steps:
        if not step.cache:
            continue
        nodes, _ = reach.by_name([_node(step.entry)])
        for node in nodes - suspects.keys():
            suspects[node] = _suspects(reach, node)
        for node in sorted(node for node in nodes if suspects[node]):
            for suspect in suspects[node]:
                report(suspect, node[1], step, problems)
    return reach


def _suspects(reach: Reach, node: Node) -> list[Suspect]:
    module = reach.project.module(node[0])
    if module is None or not module.own or "error" in module.facts:
        return []
    parts = reach.definitions(module, node[1])
    return [found for part in parts for found in find_suspects(reach.project, module, part)]


def _sha(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _node(entry: str) -> Node:
    module, _, function = entry.partition(":")
    return module, function


def _package(name: str) -> str:
    """Return the package that a module belongs to; of a namespace of ours, two parts."""
    parts = name.partition(":")[0].split(".")
    return ".".join(parts[:2]) if parts[0] == "fabrica" else parts[0]
