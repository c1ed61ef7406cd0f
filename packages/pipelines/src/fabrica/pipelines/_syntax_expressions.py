"""Annotations, defaults and settings as small lists that JSON can hold.

`["n", "pd.DataFrame"]` a dotted name · `["c", 6]` a constant · `["s", base, [items]]` a
subscript · `["|", left, right]` a union · `["t", items]`, `["l", items]`, `["S", items]` a tuple,
list, set · `["d", [[key, value]]]` a dict · `["k", function, [arguments], {keywords}, source]` a
call · `["x", source]` anything else.
"""

from __future__ import annotations

import ast
from typing import Any

from fabrica.pipelines._syntax_names import dotted

Expression = list[Any]

_ARITHMETIC = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
}


def expression(node: ast.expr | None, *, hint: bool = False) -> Expression | None:
    """Return `node` in this module's form; in a hint, strings are read as source."""
    return None if node is None else _expression(node, hint)


def _expression(node: ast.expr, hint: bool) -> Expression:
    name = dotted(node)
    if name is not None:
        return ["n", name]
    match node:
        case ast.Constant(value=str(text)) if hint:
            return _hint_of_text(text)
        case ast.Constant(value=None | bool() | int() | float() | str()):
            return ["c", node.value]
        case ast.UnaryOp() | ast.BinOp() if not _is_union(node):
            number = _number(node)
            return ["x", ast.unparse(node)] if number is None else ["c", number]
        case ast.BinOp(left=left, right=right):
            return ["|", _expression(left, hint), _expression(right, hint)]
        case ast.Subscript(value=base, slice=inner):
            items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return ["s", _expression(base, hint), _items(dotted(base), items, hint)]
        case ast.Tuple(elts=items):
            return ["t", [_expression(item, hint) for item in items]]
        case ast.List(elts=items):
            return ["l", [_expression(item, hint) for item in items]]
        case ast.Set(elts=items):
            return ["S", [_expression(item, hint) for item in items]]
        case ast.Dict(keys=keys, values=values) if None not in keys:
            pairs = zip(keys, values, strict=True)
            return ["d", [[expression(k), _expression(v, False)] for k, v in pairs]]
        case ast.Call(func=function, args=arguments, keywords=keywords) if all(
            keyword.arg for keyword in keywords
        ):
            positional = [_expression(argument, False) for argument in arguments]
            named = {keyword.arg: _expression(keyword.value, False) for keyword in keywords}
            return ["k", _expression(function, False), positional, named, ast.unparse(node)]
    return ["x", ast.unparse(node)]


def _items(base: str | None, items: list[ast.expr], hint: bool) -> list[Expression]:
    last = (base or "").rpartition(".")[2]
    if last == "Literal":
        return [_expression(item, False) for item in items]
    if last == "Annotated":
        return [_expression(item, hint and place == 0) for place, item in enumerate(items)]
    return [_expression(item, hint) for item in items]


def _hint_of_text(text: str) -> Expression:
    try:
        return _expression(ast.parse(text.strip(), mode="eval").body, True)
    except (SyntaxError, ValueError):
        return ["x", repr(text)]


def _is_union(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)


def _number(node: ast.expr) -> int | float | None:
    """Return the number that arithmetic on literals gives: `-1`, `60 * 24`."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            number = _number(operand)
            return number if number is None or isinstance(sign, ast.UAdd) else -number
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _ARITHMETIC:
            a, b = _number(left), _number(right)
            if a is None or b is None:
                return None
            try:
                return _ARITHMETIC[type(operator)](a, b)
            except (ArithmeticError, ValueError):
                return None
    return None
