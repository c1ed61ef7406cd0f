"""What the project's own code raised, and where: from its frames on, never the server's."""

import traceback
from pathlib import Path
from types import TracebackType


def from_own_code(error: Exception, source: Path) -> Exception:
    """Cut the frames above the project's own off an exception; one without any stays as it is.

    Args:
        error: What was raised.
        source: The project's ``src``.
    """
    frame: TracebackType | None = error.__traceback__
    while frame is not None:
        if Path(frame.tb_frame.f_code.co_filename).is_relative_to(source):
            return error.with_traceback(frame)
        frame = frame.tb_next
    return error


def said(error: Exception, source: Path, file: Path) -> str:
    """Say in one line what was raised, at the last line of the project that led there.

    Args:
        error: What was raised.
        source: The project's ``src``.
        file: What to name when no line of the project was reached.

    Example:
        >>> said(NameError("no slope"), Path("/p/src"), Path("/p/src/trips/service.py"))
        'src/trips/service.py: NameError: no slope'
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(source)]
    place = own[-1].filename if own else str(file)
    line = f":{own[-1].lineno}" if own else ""
    shown = Path(place).relative_to(source.parent).as_posix()
    return f"{shown}{line}: {type(error).__name__}: {error}"
