"""An exception of a step as a document: from the user's own frame on, never ours."""

from __future__ import annotations

import os

from fabrica import storage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import CodeType, FrameType, TracebackType
    from typing import Any

_OURS = tuple(
    os.path.dirname(os.path.abspath(file)) + os.sep for file in (__file__, str(storage.__file__))
)
_PREFIX = "fabrica."
_MACHINERY = ("<frozen importlib", "<frozen runpy")


def describe(
    error: BaseException, root: Path, function: Any = None, secrets: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Type, message, hint and frames of an exception; frames start at the user's own code.

    An error without a frame of the user (the call itself failed) points at the step's function.
    """
    frames = _frames(error.__traceback__, root)
    if isinstance(error, SyntaxError) and error.filename:
        frames.append(_place(error.filename, error.lineno or 0, "<module>", error.text, root))
    ours = type(error).__module__.startswith(_PREFIX)
    if not frames and function is not None and not ours:
        frames = [_definition(function, root)]
    document: dict[str, Any] = {
        "type": _type_name(error),
        "message": hide(_message(error), secrets),
        "frames": frames,
    }
    hint = getattr(error, "hint", None)
    if hint:
        document["hint"] = hide(str(hint), secrets)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and not ours and cause is not error:
        document["cause"] = describe(cause, root, None, secrets)
    return document


def render(error: Mapping[str, Any]) -> str:
    """The document as Python prints a traceback, without what is not the user's."""
    lines = []
    cause = error.get("cause")
    if cause:
        lines += [render(cause), "", "… and while that was handled, or because of it:", ""]
    frames = error.get("frames") or ()
    if frames:
        own = not os.path.isabs(frames[0]["file"])  # a cause inside of a library has none of yours
        lines.append("Traceback (from your code on):" if own else "Traceback:")
    for frame in frames:
        lines.append(f'  File "{frame["file"]}", line {frame["line"]}, in {frame["function"]}')
        if frame.get("code"):
            lines.append(f"    {frame['code']}")
    lines.append(headline(error))
    return "\n".join(lines)


def headline(error: Mapping[str, Any]) -> str:
    """Type and message; the message alone where the error is Fabrica's, which says it all."""
    kind, message = error["type"], error["message"]
    if kind.startswith(_PREFIX):
        return message
    return f"{kind}: {message}" if message else kind


def _frames(traceback: TracebackType | None, root: Path) -> list[dict[str, Any]]:
    found = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not _is_ours(code) and not _is_tracking(traceback.tb_frame):
            found.append(_frame(code, traceback.tb_lineno, root))
        elif found and found[-1]["file"].startswith("<"):
            found.pop()
        traceback = traceback.tb_next
    return found


def _is_ours(code: CodeType) -> bool:
    file = code.co_filename
    return file.startswith(_OURS) or file.startswith(_MACHINERY) or _is_import(file)


def _is_tracking(frame: FrameType) -> bool:
    """The gate's registry, by the module's name: to ask for its file would import it."""
    return str(frame.f_globals.get("__name__")).startswith("fabrica.tracking.")


def _is_import(file: str) -> bool:
    return file.endswith(f"importlib{os.sep}__init__.py")


def _frame(code: CodeType, line: int, root: Path) -> dict[str, Any]:
    from linecache import getline

    name = getattr(code, "co_qualname", code.co_name)
    return _place(code.co_filename, line, name, getline(code.co_filename, line), root)


def _place(file: str, line: int, function: str, code: str | None, root: Path) -> dict[str, Any]:
    return {
        "file": hide(shorten(file, root)),
        "line": line,
        "function": function,
        "code": hide((code or "").strip()),
    }


def _definition(function: Any, root: Path) -> dict[str, Any]:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    if code is None:
        return _place("<unknown>", 0, getattr(function, "__name__", "?"), None, root)
    return _frame(code, code.co_firstlineno, root)


def shorten(file: str, root: Path) -> str:
    """A path relative to the project, where it is inside."""
    inside = str(root) + os.sep
    real = os.path.realpath(inside) + os.sep
    for prefix in (inside, real):
        if file.startswith(prefix):
            return file[len(prefix) :].replace(os.sep, "/")
    return file


def _type_name(error: BaseException) -> str:
    kind = type(error)
    if kind.__module__ == "builtins":
        return kind.__qualname__
    if kind.__module__.startswith(_PREFIX):  # where it is defined is private: its public face
        return ".".join([*kind.__module__.split(".")[:2], kind.__qualname__])
    return f"{kind.__module__}.{kind.__qualname__}"


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return error.msg or "invalid syntax"
    if isinstance(error, KeyError) and error.args:
        return repr(error.args[0])
    try:
        return str(error)
    except Exception:
        return "<its message cannot be printed>"


def hide(text: str, secrets: tuple[str, ...] = ()) -> str:
    """A text as it may be stored: without the values of secrets, and in UTF-8.

    Manifests are kept for years and read by many. Half of a pair of surrogates (a file's name that
    is no UTF-8, text that was cut in two) is in no encoding: it is written as its escape.
    """
    for secret in secrets:
        text = text.replace(secret, "***")
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
