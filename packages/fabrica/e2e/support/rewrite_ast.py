"""Whether a source with renamed modules says what it said before, by CPython's own parser.

Reads one JSON value per line: `{"file": <where it stands>, "before": <base64>, "after": <base64>, "renames": {...}}`.
Prints one per line: `"same"`, `"refused"` when Python can't parse what was there before, or how the two differ.

Two sources say the same when each import names the same module, each use of what an import binds means the same, and
all else is equal. The names that imports bind may differ: `import a; a.x` and `import b as a; a.x`.
"""

import ast
import base64
import gc
import json
import sys
import warnings

warnings.simplefilter("ignore")
gc.disable()
sys.setrecursionlimit(20_000)


def renamed(name, renames):
    part = name
    while part:
        if part in renames:
            return renames[part] + name[len(part) :]
        part = part.rpartition(".")[0]
    return name


def chain(node):
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else None


class Meaning(ast.NodeTransformer):
    """Puts what names mean in their place; with `renames`, what they mean afterwards."""

    def __init__(self, tree, file, renames):
        self.package, self.renames = file.split("/")[:-1], renames
        self.bound = {}
        for node in ast.walk(tree):
            for name, local in self.imported(node):
                if name is not None:
                    self.bound.setdefault(local, set()).add(name)

    def imported(self, node):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                yield (alias.name, alias.asname) if alias.asname else (root, root)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield f"{self.module(node)}.{alias.name}", alias.asname or alias.name

    def module(self, node):
        if node.level == 0:
            return node.module
        base = self.package[: len(self.package) - node.level + 1]
        if node.level > len(self.package):
            return "." * node.level + (node.module or "")
        return ".".join([*base, *([node.module] if node.module else [])])

    def statement(self, node):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            names = [f"{self.module(node)}.{alias.name}" for alias in node.names]
        return [ast.Expr(ast.Constant(("import", renamed(name, self.renames)))) for name in names]

    def generic_visit(self, node):
        super().generic_visit(node)
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            if isinstance(body, list):
                setattr(node, field, in_order(body))
        return node

    visit_Import = visit_ImportFrom = statement

    def visit_Attribute(self, node):
        return self.use(node)

    def visit_Name(self, node):
        return self.use(node)

    def use(self, node):
        names = chain(node)
        meanings = self.bound.get(names[0]) if names else None
        if meanings is None:
            return self.generic_visit(node)
        whole = {renamed(".".join([one, *names[1:]]), self.renames) for one in meanings}
        return ast.Constant(("use", tuple(sorted(whole))))

    def visit_Constant(self, node):
        if isinstance(node.value, str):
            name, colon, attribute = node.value.partition(":")
            return ast.Constant(renamed(name, self.renames) + colon + attribute)
        return node


def in_order(body):
    """A body with imports that follow each other in one order: one that takes several may be split."""
    out, imports = [], []

    def flush():
        out.extend(sorted(imports, key=lambda one: one.value.value))
        imports.clear()

    for node in body:
        value = node.value.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) else 0
        if isinstance(value, tuple) and value[0] == "import":
            imports.append(node)
        else:
            flush()
            out.append(node)
    flush()
    return out


def meaning(source, file, renames):
    tree = ast.parse(source)
    return ast.dump(Meaning(tree, file, renames).visit(tree), indent=1).splitlines()


def compare(request):
    before, after = (base64.b64decode(request[key]) for key in ("before", "after"))
    try:
        # Strings that happen to be called like a module are renamed on both sides: only some of them change.
        expected = meaning(before, request["file"], request["renames"])
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return "refused"
    try:
        found = meaning(after, request["file"], request["renames"])
    except SyntaxError as error:
        return f"{error} in {error.text!r}"
    if expected == found:
        return "same"
    wrong = next((pair for pair in zip(expected, found) if pair[0] != pair[1]), ("shorter", "longer"))
    return f"{wrong[0].strip()}  became  {wrong[1].strip()}"


for line in sys.stdin:
    print(json.dumps(compare(json.loads(line))))
