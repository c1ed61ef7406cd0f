"""Type hints, resolved through imports and aliases to qualified names."""

from __future__ import annotations

from typing import Any, NamedTuple

from fabrica.pipelines._plan_modules import Found, Module, Project

_DEPTH = 20

_MAPPING, _SEQUENCE, _ITERATOR = (
    f"collections.abc.{name}" for name in ("Mapping", "Sequence", "Iterator")
)
CHAMPION, EACH = "fabrica.Champion", "fabrica.Each"
UNION, LITERAL, UNKNOWN, NONE = "|", "typing.Literal", "?", "None"

# One name for what has several.
_SAME = {
    "typing.Dict": "dict",
    "typing.List": "list",
    "typing.Tuple": "tuple",
    "typing.Set": "set",
    "typing.Text": "str",
    "typing.Mapping": _MAPPING,
    "typing.MutableMapping": "collections.abc.MutableMapping",
    "typing.Sequence": _SEQUENCE,
    "typing.Iterator": _ITERATOR,
    "typing.Iterable": "collections.abc.Iterable",
    "typing.Generator": "collections.abc.Generator",
    "typing_extensions.Literal": LITERAL,
    "types.NoneType": NONE,
    "pandera.typing.DataFrame": "pandas.DataFrame",
    "pandera.typing.pandas.DataFrame": "pandas.DataFrame",
    "pandera.typing.Series": "pandas.Series",
    "pandera.typing.pandas.Series": "pandas.Series",
    "pandera.typing.polars.DataFrame": "polars.DataFrame",
    "numpy.typing.NDArray": "numpy.ndarray",
    "pandas.core.frame.DataFrame": "pandas.DataFrame",
    "pandas.core.series.Series": "pandas.Series",
    "pyarrow.lib.Table": "pyarrow.Table",
    "pyarrow.lib.RecordBatch": "pyarrow.RecordBatch",
    "os.PathLike": "pathlib.Path",
    "pathlib.PosixPath": "pathlib.Path",
}
_STREAMS = frozenset(
    {_ITERATOR, "collections.abc.Iterable", "collections.abc.Generator", "typing.Generator"}
)

# What a type is called in a sentence.
_WORDS = {
    "pandas.DataFrame": "a dataframe",
    "polars.DataFrame": "a polars dataframe",
    "polars.LazyFrame": "a polars dataframe",
    "pandas.Series": "a series",
    "polars.Series": "a polars series",
    "numpy.ndarray": "an array",
    "pyarrow.Table": "an Arrow table",
    "pyarrow.RecordBatch": "a stream of record batches",
    "pathlib.Path": "a file",
}


class Hint(NamedTuple):
    """A resolved hint: a qualified name, its arguments, and where a class of ours is defined."""

    name: str
    arguments: tuple[Hint, ...] = ()
    found: Found | None = None
    literals: tuple[Any, ...] = ()

    def __str__(self) -> str:
        if self.name == UNION:
            return " | ".join(map(str, self.arguments))
        if self.name == LITERAL:
            return f"Literal[{', '.join(map(repr, self.literals))}]"
        if self.arguments:
            return f"{self.name}[{', '.join(map(str, self.arguments))}]"
        return self.name

    @property
    def choices(self) -> tuple[Hint, ...]:
        """The members of a union, without None; a hint that is no union is its only member."""
        members = self.arguments if self.name == UNION else (self,)
        return tuple(member for member in members if member.name != NONE)

    @property
    def optional(self) -> bool:
        """Whether None is one of its values."""
        members = self.arguments if self.name == UNION else (self,)
        return any(member.name == NONE for member in members)

    @property
    def streamed(self) -> bool:
        """Whether it is an iterator of something that is stored while it runs."""
        return self.name in _STREAMS

    @property
    def single(self) -> Hint:
        """The one type that a value has, None aside; `?` for a choice of several."""
        choices = self.choices
        return choices[0] if len(choices) == 1 else Hint(UNKNOWN)


