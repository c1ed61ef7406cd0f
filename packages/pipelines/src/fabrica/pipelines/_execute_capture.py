"""What a step prints goes into its log, and to the terminal while it runs.

Both levels are caught: Python's `sys.stdout` and `sys.stderr` (shown live), and the file
descriptors 1 and 2 that C libraries and child processes write to (in the log only).
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager

from fabrica.pipelines._errors import StepError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Live = Callable[[bytes], None]


class Capture:
    """Catches output while a step runs; `take()` hands over what came since the last time.

    Args:
        folder: where the file of the log lies while it is written.
        live: is given what Python code prints, as it is printed.
    """

    def __init__(self, folder: Path, live: Live | None = None) -> None:
        name = os.path.join(folder, f"log-{os.getpid()}")
        try:
            os.makedirs(folder, exist_ok=True)
            self._file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        except OSError as error:
            raise StepError(
                f"{folder} cannot be written: {error.strerror}",
                hint="steps keep their files there while they run: make it a folder you may write",
            ) from None
        if os.name == "posix":
            os.unlink(name)  # nothing is left of it, however the process ends
        self._tees = _Tee(1, live), _Tee(2, live)
        self._out, self._err = (_text(tee) for tee in self._tees)
        self._saved: tuple[int, int] | None = None

    @contextmanager
    def catching(self, secrets: tuple[str, ...] = ()) -> Iterator[None]:
        """Send what is printed into the log while the block runs; `secrets` are not shown live."""
        for tee in self._tees:
            tee.hide(secrets)
        before = sys.stdout, sys.stderr, sys.breakpointhook
        _flush(*before[:2])
        self._saved = os.dup(1), os.dup(2)
        os.dup2(self._file, 1)
        os.dup2(self._file, 2)
        sys.stdout, sys.stderr = self._out, self._err
        sys.breakpointhook = self._debug
        try:
            yield
        finally:
            _flush(self._out, self._err)
            for tee in self._tees:
                tee.show_rest()
            sys.stdout, sys.stderr, sys.breakpointhook = before
            self._restore()

    def take(self) -> bytes:
        """Return what has been caught, and forget it."""
        size = os.fstat(self._file).st_size
        if size == 0:
            return b""
        os.lseek(self._file, 0, os.SEEK_SET)
        parts = []
        while block := os.read(self._file, 1 << 20):
            parts.append(block)
        os.ftruncate(self._file, 0)
        return b"".join(parts)

    def _restore(self) -> None:
        if self._saved is not None:
            for target, saved in zip((1, 2), self._saved, strict=True):
                os.dup2(saved, target)
                os.close(saved)
            self._saved = None

    def _debug(self, *arguments: object, **settings: object) -> object:
        """`breakpoint()` talks to the terminal, not to the log."""
        _flush(self._out, self._err)
        self._restore()
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        if os.environ.get("PYTHONBREAKPOINT"):
            return sys.__breakpointhook__(*arguments, **settings)
        from pdb import Pdb

        return Pdb().set_trace(sys._getframe(1))


class _Tee(io.RawIOBase):
    def __init__(self, target: int, live: Live | None) -> None:
        self._target = target
        self._live = live
        self._secrets: tuple[str, ...] = ()
        self._held = b""

    def hide(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets

    def show_rest(self) -> None:
        rest, self._held = self._held, b""
        if rest and self._live is not None:
            self._live(rest)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._target

    def write(self, data: bytes) -> int:  # type: ignore[override]
        view = bytes(data)
        written = 0
        while written < len(view):
            written += os.write(self._target, view[written:])
        if self._live is not None:
            shown = self._hidden(view) if self._secrets else view
            if shown:
                self._live(shown)
        return len(view)

    def _hidden(self, data: bytes) -> bytes:
        """What can be shown; the beginning of a secret is held back until it has gone on."""
        data = redact(self._held + data, self._secrets)
        held = max(_begun(data, os.fsencode(secret)) for secret in self._secrets)
        self._held = data[len(data) - held :]
        return data[: len(data) - held]


def _text(raw: io.RawIOBase) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True
    )


def _flush(*streams: object) -> None:
    for stream in streams:
        try:
            stream.flush()  # type: ignore[attr-defined]
        except (AttributeError, OSError, ValueError):
            continue


def _begun(data: bytes, secret: bytes) -> int:
    """How many bytes at the end of the data are the beginning of the secret."""
    for length in range(min(len(data), len(secret) - 1), 0, -1):
        if data.endswith(secret[:length]):
            return length
    return 0


def redact(data: bytes, secrets: tuple[str, ...]) -> bytes:
    """Replace the values of secrets: a log is kept for years and read by many."""
    for secret in secrets:
        data = data.replace(os.fsencode(secret), b"***")
    return data
