"""The OpenAPI document of a service, from its Input and its answer's type."""

from typing import Any

from fabrica.serving._service import Service

PLAIN = {float: "number", int: "integer", str: "string", bool: "boolean"}
REF = "#/components/schemas/{model}"


def openapi(service: Service) -> dict[str, Any]:
    """Describe the service's HTTP face by OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": service.project,
            "version": "1",
            "description": service.definition.description,
        },
        "paths": {
            "/predict": {"post": _predict(service)},
            "/health": {"get": _probe("health", "The process lives", ())},
            "/ready": {"get": _probe("ready", "Models are loaded and requests are taken", (503,))},
        },
        "components": {"schemas": _schemas(service)},
    }


def _schemas(service: Service) -> dict[str, Any]:
    row = service.definition.input
    schema = row.model_json_schema(ref_template=REF)
    definitions = schema.pop("$defs", {})
    return {
        **definitions,
        row.__name__: schema,
        "Answer": _answer(service),
        "Error": _error(),
    }


def _answer(service: Service) -> dict[str, Any]:
    champion = {
        "type": "object",
        "properties": {
            "value": {"type": ["string", "null"], "description": "whose champion answered"},
            "version": {"type": "integer"},
        },
        "required": ["value", "version"],
    }
    return {
        "type": "object",
        "properties": {
            "prediction": {"type": PLAIN[service.definition.answer]},
            "models": {"type": "object", "additionalProperties": champion},
        },
        "required": ["prediction", "models"],
    }


def _error() -> dict[str, Any]:
    text = {"type": "string"}
    problem = {
        "type": "object",
        "properties": {"field": text, "problem": text, "allowed": text},
        "required": ["field", "problem", "allowed"],
    }
    error = {
        "type": "object",
        "properties": {
            "code": text,
            "message": text,
            "id": text,
            "problems": {"type": "array", "items": problem},
            "count": {"type": "integer"},
            "values": {"type": "array", "items": text},
        },
        "required": ["code", "message"],
    }
    return {"type": "object", "properties": {"error": error}, "required": ["error"]}


def _predict(service: Service) -> dict[str, Any]:
    row = {"$ref": REF.format(model=service.definition.input.__name__)}
    request: dict[str, Any] = {"schema": _one_or_list(row)}
    if service.example is not None:
        request["example"] = service.example
    answer = _one_or_list({"$ref": REF.format(model="Answer")})
    errors = {
        404: "No model serves a value; those that have one are named",
        408: "The body did not arrive in time",
        413: "The body is too large",
        415: "The body is compressed",
        422: "The input is refused; each problem names its field and what is allowed",
        500: "predict failed; the log holds the traceback under the id",
        503: "The model can't be loaded now",
    }
    return {
        "operationId": "predict",
        "summary": service.definition.description,
        "requestBody": {"required": True, "content": {"application/json": request}},
        "responses": {"200": _response("The prediction, or one per input in their order", answer)}
        | {str(status): _failure(text) for status, text in errors.items()},
    }


def _one_or_list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "array", "items": schema}]}


def _response(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _failure(description: str) -> dict[str, Any]:
    return _response(description, {"$ref": REF.format(model="Error")})


def _probe(name: str, summary: str, failures: tuple[int, ...]) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"status": {"type": "string"}}}
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": _response(summary, schema)}
        | {str(status): _failure(f"Not {name}") for status in failures},
    }
