"""Formats of products, from their hints."""

from __future__ import annotations

from fabrica.pipelines._plan_hints import (
    UNKNOWN,
    Hint,
    class_kind,
    is_data,
    shape,
)
from fabrica.pipelines._plan_modules import Project

# Classes that hold values: settings, a row, a choice; none of them is a model.
_PLAIN_CLASSES = ("dataclass", "pydantic", "enum", "typeddict", "namedtuple")
_NUMBERS = frozenset({"int", "float"})
# No table and no value: what a library writes into a file or keeps in an object.
_MODEL_FORMATS = frozenset({"skops", "onnx", "pickle", "joblib"})


def product_type(project: Project, hint: Hint) -> str:
    """Return the qualified name of what is stored: of a stream, the name of its parts."""
    single = hint.single
    if single.streamed and single.arguments:
        return product_type(project, single.arguments[0])
    if single.name == "typing.Literal":
        kinds = {type(value).__name__ for value in single.literals}
        return kinds.pop() if len(kinds) == 1 else "object"
    if single.name in (UNKNOWN, "typing.Any"):
        return "object"
    return shape(project, single)


def product_format(project: Project, hint: Hint) -> str:
    """Return the format that a product's hint chooses; `pickle` where none is known."""
    from fabrica.storage.formats import name_for

    return name_for(product_type(project, hint)) or "pickle"


def is_model(project: Project, hint: Hint, name: str) -> bool:
    """Say whether a product may be a model; a file may, when it is called so."""
    if is_data(hint) or class_kind(project, hint.single) in _PLAIN_CLASSES:
        return False
    chosen = product_format(project, hint)
    return chosen in _MODEL_FORMATS or (chosen == "file" and name == "model")


def is_table_of_numbers(hint: Hint, name: str) -> bool:
    """Say whether a product may be metrics: names with numbers."""
    single = hint.single
    if single.name == "fabrica.Metrics":
        return True
    if single.name not in ("dict", "collections.abc.Mapping"):
        return False
    if not single.arguments:
        return name == "metrics"
    values = single.arguments[-1]
    return single.arguments[0].name == "str" and all(c.name in _NUMBERS for c in values.choices)
