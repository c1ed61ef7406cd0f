"""Parameters are bound, never pasted: checked here against the query's placeholders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fabrica.warehouse._errors import ParametersError

Parameters = Sequence[Any] | Mapping[str, Any]


def check_parameters(parameters: Parameters | None, wanted: set[str]) -> Parameters:
    """Return the parameters in the types that the database takes.

    Args:
        parameters: a list for `?`, a dict for `$name`.
        wanted: the placeholders of the query, `{"1", "2"}` or `{"name"}`.

    Raises:
        ParametersError: too many, too few, misnamed, or not a list or a dict.
    """
    if parameters is None:
        parameters = ()
    if isinstance(parameters, (str, bytes)) or not isinstance(parameters, (Mapping, Sequence)):
        raise ParametersError(
            f"parameters is a {type(parameters).__name__}; it must be a list or a dict",
            hint=_how_to_pass(wanted),
        )
    if isinstance(parameters, Mapping):
        _check_names(parameters, wanted)
        return {name: _bindable(value, f"${name}") for name, value in parameters.items()}
    _check_count(parameters, wanted)
    return [_bindable(value, f"number {n}") for n, value in enumerate(parameters, 1)]


def _check_names(parameters: Mapping[str, Any], wanted: set[str]) -> None:
    missing, extra = sorted(wanted - set(parameters)), sorted(set(parameters) - wanted)
    if any(name.isdigit() for name in wanted):
        raise ParametersError(
            "the query has placeholders without names, and parameters is a dict",
            hint=_how_to_pass(wanted),
        )
    if missing or extra:
        told = [f"misses a value for {_names(missing)}"] if missing else []
        told += [f"has no placeholder {_names(extra)}"] if extra else []
        raise ParametersError(f"the query {' and '.join(told)}", hint=_how_to_pass(wanted))


def _check_count(parameters: Sequence[Any], wanted: set[str]) -> None:
    named = sorted(name for name in wanted if not name.isdigit())
    if named:
        raise ParametersError(
            f"the query's placeholders have names ({_names(named)}), and parameters is a "
            + ("list" if parameters else "nothing"),
            hint=_how_to_pass(wanted),
        )
    if len(parameters) != len(wanted):
        raise ParametersError(
            f"the query's placeholders: {len(wanted)}; parameters given: {len(parameters)}",
            hint=_how_to_pass(wanted),
        )


def _bindable(value: Any, where: str) -> Any:
    """NumPy's and pandas' scalars, arrays and missing values as Python's own."""
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return _plain_scalar(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
        return [_bindable(item, where) for item in items]
    module = type(value).__module__.partition(".")[0]
    if module in ("numpy", "pandas"):
        return _from_numpy(value, where)
    if module in ("datetime", "decimal", "uuid") or isinstance(value, dict):
        return value
    raise ParametersError(
        f"parameter {where} is a {type(value).__qualname__}, which no column can hold",
        hint="pass a number, a text, a bool, a date, a datetime, a Decimal, None, "
        "or a list of these",
    )


def _plain_scalar(value: Any) -> Any:
    """A `numpy.float64` is a float as well; the database does not know it."""
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def _from_numpy(value: Any, where: str) -> Any:
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    if hasattr(value, "tolist"):
        found = value.tolist()
        if type(value).__name__ == "datetime64" and isinstance(found, int):
            return value.astype("datetime64[us]").tolist()  # finer than Python's datetime
        return [_bindable(item, where) for item in found] if isinstance(found, list) else found
    raise ParametersError(
        f"parameter {where} is a {type(value).__qualname__}", hint="pass a value or a list"
    )


def _names(names: list[str]) -> str:
    return ", ".join(f"${name}" for name in names)


def _how_to_pass(wanted: set[str]) -> str:
    if not wanted:
        return "leave the parameters out, or write ? where each belongs"
    if all(name.isdigit() for name in wanted):
        values = ", ".join(f"value{n}" for n in sorted(map(int, wanted)))
        return f"write query(sql, [{values}])"
    values = ", ".join(f'"{name}": …' for name in sorted(wanted))
    return f"write query(sql, {{{values}}})"
