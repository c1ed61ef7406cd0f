"""How models are named to people, and the commands that they are told."""

from __future__ import annotations


def named(model: str, value: str | None) -> str:
    """Return a model's name in a sentence.

    Example:
        >>> named("model", "Queens")
        'model of Queens'
    """
    return model if value is None else f"{model} of {value}"


def command(name: str, model: str | None = None, value: str | None = None, *more: object) -> str:
    """Return a command that can be pasted.

    Example:
        >>> command("promote", "model", "Staten Island", 3)
        "python -m fabrica.tracking promote model 3 --value 'Staten Island'"
    """
    from shlex import quote

    words = [name, *([model] if model else []), *map(str, more)]
    words += ["--value", value] if value is not None else []
    return " ".join(["python -m fabrica.tracking", *map(quote, words)])
