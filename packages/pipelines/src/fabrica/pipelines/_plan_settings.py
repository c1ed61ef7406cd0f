"""The settings of `@step(...)`, checked and in one unit each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_MEMORY = re.compile(r"[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|K|M|G|T|k)?")
_TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)")
_SECRET = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


OVERRIDES = ("cpu", "memory", "gpu", "retries", "timeout")
"""What an environment may say of a step instead, and fabrica.yaml with it."""


class NotLiteral(Exception):
    """An expression that is no literal; the argument is its source."""


class BadSetting(Exception):
    """A setting of the wrong kind; the argument says what is wanted."""


class Settings(NamedTuple):
    """The settings of a step."""

    cpu: float | None = None
    memory: str | None = None
    gpu: int | None = None
    retries: int = 0
    timeout: float | None = None
    cache: bool = True
    reads: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    tolerance: float | Mapping[str, float] | None = None

    @property
    def threads(self) -> int:
        """The threads that libraries may use: whole CPUs, at least one."""
        return max(1, int(self.cpu or 1))


def literal(expression: Any) -> Any:
    """Return the value of a literal; NotLiteral holds the source of anything else."""
    match expression:
        case ["c", value]:
            return value
        case ["l" | "t", items]:
            return [literal(item) for item in items]
        case ["d", pairs]:
            return {literal(key): literal(value) for key, value in pairs}
    raise NotLiteral(source_of(expression))


def source_of(expression: Any) -> str:
    """Return the source of an expression of the facts, for a message."""
    match expression:
        case ["n", name]:
            return name
        case ["c", value]:
            return repr(value)
        case ["k", _, _, _, source] | ["x", source]:
            return source
        case ["s", base, items]:
            return f"{source_of(base)}[{', '.join(map(source_of, items))}]"
        case ["|", left, right]:
            return f"{source_of(left)} | {source_of(right)}"
        case ["l", items]:
            return f"[{', '.join(map(source_of, items))}]"
        case ["t", items]:
            return f"({', '.join(map(source_of, items))})"
        case ["S", items]:
            return f"{{{', '.join(map(source_of, items))}}}"
        case ["d", pairs]:
            return "{" + ", ".join(f"{source_of(k)}: {source_of(v)}" for k, v in pairs) + "}"
    return "?"


def check_setting(name: str, value: Any) -> Any:
    """Return a setting's value in its unit; BadSetting says what is wanted."""
    return _CHECKS[name](value)


def setting_names() -> list[str]:
    """Return the names of all settings."""
    return list(_CHECKS)


def _cpu(value: Any) -> float | None:
    number: Any = value
    if isinstance(value, str) and re.fullmatch(r"[0-9]+m", value):
        number = int(value[:-1]) / 1000
    if value is None or (_is_number(number) and number > 0):
        return number
    raise BadSetting('a number of CPUs, such as 2 or "500m"')


def _memory(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and _MEMORY.fullmatch(value)):
        return value
    raise BadSetting('an amount of memory, such as "512Mi" or "2Gi"')


def _count(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise BadSetting("a whole number, 0 or more")


def _gpu(value: Any) -> int | None:
    return None if value is None else _count(value)


def _timeout(value: Any) -> float | None:
    number: Any = value
    if isinstance(value, str) and (match := _TIME.fullmatch(value)):
        number = float(match[1]) * _SECONDS[match[2] or "s"]
    if value is None:
        return None
    if _is_number(number) and number > 0:
        return int(number) if number == int(number) else float(number)
    raise BadSetting('a time, such as "30m", "2h", "90s" or a number of seconds')


def _cache(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise BadSetting("True or False")


def _reads(value: Any) -> tuple[str, ...]:
    files = _texts(value, 'a list of files, such as ["data/trips.csv"]')
    for file in files:
        if file.startswith(("/", "~")) or ".." in file.replace("\\", "/").split("/"):
            raise BadSetting(f"files of the project, by a path relative to it; {file!r} is none")
    return files


def _secrets(value: Any) -> tuple[str, ...]:
    names = _texts(value, 'a list of environment variables, such as ["SLACK_URL"]')
    if all(_SECRET.fullmatch(name) for name in names):
        return names
    raise BadSetting('a list of environment variables, such as ["SLACK_URL"]')


def _texts(value: Any, wanted: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if isinstance(values, list | tuple) and all(isinstance(v, str) and v for v in values):
        return tuple(values)
    raise BadSetting(wanted)


def _tolerance(value: Any) -> float | Mapping[str, float] | None:
    wanted = 'a number such as 1e-6, or one for each product: {"forecast": 1e-6}'
    for number in value.values() if isinstance(value, dict) else [value]:
        if number is not None and not (_is_number(number) and number >= 0):
            raise BadSetting(wanted)
    return value


def _is_number(value: Any) -> bool:
    finite = isinstance(value, int | float) and not isinstance(value, bool)
    return finite and value == value and abs(value) != float("inf")


_CHECKS = {
    "cpu": _cpu,
    "memory": _memory,
    "gpu": _gpu,
    "retries": _count,
    "timeout": _timeout,
    "cache": _cache,
    "reads": _reads,
    "secrets": _secrets,
    "tolerance": _tolerance,
}
