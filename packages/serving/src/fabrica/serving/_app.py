"""The HTTP face of a service: routes, errors that repeat nothing, request ids, counters."""

import asyncio
import logging
import time
import uuid
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fabrica.serving._body import MAX_BODY, Encoded, TooLarge, TooSlow, read_body
from fabrica.serving._champions import Key, Served
from fabrica.serving._errors import AnswerError, ModelNotLoaded, NoModel
from fabrica.serving._openapi import openapi
from fabrica.serving._page import describe_service, page
from fabrica.serving._predictor import PredictRaised, encode
from fabrica.serving._problems import Refused
from fabrica.serving._service import Service

log = logging.getLogger(__name__)

PROBE = ["GET", "HEAD"]


def create_app(service: Service) -> FastAPI:
    """Make the ASGI application of a service.

    Routes: ``POST /predict``, ``GET /``, ``/health``, ``/ready``, ``/metrics``, ``/openapi.json``.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.add_exception_handler(HTTPException, _http_error)  # type: ignore[arg-type]
    _add_probes(app, service)
    _add_descriptions(app, service)

    @app.post("/predict")
    async def predict(request: Request) -> Response:
        return await _predict(service, request)

    app.add_middleware(Envelope, service=service)
    return app


def _add_probes(app: FastAPI, service: Service) -> None:
    @app.api_route("/health", methods=PROBE)
    async def health() -> Response:
        return _json({"status": "ok"})

    @app.api_route("/ready", methods=PROBE)
    async def ready() -> Response:
        if not service.ready:
            reason = "shutting down" if service.draining else "loading models"
            return _error(503, "not_ready", f"not ready: {reason}", {"retry-after": "1"})
        snapshot = service.champions.snapshot
        held = _documents(service, snapshot.held) if snapshot.held else None
        models = _documents(service, snapshot.served)
        return _json({"status": "ready", "models": models, **({"held": held} if held else {})})

    @app.api_route("/metrics", methods=PROBE)
    async def metrics() -> Response:
        return Response(
            service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8"
        )


def _add_descriptions(app: FastAPI, service: Service) -> None:
    @app.api_route("/", methods=PROBE)
    async def root(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return Response(page(service, _address(request)), media_type="text/html")
        return _json(describe_service(service, _address(request)))

    @app.api_route("/openapi.json", methods=PROBE)
    async def schema() -> Response:
        return _json(openapi(service))


def _address(request: Request) -> str:
    """The address that the socket has: the Host header is the caller's text."""
    host, port = request.scope.get("server") or ("127.0.0.1", 80)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _documents(service: Service, champions: Mapping[Key, Served]) -> dict[str, dict[str, Any]]:
    """By the model's name, then by the value that is asked for."""
    found: dict[str, dict[str, Any]] = {name: {} for name in service.definition.models}
    for (model, value), served in champions.items():
        found[model][value or ""] = served.document()
    return found


async def _predict(service: Service, request: Request) -> Response:
    try:
        body = await read_body(request)
        return _sent(await asyncio.to_thread(service.predictor.answer, body))
    except TooLarge:
        return _error(413, "too_large", f"the body is too large; allowed: at most {MAX_BODY} bytes")
    except TooSlow:
        return _error(408, "too_slow", "the body did not arrive in time", {"connection": "close"})
    except Encoded:
        return _error(415, "encoded", "the body is compressed; allowed: plain JSON in UTF-8")
    except Refused as refused:
        return _refused(refused)
    except NoModel as error:
        return _error(404, "no_model", str(error), more={"values": list(error.values)})
    except ModelNotLoaded as error:
        return _error(503, "model_not_loaded", str(error), {"retry-after": "5"})
    except ClientDisconnect:
        return Response(status_code=400)


def _refused(refused: Refused) -> Response:
    problems = [problem.document() for problem in refused.problems]
    more = {"problems": problems, "count": refused.total}
    return _error(422, "invalid_input", refused.text, more=more)


async def _http_error(request: Request, error: HTTPException) -> Response:
    """Unknown paths and methods; the path is the caller's text and stays out."""
    if error.status_code == 405:
        allow = (error.headers or {}).get("Allow", "")
        return _error(405, "method", f"this path takes {allow}", {"allow": allow})
    return _error(
        error.status_code,
        "not_found",
        "there is no such path; there are: POST /predict, GET /, /health, /ready, /metrics, "
        "/openapi.json",
    )


def _error(
    status: int,
    code: str,
    message: str,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Response:
    return _json({"error": {"code": code, "message": message, **(more or {})}}, status, headers)


def _json(
    document: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    return _sent(encode(document), status, headers)


def _sent(content: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(content, status, dict(headers or {}), "application/json")


class Envelope:
    """What every request gets: an id, a clock, a last resort for exceptions, a way out.

    While the service drains each answer says ``Connection: close``, so that callers leave by
    themselves and no request is cut off on a connection that was kept open.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        from fabrica.logging import bound

        answer = _Answer(uuid.uuid4().hex, send, self._service)
        started = time.perf_counter()
        trace = dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1")
        with bound(request=answer.id, traceparent=trace or None):
            try:
                await self._app(scope, receive, answer.send)
            except Exception as error:
                await _failed(error, answer)(scope, receive, answer.send)
        seconds = time.perf_counter() - started
        self._service.metrics.request(scope["method"], scope["path"], answer.status, seconds)


class _Answer:
    """Adds headers to an answer's start, and remembers its status."""

    def __init__(self, id: str, send: Send, service: Service) -> None:
        self.id = id
        self.status = 0
        self._send = send
        self._service = service

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", []), (b"x-request-id", self.id.encode())]
            if self._service.draining:
                headers = [h for h in headers if h[0] != b"connection"]
                headers.append((b"connection", b"close"))
            message = {**message, "headers": headers}
        await self._send(message)


def _failed(error: Exception, answer: _Answer) -> Response:
    """Log what happened under the request's id, and answer with nothing but that id."""
    if answer.status:
        raise error
    fields = {"request": answer.id, "reason": str(error)}
    if isinstance(error, AnswerError):
        log.error("request failed", extra=fields | {"hint": error.hint})
    else:
        cause = error.__cause__ if isinstance(error, PredictRaised) else error
        log.error("request failed", extra=fields, exc_info=cause)
    message = "the service failed on this request; its log says why under this id"
    return _error(500, "failed", message, more={"id": answer.id})
