"""A process that runs steps for a run: `python -m fabrica.pipelines worker` (internal).

It reads tasks from its standard input, a JSON object a line, and answers on its standard output.
When the input ends, whoever started it is gone: it ends too, with everything it started.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import contextmanager
from queue import SimpleQueue

from fabrica.storage import StorageError, open_store

from fabrica.pipelines._errors import PipelineError
from fabrica.pipelines._execute import TimedOut
from fabrica.pipelines._execute_errors import describe
from fabrica.pipelines._manifests import Result, read_step, result_of
from fabrica.pipelines._run_context import Context, read_context
from fabrica.pipelines._run_step import StepRunner
from fabrica.pipelines._usage import usage_of_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType
    from typing import Any

    from fabrica.pipelines._plan_model import StepPlan
    from fabrica.pipelines._run_step import Prepared

    # How a step ended, whether it was interrupted, and why its end could not be recorded.
    Answer = tuple[Result, bool, StorageError | None]


class StoredResults:
    """Results of other steps, read from their manifests: what a process knows of a run."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[tuple[str, str | None], Result] = {}

    def __call__(self, step: str, value: str | None) -> Result | None:
        known = self._known.get((step, value))
        if known is None:
            context = self._context
            document = read_step(context.store, context.project, context.run, step, value)
            if document is None:
                return None
            known = result_of(document)
            if known.good:
                self._known[step, value] = known
        return known


def work(root: Path, project: str, run: str, *, use_cache: bool) -> int:
    """Serve tasks until the input ends."""
    answers = _Answers(os.dup(1))
    tasks: SimpleQueue[dict[str, Any]] = SimpleQueue()
    threading.Thread(target=_read_tasks, args=(os.dup(0), tasks), daemon=True).start()
    _quiet_standard_streams()
    _set_signals()
    context = read_context(root, open_store(), project, run)
    context.use_cache = use_cache
    runner = StepRunner(context, StoredResults(context), answers.live)
    while True:
        try:
            task = tasks.get()
            answers.ended(_run(runner, task))
        except KeyboardInterrupt:
            return 130


def _run(runner: StepRunner, task: dict[str, Any]) -> Answer:
    step = runner.context.steps[task["step"]]
    try:
        prepared = runner.prepared(step, task["value"], task["inputs"])
    except (PipelineError, StorageError) as error:
        return _fail(runner, task, error)
    try:
        with deadline(step):
            if task["record"]:
                result, interrupt = runner.make(prepared, task["attempt"])
            else:
                made = runner.call(prepared)
                result, interrupt = _only_result(made, step), made.interrupt
    except (PipelineError, StorageError) as error:
        return _fail(runner, task, error, prepared)
    return result, interrupt is not None, None


@contextmanager
def deadline(step: StepPlan) -> Iterator[None]:
    """Raise TimedOut in what runs when it takes longer than the step's timeout."""
    limit = step.timeout_seconds
    if not limit:
        yield
        return
    signal.signal(signal.SIGALRM, _alarm(step.name, limit))
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _fail(
    runner: StepRunner, task: dict[str, Any], error: Exception, prepared: Prepared | None = None
) -> Answer:
    """Record a failure where the store takes it, and tell the run where it does not."""
    step, lost = runner.context.steps[task["step"]], None
    if task["record"]:
        try:
            result = runner.fail(step, task["value"], task["attempt"], error, prepared=prepared)
            return result, False, None
        except StorageError as unwritten:
            error = lost = unwritten
    document = describe(error, runner.context.root)
    return Result("failed", reason=document["message"], error=document), False, lost


def _only_result(made: Any, step: StepPlan) -> Result:
    usage = usage_of_call(made, step)
    return Result(made.outcome, made.products, reason=made.reason, error=made.error, usage=usage)


def _alarm(step: str, limit: float) -> Any:
    def late(number: int, frame: FrameType | None) -> None:
        raise TimedOut(f"step `{step}` ran for longer than its timeout of {limit:g} s")

    return late


def _read_tasks(descriptor: int, tasks: SimpleQueue[dict[str, Any]]) -> None:
    with open(descriptor, encoding="utf-8") as lines:
        for line in lines:
            tasks.put(json.loads(line))
    os.killpg(0, signal.SIGKILL)


def _quiet_standard_streams() -> None:
    """What prints outside of a step must not come between the answers."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)


def _set_signals() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)


class _Answers:
    def __init__(self, descriptor: int) -> None:
        self._stream = os.fdopen(descriptor, "w", encoding="utf-8")
        self._lock = threading.Lock()

    def live(self, data: bytes) -> None:
        self._send({"live": data.decode("utf-8", "replace")})

    def ended(self, answer: Answer) -> None:
        result, interrupted, lost = answer
        self._send(
            {
                "ended": {
                    "outcome": result.outcome,
                    "products": result.products,
                    "reason": result.reason,
                    "error": result.error,
                    "seconds": result.seconds,
                    "retry": result.retry,
                    "usage": result.usage,
                },
                "interrupted": interrupted,
            }
            | ({"lost": [str(lost), lost.hint]} if lost is not None else {})
        )

    def _send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=False, allow_nan=False)
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()


def worker_command(project: str, run: str, use_cache: bool) -> list[str]:
    """How a worker is started."""
    command = [sys.executable, "-m", "fabrica.pipelines", "worker", project, run]
    return command if use_cache else [*command, "--no-cache"]
