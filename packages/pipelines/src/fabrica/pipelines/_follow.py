"""A run that a cluster's engine runs: what its steps wrote, what the engine says."""

from __future__ import annotations

from fabrica.storage import decode, encode

from fabrica.pipelines._cli_chunk import chunk_of
from fabrica.pipelines._manifests import GOOD, best, last_end, read_results
from fabrica.pipelines._run_nodes import build_nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from fabrica.pipelines._progress import Progress
    from fabrica.pipelines._run_context import Context

    Event = Mapping[str, Any]
    Key = tuple[str, str | None]


class Followed:
    """A run, shown as one that runs here.

    Args:
        context: the run.
        progress: shows its events.
        listen: is given them, too.
    """

    def __init__(
        self, context: Context, progress: Progress, listen: Callable[[Event], None] | None
    ) -> None:
        self.progress = progress
        self._context = context
        self._listen = listen
        self._retries = {step.name: step.retries for step in context.plan.steps}
        self._scopes = {step.name: step.scope for step in context.plan.steps}
        self._seen = self._manifests()
        # Of a run that is continued: what it had done before.
        self._good = {key for key, attempts in self._seen.items() if self._is_good(attempts)}
        self._last = self._read_end()
        self._bad: dict[Key, Event] = {}
        self._shown: set[Key] = set()
        self._emit(
            {
                "event": "run-started",
                "run": context.run,
                "project": context.project,
                "pipeline": context.plan.pipeline,
                "steps": len(build_nodes(context.plan)),
            }
        )

    def __call__(self, event: Event) -> None:
        """Take up what the engine says."""
        handler = getattr(self, f"_on_{event['event']}", None)
        if handler is not None:
            handler(event)

    def poll(self) -> None:
        """Show what steps have written since; that one failed, when it is not tried again."""
        now = self._manifests()
        for key, attempts in now.items():
            for number in sorted(attempts.keys() - self._seen.get(key, {}).keys()):
                document = self._context.store.read(attempts[number])
                if document["outcome"] in (*GOOD, "skipped"):
                    self._end(key, document)
                else:
                    self._bad[key] = document
        self._seen = now

    def end(self) -> Event | None:
        """Return how the run ended; None when nothing has written that since it is followed."""
        self.poll()
        for key, document in self._bad.items():
            self._end(key, document)
        last = self._read_end()
        return last if last != self._last else None

    def close(self, end: Event, seconds: float) -> None:
        """Show how the run ended."""
        for verdict in end["verdicts"]:
            self._emit({"event": "gate-ended", **verdict})
        kept = {name: end[name] for name in ("run", "outcome", "counts", "verdicts")}
        self._emit({"event": "run-ended", **kept, "seconds": seconds})

    def _on_started(self, event: Event) -> None:
        step, value = self._label(event)
        self._emit({"event": "step-started", "step": step, "value": value})

    def _on_output(self, event: Event) -> None:
        self.progress.live(*self._label(event), event["text"].encode() + b"\n")

    def _on_retried(self, event: Event) -> None:
        self.poll()
        step, label = self._label(event)
        self.progress.forget(step, label)
        bad = {key: self._bad.pop(key) for key in self._keys(event) if key in self._bad}
        reasons = {value: document["reason"] for (_, value), document in bad.items()}
        tries = {
            "attempt": event["attempt"],
            "attempts": max(self._retries[step], event["attempt"]) + 1,
            "delay": None,
        }
        for value, reason in (reasons or {label: event["message"]}).items():
            told = {"event": "step-retried", "step": step, "value": value, "reason": reason}
            self._emit({**told, **tries})

    def _on_ended(self, event: Event) -> None:
        self.poll()
        self.progress.forget(*self._label(event))
        for key in self._keys(event):
            if key in self._shown:
                continue
            if document := self._bad.pop(key, None):
                self._end(key, document)
            elif key in self._good:
                self._end(key, {"outcome": "cached", "reason": "done earlier in this run"})
            elif event["message"]:
                self._end(key, {"outcome": "failed", "reason": event["message"]})

    def _end(self, key: Key, document: Event) -> None:
        if key in self._shown:
            return
        self._shown.add(key)
        told = {"event": "step-ended", "step": key[0], "value": key[1]}
        how = {"outcome": document["outcome"], "seconds": document.get("seconds") or 0.0}
        self._emit({**told, **how, "reason": document["reason"], "error": document.get("error")})

    def _keys(self, event: Event) -> list[Key]:
        step, chunk = event["step"], event["chunk"]
        if self._scopes[step] == "once" or chunk is None:
            return [(step, None)]
        return [(step, value) for value in chunk_of(self._context.values, chunk)]

    def _label(self, event: Event) -> Key:
        """The value that a pod runs for, or, as it runs for several, which of the pods it is."""
        keys = self._keys(event)
        if len(keys) == 1:
            return keys[0]
        number, _, many = event["chunk"].partition("/")
        return (event["step"], f"{int(number) + 1}/{many}")

    def _manifests(self) -> dict[Key, dict[int, str]]:
        context = self._context
        found = read_results(context.store, context.project, context.run)
        nothing = encode(None)
        return {
            (step, None if value == nothing else decode(value)): attempts
            for (step, value), attempts in found.items()
        }

    def _is_good(self, attempts: Mapping[int, str]) -> bool:
        document = best(self._context.store, attempts)
        return document is not None and document["outcome"] in GOOD

    def _read_end(self) -> Event | None:
        return last_end(self._context.store, self._context.project, self._context.run)

    def _emit(self, event: Event) -> None:
        self.progress(event)
        if self._listen:
            self._listen(event)
