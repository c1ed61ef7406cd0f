"""Where things stand in ``service.py``, and what its hints mean, without importing more."""

import ast
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType


@dataclass(frozen=True)
class Places:
    """Lines of a module's definitions: ``predict``, ``predict.trips``, ``Trip.borough``, ..."""

    file: Path
    lines: Mapping[str, int]

    def line(self, *names: str) -> int:
        """The line of the first of ``names`` that the module defines, else 1."""
        return next((self.lines[name] for name in names if name in self.lines), 1)


def read_places(file: Path) -> Places:
    """Read the lines of top-level names, arguments and class fields from the syntax tree."""
    lines: dict[str, int] = {}
    for node in ast.parse(file.read_bytes()).body:
        lines.update(_lines(node))
    return Places(file, lines)


def _lines(node: ast.stmt) -> dict[str, int]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name: node.lineno} | {
            f"{node.name}.{argument.arg}": argument.lineno for argument in _arguments(node.args)
        }
    if isinstance(node, ast.ClassDef):
        inner = {name: line for child in node.body for name, line in _lines(child).items()}
        return {node.name: node.lineno} | {f"{node.name}.{n}": line for n, line in inner.items()}
    if isinstance(node, ast.Assign):
        return {name.id: node.lineno for target in node.targets for name in _names(target)}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id: node.lineno}
    return {}


def _names(target: ast.expr) -> list[ast.Name]:
    return [node for node in ast.walk(target) if isinstance(node, ast.Name)]


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    stars = [star for star in (arguments.vararg, arguments.kwarg) if star]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *stars]


class Unknown:
    """Stands in a hint for a name that only type checkers import (under ``TYPE_CHECKING``)."""

    def __getattr__(self, name: str) -> "Unknown":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, item: object) -> "Unknown":
        return self

    def __or__(self, other: object) -> "Unknown":
        return self

    __ror__ = __or__

    def __call__(self) -> None:
        """Be callable: ``typing`` asks hints for it."""


class _Names(dict[str, object]):
    """Names of a module, then builtins, then ``Unknown``."""

    def __missing__(self, name: str) -> object:
        import builtins

        return getattr(builtins, name, Unknown())


def hints(function: Callable[..., object], module: ModuleType) -> dict[str, object]:
    """The function's hints; a name that is not there at run time becomes ``Unknown``."""
    plain = inspect.unwrap(function)
    names = _Names(getattr(plain, "__globals__", None) or vars(module))
    return typing.get_type_hints(plain, localns=names, include_extras=True)
