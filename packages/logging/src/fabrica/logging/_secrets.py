"""Secrets never reach a log: known by the key they are logged under, by their value, by shape.

Redaction happens once, on the finished line, so that no message, argument, nested value or
traceback gets around it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Mapping
    from typing import Any

MASK = "***"

# A key whose last words are these: `db_password`, `X-Api-Key`, `apiToken`, but not `max_tokens`.
_SECRET_WORDS = (
    "password", "passwd", "passphrase", "pwd", "secret", "secrets", "token", "jwt", "apikey",
    "credential", "credentials", "authorization", "cookie", "cookies", "privatekey", "accesskey",
    "secretkey",
)  # fmt: skip
_SECRET_PAIRS = ("api key", "private key", "access key", "secret key", "signing key")

# Shapes of secrets in text, each with the part that is kept as group 1. None can take more than
# linear time: what is logged may come from a stranger.
_SHAPES = (
    r"(://[^\s:/@]*:)[^\s/]+(?=@)",  # https://name:password@host
    r"(://)[^\s:/@]{20,}(?=@)",  # https://token@host
    r"(?i)(\bbearer\s+)[a-z0-9+/_.=~-]{8,}",
    r"(?i)(\bauthorization['\"]?\s*[=:]\s*['\"]?(?:[a-z]+ )?)[^\s'\"]+",
    r"(?i)((?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key)"
    r"['\"]?\s{0,9}[=:]\s{0,9}['\"]?)[^\s'\"&;,)}\]]+",
    r"(?s)(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----).*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)",
)
# What matches a shape holds one of these, so most text is passed over in one look.
_HINT = (
    r"(?i)://|bearer|authorization|passw|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key"
    r"|PRIVATE KEY"
)

_SHORT = 4  # a value with fewer characters is masked as a whole word only, or it would eat the log
_registered: set[str] = set()
_compiled: dict[str, Any] = {}


def register_secret(value: str | None) -> None:
    """Mask a value wherever it is logged from now on, in this process.

    Forms that it takes inside URLs and JSON are masked too, and each line of one with several.
    An empty value is ignored.

    Example:
        >>> register_secret("hunter2!")
        >>> redact("logged in with hunter2!")
        'logged in with ***'
    """
    if not value or not value.strip():
        return
    from json import dumps
    from urllib.parse import quote, quote_plus

    lines = [line.strip() for line in value.splitlines() if len(line.strip()) >= 2 * _SHORT]
    for text in (value, value.strip(), *lines):
        encoded = text.encode("utf-8", "surrogatepass")
        _registered.update((quote(encoded, safe=""), quote_plus(encoded)))
        _registered.update((text, dumps(text)[1:-1], repr(text)[1:-1]))
    _compiled.pop("values", None)
    _keys.clear()


def redact(value: Any) -> Any:
    """Return a string, or a structure of dicts and lists, with the secrets in it masked.

    Everything else is returned as it is; keys of dicts are masked like other text.

    Example:
        >>> redact({"url": "postgres://ann:s3cret@db/trips", "api_key": "abc", "rows": 3})
        {'url': 'postgres://ann:***@db/trips', 'api_key': '***', 'rows': 3}
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return _mapping(value)
    if isinstance(value, (list, tuple)):
        return [redact(item) for item in value]
    return value


def _mapping(value: Mapping[Any, Any]) -> dict[Any, Any]:
    redacted = {}
    for key, item in value.items():
        known = _keys.get(key) or _key(key)
        redacted[known[0]] = MASK if known[1] and item is not None else redact(item)
    return redacted


def is_secret(key: object) -> bool:
    """Tell whether a key names a secret, by its last words: `db_password`, `X-Api-Key`."""
    return isinstance(key, str) and _is_secret(key)


# Key → how it is shown, and whether it names a secret. Keys are few in a healthy program; the
# bound keeps one that makes them up from growing without end.
_keys: dict[Any, tuple[Any, bool]] = {}
_MOST_KEYS = 10_000


def _key(key: Any) -> tuple[Any, bool]:
    if not isinstance(key, str):
        return key, False
    known = _text(key), _is_secret(key)
    if len(_keys) < _MOST_KEYS:
        _keys[key] = known
    return known


def _is_secret(key: str) -> bool:
    import re

    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", " ", key).lower().split()
    if not spaced:
        return False
    return spaced[-1] in _SECRET_WORDS or " ".join(spaced[-2:]) in _SECRET_PAIRS


def _text(text: str) -> str:
    if _registered:
        text = _values().sub(MASK, text)
    if text.isalnum() or _hint().search(text) is None:  # every shape has punctuation
        return text
    for shape in _shapes():
        text = shape.sub(r"\1" + MASK, text)
    return text


def _values() -> re.Pattern[str]:
    if "values" not in _compiled:
        import re

        longest_first = sorted(_registered, key=lambda value: (-len(value), value))
        _compiled["values"] = re.compile("|".join(_value_pattern(v) for v in longest_first))
    return _compiled["values"]


def _value_pattern(value: str) -> str:
    import re

    pattern = re.escape(value)
    return pattern if len(value) >= _SHORT else rf"(?<!\w){pattern}(?!\w)"


def _hint() -> re.Pattern[str]:
    if "hint" not in _compiled:
        import re

        _compiled["hint"] = re.compile(_HINT)
    return _compiled["hint"]


def _shapes() -> list[re.Pattern[str]]:
    if "shapes" not in _compiled:
        import re

        _compiled["shapes"] = [re.compile(shape) for shape in _SHAPES]
    return _compiled["shapes"]
