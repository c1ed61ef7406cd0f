"""Processes that run steps beside the run: started, spoken to, and ended with their children.

A worker is kept for the next step, so that the libraries are imported once. Parallel steps are
processes, never threads: seeds, numbers of threads, the working directory and what is printed
belong to a process, and two steps in one process would share them, so that a product would depend
on who ran beside it.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import time
from contextlib import suppress

from fabrica.pipelines._execute_seeds import limit_threads
from fabrica.pipelines._run_worker import worker_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fabrica.pipelines._run_context import Context

GRACE = 5.0  # seconds between asking a process to stop and ending it


class Worker:
    """One process; `task` is what it is doing."""

    def __init__(self, context: Context, threads: int) -> None:
        environ = dict(os.environ)
        limit_threads(environ, threads)
        environ["PYTHONHASHSEED"] = environ.get("PYTHONHASHSEED") or "0"
        environ["FABRICA_STORE"] = context.store.url
        self.threads = threads
        self.task: Any = None
        self.reusable = True
        self.deadline: float | None = None
        self._rest = b""
        self.process = subprocess.Popen(
            worker_command(context.project, context.run, context.use_cache),
            cwd=context.root,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
        )

    @property
    def output(self) -> Any:
        return self.process.stdout

    def send(self, task: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write((json.dumps(task) + "\n").encode())

    def messages(self) -> Iterator[dict[str, Any]]:
        """What it has said; one without content says that it has ended."""
        data = os.read(self.output.fileno(), 1 << 16)
        if not data:
            yield {}
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield json.loads(line)

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def end(self) -> int:
        """End it with everything it started; returns its exit code."""
        self.signal(signal.SIGKILL)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        return self.process.wait()


class Workers:
    """The workers of a run."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._idle: list[Worker] = []
        self._busy: list[Worker] = []
        self._selector = selectors.DefaultSelector()

    def __len__(self) -> int:
        return len(self._busy)

    @property
    def tasks(self) -> list[Any]:
        return [worker.task for worker in self._busy]

    def submit(
        self, task: Any, message: dict[str, Any], threads: int, limit: float | None, alone: bool
    ) -> None:
        """Give a step to a worker; `alone` gives it a process of its own."""
        worker = None if alone else self._take(threads)
        if worker is None:
            worker = Worker(self._context, threads)
            self._selector.register(worker.output, selectors.EVENT_READ, worker)
        worker.task, worker.reusable = task, not alone
        worker.deadline = None
        if limit is not None:
            worker.deadline = time.monotonic() + limit + GRACE
        self._busy.append(worker)
        with suppress(BrokenPipeError):  # it has died: its output says so
            worker.send(message)

    def wait(self, timeout: float | None) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Yield (task, message) for what workers say; an empty message: its process is gone.

        A message {"late": True} says that a step had to be killed at its timeout.
        """
        late = list(self._late())
        if late:
            yield from late
            return
        limits = [w.deadline for w in self._busy if w.deadline is not None]
        if limits:
            left = max(0.0, min(limits) - time.monotonic())
            timeout = left if timeout is None else min(timeout, left)
        for key, _ in self._selector.select(timeout):
            worker: Worker = key.data
            for message in worker.messages():
                task = worker.task
                if not message:
                    code = self._drop(worker)
                    message = {"died": code}
                    if task is None:
                        continue
                elif "ended" in message:
                    if message["ended"]["outcome"] == "timeout":
                        worker.reusable = False  # who knows what it was in the middle of
                    self._release(worker)
                yield task, message

    def stop(self) -> None:
        """End all: busy ones are asked first, so that their steps can clean up."""
        for worker in self._busy:
            worker.signal(signal.SIGTERM)
        until = time.monotonic() + GRACE
        for worker in self._busy:
            self._wait_for_answer(worker, until)
        for worker in [*self._busy, *self._idle]:
            self._selector.unregister(worker.output)
            worker.end()
        self._busy, self._idle = [], []

    def close(self) -> None:
        """End the idle ones at the end of a run."""
        self.stop()
        self._selector.close()

    def _take(self, threads: int) -> Worker | None:
        for worker in self._idle:
            if worker.threads == threads:
                self._idle.remove(worker)
                return worker
        return None

    def _release(self, worker: Worker) -> None:
        self._busy.remove(worker)
        worker.task = worker.deadline = None
        if worker.reusable:
            self._idle.append(worker)
        else:
            self._selector.unregister(worker.output)
            worker.end()

    def _drop(self, worker: Worker) -> int:
        """Forget a process that has ended; returns its exit code."""
        self._selector.unregister(worker.output)
        for workers in (self._busy, self._idle):
            if worker in workers:
                workers.remove(worker)
        code = worker.process.wait()
        worker.end()
        return code

    def _late(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        now = time.monotonic()
        for worker in [w for w in self._busy if w.deadline is not None and w.deadline <= now]:
            task = worker.task
            worker.signal(signal.SIGKILL)
            self._drop(worker)
            yield task, {"late": True}

    def _wait_for_answer(self, worker: Worker, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            if not any(key.data is worker for key, _ in self._selector.select(min(left, 0.1))):
                if worker.process.poll() is not None:
                    return
                continue
            for message in worker.messages():
                if not message or "ended" in message:
                    return
