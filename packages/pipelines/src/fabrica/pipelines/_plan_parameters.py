"""Parameters: the arguments that no product fills, each with one type and one default."""

from __future__ import annotations

from typing import Any, NamedTuple

from fabrica.pipelines._plan_defaults import Computed, Default, read_default
from fabrica.pipelines._plan_hints import (
    LITERAL,
    UNION,
    UNKNOWN,
    Hint,
    bases,
    class_facts,
    class_kind,
    resolve_hint,
    spoken,
)
from fabrica.pipelines._plan_model import ParameterPlan
from fabrica.pipelines._plan_modules import Module, Project
from fabrica.pipelines._plan_problems import Problems, one_letter_apart
from fabrica.pipelines._plan_steps import Argument, StepSource

_SCALARS: dict[str, dict[str, Any]] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "datetime.date": {"type": "string", "format": "date"},
    "datetime.datetime": {"type": "string", "format": "date-time"},
    "None": {"type": "null"},
}
_LISTS = frozenset({"list", "collections.abc.Sequence"})
_DICTS = frozenset({"dict", "collections.abc.Mapping", "collections.abc.MutableMapping"})
_CONSTRAINTS = {
    "ge": "minimum",
    "le": "maximum",
    "gt": "exclusiveMinimum",
    "lt": "exclusiveMaximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
    "description": "description",
}
_DEPTH = 8


class Use(NamedTuple):
    """One step's argument that is a parameter."""

    step: StepSource
    argument: Argument
    hint: Hint
    default: Default | None


def may_be_parameter(project: Project, hint: Hint, depth: int = _DEPTH) -> bool:
    """Say whether a value of the type can be given on a command line or in JSON."""
    if depth <= 0:
        return False
    if hint.name == UNION:
        return all(may_be_parameter(project, member, depth - 1) for member in hint.arguments)
    if hint.name in _SCALARS or hint.name == LITERAL:
        return True
    if hint.name in _LISTS:
        return all(_may_be_inside(project, inner, depth - 1) for inner in hint.arguments)
    if hint.name in _DICTS:
        return all(_may_be_inside(project, inner, depth - 1) for inner in hint.arguments)
    return class_kind(project, hint) in ("enum", "dataclass", "pydantic", "typeddict")


def _may_be_inside(project: Project, hint: Hint, depth: int) -> bool:
    if hint.name in ("typing.Any", "object", "tuple"):
        return True
    return may_be_parameter(project, hint, depth)


def parameter_use(
    project: Project, step: StepSource, argument: Argument, problems: Problems
) -> Use:
    """Return an argument as a parameter; a default that is computed is a problem."""
    default: Default | None = None
    hint = argument.hint
    if argument.default is not None:
        try:
            default = read_default(project, step.module, argument.default)
        except Computed as source:
            problems.add(
                step.module,
                argument.line,
                17,
                f"the default of `{argument.name}` in step `{step.name}` is computed, "
                f"`{source}`: it would be frozen at import",
                "write the value, or no default and let the run give it",
            )
            default = Default(None, str(source))
        if hint.name == UNKNOWN:
            hint = _hint_of(default)
    return Use(step, argument, hint, default)


def _hint_of(default: Default) -> Hint:
    value = default.value
    if isinstance(value, bool | int | float | str | list | dict):
        return Hint(type(value).__name__)
    return Hint(UNKNOWN)


def merge_uses(
    project: Project, uses: list[Use], products: list[str], problems: Problems
) -> dict[str, ParameterPlan]:
    """Return the parameters by name; two types or two defaults for one name are problems."""
    by_name: dict[str, list[Use]] = {}
    for use in uses:
        by_name.setdefault(use.argument.name, []).append(use)
    parameters: dict[str, ParameterPlan] = {}
    for name, group in sorted(by_name.items()):
        _check_spelling(group[0], products, problems)
        parameters[name] = _merge(project, name, group, problems)
    return parameters


def _check_spelling(use: Use, products: list[str], problems: Problems) -> None:
    name = use.argument.name
    for product in products:
        if one_letter_apart(name, product):
            problems.add(
                use.step.module,
                use.argument.line,
                14,
                f"parameter `{name}` is one letter from product `{product}`: rename it",
                f"if step `{use.step.name}` wants the product, write `{product}`",
            )
            return


def _merge(project: Project, name: str, uses: list[Use], problems: Problems) -> ParameterPlan:
    typed = next((use for use in uses if use.hint.name != UNKNOWN), uses[0])
    defaulted = next((use for use in uses if use.default is not None), None)
    for use in uses:
        if use.hint.name != UNKNOWN and str(use.hint) != str(typed.hint):
            _two(use, typed, name, "type", str(use.hint), str(typed.hint), problems)
        if defaulted and use.default is not None and use.default != defaulted.default:
            mine, other = _written(use), _written(defaulted)
            _two(use, defaulted, name, "default", mine, other, problems)
    first = defaulted or typed
    default = defaulted.default if defaulted else None
    return ParameterPlan(
        name=name,
        type=str(typed.hint) if typed.hint.name != UNKNOWN else "typing.Any",
        json_schema=json_schema(project, typed.hint),
        required=default is None,
        default=default.value if default else None,
        default_source=default.source if default else None,
        steps=tuple(sorted({use.step.name for use in uses})),
        file=first.step.module.shown,
        line=first.argument.line,
    )


