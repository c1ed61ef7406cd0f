"""Tells what setup.py, setup.cfg and their like say, as JSON. Reads them as data: nothing of a project is ever run."""

import ast
import configparser
import json
import sys
from pathlib import Path

UNKNOWN = object()


class Evaluator:
    """The values of expressions that are plain: literals, names of them, sums, and the reading of a text file."""

    def __init__(self, folder, functions):
        self.folder = folder
        self.functions = functions
        self.names = {}

    def value(self, node):
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self.names.get(node.id, UNKNOWN)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return self.items(node.elts)
        if isinstance(node, ast.Dict):
            return self.mapping(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.value(node.left), self.value(node.right)
            same = type(left) is type(right) and isinstance(left, (list, str))
            return left + right if same else UNKNOWN
        return self.file_named_in(node)

    def items(self, nodes):
        values = [
            self.value(node.value if isinstance(node, ast.Starred) else node) for node in nodes
        ]
        if any(value is UNKNOWN for value in values):
            return UNKNOWN
        flat = []
        for node, value in zip(nodes, values):
            flat.extend(value if isinstance(node, ast.Starred) else [value])
        return flat

    def mapping(self, node):
        if any(key is None for key in node.keys):
            return UNKNOWN
        pairs = [(self.value(key), self.value(value)) for key, value in zip(node.keys, node.values)]
        return {key: value for key, value in pairs if isinstance(key, str)}

    def file_named_in(self, node):
        """``open("requirements.txt").read().splitlines()``, a function that does it, and all their kin."""
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and getattr(part.func, "id", None) in self.functions:
                function = self.functions.pop(part.func.id)  # not again while it is looked at
                found = self.file_named_in(function)
                self.functions[part.func.id] = function
                if found is not UNKNOWN:
                    return found
            name = self.names.get(part.id) if isinstance(part, ast.Name) else getattr(part, "value", None)
            if isinstance(name, File):
                return name
            if isinstance(name, str) and name.endswith((".txt", ".in")):
                path = name.lstrip("./")
                if (self.folder / path).is_file():
                    return File(path)
        return UNKNOWN


class File:
    """The lines of a file, wherever a list is wanted."""

    def __init__(self, path):
        self.path = path


def read_setup_py(folder):
    path = folder / "setup.py"
    tree = ast.parse(path.read_bytes(), filename="setup.py")
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    evaluator = Evaluator(folder, functions)
    call = None
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                evaluator.names[target.id] = evaluator.value(node.value)
        if isinstance(node, ast.With):
            for item in node.items:
                if isinstance(item.optional_vars, ast.Name):
                    evaluator.names[item.optional_vars.id] = evaluator.file_named_in(item.context_expr)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "setup":
            call = node
    if call is None:
        return {}
    return {
        keyword.arg or "**": {
            "line": keyword.value.lineno,
            "value": plain(evaluator.value(keyword.value)),
        }
        for keyword in call.keywords
    }


def plain(value):
    """A value for JSON: a file as ``{"file": path}``, what isn't known as null."""
    if isinstance(value, File):
        return {"file": value.path}
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool)) else None


def read_ini(folder, name):
    path = folder / name
    if not path.is_file():
        return {}
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read_string(path.read_text(encoding="utf-8-sig"), source=name)
    return {section: dict(parser[section]) for section in parser.sections()}


def broken(folder, paths):
    """Files that Python can't read."""
    problems = []
    for path in paths:
        try:
            ast.parse((folder / path).read_bytes(), filename=path)
        except (SyntaxError, ValueError, RecursionError) as error:
            problems.append({"file": path, "line": getattr(error, "lineno", None), "message": str(getattr(error, "msg", error))})
    return problems


def main():
    folder = Path(sys.argv[1])
    answer = {"setup": {}, "ini": {}, "problem": None}
    try:
        if (folder / "setup.py").is_file():
            answer["setup"] = read_setup_py(folder)
        for name in ["setup.cfg", "pytest.ini", "tox.ini"]:
            answer["ini"][name] = read_ini(folder, name)
    except SyntaxError as error:
        answer["problem"] = {"file": "setup.py", "line": error.lineno, "message": error.msg}
    except configparser.Error as error:
        lines = [line for line, _ in getattr(error, "errors", [])] or [getattr(error, "lineno", None)]
        answer["problem"] = {
            "file": getattr(error, "source", "setup.cfg"),
            "line": lines[0],
            "message": str(error).split("\n")[0],
        }
    answer["broken"] = broken(folder, json.load(sys.stdin))
    json.dump(answer, sys.stdout, default=str)


if __name__ == "__main__":
    main()
