"""A run that a cluster's engine runs: what its steps wrote, what the engine says."""

from __future__ import annotations

from datetime import datetime

from fabrica.storage import decode, encode

from fabrica.pipelines._cli_chunk import chunk_of
from fabrica.pipelines._manifests import GOOD, last_end, read_results
from fabrica.pipelines._run_nodes import build_nodes
from fabrica.pipelines._usage_prices import priced, prices_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from fabrica.pipelines._progress import Progress
    from fabrica.pipelines._run_context import Context

    Event = Mapping[str, Any]
    Key = tuple[str, str | None]

_FINAL = (*GOOD, "skipped")


class Followed:
    """A run, shown as one that runs here.

    Args:
        context: the run.
        since: when the engine began; what steps wrote before is of a run that is continued.
        progress: shows its events.
        listen: is given them, too.
        patiently: calls what reads the store, again where the store does not answer.
    """

    def __init__(
        self,
        context: Context,
        since: str,
        progress: Progress,
        listen: Callable[[Event], None] | None,
        patiently: Callable[[Callable[[], Any]], Any],
    ) -> None:
        self.progress = progress
        self._context = context
        self._since = since
        self._listen = listen
        self._patiently = patiently
        self._retries = {step.name: step.retries for step in context.plan.steps}
        self._scopes = {step.name: step.scope for step in context.plan.steps}
        self._seen: dict[Key, set[int]] = {}
        self._earlier: set[Key] = set()
        self._before: dict[Key, int] = {}  # the last attempt of what is continued
        self._written: dict[Key, dict[int, Event]] = {}  # by attempt, what is not shown yet
        self._shared: set[Key] = set()  # of pods that take several values
        self._heard: set[Key] = set()
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
        """Read what steps have written since; of a pod with several values, show it."""
        self._patiently(self._poll)

    def _poll(self) -> None:
        for key, attempts in self._manifests().items():
            seen = self._seen.setdefault(key, set())
            for number in sorted(attempts.keys() - seen):
                document = self._context.store.read(attempts[number])
                seen.add(number)
                self._read(key, number, document)

    def _read(self, key: Key, number: int, document: Event) -> None:
        if document["started"] < self._since:
            self._before[key] = number
            if document["outcome"] in GOOD:
                self._earlier.add(key)
            return
        self._written.setdefault(key, {})[number - self._before.get(key, 0)] = document
        if key in self._shared and document["outcome"] in _FINAL:
            self._end(key, document)

    def end(self) -> Event | None:
        """Return how the run ended; None when nothing has written that."""
        self.poll()
        for key in list(self._written):
            self._end_of(key, None)
        context = self._context
        last = self._patiently(lambda: last_end(context.store, context.project, context.run))
        return last if last and last["ended"] >= self._since else None

    def close(self, end: Event, seconds: float | None) -> None:
        """Show how the run ended.

        Args:
            end: what was written of it.
            seconds: how long it took; as the run's files say it when None.
        """
        if seconds is None:
            times = (end["ended"], self._context.document["started"])
            after, before = (datetime.fromisoformat(time).timestamp() for time in times)
            seconds = after - before
        for verdict in end["verdicts"]:
            self._emit({"event": "gate-ended", **verdict})
        names = ("run", "outcome", "counts", "verdicts", "usage", "unchanged")
        kept = {name: end[name] for name in names if name in end}
        if "usage" in kept:  # an older release writes none
            kept["usage"] = priced(kept["usage"], prices_of())
        self._emit({"event": "run-ended", **kept, "seconds": seconds})

    def _on_started(self, event: Event) -> None:
        keys = self._keys(event)
        if len(keys) > 1:
            self._shared.update(keys)
        step, value = self._label(event)
        self._emit({"event": "step-started", "step": step, "value": value})

    def _on_output(self, event: Event) -> None:
        self._heard.update(self._keys(event))
        self.progress.live(*self._label(event), event["text"].encode() + b"\n")

    def _on_retried(self, event: Event) -> None:
        self.poll()
        step, label = self._label(event)
        self.progress.forget(step, label)
        failed = {
            key[1]: self._written[key].pop(event["attempt"])
            for key in self._keys(event)
            if event["attempt"] in self._written.get(key, {}) and key not in self._shown
        }
        # What ended the pod says more than that its step was interrupted.
        reasons = {
            value: event["message"] if was["outcome"] == "cancelled" else was["reason"]
            for value, was in failed.items()
        }
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
            self._end_of(key, event["message"])

    def _end_of(self, key: Key, message: str | None) -> None:
        if key in self._shown:
            return
        if written := self._written.pop(key, None):
            document = written[max(written)]
            if key not in self._heard and document.get("log"):
                # Its pod is gone.
                log = self._patiently(lambda: self._context.store.get(document["log"]))
                self.progress.live(*key, log)
            self._end(key, document)
        elif key in self._earlier:
            self._end(key, {"outcome": "cached", "reason": "done earlier in this run"})
        elif message:
            self._end(key, {"outcome": "failed", "reason": message})

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

    def _emit(self, event: Event) -> None:
        self.progress(event)
        if self._listen:
            self._listen(event)
