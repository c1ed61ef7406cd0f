"""plan.json: the same source gives the same bytes; schemas N and N-1 are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fabrica.pipelines._errors import PlanUnreadable
from fabrica.pipelines._plan_model import (
    SCHEMA,
    EachPlan,
    GatePlan,
    InputPlan,
    ParameterPlan,
    Plan,
    ProductPlan,
    Resources,
    StepPlan,
)

_READ = (SCHEMA, SCHEMA - 1)


def plan_json(plan: Plan) -> bytes:
    """Return a plan as the bytes of plan.json: sorted keys, UTF-8, no NaN, one line.

    Example::

        Path("plan.json").write_bytes(plan_json(make_plan(Path("."), "train")))
    """
    document = {
        "schema": SCHEMA,
        "project": plan.project,
        "pipeline": plan.pipeline,
        "module": plan.module,
        "file": plan.file,
        "each": _each(plan.each),
        "parameters": {name: _parameter(p) for name, p in plan.parameters.items()},
        "steps": [_step(step) for step in plan.steps],
        "gate": _gate(plan.gate),
    }
    text = json.dumps(
        document, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return text.encode()


def _each(each: EachPlan | None) -> dict[str, Any] | None:
    if each is None:
        return None
    return {"parameter": each.parameter, "values": list(each.values), "fallback": each.fallback}


def _parameter(parameter: ParameterPlan) -> dict[str, Any]:
    document: dict[str, Any] = {
        "type": parameter.type,
        "jsonSchema": dict(parameter.json_schema),
        "required": parameter.required,
        "steps": list(parameter.steps),
        "file": parameter.file,
        "line": parameter.line,
    }
    if parameter.default_source is not None:
        document["defaultSource"] = parameter.default_source
    elif not parameter.required:
        document["default"] = parameter.default
    return document


def _step(step: StepPlan) -> dict[str, Any]:
    return {
        "name": step.name,
        "entry": step.entry,
        "file": step.file,
        "line": step.line,
        "scope": step.scope,
        "after": list(step.after),
        "products": [
            {"name": p.name, "type": p.type, "format": p.format, "tolerance": p.tolerance}
            for p in step.products
        ],
        "inputs": [
            {
                "argument": i.argument,
                "kind": i.kind,
                "name": i.name,
                "step": i.step,
                "optional": i.optional,
            }
            for i in step.inputs
        ],
        "parameters": list(step.parameters),
        "reads": list(step.reads),
        "secrets": list(step.secrets),
        "cache": step.cache,
        "resources": {
            "cpu": step.resources.cpu,
            "memory": step.resources.memory,
            "gpu": step.resources.gpu,
        },
        "threads": step.threads,
        "retries": step.retries,
        "timeoutSeconds": step.timeout_seconds,
    }


def _gate(gate: GatePlan | None) -> dict[str, Any] | None:
    if gate is None:
        return None
    return {
        "entry": gate.entry,
        "file": gate.file,
        "line": gate.line,
        "model": gate.model,
        "metrics": gate.metrics,
        "rejudge": list(gate.rejudge),
    }


def read_plan(data: bytes) -> Plan:
    """Return the plan that plan.json holds; unknown keys are passed over.

    Raises:
        PlanUnreadable: not JSON, not a plan, or a schema older than the last or newer than this.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise PlanUnreadable(f"the plan is not valid JSON: {error}", hint=_AGAIN) from None
    if not isinstance(document, dict) or not isinstance(document.get("schema"), int):
        raise PlanUnreadable("the document is not a plan: it has no schema number", hint=_AGAIN)
    if document["schema"] not in _READ:
        known = " and ".join(str(schema) for schema in _READ)
        raise PlanUnreadable(
            f"the plan has schema {document['schema']}; this version of fabrica-pipelines reads "
            f"{known}",
            hint="install the fabrica-pipelines that wrote it, or make the plan again",
        )
    try:
        return _plan(document)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise PlanUnreadable(f"the plan is incomplete: {error!r}", hint=_AGAIN) from None


_AGAIN = "make it again: python -m fabrica.pipelines plan NAME"


def _plan(document: Mapping[str, Any]) -> Plan:
    return Plan(
        project=document["project"],
        pipeline=document["pipeline"],
        module=document["module"],
        file=document["file"],
        each=_read_each(document.get("each")),
        parameters={
            name: _read_parameter(name, entry)
            for name, entry in sorted(document.get("parameters", {}).items())
        },
        steps=tuple(_read_step(entry) for entry in document["steps"]),
        gate=_read_gate(document.get("gate")),
    )


def _read_each(entry: Mapping[str, Any] | None) -> EachPlan | None:
    if entry is None:
        return None
    return EachPlan(entry["parameter"], tuple(entry["values"]), entry.get("fallback"))


def _read_parameter(name: str, entry: Mapping[str, Any]) -> ParameterPlan:
    return ParameterPlan(
        name=name,
        type=entry["type"],
        json_schema=entry.get("jsonSchema", {}),
        required=entry.get("required", "default" not in entry and "defaultSource" not in entry),
        default=entry.get("default"),
        default_source=entry.get("defaultSource"),
        steps=tuple(entry.get("steps", ())),
        file=entry.get("file", ""),
        line=entry.get("line", 0),
    )


def _read_step(entry: Mapping[str, Any]) -> StepPlan:
    resources = entry.get("resources", {})
    return StepPlan(
        name=entry["name"],
        entry=entry["entry"],
        file=entry.get("file", ""),
        line=entry.get("line", 0),
        scope=entry.get("scope", "once"),
        after=tuple(entry.get("after", ())),
        products=tuple(
            ProductPlan(p["name"], p["type"], p["format"], p.get("tolerance"))
            for p in entry.get("products", ())
        ),
        inputs=tuple(
            InputPlan(i["argument"], i["kind"], i["name"], i.get("step"), i.get("optional", False))
            for i in entry.get("inputs", ())
        ),
        parameters=tuple(entry.get("parameters", ())),
        reads=tuple(entry.get("reads", ())),
        secrets=tuple(entry.get("secrets", ())),
        cache=entry.get("cache", True),
        resources=Resources(resources.get("cpu"), resources.get("memory"), resources.get("gpu")),
        threads=entry.get("threads", 1),
        retries=entry.get("retries", 0),
        timeout_seconds=entry.get("timeoutSeconds"),
    )


def _read_gate(entry: Mapping[str, Any] | None) -> GatePlan | None:
    if entry is None:
        return None
    return GatePlan(
        entry["entry"],
        entry.get("file", ""),
        entry.get("line", 0),
        entry["model"],
        entry["metrics"],
        tuple(entry.get("rejudge", ())),
    )