NOTHING = Hint(NONE)
MORE = Hint("...")


def resolve_hint(project: Project, module: Module, expression: Any, depth: int = _DEPTH) -> Hint:
    """Return the hint that an expression of the facts means in `module`."""
    if depth <= 0 or expression is None:
        return Hint(UNKNOWN)
    match expression:
        case ["c", None]:
            return NOTHING
        case ["n", name]:
            return _named(project, module, name, depth)
        case ["s", base, items]:
            return _subscripted(project, module, base, items, depth)
        case ["|", left, right]:
            return _union(resolve_hint(project, module, side, depth - 1) for side in (left, right))
    return Hint(UNKNOWN)


def _named(project: Project, module: Module, name: str, depth: int) -> Hint:
    found = project.resolve(module, name)
    if found.module is None:
        return Hint(canonical(found.external))
    facts = found.module.facts
    if found.name in facts.get("classes", ()) or found.rest:
        return Hint(found.qualified, found=found)
    value = facts.get("values", {}).get(found.name)
    if value is None:
        return Hint(UNKNOWN, found=found)
    match value[0]:
        case ["k", ["n", maker], [_, base], _, _] if maker.endswith("NewType"):
            return resolve_hint(project, found.module, base, depth - 1)
        case ["k", ["n", maker], *_] if maker.endswith("TypedDict"):
            return Hint("dict")
        case ["k", *_]:
            return Hint(UNKNOWN)
    return resolve_hint(project, found.module, value[0], depth - 1)


def canonical(name: str) -> str:
    """Return the one name of a type that is imported from several places."""
    if name.startswith("builtins."):
        name = name.removeprefix("builtins.")
    parts = name.split(".")
    if parts[0] == "fabrica" and parts[-1] in ("Champion", "Each", "Metrics", "Verdict"):
        return f"fabrica.{parts[-1]}"
    return _SAME.get(name, name)


def _subscripted(project: Project, module: Module, base: Any, items: list[Any], depth: int) -> Hint:
    if base[0] != "n":
        return Hint(UNKNOWN)
    outer = _named(project, module, base[1], depth - 1)
    last = outer.name.rpartition(".")[2]
    if outer.name == LITERAL:
        return Hint(LITERAL, literals=tuple(item[1] for item in items if item[0] == "c"))
    if last in ("Annotated", "ClassVar", "Final", "Required", "NotRequired") and items:
        return resolve_hint(project, module, items[0], depth - 1)
    arguments = tuple(
        MORE if item == ["x", "..."] else resolve_hint(project, module, item, depth - 1)
        for item in items
    )
    if last == "Optional" and outer.name.startswith("typing"):
        return _union([*arguments, NOTHING])
    if last == "Union" and outer.name.startswith("typing"):
        return _union(arguments)
    return Hint(outer.name, arguments, outer.found)


def _union(members: Any) -> Hint:
    flat: dict[Hint, None] = {}
    for member in members:
        for part in member.arguments if member.name == UNION else (member,):
            flat[part] = None
    return next(iter(flat)) if len(flat) == 1 else Hint(UNION, tuple(flat))


def spoken(hint: Hint) -> str:
    """Return what a sentence calls a type: `dict`, `a dataframe`."""
    single = hint.single
    if single.streamed and single.arguments:
        single = single.arguments[0]
    if single.name in _WORDS:
        return _WORDS[single.name]
    return str(hint) if hint.name in (UNION, LITERAL) else single.name


# ---------------------------------------------------------------- kinds of types

_MAPPINGS = frozenset({"dict", _MAPPING, "collections.abc.MutableMapping", "fabrica.Metrics"})
_SEQUENCES = frozenset({"list", "tuple", _SEQUENCE, "collections.abc.MutableSequence"})
_ANYTHING = frozenset({UNKNOWN, "object", "typing.Any", "any"})
# Pairs that are not the same and yet fit: (wanted, made).
_FITS = frozenset({("float", "int"), ("complex", "float"), ("int", "bool"), ("float", "bool")})

