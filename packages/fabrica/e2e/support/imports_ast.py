"""What CPython's own parser says about imports: the truth that the plugin's lexer is compared with.

Reads one JSON value per line: the path of a file, or `{"source": <base64>}`. Prints one per line: `{"imports": [...]}`
with a row per import, as the plugin's tests compare them, or `{"refused": <why>}`.
"""

import ast
import base64
import gc
import io
import json
import sys
import tokenize
import warnings

warnings.simplefilter("ignore")
gc.disable()  # syntax trees have no cycles, and are many objects

TRACED = {
    *("importlib", "importlib.import_module", "importlib.__import__"),
    *("sys", "sys.path", "site", "site.addsitedir", "os", "os.environ", "os.putenv"),
}
LOADERS = {"importlib.import_module", "importlib.__import__", "builtins.__import__", "__import__"}
ADDS = {"sys.path.append", "sys.path.insert", "sys.path.extend"}
SETS_VARIABLE = {"os.putenv", "os.environ.setdefault", "os.environ.update"}
TRACES = (b"import_module", b"__import__", b"sys.path", b"sys as", b"sys import", b"addsitedir", b"PYTHONPATH")


def dotted(node):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return [node.id, *reversed(parts)]


def is_type_checking(test):
    name = dotted(test)
    return name is not None and name[-1] == "TYPE_CHECKING"


def children(node, calls):
    if calls:
        return list(ast.iter_child_nodes(node))
    found = []
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        found += getattr(node, field, ())
    return found


def nodes(tree, calls):
    """Statements, and calls when they matter, each with whether it stands below `if TYPE_CHECKING:`."""
    stack = [(tree, False, False)]
    while stack:
        node, guarded, formatted = stack.pop()
        yield node, guarded, formatted
        formatted = formatted or isinstance(node, ast.JoinedStr)
        if isinstance(node, ast.If) and is_type_checking(node.test):
            stack += [(child, True, formatted) for child in node.body]
            stack += [(child, guarded, formatted) for child in node.orelse]
        else:
            stack += [(child, guarded, formatted) for child in children(node, calls)]


def bound(tree):
    """What names stand for, and the first names of what is imported: `*` when a star brings in anything."""
    names, roots = {}, set()
    for node, _, _ in nodes(tree, False):
        if isinstance(node, ast.Import):
            roots.update(alias.name.split(".")[0] for alias in node.names)
            names.update({a.asname: a.name for a in node.names if a.asname and a.name in TRACED})
        elif isinstance(node, ast.ImportFrom):
            star = node.names[0].name == "*"
            roots.add("*" if star else (node.module or "").split(".")[0])
            for alias in node.names if node.level == 0 else ():
                if f"{node.module}.{alias.name}" in TRACED:
                    names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            if star and node.level == 0:
                prefix = f"{node.module}."
                names.update({name.removeprefix(prefix): name for name in TRACED if name.startswith(prefix)})
    return names, roots


def qualified(node, names):
    name = dotted(node)
    return name and ".".join([names.get(name[0], name[0]), *name[1:]])


def names_variable(node):
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and one.value == "PYTHONPATH":
            return True
        if isinstance(one, ast.keyword) and one.arg == "PYTHONPATH":
            return True
    return False


def changes(node, names):
    """The paths that a node changes, each with the node that says where."""
    if isinstance(node, ast.Call):
        name = qualified(node.func, names)
        if name == "site.addsitedir":
            yield name, node
        elif name in ADDS:
            yield "sys.path", node
        elif name in SETS_VARIABLE and names_variable(node):
            yield "PYTHONPATH", node
    targets = [*node.targets] if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        targets = [node.target]
    while targets:
        target = targets.pop(0)
        if isinstance(target, (ast.Tuple, ast.List)):
            targets = [*target.elts, *targets]
            continue
        name = qualified(target.value if isinstance(target, ast.Subscript) else target, names)
        if name == "sys.path":
            yield name, target
        elif name == "os.environ" and isinstance(target, ast.Subscript) and names_variable(target.slice):
            yield "PYTHONPATH", target


def text(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def dynamic(call, names):
    """The module, level and package that a call of a loader names literally."""
    loader = qualified(call.func, names)
    if loader not in LOADERS:
        return None

    def argument(keyword, index):
        for one in call.keywords:
            if one.arg == keyword:
                return one.value
        return call.args[index] if index < len(call.args) else None

    module = text(argument("name", 0))
    if not module:
        return None
    if loader.endswith("import_module"):
        level = len(module) - len(module.lstrip("."))
        return module.lstrip("."), level, text(argument("package", 1))
    level = argument("level", 4)
    literal = isinstance(level, ast.Constant) and isinstance(level.value, int)
    return module, level.value if literal else 0, None


def imports(source):
    # A file must decode as a whole for Python to run it; a lone carriage return ends a line, too.
    lines_of = io.BytesIO(source.replace(b"\r\n", b"\n").replace(b"\r", b"\n")).readline
    encoding, _ = tokenize.detect_encoding(lines_of)
    decoded = source.decode(encoding)
    tree = ast.parse(source)
    lines = None

    def place(node):
        nonlocal lines
        column = node.col_offset
        if column and not decoded.isascii():
            if lines is None:
                lines = decoded.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            before = lines[node.lineno - 1].encode()[:column].decode()
            column = len(before.encode("utf-16-le")) // 2
        return [node.lineno, column + 1]

    calls = any(trace in source for trace in TRACES)
    names, roots = bound(tree) if calls else ({}, set())
    rows = []
    for node, guarded, formatted in nodes(tree, calls):
        # Before 3.12 the code in an f-string is parsed by itself, and doesn't know where it stands.
        lost = formatted and sys.version_info < (3, 12)
        if isinstance(node, ast.Import):
            rows += [["plain", a.name, None, 0, None, guarded, *place(a)] for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            taken = [alias.name for alias in node.names]
            rows.append(["from", node.module or "", taken, node.level, None, guarded, *place(node)])
        elif isinstance(node, ast.Call):
            found = dynamic(node, names)
            if found:
                at = [0, 0] if lost else place(node)
                rows.append(["dynamic", found[0], None, found[1], found[2], guarded, *at])
        for what, where in changes(node, names) if calls else ():
            module = {"PYTHONPATH": "os"}.get(what, what.split(".")[0])
            if module in roots or "*" in roots:
                rows.append(["path", what, None, 0, None, False, *([0, 0] if lost else place(where))])
    return rows


for line in sys.stdin:
    request = json.loads(line)
    if isinstance(request, str):
        with open(request, "rb") as file:
            content = file.read()
    else:
        content = base64.b64decode(request["source"])
    try:
        answer = {"imports": imports(content)}
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError) as error:
        answer = {"refused": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer))
