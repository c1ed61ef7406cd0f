"""The gate: which model `better` judges, by which metrics, and what measures the champion again.

- The metrics are the product whose hint is `Metrics`, `dict[str, float]` or `Mapping[str, float]`
  and that needs a model. Of several, the one named `metrics`; else the last: the one that no
  other of them is needed for, if there is only one such.
- The model is the product that the metrics need and that is no table, no array, no plain value:
  an estimator, an object of a class. Of several, the one named `model`; else the one that the
  metrics' step takes itself, if there is only one such.
- Where that leaves a choice, `gate = {"model": "forest", "metrics": "scores"}` in the module
  decides, each key by itself.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from fabrica.pipelines._plan_formats import is_model, is_table_of_numbers
from fabrica.pipelines._plan_hints import resolve_hint
from fabrica.pipelines._plan_model import GatePlan
from fabrica.pipelines._plan_modules import Module, Project
from fabrica.pipelines._plan_problems import GATE, Problems, listing, nearest
from fabrica.pipelines._plan_settings import NotLiteral, literal, source_of
from fabrica.pipelines._plan_steps import StepSource
from fabrica.pipelines._plan_wiring import Wiring

_EXAMPLE = 'gate = {"model": "forest", "metrics": "scores"}'
_SIGNATURE = "def better(candidate: Metrics, production: Metrics | None) -> Verdict:"


class _Gate(NamedTuple):
    """Where `better` is."""

    module: Module
    name: str
    line: int


def read_gate(
    project: Project,
    module: Module,
    wiring: Wiring,
    ordered: list[StepSource],
    scopes: dict[str, str],
    problems: Problems,
) -> GatePlan | None:
    """Return the gate of a pipeline; None when its module has no `better`."""
    better = _better(project, module, problems)
    if better is None:
        return None
    named = _named(project, module, wiring, problems)
    search = _Search(project, wiring, ordered)
    metrics = named.get("metrics") or _choose(
        better, "metrics", search.metrics(), problems, search.last
    )
    if metrics is None:
        return None
    model = named.get("model") or _choose(
        better,
        "model",
        search.models(metrics),
        problems,
        lambda names: search.taken(metrics, names),
    )
    if model is None:
        return None
    rejudge = search.between(model, metrics)
    if not rejudge:
        problems.add(
            module,
            better.line,
            GATE,
            f"`better` cannot judge `{model}` by `{metrics}`: these metrics do not need that model",
            f"take `{model}` in the step that makes `{metrics}`",
        )
    _check_scopes(better, model, metrics, wiring, scopes, problems)
    entry = f"{better.module.name}:{better.name}"
    return GatePlan(entry, better.module.shown, better.line, model, metrics, tuple(rejudge))


def _better(project: Project, module: Module, problems: Problems) -> _Gate | None:
    if "better" not in module.facts["defs"] and "better" not in module.facts["imports"]:
        return None
    found = project.resolve(module, "better")
    home = found.module
    definitions = home.facts["defs"].get(found.name) if home else None
    line = module.facts["imports"].get("better", [0, 0, 1])[2]
    if home is None or not definitions or definitions[-1]["kind"] != "f":
        at = definitions[-1]["line"] if definitions and home is module else line
        problems.add(
            module,
            at,
            GATE,
            "`better` must be a function at the top level of a module of the project",
            _SIGNATURE,
        )
        return None
    signature = home.facts["functions"].get(found.name)
    if signature and (len(signature["arguments"]) != 2 or signature["extra"]):
        problems.add(
            home,
            signature["line"],
            GATE,
            "`better` takes the candidate's metrics and production's, two arguments",
            _SIGNATURE,
        )
    returns = signature["returns"] if signature else None
    if signature and returns is not None:
        hint = resolve_hint(project, home, returns)
        if hint.name in ("bool", "None", "str", "int", "float"):
            problems.add(
                home,
                signature["returnsLine"],
                GATE,
                f"`better` returns a Verdict, not {hint}: the reason is printed and archived",
                'return promote("…") or keep("…")',
            )
    return _Gate(home, found.name, definitions[-1]["line"])


def _named(project: Project, module: Module, wiring: Wiring, problems: Problems) -> dict[str, str]:
    """Return what the literal `gate` of the module names."""
    if "gate" not in module.facts["values"]:
        return {}
    expression, line = module.facts["values"]["gate"]
    try:
        value: Any = literal(expression)
    except NotLiteral:
        value = None
    if not isinstance(value, dict) or not value or not value.keys() <= {"model", "metrics"}:
        text = (
            f"`gate` must be a literal with the keys model and metrics, got {source_of(expression)}"
        )
        problems.add(module, line, GATE, text, f"write {_EXAMPLE}")
        return {}
    for key, product in value.items():
        if product not in wiring.makers:
            close = nearest(str(product), list(wiring.makers))
            text = f"`gate` names `{product}` as {key}, but nothing makes it"
            problems.add(
                module,
                line,
                GATE,
                f"{text}; did you mean `{close}`?" if close else text,
                f"the products are {listing(sorted(wiring.makers))}",
            )
    return {key: product for key, product in value.items() if product in wiring.makers}


def _choose(
    better: _Gate, what: str, names: list[str], problems: Problems, narrow: Any
) -> str | None:
    if what in names:
        return what
    left = names if len(names) < 2 else (narrow(names) or names)
    if len(left) == 1:
        return left[0]
    if not left:
        text = {
            "metrics": "`better` has nothing to compare: no product with the hint "
            "`dict[str, float]` needs a model",
            "model": "`better` has nothing to judge: the metrics need no product that is a model",
        }[what]
        hint = {
            "metrics": 'add a step such as `@step("metrics") def evaluate(model: …, test: …) -> '
            "dict[str, float]`",
            "model": "take the model in the step that makes the metrics",
        }[what]
        problems.add(better.module, better.line, GATE, text, hint)
        return None
    problems.add(
        better.module,
        better.line,
        GATE,
        f"`better` could judge by several {what}: {listing(left)}"
        if what == "metrics"
        else f"`better` could judge several models: {listing(left)}",
        f"name one of them `{what}`, or write {_EXAMPLE} in the module",
    )
    return None


def _check_scopes(
    better: _Gate,
    model: str,
    metrics: str,
    wiring: Wiring,
    scopes: dict[str, str],
    problems: Problems,
) -> None:
    first, last = wiring.makers[model][0].name, wiring.makers[metrics][0].name
    if scopes.get(first) != scopes.get(last):
        problems.add(
            better.module,
            better.line,
            GATE,
            f"`{model}` is made per value and `{metrics}` once"
            if scopes.get(first) == "each"
            else f"`{model}` is made once and `{metrics}` per value",
            "the gate compares like with like: measure each model by itself",
        )


class _Search:
    """Questions about what needs what."""

    def __init__(self, project: Project, wiring: Wiring, ordered: list[StepSource]) -> None:
        self._project = project
        self._wiring = wiring
        self._ordered = ordered
        self._needs: dict[str, set[str]] = {}
        for step in ordered:
            needs: set[str] = set()
            for plan in wiring.inputs[step.name]:
                if plan.step is not None:
                    needs |= {plan.name} | self._needs.get(plan.step, set())
            self._needs[step.name] = needs

    def _needed_for(self, product: str) -> set[str]:
        return self._needs.get(self._wiring.makers[product][0].name, set())

    def metrics(self) -> list[str]:
        """Return the products that may be the metrics."""
        return [
            product
            for product, (_, hint) in self._wiring.makers.items()
            if is_table_of_numbers(hint, product) and self.models(product)
        ]

    def models(self, metrics: str) -> list[str]:
        """Return the products that `metrics` needs and that may be the model."""
        needed = self._needed_for(metrics)
        return [
            product
            for product, (_, hint) in self._wiring.makers.items()
            if product in needed and is_model(self._project, hint, product)
        ]

    def last(self, names: list[str]) -> list[str]:
        """Return those of `names` that no other of them needs."""
        return [n for n in names if not any(n in self._needed_for(other) for other in names)]

    def taken(self, metrics: str, names: list[str]) -> list[str]:
        """Return those of `names` that the step of `metrics` takes itself."""
        maker = self._wiring.makers[metrics][0].name
        inputs = {plan.name for plan in self._wiring.inputs[maker] if plan.kind != "champion"}
        return [name for name in names if name in inputs]

    def between(self, model: str, metrics: str) -> list[str]:
        """Return the steps that need `model` and that `metrics` needs, in order."""
        target = self._wiring.makers[metrics][0].name
        wanted = {target}
        pending = [target]
        while pending:
            for other in self._wiring.after[pending.pop()]:
                if other not in wanted:
                    wanted.add(other)
                    pending.append(other)
        return [s.name for s in self._ordered if s.name in wanted and model in self._needs[s.name]]
