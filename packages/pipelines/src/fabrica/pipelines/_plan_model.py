"""The plan as a value: frozen dataclasses that mirror plan.json (schema 1) field by field.

What a reader must know beyond the names:

- The parameter of `each` stands in `Plan.parameters` like any other (its type says how a value's
  text is read) and in `StepPlan.parameters` of the steps that take it. Its values are in
  `Plan.each.values`, as text; the runner fills it, it is never missing.
- `Plan.each.fallback` is planned along with the values: it is run like one and gated first, but
  `values` does not hold it.
- `StepPlan.scope` is "each" for a step that runs once per value.
- An input of kind "champion" has no step: the registry's champion of the model `name`.
- An optional input that nothing makes has no step either: the argument is `None`.
- `ParameterPlan.default` is JSON that fits `json_schema` (a date is text). A default that JSON
  cannot hold stands in `default_source`, as source: leave the argument out to get it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class EachPlan:
    """The values that the per-value steps run for."""

    parameter: str
    values: tuple[str, ...]
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class ParameterPlan:
    """A parameter of the pipeline: one type and one default, whichever steps take it.

    `required` says that there is no default; `default` then is None and means nothing.
    """

    name: str
    type: str
    json_schema: Mapping[str, Any]
    required: bool
    default: Any = None
    default_source: str | None = None
    steps: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ProductPlan:
    """What a step makes: `type` is a qualified name, `format` a name of fabrica.storage."""

    name: str
    type: str
    format: str
    tolerance: float | None = None


@dataclass(frozen=True, slots=True)
class InputPlan:
    """What an argument receives that is no parameter; `name` is the product's or the model's."""

    argument: str
    kind: Literal["product", "each", "champion"]
    name: str
    step: str | None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Resources:
    """CPUs, memory as a Kubernetes quantity, GPUs; None where the environment decides."""

    cpu: float | None = None
    memory: str | None = None
    gpu: int | None = None


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step: where it is, what it takes and makes, how it is run.

    `entry` is "module:function"; `file` is relative to the project, or to the folder on
    `sys.path` for a step of an installed package. `after` names the steps that it waits for.
    """

    name: str
    entry: str
    file: str
    line: int
    scope: Literal["once", "each"] = "once"
    after: tuple[str, ...] = ()
    products: tuple[ProductPlan, ...] = ()
    inputs: tuple[InputPlan, ...] = ()
    parameters: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    cache: bool = True
    resources: Resources = Resources()
    threads: int = 1
    retries: int = 0
    timeout_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class GatePlan:
    """The gate: `better`, the model that it judges, the metrics that it reads.

    `rejudge` names the steps from the model to the metrics, in order: the champion is measured
    again through them.
    """

    entry: str
    file: str
    line: int
    model: str
    metrics: str
    rejudge: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A pipeline as its source describes it; `steps` are sorted, each after those it waits for."""

    project: str
    pipeline: str
    module: str
    file: str
    each: EachPlan | None = None
    parameters: Mapping[str, ParameterPlan] = field(default_factory=dict)
    steps: tuple[StepPlan, ...] = ()
    gate: GatePlan | None = None

    def step(self, name: str) -> StepPlan:
        """Return the step of that name; KeyError when the plan has none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)
