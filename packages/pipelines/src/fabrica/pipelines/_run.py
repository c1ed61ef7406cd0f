"""A run from its opening to its end: steps, gate, end, and the events of all of them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from fabrica.storage import StorageError

from fabrica.pipelines._execute_seeds import limit_threads
from fabrica.pipelines._manifests import BAD, SCHEMA, timestamp, write_end
from fabrica.pipelines._run_schedule import Schedule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from fabrica.pipelines._manifests import Result
    from fabrica.pipelines._plan_model import Plan
    from fabrica.pipelines._run_context import Context
    from fabrica.pipelines._usage import Tally

    Emit = Callable[[dict[str, Any]], None]
    Live = Callable[[str, str | None, bytes], None]

_COUNTED: tuple[str, ...] = ("done", "cached", "skipped", "failed", "cancelled", "blocked")


@dataclass(frozen=True, slots=True)
class HowToRun:
    """What does not change the products: how many at once, in which processes."""

    jobs: int = 1
    isolate: bool = False


def run_steps(
    context: Context,
    how: HowToRun,
    emit: Emit,
    live: Live,
    earlier: Mapping[tuple[str, str | None], Result] | None = None,
    attempts: Mapping[tuple[str, str | None], int] | None = None,
    used: Tally | None = None,
) -> dict[str, Any]:
    """Run a pipeline and gate its models; returns the run-ended event.

    `used` is what a run that is resumed has used before; what is used now is added.

    Whatever goes wrong in steps is in the answer; KeyboardInterrupt too ("cancelled").

    Raises:
        StorageError: the store failed when no step was there to tell it: in the gate, or at the
            end of the run, which is not recorded then and can be resumed.
    """
    clock = time.perf_counter()
    threads = usual_threads(context.plan)
    limit_threads(os.environ, threads)
    schedule = Schedule(context, emit, live, jobs=how.jobs, isolate=how.isolate, threads=threads)
    schedule.used = used or schedule.used
    for node in schedule.nodes:
        node.attempt = (attempts or {}).get(node.key, 1)
    emit(
        {
            "event": "run-started",
            "run": context.run,
            "project": context.project,
            "pipeline": context.plan.pipeline,
            "steps": len(schedule.nodes),
        }
    )
    verdicts: list[dict[str, Any]] = []
    cancelled = False
    untold: StorageError | None = None
    try:
        schedule.run(earlier)
        if context.plan.gate is not None and schedule.lost is None:
            from fabrica.pipelines._gate import judge_all

            judge_all(context, schedule, emit, verdicts)
    except KeyboardInterrupt:
        cancelled = True
    except StorageError as error:
        untold = error
    finally:
        with _undisturbed():
            schedule.close()
    try:
        outcome, counts = end_run(
            context, schedule, verdicts, cancelled=cancelled, failed=untold is not None
        )
    except StorageError as error:
        outcome, counts = "cancelled" if cancelled else "failed", _counts(schedule)
        untold = untold or (None if _is_told(error, schedule, verdicts) else error)
    ended = {
        "event": "run-ended",
        "run": context.run,
        "outcome": outcome,
        "counts": counts,
        "seconds": round(time.perf_counter() - clock, 3),
        "verdicts": verdicts,
        "usage": schedule.used.document(),
    }
    emit(ended)
    if untold is not None:
        raise untold
    return ended


def end_run(
    context: Context,
    schedule: Schedule,
    verdicts: list[dict[str, Any]],
    *,
    cancelled: bool = False,
    failed: bool = False,
    engine: Mapping[str, Any] | None = None,
    unchanged: str | None = None,
) -> tuple[str, dict[str, int]]:
    """Write how the run ended; returns its outcome and the number of steps by outcome.

    Args:
        context: the run.
        schedule: holds the results of the steps, and what was used.
        verdicts: the gate-ended events.
        cancelled: it was interrupted.
        failed: something went wrong that is in no result and no verdict.
        engine: what ran the steps, where that is no process of ours, and what it says of the end.
        unchanged: the run since which there is nothing new, where that was asked.
    """
    counts = _counts(schedule)
    outcome = "cancelled" if cancelled else _outcome(schedule, verdicts, failed)
    document = {
        "schema": SCHEMA,
        "run": context.run,
        "outcome": outcome,
        "counts": counts,
        "verdicts": [{k: v for k, v in verdict.items() if k != "event"} for verdict in verdicts],
        "ended": timestamp(),
        "usage": schedule.used.document(),
        **({"engine": engine} if engine else {}),
        **({"unchanged": unchanged} if unchanged else {}),
    }
    write_end(context.store, context.project, context.run, document)
    return outcome, counts


class _undisturbed:
    """A second Ctrl-C must not leave children behind: ending them takes a few seconds at most."""

    def __enter__(self) -> None:
        import signal

        self._before = {}
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                self._before[number] = signal.signal(number, signal.SIG_IGN)
            except ValueError:
                continue  # not in the main thread

    def __exit__(self, *details: object) -> None:
        import signal

        for number, handler in self._before.items():
            signal.signal(number, handler)


def usual_threads(plan: Plan) -> int:
    """The number of threads that most steps want: a process that gates is limited to it."""
    wanted = [step.threads for step in plan.steps]
    return max(set(wanted), key=lambda n: (wanted.count(n), -n)) if wanted else 1


def _counts(schedule: Schedule) -> dict[str, int]:
    counts: dict[str, int] = dict.fromkeys(_COUNTED, 0)
    for result in schedule.results.values():
        outcome = "failed" if result.outcome in BAD else result.outcome
        counts[outcome] += 1
    counts["blocked"] += len(schedule.nodes) - len(schedule.results)
    return counts


def _outcome(schedule: Schedule, verdicts: list[dict[str, Any]], failed: bool) -> str:
    bad = failed or any(result.outcome in (*BAD, "blocked") for result in schedule.results.values())
    if not bad and not any(verdict["outcome"] == "failed" for verdict in verdicts):
        return "succeeded"
    ends = [node for node in schedule.nodes if not node.followers]
    if any(schedule.results[node.key].good for node in ends if node.key in schedule.results):
        return "partial"
    return "failed"


def _is_told(error: StorageError, schedule: Schedule, verdicts: list[dict[str, Any]]) -> bool:
    """Whether a step or the gate failed for the same reason, and was shown with it."""
    reasons = {result.reason for result in schedule.results.values()}
    return str(error) in reasons | {verdict["reason"] for verdict in verdicts}