# Packages whose classes are no dicts, lists, dataframes or arrays unless they are those themselves.
_CONCRETE = (
    "sklearn.", "pandas.", "polars.", "numpy.", "pyarrow.", "pathlib.", "datetime.", "decimal."
)  # fmt: skip

_KNOWN = frozenset({"str", "bytes", "int", "float", "bool", *_WORDS})


def is_data(hint: Hint) -> bool:
    """Say whether a type is a table, a series, an array: data, however it is stored."""
    single = hint.single
    return single.name in _WORDS and single.name != "pathlib.Path"


def class_facts(hint: Hint) -> dict[str, Any] | None:
    """Return the facts of the class that a hint names, when its source is known."""
    found = hint.found
    if found is None or found.module is None or found.rest:
        return None
    return found.module.facts.get("classes", {}).get(found.name)


def bases(project: Project, hint: Hint) -> set[str]:
    """Return the qualified names of a class and of all that it inherits from, as far as known."""
    seen: set[str] = set()
    pending = [hint]
    while pending:
        current = pending.pop()
        if current.name in seen:
            continue
        seen.add(current.name)
        facts = class_facts(current)
        module = current.found.module if current.found else None
        if facts and module:
            pending += [resolve_hint(project, module, base) for base in facts["bases"]]
    return seen


def class_kind(project: Project, hint: Hint) -> str | None:
    """Return "dataclass", "pydantic", "enum", "typeddict", "namedtuple", or None."""
    known = bases(project, hint)
    last = {name.rpartition(".")[2] for name in known if name != hint.name}
    if any(name.startswith("enum.") for name in known):
        return "enum"
    if any(name.startswith("pydantic") for name in known) and last & {"BaseModel", "BaseSettings"}:
        return "pydantic"
    if "TypedDict" in last:
        return "typeddict"
    if "NamedTuple" in last:
        return "namedtuple"
    facts = class_facts(hint)
    module = hint.found.module if hint.found else None
    if facts and module:
        for decorator in facts["decorators"]:
            target = decorator[1] if decorator[0] == "k" else decorator
            if target[0] == "n" and project.resolve(module, target[1]).qualified in (
                "dataclasses.dataclass",
                "pydantic.dataclasses.dataclass",
            ):
                return "dataclass"
    return None


def shape(project: Project, hint: Hint) -> str:
    """Return the kind of value a type has, where it is known: "dict", "list", or its own name."""
    if hint.streamed and hint.arguments:
        return shape(project, hint.arguments[0])
    if hint.name in _MAPPINGS or class_kind(project, hint) == "typeddict":
        return "dict"
    if hint.name in _SEQUENCES:
        return "list"
    return hint.name


def fits(project: Project, wanted: Hint, made: Hint) -> bool:
    """Say whether a product of the type `made` may be given to an argument that wants `wanted`.

    Only what is certainly wrong is refused: two different types of which each is known.
    """
    for want in wanted.choices:
        for make in made.choices:
            a, b = shape(project, want), shape(project, make)
            if a in _ANYTHING or b in _ANYTHING or a == b or (a, b) in _FITS:
                return True
            known = {a, b} & (_KNOWN | {"dict", "list"})
            if not known:
                return True  # two classes: one may be the other's base
            if len(known) == 1 and _may_be(project, want, make, known.pop()):
                return True
    return not wanted.choices or not made.choices


def _may_be(project: Project, want: Hint, make: Hint, known: str) -> bool:
    """Say whether a class may be a known type's base or subclass: a Protocol, a dict of ours."""
    other = make if shape(project, want) == known else want
    if other.name.startswith(("collections.abc.", "typing.")):
        return True
    if class_facts(other) is None:
        return not other.name.startswith(_CONCRETE)
    family = bases(project, other)
    return known in family or any(
        name.rpartition(".")[2] in ("Protocol", "Generic", "ABC") or name == UNKNOWN
        for name in family
    )
