"""Runs one step: loads what it takes, calls the user's function, stores what it returns.

The same code runs a step in the process of the run, in a worker, and in a pod of a cluster.
"""

from __future__ import annotations

import os
import sys
import time
from copy import deepcopy
from dataclasses import dataclass, field

from fabrica.storage import FormatError, StorageError, encode

from fabrica.pipelines._errors import PipelineError, WrongProduct
from fabrica.pipelines._execute_around import (
    bound_ids,
    same_folder,
    secret_values,
    watching_reads,
)
from fabrica.pipelines._execute_capture import Capture, redact
from fabrica.pipelines._execute_errors import describe, headline, hide
from fabrica.pipelines._execute_seeds import seed_everything
from fabrica.pipelines._keys import seed_of
from fabrica.pipelines._run_sources import Sources
from fabrica.pipelines._step import Skip, scratch_folder
from fabrica.pipelines._usage_meter import Meter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from fabrica.pipelines._execute_capture import Live
    from fabrica.pipelines._plan_model import ProductPlan, StepPlan
    from fabrica.pipelines._run_context import Context
    from fabrica.pipelines._run_inputs import Inputs


class TimedOut(BaseException):
    """Raised inside a step that has run for too long; no `except Exception` swallows it."""


@dataclass(slots=True)
class Made:
    """How the call of a step went, before anything is recorded."""

    outcome: str
    products: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
    error: dict[str, Any] | None = None
    retry: bool = False
    started: float = 0.0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int | None = None
    log: str | None = None
    interrupt: BaseException | None = None


