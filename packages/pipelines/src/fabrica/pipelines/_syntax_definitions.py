"""Facts of one function or class: its signature, its decorators, what it calls on import."""

from __future__ import annotations

import ast
from copy import copy
from typing import Any

from fabrica.pipelines._syntax_expressions import expression
from fabrica.pipelines._syntax_names import calls, digest, dotted, references


def decorators(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[list[Any]]:
    """Return [name, is it called, digest, references, line] of each decorator."""
    found = []
    for decorator in node.decorator_list:
        called = isinstance(decorator, ast.Call)
        name = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
        found.append(
            [name or "?", called, digest(decorator), references([decorator]), decorator.lineno]
        )
    return found


def without_decorators(node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
    bare = copy(node)
    bare.decorator_list = []
    return bare


def signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, Any]:
    arguments = node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = list(zip(plain, defaults, strict=True))
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    extra = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return {
        "line": node.lineno,
        "async": isinstance(node, ast.AsyncFunctionDef),
        "arguments": [
            [
                argument.arg,
                expression(argument.annotation, hint=True),
                expression(default),
                argument.lineno,
            ]
            for argument, default in pairs
        ],
        "extra": [("*" if e is arguments.vararg else "**") + e.arg for e in extra],
        "positionalOnly": len(arguments.posonlyargs),
        "returns": expression(node.returns, hint=True),
        "returnsLine": node.returns.lineno if node.returns else node.lineno,
        "gives": _gives_something(node),
        "decorators": [
            [expression(decorator), decorator.lineno] for decorator in node.decorator_list
        ],
    }


def _gives_something(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    for part in _own(node.body):
        if isinstance(part, ast.Yield | ast.YieldFrom):
            return True
        if isinstance(part, ast.Return) and part.value is not None and not _is_none(part.value):
            return True
    return False


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _own(body: list[ast.stmt]) -> list[ast.AST]:
    """Return the nodes of a body, without those of functions and classes in it."""
    found: list[ast.AST] = []
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        found.append(node)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            pending += ast.iter_child_nodes(node)
    return found


def inertness(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Say whether calling a function only makes functions, so that decorating changes nothing."""
    if not _does_nothing(node):
        return 0
    inner = [part for part in node.body if isinstance(part, ast.FunctionDef)]
    return 2 if all(_does_nothing(function) for function in inner) else 1


def _does_nothing(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    for statement in node.body:
        match statement:
            case ast.FunctionDef() | ast.Pass() | ast.Expr(value=ast.Constant()):
                continue
            case ast.Return(value=value) | ast.Assign(targets=[ast.Name()], value=value):
                if value is None or not calls([value]):
                    continue
        return False
    return True


def class_calls(node: ast.ClassDef) -> list[str]:
    found: set[str] = set()
    for statement in node.body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                found.update(calls([*statement.args.defaults, *statement.args.kw_defaults]))
            case ast.Assign() | ast.AnnAssign():
                found.update(calls([statement.value]))
            case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.ClassDef():
                pass
            case _:
                found.add("?")
    return sorted(found)


def class_facts(node: ast.ClassDef) -> dict[str, Any]:
    methods = [
        part.name for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    fields = []
    for part in node.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            hint = expression(part.annotation, hint=True)
            fields.append([part.target.id, hint, expression(part.value), part.lineno])
        elif isinstance(part, ast.Assign) and len(part.targets) == 1:
            target = part.targets[0]
            if isinstance(target, ast.Name):
                fields.append([target.id, None, expression(part.value), part.lineno])
    metaclasses = [keyword.value for keyword in node.keywords if keyword.arg == "metaclass"]
    return {
        "line": node.lineno,
        "bases": [expression(base) for base in node.bases],
        "metaclass": expression(metaclasses[0]) if metaclasses else None,
        "inherits": bool(node.bases or metaclasses),
        "hook": "__init_subclass__" in methods,
        "methods": methods,
        "fields": fields,
        "decorators": [expression(decorator) for decorator in node.decorator_list],
    }
