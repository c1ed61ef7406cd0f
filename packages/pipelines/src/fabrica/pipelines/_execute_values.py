"""From the JSON of a parameter to the Python value that a step's hint asks for."""

from __future__ import annotations

from fabrica.pipelines._errors import ParameterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_PLAIN = (int, float, str, bool, list, dict, object, type(None))


def argument_value(function: Callable[..., Any], argument: str, value: Any) -> Any:
    """Return the value for an argument of the function, converted by its hint.

    Example::

        def train(cutoff: date, kind: Kind): ...
        argument_value(train, "cutoff", "2026-01-31")     # date(2026, 1, 31)

    Raises:
        ParameterError: the value does not fit the hint.
    """
    hint = _hint(function, argument)
    try:
        return convert(value, hint)
    except ParameterError:
        raise
    except (TypeError, ValueError, KeyError) as error:
        raise ParameterError(
            f"parameter {argument} of {function.__qualname__} does not fit {_name(hint)}: {error}"
        ) from None


_FIXED = frozenset({int, float, str, bool, bytes, complex, type(None)})


def copied_default(function: Callable[..., Any], argument: str) -> dict[str, Any]:
    """Return a copy of an argument's default by its name; nothing where a copy makes no difference.

    A default is one object for all calls of a function.
    """
    default = _defaults(_innermost(function)).get(argument)
    if type(default) in _FIXED:
        return {}
    from copy import deepcopy

    try:
        return {argument: deepcopy(default)}
    except Exception:  # it holds what cannot be copied, such as a lock
        return {}


def _defaults(function: Any) -> dict[str, Any]:
    code = getattr(function, "__code__", None)
    if code is None:
        return {}
    defaults = function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    found = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
    return found | (function.__kwdefaults__ or {})


def convert(value: Any, hint: Any) -> Any:
    """Convert JSON to the type of a hint."""
    from typing import Annotated, Any, Literal, Union, get_args, get_origin

    if hint is None or hint is Any or hint in _PLAIN:
        return _plain(value, hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return convert(value, arguments[0])
    if origin is Union or type(hint).__name__ == "UnionType":
        return _convert_any(value, arguments)
    if origin is Literal:
        return value
    if origin in (list, set, tuple, dict, frozenset) or _is_abstract(origin):
        return _convert_container(value, origin, arguments)
    if isinstance(hint, type):
        return _convert_class(value, hint)
    return value


def _plain(value: Any, hint: Any) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _convert_any(value: Any, hints: tuple[Any, ...]) -> Any:
    if value is None and type(None) in hints:
        return None
    last: Exception | None = None
    for hint in hints:
        if hint is type(None):
            continue
        try:
            converted = convert(value, hint)
        except (TypeError, ValueError, KeyError, ParameterError) as error:
            last = error
            continue
        if not isinstance(hint, type) or isinstance(converted, hint):
            return converted
    if last is not None:
        raise last
    return value


def _is_abstract(origin: Any) -> bool:
    return getattr(origin, "__module__", "") == "collections.abc"


def _convert_container(value: Any, origin: Any, arguments: tuple[Any, ...]) -> Any:
    if isinstance(value, dict):
        kind = arguments[1] if len(arguments) == 2 else object
        return {name: convert(item, kind) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    kind = arguments[0] if arguments else object
    items = [convert(item, kind) for item in value]
    return origin(items) if origin in (set, tuple, frozenset) else items


def _convert_class(value: Any, hint: type) -> Any:
    from datetime import date, datetime
    from enum import Enum

    if isinstance(value, hint):
        return value
    if issubclass(hint, datetime):
        return datetime.fromisoformat(value)
    if issubclass(hint, date):
        return date.fromisoformat(value)
    if issubclass(hint, Enum):
        return _member(hint, value)
    if hasattr(hint, "model_validate"):
        return _validated(hint, value)
    if hasattr(hint, "__dataclass_fields__") and isinstance(value, dict):
        return _built(hint, value)
    if isinstance(value, list) and hint in (set, tuple, frozenset):
        return hint(value)  # type: ignore[call-arg]
    return value


def _member(hint: Any, value: Any) -> Any:
    try:
        return hint(value)
    except ValueError:
        if value in hint.__members__:
            return hint[value]
        raise


def _validated(hint: Any, value: Any) -> Any:
    """A pydantic model; its own error is shortened to one line per field, without the input."""
    try:
        return hint.model_validate(value)
    except ValueError as error:
        if not hasattr(error, "errors"):
            raise
        fields = "; ".join(
            f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}"
            for e in error.errors()  # type: ignore[attr-defined]
        )
        raise ParameterError(f"{hint.__name__}: {fields}") from None


def _built(hint: Any, value: dict[str, Any]) -> Any:
    fields = hint.__dataclass_fields__
    unknown = sorted(set(value) - set(fields))
    if unknown:
        raise ParameterError(f"{hint.__name__} has no field {', '.join(unknown)}")
    hints = _hints(hint)
    return hint(**{name: convert(item, hints.get(name)) for name, item in value.items()})


def _hint(function: Callable[..., Any], argument: str) -> Any:
    """The hint of one argument; other hints may name what only type checkers import."""
    function = _innermost(function)
    hint = function.__annotations__.get(argument)
    if isinstance(hint, str):
        try:
            return eval(hint, function.__globals__)
        except Exception:
            return None
    return hint


def _innermost(function: Any) -> Any:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _hints(hint: type) -> dict[str, Any]:
    from typing import get_type_hints

    try:
        return get_type_hints(hint)
    except Exception:  # a hint that only type checkers can resolve: its value stays as it is
        return {}


def _name(hint: Any) -> str:
    return getattr(hint, "__name__", None) or str(hint)
