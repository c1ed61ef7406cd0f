"""How models are named to people, and the commands that they are told."""

from __future__ import annotations

import os


def named(model: str, value: str | None) -> str:
    """Return a model's name in a sentence.

    Example:
        >>> named("model", "Queens")
        'model of Queens'
    """
    return model if value is None else f"{model} of {value}"


def command(name: str, model: str | None = None, value: str | None = None, *more: object) -> str:
    """Return a command that can be pasted, in the words of whoever started this: Nx, or Python.

    Args:
        name: what ``python -m fabrica.tracking`` is asked to do.
        more: what follows the model, such as the version; an option is written with its value.

    Example:
        >>> command("promote", "model", "Staten Island", 3)
        "python -m fabrica.tracking promote model 3 --value 'Staten Island'"
    """
    from shlex import quote

    words = [name, *([model] if model else []), *map(str, more)]
    words += ["--value", value] if value is not None else []
    project = os.environ.get("NX_TASK_TARGET_PROJECT")
    start = f"npx nx run {project}:tracking" if project else "python -m fabrica.tracking"
    return " ".join([start, *map(quote, words)])
