"""One source file → its facts: what it defines, imports and runs, without running it.

Facts are plain JSON, depend on the file's bytes alone, and are cached by their hash. All that
needs other files (what a name means, whether a decorator is `step`) is decided later, from facts.

    imports   {bound name: [module, name in it or "", line, kind]}; kind is "plain", "block" (it may
              fail) or "unseen" (only for type checkers)
    plain     [[module, line, kind]] of `import module`
    forks     {bound name: [[module, name in it or ""], ...]} of names with several meanings, of
              which one is an import: which one holds shows when it runs
    modules   modules that importing this file imports; "a:b" where b may be a module of package a
    stars     [[module, line]]
    defs      {name: [definition, ...]}, several where a name is bound more than once
    run       [definition, ...]: statements that run on import and are no definition
    functions {name: signature} of decorated top-level functions, and of `better`
    classes   {name: {bases, hooks, fields, methods, decorators}}
    values    {name: [expression, line]} of module-level assignments
    effects   [name, ...] of definitions that may do more on import than bind their name
    nested    [[name, line, where, [[decorator, line]]]] decorated functions in a block

A definition is {kind, digest, line, refs, calls, decorators}: kind "f" a function, "a" an async
one, "c" a class, "v" a value, "r" what runs; refs are the names that it reads, with their lines.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from fabrica.pipelines._syntax_definitions import (
    class_calls,
    class_facts,
    decorators,
    inertness,
    signature,
    without_decorators,
)
from fabrica.pipelines._syntax_expressions import expression
from fabrica.pipelines._syntax_names import (
    calls,
    digest,
    dotted,
    imported,
    imported_modules,
    references,
)

Facts = dict[str, Any]

_BLOCKS: dict[type[ast.AST], str] = {
    ast.If: "an if block",
    ast.For: "a loop",
    ast.AsyncFor: "a loop",
    ast.While: "a loop",
    ast.FunctionDef: "a function",
    ast.AsyncFunctionDef: "a function",
    ast.ClassDef: "a class",
    ast.Try: "a try block",
    ast.TryStar: "a try block",
    ast.With: "a with block",
    ast.AsyncWith: "a with block",
    ast.Match: "a match block",
}


def facts_of(source: bytes) -> Facts:
    """Return the facts of a source file; one that does not parse has only `error`."""
    try:
        return _facts(ast.parse(source))
    except SyntaxError as error:
        return {"error": [error.lineno or 1, error.msg]}
    except ValueError as error:  # null bytes
        return {"error": [1, str(error)]}
    except (RecursionError, MemoryError):
        return {"error": [1, "it is nested too deeply"]}


def _facts(tree: ast.Module) -> Facts:
    reader = _Module()
    reader.statements(tree.body)
    docstring = ast.get_docstring(tree, clean=False)
    if docstring is not None:
        reader.define("__doc__", "v", tree.body[0], digest(tree.body[0]))
    _nested(tree, None, reader.facts["nested"])
    reader.facts["forks"] = _forks(reader.facts, reader.targets)
    reader.facts["effects"] = _effects(reader.facts)
    return reader.facts


def _effects(facts: Facts) -> list[str]:
    """Return the definitions that may do something on import besides binding their name."""
    return [
        name
        for name, definitions in facts["defs"].items()
        if (facts["classes"].get(name) or {}).get("inherits")
        or any(part.get("calls") or part.get("decorators") for part in definitions)
    ]


def _forks(facts: Facts, targets: dict[str, list[list[str]]]) -> dict[str, list[list[str]]]:
    """Return what else imports bind to a name that an import or a definition binds as well."""
    return {
        name: found
        for name, found in targets.items()
        if found
        and (
            found != [facts["imports"][name][:2]]
            or any(part["kind"] != "r" for part in facts["defs"].get(name, ()))
        )
    }


class _Module:
    def __init__(self) -> None:
        self.targets: dict[str, list[list[str]]] = {}
        self.facts: Facts = {
            "imports": {},
            "forks": {},
            "modules": [],
            "plain": [],
            "stars": [],
            "defs": {},
            "run": [],
            "functions": {},
            "classes": {},
            "values": {},
            "nested": [],
            "effects": [],
        }

    def statements(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self.imports(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.function(node)
            case ast.ClassDef():
                self.classdef(node)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self.assignment(node)
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case ast.If(test=test) if _is_type_checking(test):
                self.block_bindings(node.body, unseen=True)
                self.statements(node.orelse)
            case ast.If(test=test) if _is_main(test):
                self.statements(node.orelse)
            case _ if type(node).__name__ == "TypeAlias":
                name, value = node.name.id, node.value  # type: ignore[attr-defined]
                self.define(name, "v", node, digest(node), values=[value])
                self.facts["values"][name] = [expression(value, hint=True), node.lineno]
            case _:
                self.run(node)

    def imports(
        self, node: ast.Import | ast.ImportFrom, *, unseen: bool = False, block: bool = False
    ) -> None:
        kind = "unseen" if unseen else "block" if block else "plain"
        for name, module, attribute in imported(node):
            self.facts["imports"][name] = [module, attribute, node.lineno, kind]
            targets = self.targets.setdefault(name, [])
            if not unseen and [module, attribute] not in targets:
                targets.append([module, attribute])
        if isinstance(node, ast.Import):
            self.facts["plain"] += [[alias.name, node.lineno, kind] for alias in node.names]
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            self.facts["stars"].append(["." * node.level + (node.module or ""), node.lineno])
        if not unseen:
            self.facts["modules"] += imported_modules(node)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        kind = "f" if isinstance(node, ast.FunctionDef) else "a"
        defaults = [*node.args.defaults, *node.args.kw_defaults]
        bare = without_decorators(node)
        definition = self.define(
            node.name, kind, node, digest(node, without=("decorator_list",)), read=[bare]
        )
        definition["calls"] = calls(defaults)
        definition["decorators"] = decorators(node)
        # 2: its body does nothing; 1: so it is, but not what it returns.
        definition["inert"] = inertness(node)
        if node.decorator_list or node.name == "better":
            self.facts["functions"][node.name] = signature(node)

    def classdef(self, node: ast.ClassDef) -> None:
        definition = self.define(
            node.name,
            "c",
            node,
            digest(node, without=("decorator_list",)),
            read=[*node.bases, *node.keywords, *node.body],
        )
        definition["calls"] = class_calls(node)
        definition["decorators"] = decorators(node)
        self.facts["classes"][node.name] = class_facts(node)

    def assignment(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = _plain_names(targets)
        if names is None:
            self.run(node)
            return
        called = calls([node.value])
        for name in names:
            definition = self.define(name, "v", node, digest(node), read=[node])
            definition["calls"] = called
        if len(names) != 1 or node.value is None or isinstance(node, ast.AugAssign):
            for name in names:
                self.facts["values"].pop(name, None)  # bound again: its value is not known
        elif _is_small(node.value):
            # Whether a value is a type is not known here; in an alias strings are types.
            hint = isinstance(node, ast.AnnAssign) and _last(node.annotation) == "TypeAlias"
            self.facts["values"][names[0]] = [expression(node.value, hint=hint), node.lineno]

    def run(self, node: ast.stmt) -> None:
        self.facts["run"].append(
            {
                "kind": "r",
                "digest": digest(node),
                "line": node.lineno,
                "refs": references([node]),
            }
        )
        self.block_bindings([node], unseen=False)

    def block_bindings(self, body: list[ast.stmt], *, unseen: bool) -> None:
        """Record what a block binds at module level; it runs on import as a whole."""
        pending: list[ast.AST] = list(body)
        while pending:
            node = pending.pop()
            match node:
                case ast.Import() | ast.ImportFrom():
                    self.imports(node, unseen=unseen, block=True)
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    if unseen:
                        self.statement(node)
                    else:
                        self.bind(node.name, node)
                    continue
                case ast.Assign() if unseen:
                    self.statement(node)
                    continue
                case ast.Name(id=name, ctx=ast.Store()):
                    self.bind(name, node)
                case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                    continue
            pending += ast.iter_child_nodes(node)

    def bind(self, name: str, node: ast.AST) -> None:
        line = getattr(node, "lineno", 1)
        self.facts["defs"].setdefault(name, []).append({"kind": "r", "line": line})

    def define(
        self,
        name: str,
        kind: str,
        node: ast.AST,
        spelled: str,
        *,
        read: list[ast.AST] | None = None,
        values: list[ast.AST] | None = None,
    ) -> dict[str, Any]:
        definition: dict[str, Any] = {
            "kind": kind,
            "digest": spelled,
            "line": getattr(node, "lineno", 1),
            "refs": references([*(read or []), *(values or [])]),
        }
        self.facts["defs"].setdefault(name, []).append(definition)
        return definition


def _plain_names(targets: Sequence[ast.expr]) -> list[str] | None:
    """Return the names that an assignment binds; None when it changes something else."""
    names: list[str] = []
    pending: list[ast.expr] = list(targets)
    while pending:
        match pending.pop():
            case ast.Name(id=name):
                names.append(name)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                pending += items
            case ast.Starred(value=value):
                pending.append(value)
            case _:
                return None
    return names


def _nested(node: ast.AST, where: str | None, found: list[list[Any]]) -> None:
    """Collect decorated functions that stand in a block, a class or a function."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            continue
        function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        if function and where and child.decorator_list:
            marks = [[entry[0], entry[4]] for entry in decorators(child)]
            found.append([child.name, child.lineno, where, marks])
        _nested(child, _BLOCKS.get(type(child), where), found)


def _is_small(node: ast.expr) -> bool:
    """Say whether an expression is worth keeping: a table of data is not."""
    return sum(1 for _ in ast.walk(node)) <= 2000


def _last(node: ast.expr) -> str:
    return (dotted(node) or "").rpartition(".")[2]


def _is_type_checking(test: ast.expr) -> bool:
    return _last(test) == "TYPE_CHECKING"


def _is_main(test: ast.expr) -> bool:
    match test:
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()]):
            return True
    return False
