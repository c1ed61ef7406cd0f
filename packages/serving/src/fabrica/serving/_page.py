"""What ``/`` says: a document for programs, and one plain page for people, without any script."""

import html
import json
import shlex
from collections.abc import Iterable
from typing import Any

from fabrica.serving._service import Service

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #ccc; padding: .3rem .6rem; text-align: left }
pre { background: #f4f4f4; color: #111; padding: 1rem; overflow-x: auto }
"""


def describe_service(service: Service, address: str) -> dict[str, Any]:
    """The service in one document: what to send, an example, who serves which value."""
    definition = service.definition
    return {
        "project": service.project,
        "description": definition.description,
        "predict": f"POST {address}/predict",
        "input": dict(service.fields),
        "example": service.example,
        "curl": curl(service, address),
        "each": definition.each,
        "values": list(definition.values),
        "fallback": definition.fallback,
        "serving": _serving(service),
        "paths": ["/predict", "/health", "/ready", "/metrics", "/openapi.json"],
    }


def curl(service: Service, address: str) -> str | None:
    """A command that works when it is pasted; None when no example could be made up."""
    if service.example is None:
        return None
    body = shlex.quote(json.dumps(service.example))
    return f"curl -X POST {address}/predict -H 'content-type: application/json' -d {body}"


def _serving(service: Service) -> list[dict[str, Any]]:
    snapshot = service.champions.snapshot
    found: list[dict[str, Any]] = []
    for key, served in snapshot.served.items():
        held = snapshot.held.get(key)
        waiting = {"waiting": held.document()} if held else {}
        found.append({"model": key[0], "value": key[1], "champion": served.document(), **waiting})
    return found


def page(service: Service, address: str) -> str:
    """The same for a person with a browser."""
    command = curl(service, address)
    example = f"<h2>Example</h2><pre>{html.escape(command)}</pre>" if command else ""
    fields = _table(("field", "allowed"), service.fields.items())
    champions = _table(
        ("model", "value", "served by", "version"),
        (
            (s["model"], s["value"] or "", s["champion"]["value"] or "", s["champion"]["version"])
            for s in _serving(service)
        ),
    )
    title = html.escape(service.project)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
        f"<style>{STYLE}</style><h1>{title}</h1>"
        f"<p>{html.escape(service.definition.description)}</p>"
        f"<p>Send one object, or a list of them, to <code>POST /predict</code>.</p>"
        f"<h2>Input</h2>{fields}{example}<h2>Champions</h2>{champions}"
        '<p><a href="/openapi.json">OpenAPI</a> · <a href="/metrics">metrics</a> · '
        '<a href="/ready">ready</a> · <a href="/health">health</a></p></html>'
    )


def _table(heads: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    head = "".join(f"<th>{html.escape(str(cell))}</th>" for cell in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"
