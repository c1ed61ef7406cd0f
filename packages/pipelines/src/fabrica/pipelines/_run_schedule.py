"""Which step runs when: a step starts as soon as everything that it waits for has ended."""

from __future__ import annotations

import os
import time
from collections import deque
from heapq import heappop, heappush

from fabrica.storage import NotWritable, StorageError

from fabrica.pipelines._errors import PipelineError, ProcessDied, StepError
from fabrica.pipelines._manifests import BAD, Result
from fabrica.pipelines._run_inputs import NotStarted
from fabrica.pipelines._run_nodes import Node, build_nodes
from fabrica.pipelines._run_step import Prepared, StepRunner
from fabrica.pipelines._usage import Tally, usage_of_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from fabrica.pipelines._run_context import Context
    from fabrica.pipelines._run_workers import Workers

    Emit = Callable[[dict[str, Any]], None]
    Live = Callable[[str, str | None, bytes], None]

_BACKOFF_LIMIT = 60.0


class Schedule:
    """Runs the steps of a run, in this process or in workers.

    With one job a step is called in this process, which a debugger can follow and which costs
    least. A step that has a timeout, or wants another number of threads than this process has, runs
    in a worker process; with more jobs all do. `isolate` gives every step a new process.

    Args:
        context: the run.
        emit: is given the events.
        live: is given what steps print.
        jobs: how many steps may run at once.
        isolate: a process of its own for every step.
        threads: the number of threads that this process is limited to.
    """

    def __init__(
        self,
        context: Context,
        emit: Emit,
        live: Live,
        *,
        jobs: int = 1,
        isolate: bool = False,
        threads: int = 1,
    ) -> None:
        self.context = context
        self.results: dict[tuple[str, str | None], Result] = {}
        self.used = Tally()
        self.nodes = build_nodes(context.plan)
        self._emit = emit
        self._live = live
        self._jobs = max(1, jobs)
        self._isolate = isolate
        self._threads = threads
        self._now: Node | None = None
        self.lost: StorageError | None = None
        self.runner = StepRunner(context, self._lookup, self._live_here)
        self._workers: Workers | None = None
        self._ready: deque[Node] = deque()
        self._delayed: list[tuple[float, int, Node]] = []
        self._prepared: dict[Node, Prepared] = {}

    def run(self, earlier: Mapping[tuple[str, str | None], Result] | None = None) -> None:
        """Run everything; `earlier` are results of the same run (it is resumed).

        They stand where their data is what it was.

        When the end of a step cannot be recorded, the store is `lost`: what is running ends, and
        nothing more is started. Its work would be for nothing.

        Raises:
            KeyboardInterrupt: the run was cancelled; what had started is recorded so.
        """
        earlier = earlier or {}
        for node in self.nodes:
            if node.waits == 0:
                self._ready.append(node)
        try:
            while self._ready or self._delayed or self._running:
                self._release_delayed()
                if self.lost is not None:
                    self._ready.clear()
                    self._delayed.clear()
                    if self._running:
                        self._wait()
                elif self._ready and self._running < self._jobs:
                    node = self._ready.popleft()
                    self._start(node, earlier.get(node.key))
                else:
                    self._wait()
        except KeyboardInterrupt:
            self._cancel()
            raise

    def close(self) -> None:
        """End the workers."""
        if self._workers is not None:
            self._workers.close()
            self._workers = None

    def call(self, prepared: Prepared) -> Result:
        """Call a step outside of the run's own nodes (the gate measures a champion)."""
        if self._inline(prepared):
            made = self.runner.call(prepared)
            if made.interrupt is not None:
                raise made.interrupt
            self.used.add(prepared.step.name, prepared.value, usage_of_call(made, prepared.step))
            return Result(made.outcome, made.products, made.reason, made.error)
        self._submit(Node(prepared.step, prepared.value), prepared, record=False)
        while True:
            for _, message in self._pool.wait(None):
                result = self._answer(message, prepared)
                if result is not None:
                    self._count(prepared.step.name, prepared.value, result)
                    return result

    @property
    def _running(self) -> int:
        return len(self._workers) if self._workers is not None else 0

    @property
    def _pool(self) -> Workers:
        if self._workers is None:
            from fabrica.pipelines._run_workers import Workers

            self._workers = Workers(self.context)
        return self._workers

    def _lookup(self, step: str, value: str | None) -> Result | None:
        return self.results.get((step, value))

    def _live_here(self, data: bytes) -> None:
        if self._now is not None:
            self._live(self._now.step.name, self._now.value, data)

    def _start(self, node: Node, known: Result | None) -> None:
        try:
            prepared = self.runner.prepare(node.step, node.value)
            if known is not None and stands(known, prepared):
                result = Result("cached", known.products, "done earlier in this run")
            else:
                result = self.runner.cached(prepared, node.attempt)
        except NotStarted as not_started:
            self._skip(node, not_started.result)
            return
        except (StepError, StorageError) as error:
            self._end(node, self._fail(node, error))
            return
        if result is not None:
            self._end(node, result)
            return
        self._emit(
            {"event": "step-started", "step": node.step.name, "value": node.value}
            | ({"attempt": node.tries + 1} if node.tries else {})
        )
        if self._inline(prepared):
            self._call_here(node, prepared)
        else:
            self._submit(node, prepared, record=True)

    def _skip(self, node: Node, result: Result) -> None:
        if result.outcome == "skipped":
            try:
                self.runner.skip(node.step, node.value, node.attempt, result)
            except StorageError as error:
                result = self._lose(error)
        self._end(node, result)

    def _fail(
        self,
        node: Node,
        error: Exception,
        outcome: str = "failed",
        prepared: Prepared | None = None,
    ) -> Result:
        """Record a failure; that the store does not even take this is one of its own."""
        step, value = node.step, node.value
        try:
            return self.runner.fail(step, value, node.attempt, error, outcome, prepared)
        except StorageError as lost:
            return self._lose(lost)

    def _lose(self, error: StorageError) -> Result:
        from fabrica.pipelines._execute_errors import describe

        self.lost = self.lost or error
        document = describe(error, self.context.root)
        return Result("failed", reason=document["message"], error=document)

    def _inline(self, prepared: Prepared) -> bool:
        step = prepared.step
        return (
            self._jobs == 1
            and not self._isolate
            and step.timeout_seconds is None
            and step.threads == self._threads
        )

    def _call_here(self, node: Node, prepared: Prepared) -> None:
        self._now = node
        try:
            result, interrupt = self.runner.make(prepared, node.attempt)
        except (StepError, StorageError) as error:
            result, interrupt = self._fail(node, error, prepared=prepared), None
        finally:
            self._now = None
        if interrupt is not None:
            self._count(*node.key, result)
            self._end(node, result)
            raise KeyboardInterrupt
        self._ended(node, result)

    def _submit(self, node: Node, prepared: Prepared, *, record: bool) -> None:
        step = node.step
        message = {
            "step": step.name,
            "value": node.value,
            "attempt": node.attempt,
            "inputs": prepared.inputs,
            "record": record,
        }
        self._prepared[node] = prepared
        self._pool.submit(node, message, step.threads, step.timeout_seconds, self._isolate)

    def _wait(self) -> None:
        timeout = max(0.0, self._delayed[0][0] - time.monotonic()) if self._delayed else None
        if not self._running:
            time.sleep(timeout or 0.0)
            return
        for node, message in self._pool.wait(timeout):
            if "live" in message:
                self._live(node.step.name, node.value, message["live"].encode())
                continue
            prepared = self._prepared[node]
            result = self._answer(message, prepared)
            if result is None:
                continue
            if "ended" not in message:
                error = _lost(message, prepared)
                unrecorded = self._fail(node, error, result.outcome, prepared)
                result = result if self.lost is None else unrecorded
            elif "lost" in message:
                self.lost = self.lost or NotWritable(*message["lost"])
            del self._prepared[node]
            self._ended(node, result)

    def _answer(self, message: Mapping[str, Any], prepared: Prepared) -> Result | None:
        if "ended" in message:
            return Result(**message["ended"])
        if "late" in message or "died" in message:
            error = _lost(message, prepared)
            outcome = "timeout" if "late" in message else "failed"
            from fabrica.pipelines._execute_errors import describe

            document = describe(error, self.context.root)
            return Result(outcome, reason=document["message"], error=document, retry=True)
        return None

    def _ended(self, node: Node, result: Result) -> None:
        """A step was called: it has ended, or is tried again after a while."""
        self._count(*node.key, result)
        node.tries += 1
        node.attempt += 1
        if result.outcome in BAD and result.retry and node.tries <= node.step.retries:
            delay = backoff(node.tries)
            self._emit(
                {
                    "event": "step-retried",
                    "step": node.step.name,
                    "value": node.value,
                    "reason": result.reason,
                    "delay": delay,
                    "attempt": node.tries,
                    "attempts": node.step.retries + 1,
                }
            )
            heappush(self._delayed, (time.monotonic() + delay, id(node), node))
            return
        self._end(node, result)

    def _count(self, step: str, value: str | None, result: Result) -> None:
        if result.usage is not None:
            self.used.add(step, value, result.usage)

    def _end(self, node: Node, result: Result) -> None:
        self.results[node.key] = result
        if result.outcome != "blocked":
            self._emit(
                {
                    "event": "step-ended",
                    "step": node.step.name,
                    "value": node.value,
                    "outcome": result.outcome,
                    "seconds": round(result.seconds, 3),
                    "reason": result.reason,
                    "error": result.error,
                }
            )
        for follower in node.followers:
            follower.waits -= 1
            if follower.waits == 0:
                self._ready.append(follower)

    def _release_delayed(self) -> None:
        now = time.monotonic()
        while self._delayed and self._delayed[0][0] <= now:
            self._ready.append(heappop(self._delayed)[2])

    def _cancel(self) -> None:
        """Stop what runs; what was on its way is recorded as cancelled."""
        if self._workers is None:
            return
        nodes: Iterable[Node] = self._workers.tasks
        self._workers.stop()
        result = Result("cancelled", reason="interrupted")
        for node in nodes:
            try:
                if not self._is_recorded(node):
                    self.runner.skip(node.step, node.value, node.attempt, result)
            except StorageError as error:
                self.lost = self.lost or error
            self._end(node, result)

    def _is_recorded(self, node: Node) -> bool:
        from fabrica.pipelines._manifests import step_document

        context = self.context
        name = step_document(context.project, context.run, node.step.name, node.value, node.attempt)
        return context.store.exists(name)


def stands(known: Result, prepared: Prepared) -> bool:
    """Say whether a result of a run that is resumed was made from the data that is there now.

    Python and the platform may be others: a run of the cluster is finished locally.
    """
    before = known.parts or {}
    return all(before.get(name) == prepared.parts[name] for name in ("inputs", "reads"))


def _lost(message: Mapping[str, Any], prepared: Prepared) -> PipelineError:
    step = prepared.step
    if "late" in message:
        return ProcessDied(
            f"step `{step.name}` ran for longer than its timeout of {step.timeout_seconds:g} s "
            "and had to be killed",
            hint="raise timeout= of the step, or give it less to do",
        )
    code = message["died"]
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    memory = " (out of memory?)" if code == -9 else ""
    return ProcessDied(
        f"the process of step `{step.name}` {how}{memory}",
        hint="look at what it printed; a step that needs much memory can be given less at a time",
    )


def backoff(tries: int) -> float:
    """Seconds to wait before the next try: 1, 2, 4, … up to 60; `FABRICA_RETRY_SECONDS` scales."""
    first = float(os.environ.get("FABRICA_RETRY_SECONDS") or 1.0)
    return min(_BACKOFF_LIMIT, first * 2 ** (tries - 1))