class Executor:
    """Calls the functions of one project in this process.

    Args:
        context: the run.
        live: is given what steps print, while they print it.
    """

    def __init__(self, context: Context, live: Live | None = None) -> None:
        self._context = context
        self._capture = Capture(context.scratch, live)
        self._functions: dict[str, Callable[..., Any]] = {}
        self._sources = Sources(context)
        source = str(context.root / "src")
        if source not in sys.path:
            sys.path.insert(0, source)

    def execute(
        self, step: StepPlan, value: str | None, inputs: Inputs, key: str, *, watch: bool
    ) -> Made:
        """Run a step; what goes wrong in it is in the answer, nothing is raised.

        Args:
            step: the step.
            value: the value that it runs for.
            inputs: the products that its arguments receive.
            key: its key, which seeds the random numbers.
            watch: refuse to read files that `reads=` does not declare.
        """
        started, clock, meter = time.time(), time.perf_counter(), Meter()
        secrets = secret_values(step)
        with self._capture.catching(secrets), same_folder():
            made = self._attempt(step, value, inputs, key, watch, secrets)
        made.started = started
        made.seconds = round(time.perf_counter() - clock, 6)
        made.cpu_seconds = meter.cpu_seconds()
        made.peak_bytes = meter.peak_bytes()
        log = self._capture.take()
        if log:
            made.log = self._context.store.put(redact(log, secrets))
        return made

    def call_gate(self, entry: str, candidate: Mapping[str, float], production: Any) -> Any:
        """Call the gate's function; its exceptions are raised."""
        self._check_before_loading("gate", entry)
        seed_everything(seed_of(self._context.codes["gate"]))
        try:
            with self._capture.catching(), same_folder():
                verdict = self._load(entry)(candidate, production)
            self._sources.check("gate")
            return verdict
        finally:
            self._capture.take()  # it was shown; it belongs to no step's log

    def _attempt(
        self,
        step: StepPlan,
        value: str | None,
        inputs: Inputs,
        key: str,
        watch: bool,
        secrets: tuple[str, ...],
    ) -> Made:
        scratch = self._scratch(step, value)
        token = scratch_folder.set(scratch)
        try:
            return self._make(step, value, inputs, key, watch, secrets)
        except TimedOut as late:
            document = self._describe(late, step, secrets)
            return Made("timeout", error=document, reason=str(late), retry=True)
        except (KeyboardInterrupt, GeneratorExit) as interrupt:
            return Made("cancelled", reason="interrupted", interrupt=interrupt)
        except BaseException as error:
            document = self._describe(error, step, secrets)
            retry = not isinstance(error, (PipelineError, StorageError, SyntaxError, ImportError))
            return Made("failed", error=document, reason=_reason(document), retry=retry)
        finally:
            scratch_folder.reset(token)
            if os.path.isdir(scratch):
                from shutil import rmtree

                rmtree(scratch, ignore_errors=True)

    def _make(
        self,
        step: StepPlan,
        value: str | None,
        inputs: Inputs,
        key: str,
        watch: bool,
        secrets: tuple[str, ...],
    ) -> Made:
        self._check_before_loading(step.name, step.entry)
        with (
            bound_ids(self._context, step, value),
            watching_reads(self._context, step, watch) as seen,
        ):
            function = self._load(step.entry)
            try:
                made = Made("done", self._call(function, step, value, inputs, key))
            except Skip as skip:
                made = Made("skipped", reason=hide(str(skip.reason), secrets))
        if seen.refused:
            raise seen.error(seen.refused[0])
        if step.products:  # a side effect has happened, whoever it belongs to
            self._sources.check(step.name)
        if watch:
            self._context.keys.check_reads(step)
        return made

    def _describe(
        self, error: BaseException, step: StepPlan, secrets: tuple[str, ...]
    ) -> dict[str, Any]:
        return describe(error, self._context.root, self._functions.get(step.entry), secrets)

    def _check_before_loading(self, name: str, entry: str) -> None:
        if entry not in self._functions:
            self._sources.check(name)

    def _load(self, entry: str) -> Callable[..., Any]:
        function = self._functions.get(entry)
        if function is None:
            from importlib import import_module

            module, _, name = entry.partition(":")
            function = self._functions[entry] = getattr(import_module(module), name)
        return function

    def _call(
        self,
        function: Callable[..., Any],
        step: StepPlan,
        value: str | None,
        inputs: Inputs,
        key: str,
    ) -> dict[str, Any]:
        arguments = {name: self._loaded(given) for name, given in inputs.items()}
        arguments.update(self._parameters(function, step, value))
        seed_everything(seed_of(key))
        answer = function(**arguments)
        del arguments
        return self._store(step, answer)

    def _loaded(self, given: Any) -> Any:
        from fabrica.storage import formats

        if given is None:
            return None
        if isinstance(given.get("digest"), str):
            return formats.load(self._context.store, given)
        return {value: formats.load(self._context.store, one) for value, one in given.items()}

    def _parameters(
        self, function: Callable[..., Any], step: StepPlan, value: str | None
    ) -> dict[str, Any]:
        """Arguments that differ from their defaults, converted by the function's own hints.

        What can be changed is a copy: a step that sorts its list must not sort another's.
        """
        if not step.parameters:
            return {}
        from fabrica.pipelines._execute_values import argument_value, copied_default
        from fabrica.pipelines._run_parameters import each_value

        plan = self._context.plan
        given = dict(self._context.parameters)
        if plan.each is not None and value is not None:
            given[plan.each.parameter] = each_value(plan, value)
        found = {}
        for name in step.parameters:
            parameter = plan.parameters[name]
            plain = parameter.default_source is None and not parameter.required
            if name not in given or (plain and given[name] == parameter.default):
                found.update(copied_default(function, name))
            else:
                found[name] = argument_value(function, name, deepcopy(given[name]))
        return found

    def _store(self, step: StepPlan, answer: Any) -> dict[str, Any]:
        if not step.products:
            return {}
        if len(step.products) == 1:
            return {step.products[0].name: self._save(step, step.products[0], answer)}
        if not isinstance(answer, (tuple, list)) or len(answer) != len(step.products):
            got = f"{len(answer)} values" if isinstance(answer, (tuple, list)) else _kind(answer)
            names = ", ".join(f'"{product.name}"' for product in step.products)
            raise WrongProduct(
                f"{step.file}:{step.line}: step `{step.name}` names {len(step.products)} products "
                f"({names}) and returned {got}",
                hint=f"return {len(step.products)} values, one for each product",
            )
        pairs = zip(step.products, answer, strict=True)
        return {product.name: self._save(step, product, part) for product, part in pairs}

    def _save(self, step: StepPlan, product: ProductPlan, value: Any) -> dict[str, Any]:
        from fabrica.storage import formats

        try:
            formats.check(value, product.type)
            saved = formats.save(
                self._context.store, value, format=product.format, type=product.type
            )
        except FormatError as error:
            raise WrongProduct(
                f"{step.file}:{step.line}: product `{product.name}` of step `{step.name}`: {error}",
                hint=getattr(error, "hint", None)
                or "return what the hint says, or correct the hint after ->",
            ) from None
        if product.tolerance is not None:
            saved = {**saved, "tolerance": product.tolerance}
        return saved

    def _scratch(self, step: StepPlan, value: str | None) -> Any:
        name = f"{self._context.run}-{step.name}-{encode(value)}-{os.getpid()}"
        return self._context.scratch / name


def _reason(document: Mapping[str, Any]) -> str:
    return headline(document).strip().splitlines()[0]


def _kind(value: Any) -> str:
    kind = type(value)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )
