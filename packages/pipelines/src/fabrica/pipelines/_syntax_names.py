"""Which names a piece of source reads, and a digest of it that comments and layout don't touch."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from hashlib import sha256

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_UNSEEN = frozenset({"ctx", "kind", "type_comment", "type_ignores"})

# Methods that leave the receiver as it is: calling one while importing changes nothing.
_HARMLESS_METHODS = frozenset(
    "absolute as_posix capitalize copy count difference endswith expanduser format get index "
    "intersection items join joinpath keys lower lstrip parent replace resolve rstrip split "
    "splitlines startswith strip title union upper values with_name with_suffix".split()
)


def digest(node: ast.AST, *, without: tuple[str, ...] = ()) -> str:
    """Return a digest of what `node` says: comments, layout and places don't count."""
    return sha256(spell(node, without=without).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def spell(node: ast.AST, *, without: tuple[str, ...] = ()) -> str:
    """Return the tree as text that is the same on every version of Python."""
    out: list[str] = []
    _spell(node, out, without)
    return "".join(out)


def _spell(value: object, out: list[str], without: tuple[str, ...] = ()) -> None:
    if isinstance(value, ast.AST):
        out.append(f"{type(value).__name__}(")
        for name in value._fields:
            field = getattr(value, name, None)
            # Newer versions add fields; where they are empty they must not count.
            if name in _UNSEEN or name in without or field is None or field == []:
                continue
            out.append(f"{name}=")
            _spell(field, out)
            out.append(",")
        out.append(")")
    elif isinstance(value, list):
        out.append("[")
        for item in value:
            _spell(item, out)
            out.append(",")
        out.append("]")
    else:
        out.append(f"{type(value).__name__}:{value!r}")


def dotted(node: ast.AST) -> str | None:
    """Return `a.b.c` for a chain of attributes on a name, else None."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str, str]]:
    """Yield (bound name, module, name in the module or "") for each thing an import binds.

    A relative module keeps its dots: facts know nothing of where the file is.
    """
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.asname:
                yield alias.asname, alias.name, ""
            else:
                top = alias.name.partition(".")[0]
                yield top, top, ""
    else:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name != "*":
                yield alias.asname or alias.name, module, alias.name


def imported_modules(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Yield the modules that an import runs; `a:b` where b may be a module of package a."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    else:
        module = "." * node.level + (node.module or "")
        yield module
        yield from (f"{module}:{alias.name}" for alias in node.names if alias.name != "*")


def references(nodes: Iterable[ast.AST | None]) -> dict[str, int]:
    """Return the dotted names that `nodes` read from outside themselves, each with a line.

    `=module.name` is a name that an import inside a function bound, `+module` that import itself,
    `a.environ[KEY]` an environment variable with a literal name, `__subclasses__` any use of that
    method.
    """
    reader = _Reader()
    for node in nodes:
        if node is not None:
            reader.visit(node)
    return reader.found


def calls(nodes: Iterable[ast.AST | None]) -> list[str]:
    """Return what evaluating `nodes` calls: dotted names, `?.method` on a value without name."""
    found: dict[str, None] = {}
    pending = [node for node in nodes if node is not None]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Lambda):
            pending += [default for default in node.args.defaults]
            continue
        if isinstance(node, ast.Call) and not _harmless(node.func):
            found[dotted(node.func) or _method(node.func)] = None
        if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
            found["?"] = None
        pending += ast.iter_child_nodes(node)
    return sorted(found)


def _method(function: ast.expr) -> str:
    return f"?.{function.attr}" if isinstance(function, ast.Attribute) else "?"


def _harmless(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in _HARMLESS_METHODS


class _Scope:
    """The names that belong to one function, and what its own imports bound."""

    def __init__(self, names: set[str], imports: dict[str, list[str]]) -> None:
        self.names = names
        self.imports = imports


class _Reader(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found: dict[str, int] = {}
        self.scopes: list[_Scope] = []

    def emit(self, name: str, line: int) -> None:
        chain, bracket, key = name.partition("[")
        root, dot, rest = chain.partition(".")
        for scope in reversed(self.scopes):
            if root in scope.imports:
                for target in scope.imports[root]:
                    self.found.setdefault(f"={target}{dot}{rest}{bracket}{key}", line)
                return
            if root in scope.names:
                return
        self.found.setdefault(name, line)

    def visit_Name(self, node: ast.Name) -> None:
        self.emit(node.id, node.lineno)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr == "__subclasses__":
            self.found.setdefault("__subclasses__", node.lineno)
        name = dotted(node)
        if name is None:
            self.generic_visit(node)
        else:
            self.emit(name, node.lineno)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        name = dotted(node.value)
        if name and name.endswith("environ") and not isinstance(node.ctx, ast.Load):
            self.emit(f"{name}.__setitem__", node.lineno)
        elif name and name.endswith("environ") and _text(node.slice) is not None:
            self.emit(f"{name}[{_text(node.slice)}]", node.lineno)
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = dotted(node.func)
        key = _text(node.args[0]) if node.args else None
        if name and key is not None and name.endswith(("environ.get", "getenv")):
            self.emit(f"{name.removesuffix('.get')}[{key}]", node.lineno)
        else:
            self.visit(node.func)
        for argument in [*node.args, *node.keywords]:
            self.visit(argument)

    def visit_Import(self, node: ast.Import) -> None:
        self._import(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._import(node)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for module in imported_modules(node):
            self.found.setdefault(f"+{module}", node.lineno)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node)

    def _function(self, node: _Function) -> None:
        arguments = node.args
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            if default is not None:
                self.visit(default)
        if not isinstance(node, ast.Lambda):
            for decorator in node.decorator_list:
                self.visit(decorator)
            for argument in all_arguments(arguments):
                self.annotation(argument.annotation)
            self.annotation(node.returns)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        scope = _bound(body)
        scope.names |= {argument.arg for argument in all_arguments(arguments)}
        scope.names |= {p.name for p in getattr(node, "type_params", [])}
        self._inside(scope, body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        # Names of a class body are no scope for its methods; that its own reads of them count as
        # reads of the module's is harmless: a digest then holds a definition too many.
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.annotation(node.annotation)
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def annotation(self, node: ast.expr | None) -> None:
        if node is None:
            return
        for part in ast.walk(node):
            text = _text(part)
            if text is None:
                continue
            try:
                inner = ast.parse(text, mode="eval").body
            except (SyntaxError, ValueError):
                continue  # a word of Literal[...]
            for name in references([inner]):
                self.emit(name, node.lineno)
        self.visit(node)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._comprehension(node)

    def _comprehension(self, node: _Comprehension) -> None:
        self.visit(node.generators[0].iter)
        targets = [generator.target for generator in node.generators]
        inner: list[ast.AST] = [generator.iter for generator in node.generators[1:]]
        inner += [test for generator in node.generators for test in generator.ifs]
        inner += [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._inside(_bound(targets), inner)

    def _inside(self, scope: _Scope, nodes: Iterable[ast.AST]) -> None:
        self.scopes.append(scope)
        for node in nodes:
            self.visit(node)
        self.scopes.pop()


def all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    """Return every argument of a function, `*args` and `**kwargs` too."""
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return every + [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _bound(body: Iterable[ast.AST]) -> _Scope:
    """Return what a function's own statements bind, without what functions inside it bind."""
    names: set[str] = set()
    elsewhere: set[str] = set()
    imports: dict[str, list[str]] = {}
    pending = list(body)
    while pending:
        node = pending.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
                pending += node.decorator_list
                continue
            case ast.ClassDef(name=name):
                names.add(name)
                continue
            case ast.Lambda():
                continue
            case ast.Global(names=listed) | ast.Nonlocal(names=listed):
                elsewhere.update(listed)
            case ast.Import() | ast.ImportFrom():
                for bound, module, attribute in imported(node):
                    target = f"{module}:{attribute}" if attribute else module
                    imports.setdefault(bound, []).append(target)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                names.update(
                    part.target.id
                    for part in ast.walk(node)
                    if isinstance(part, ast.NamedExpr) and isinstance(part.target, ast.Name)
                )
                continue
            case ast.ExceptHandler(name=str(name)):
                names.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
            case ast.MatchMapping(rest=str(name)):
                names.add(name)
        pending += ast.iter_child_nodes(node)
    imports = {name: targets for name, targets in imports.items() if name not in elsewhere}
    return _Scope(names - elsewhere, imports)