def _written(use: Use) -> str:
    default = use.default or Default()
    return default.source or repr(default.value)


def _two(
    use: Use, other: Use, name: str, what: str, mine: str, theirs: str, problems: Problems
) -> None:
    problems.add(
        use.step.module,
        use.argument.line,
        16,
        f"parameter `{name}` has two {what}s: {mine} in step `{use.step.name}`, {theirs} in step "
        f"`{other.step.name}` ({other.step.module.shown}:{other.argument.line})",
        f"one name is one value in the whole pipeline: give both the same {what}, or rename one",
    )


def json_schema(project: Project, hint: Hint, depth: int = _DEPTH) -> dict[str, Any]:
    """Return the JSON schema of a type; `{}` where it is not known."""
    if depth <= 0:
        return {}
    if hint.name in _SCALARS:
        return dict(_SCALARS[hint.name])
    if hint.name == UNION:
        return {"anyOf": [json_schema(project, member, depth - 1) for member in hint.arguments]}
    if hint.name == LITERAL:
        return {"enum": list(hint.literals)}
    if hint.name in _LISTS:
        items = hint.arguments[:1]
        inner = {"items": json_schema(project, items[0], depth - 1)} if items else {}
        return {"type": "array", **inner}
    if hint.name in _DICTS:
        values = hint.arguments[1:2]
        inner = json_schema(project, values[0], depth - 1) if values else {}
        return {"type": "object", **({"additionalProperties": inner} if inner else {})}
    kind = class_kind(project, hint)
    if kind == "enum":
        return _enum_schema(project, hint)
    if kind in ("dataclass", "pydantic", "typeddict"):
        return _object_schema(project, hint, depth)
    return {}


def _enum_schema(project: Project, hint: Hint) -> dict[str, Any]:
    facts, module = class_facts(hint), hint.found.module if hint.found else None
    values = []
    for _, annotation, value, _ in facts["fields"] if facts and module else ():
        if annotation is not None or module is None:
            continue
        try:
            default = read_default(project, module, value)
        except Computed:
            return {}
        values.append(default.value)
    return {"enum": values} if values and None not in values else {}


def _object_schema(project: Project, hint: Hint, depth: int) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for module, (name, annotation, value, _) in _fields(project, hint):
        if annotation is None or name.startswith("_") or name == "model_config":
            continue
        field = resolve_hint(project, module, annotation)
        if annotation[0] == "s" and field.name.endswith("ClassVar"):
            continue
        schema = {**json_schema(project, field, depth - 1), **_constraints(value)}
        properties[name] = schema
        if _is_required(project, hint, value):
            required.append(name)
        else:
            required = [other for other in required if other != name]
    return {
        "type": "object",
        "properties": properties,
        **({"required": sorted(set(required))} if required else {}),
        "additionalProperties": False,
    }


def _fields(project: Project, hint: Hint) -> list[tuple[Module, Any]]:
    """Return the fields of a class, those that it inherits first."""
    facts, module = class_facts(hint), hint.found.module if hint.found else None
    if not facts or not module:
        return []
    inherited: list[tuple[Module, Any]] = []
    for base in facts["bases"]:
        parent = resolve_hint(project, module, base)
        if parent.name != hint.name and hint.name not in bases(project, parent):
            inherited += _fields(project, parent)
    return inherited + [(module, field) for field in facts["fields"]]


def _is_required(project: Project, hint: Hint, value: Any) -> bool:
    if value is None or value == ["x", "..."]:
        return True
    match value:
        case ["k", ["n", name], arguments, keywords, _] if name.rpartition(".")[2] == "Field":
            given = arguments and arguments[0] != ["x", "..."]
            return not (given or "default" in keywords or "default_factory" in keywords)
        case ["k", ["n", name], _, keywords, _] if name.rpartition(".")[2] == "field":
            return not ("default" in keywords or "default_factory" in keywords)
    return False


def _constraints(value: Any) -> dict[str, Any]:
    """Return what pydantic's Field says of a value, in JSON schema's words."""
    match value:
        case ["k", ["n", name], _, keywords, _] if name.rpartition(".")[2] == "Field":
            return {
                _CONSTRAINTS[key]: item[1]
                for key, item in keywords.items()
                if key in _CONSTRAINTS and item[0] == "c"
            }
    return {}


def refusal(hint: Hint) -> str:
    """Return why an argument of a type is no parameter, for a message."""
    if hint.name == UNKNOWN:
        return "without a type hint that can be read it is no parameter"
    return f"{spoken(hint)} cannot be a parameter"
