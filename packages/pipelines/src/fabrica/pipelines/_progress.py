"""What a person sees of a run, on standard error.

On a terminal one live line for each running step; elsewhere a plain line for each step that has
ended. Colour only on a terminal, and not with `NO_COLOR`.
"""

from __future__ import annotations

import os
import sys
import threading
import time

from fabrica.pipelines._execute_errors import render
from fabrica.pipelines._progress_summary import summary
from fabrica.pipelines._progress_table import duration
from fabrica.pipelines._progress_usage import usage_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

_COLOURS = {"done": "32", "cached": "2", "skipped": "33", "failed": "31", "timeout": "31"}
_COLOURS |= {"cancelled": "33", "retry": "33"}
_MANY = 100  # above it, steps that are quick and go well are counted, not listed
_TICK = 0.2
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Progress:
    """Shows the events of a run.

    Args:
        descriptor: where to write; a copy is kept, since steps' output is caught.
        terminal: whether it is a terminal; asked when None.
        table: show the table of verdicts and the next command at the end.
        environ: for `NO_COLOR` and `TERM`.
    """

    def __init__(
        self,
        descriptor: int = 2,
        *,
        terminal: bool | None = None,
        table: bool = True,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._fd = os.dup(descriptor)
        if terminal is None:
            terminal = os.isatty(descriptor) and environ.get("TERM") != "dumb"
        self._terminal = terminal
        self._coloured = terminal and not environ.get("NO_COLOR")
        self._table = table
        self._lock = threading.RLock()
        self._running: dict[tuple[str, str | None], float] = {}
        self._printed: dict[tuple[str, str | None], bytes] = {}
        self._painted = 0
        self._total = self._ended = 0
        self._widths = (4, 0)
        self._skipped: set[tuple[str | None, str | None]] = set()
        self._shown_errors: dict[str, str] = {}
        self._stop: threading.Event | None = None
        self.parameter: str | None = None
        self.next_commands: Callable[[Mapping[str, Any]], list[str]] = lambda event: []

    def expect(self, names: list[str], values: list[str]) -> None:
        """Tell the names that will be shown, so that the columns stand still."""
        self._widths = (
            max((len(n) for n in names), default=4),
            max((len(v) for v in values), default=0),
        )

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Show an event."""
        handler = getattr(self, "_" + event["event"].replace("-", "_"), None)
        if handler is not None:
            with self._lock:
                handler(event)

    def live(self, step: str, value: str | None, data: bytes) -> None:
        """Show what a step prints, line by line."""
        with self._lock:
            *lines, rest = (self._printed.pop((step, value), b"") + data).split(b"\n")
            if rest:
                self._printed[step, value] = rest
            for line in lines:
                self._print_output(step, value, line)

    def say(self, text: str) -> None:
        """Show a line."""
        with self._lock:
            self._line(f"  {text}")

    def forget(self, step: str, value: str | None) -> None:
        """A step runs no more; what became of it is told apart from that."""
        with self._lock:
            self._running.pop((step, value), None)

    def close(self) -> None:
        """Stop painting."""
        if self._stop is not None:
            self._stop.set()
            self._stop = None
        with self._lock:
            self._clear()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _run_started(self, event: Mapping[str, Any]) -> None:
        self._total = event["steps"]
        steps = f"{self._total:,} step" + ("s" if self._total != 1 else "")
        self._line(f"run {event['run']} of {event['project']} {event['pipeline']}: {steps}")

    def _step_started(self, event: Mapping[str, Any]) -> None:
        self._running[event["step"], event["value"]] = time.monotonic()
        if self._terminal:
            self._start_ticking()
            self._repaint()

    def _step_retried(self, event: Mapping[str, Any]) -> None:
        self._running.pop((event["step"], event["value"]), None)
        text = f"attempt {event['attempt']} of {event['attempts']} failed: {event['reason']}; again"
        delay = "" if event["delay"] is None else f" in {duration(event['delay'])}"
        self._step_line("retry", event, text + delay)

    def _step_ended(self, event: Mapping[str, Any]) -> None:
        key = event["step"], event["value"]
        self._running.pop(key, None)
        rest = self._printed.pop(key, None)
        if rest:
            self._print_output(*key, rest)
        self._ended += 1
        outcome = event["outcome"]
        if outcome == "skipped" and (event["value"], event["reason"]) in self._skipped:
            return  # what follows a skipped step is skipped for the same reason
        if outcome == "skipped":
            self._skipped.add((event["value"], event["reason"]))
        if self._total > _MANY and outcome in ("done", "cached") and event["seconds"] < 1:
            self._count()
            return
        text = duration(event["seconds"]) if outcome not in ("cached", "skipped") else ""
        if event["reason"]:
            text = f"{text}  {event['reason']}" if text else event["reason"]
        self._step_line(outcome, event, text)
        if event["error"]:
            self._show_error(event)

    def _gate_started(self, event: Mapping[str, Any]) -> None:
        if self._terminal:
            self._running["gate", event["value"]] = time.monotonic()
            self._start_ticking()
            self._repaint()

    def _gate_ended(self, event: Mapping[str, Any]) -> None:
        self._running.pop(("gate", event["value"]), None)
        if event.get("error"):
            event = {**event, "step": "gate"}
            self._step_line("failed", event, event["reason"])
            self._show_error(event)

    def _run_ended(self, event: Mapping[str, Any]) -> None:
        self._running.clear()
        self._clear()
        if self._table:
            lines = summary(
                event["verdicts"], self.parameter, width=self._columns(), colour=self._colour
            )
            if lines:
                self._line("\n" + "\n".join(lines) + "\n")
        self._line(f"{event['outcome']} in {duration(event['seconds'])}: {counts_text(event)}")
        for line in usage_lines(event.get("usage")):
            self._line(f"  {line}")
        if self._table:
            for command in self.next_commands(event):
                self._line(f"  {command}")

    def _show_error(self, event: Mapping[str, Any]) -> None:
        error = event["error"]
        text = render(error)
        where = event["step"] + (f" {event['value']}" if event["value"] else "")
        if text in self._shown_errors:
            self._line(f"    the same error as {self._shown_errors[text]}")
            return
        self._shown_errors[text] = where
        if not error.get("frames") and not error.get("cause") and "\n" not in text:
            text = ""  # the line above says it all
        lines = ["", *text.splitlines()] if text else []
        if error.get("hint"):
            lines.append(f"→ {error['hint']}")
        self._line("\n".join(f"    {line}".rstrip() for line in lines) + "\n")

    def _step_line(self, word: str, event: Mapping[str, Any], text: str) -> None:
        name, value = event["step"], event["value"] or ""
        mark = self._colour(word.ljust(9), _COLOURS.get(word, ""))
        columns = f"  {mark} {name.ljust(self._widths[0])}  "
        if self._widths[1]:
            columns += value.ljust(self._widths[1]) + "  "
        self._line((columns + text).rstrip())

    def _print_output(self, step: str, value: str | None, line: bytes) -> None:
        where = step + (f" {value}" if value else "")
        text = line.decode("utf-8", "replace").rstrip("\r")
        self._line(self._colour(f"    {where} | {text}", "2"))

    def _count(self) -> None:
        """Every tenth of a long run is told where lines are not painted over."""
        if self._terminal:
            self._repaint()
        elif self._ended % max(1, self._total // 10) == 0:
            self._line(f"  {self._ended:,} of {self._total:,} steps")

    def _colour(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._coloured and code else text

    def _line(self, text: str) -> None:
        self._clear()
        self._write(text + "\n")
        self._paint()

    def _repaint(self) -> None:
        self._clear()
        self._paint()

    def _clear(self) -> None:
        if self._painted:
            self._write(f"\x1b[{self._painted}A\x1b[J")
            self._painted = 0

    def _paint(self) -> None:
        if not self._terminal or not self._running:
            return
        now = time.monotonic()
        sign = _SPINNER[int(now / _TICK) % len(_SPINNER)]
        width = self._columns() - 1
        lines = []
        for (step, value), since in list(self._running.items())[:8]:
            done = f"{self._ended}/{self._total}"
            text = f"  {sign} {step.ljust(self._widths[0])}  {(value or '').ljust(self._widths[1])}"
            lines.append(f"{text}  {duration(now - since)}  ({done})"[:width])
        self._write("".join(line + "\n" for line in lines))
        self._painted = len(lines)

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._fd).columns or 100
        except OSError:
            return 100

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        while data and self._fd >= 0:
            try:
                data = data[os.write(self._fd, data) :]
            except BlockingIOError:
                time.sleep(0.01)
            except OSError:
                return  # nobody reads any more: the run goes on

    def _start_ticking(self) -> None:
        if self._stop is None:
            self._stop = threading.Event()
            threading.Thread(target=self._tick, args=(self._stop,), daemon=True).start()

    def _tick(self, stop: threading.Event) -> None:
        while not stop.wait(_TICK):
            with self._lock:
                if self._running and self._fd >= 0:
                    self._repaint()


def counts_text(event: Mapping[str, Any]) -> str:
    """`12 done, 3 cached, 1 skipped`; a step that never started counts as not run."""
    if event.get("unchanged"):
        return f"nothing new since run {event['unchanged']}"
    words = {"blocked": "not run"}
    shown = [
        f"{number:,} {words.get(name, name)}" for name, number in event["counts"].items() if number
    ]
    return ", ".join(shown) or "nothing to do"


def json_writer(descriptor: int = 1) -> Callable[[Mapping[str, Any]], None]:
    """Write each event as a line of JSON; what else is printed there goes to standard error."""
    import json

    stream = os.fdopen(os.dup(descriptor), "w", encoding="utf-8")
    os.dup2(2, descriptor)

    def write(event: Mapping[str, Any]) -> None:
        try:
            stream.write(json.dumps({"schema": 1, **event}, ensure_ascii=False) + "\n")
            stream.flush()
        except BrokenPipeError:
            sys.exit("error: nobody reads the events any more")

    return write
