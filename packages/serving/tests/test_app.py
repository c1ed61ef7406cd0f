"""What the HTTP face answers, with models that a test swaps."""

import asyncio
import json
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import SERVICE, TRIP
from fakes import Versions
from fastapi.testclient import TestClient

from fabrica.serving import Definition, ServingError
from fabrica.serving._app import create_app
from fabrica.serving._champions import Champions
from fabrica.serving._raised import from_own_code, said
from fabrica.serving._service import Service


class Served:
    """A service in this process, its registry, and a client of it."""

    def __init__(self, definition: Definition) -> None:
        self.versions = Versions()
        champions = Champions(
            self.versions,
            self.versions.load,
            definition.models,
            definition.values or (None,),
            definition.fallback,
        )
        self.service = Service("trips", definition, champions, interval=3600)
        self.client = TestClient(create_app(self.service), raise_server_exceptions=False)

    def start(self, models: Mapping[str | None, Any]) -> TestClient:
        for value, model in models.items():
            self.versions.promote("model", value, model)
        self.service.start()
        return self.client


@pytest.fixture
def served(define: Callable[[str], Definition]) -> Iterator[Callable[..., Served]]:
    made: list[Served] = []

    def serve(text: str = SERVICE) -> Served:
        made.append(Served(define(text)))
        return made[-1]

    yield serve
    for each in made:
        each.service.stop()


LINE = {"slope": 2.0, "offset": 1.0}


def test_one_input_is_a_batch_of_one(served: Callable[..., Served]) -> None:
    client = served().start({"Queens": LINE})
    response = client.post("/predict", json=TRIP)
    assert response.status_code == 200
    assert response.json() == {
        "prediction": 5.0,
        "models": {"model": {"value": "Queens", "version": 1}},
    }


def test_a_list_is_grouped_by_value_and_answered_in_its_order(
    served: Callable[..., Served],
) -> None:
    batches: list[list[float]] = []
    running = served(
        SERVICE.replace(
            "return pd.Series(model", "model['seen'](trips)\n    return pd.Series(model"
        )
    )
    seen = lambda trips: batches.append(trips["distance"].tolist())  # noqa: E731
    client = running.start(
        {
            "all": {"slope": 1.0, "offset": 0.0, "seen": seen},
            "Queens": {"slope": 10.0, "offset": 0.0, "seen": seen},
        }
    )
    batches.clear()
    rows = [
        {**TRIP, "borough": borough, "distance": float(n)}
        for n, borough in enumerate(["Bronx", "Queens", "Bronx", "Manhattan", "Queens"])
    ]
    answers = client.post("/predict", json=rows).json()
    assert [answer["prediction"] for answer in answers] == [0.0, 10.0, 2.0, 3.0, 40.0]
    assert [a["models"]["model"]["value"] for a in answers] == [
        "all",
        "Queens",
        "all",
        "all",
        "Queens",
    ]
    assert batches == [[0.0, 2.0], [1.0, 4.0], [3.0]]
    assert client.post("/predict", json=[]).json() == []


def test_a_value_without_any_model_is_404_and_names_those_there_are(
    served: Callable[..., Served],
) -> None:
    running = served(SERVICE.replace('each, fallback = "borough", "all"', 'each = "borough"'))
    client = running.start({"Queens": LINE, "Bronx": LINE})
    response = client.post("/predict", json={**TRIP, "borough": "Brooklyn"})
    assert response.status_code == 404
    assert response.json()["error"] == {
        "code": "no_model",
        "message": "no model serves Brooklyn; there are models for: Queens, Bronx",
        "values": ["Queens", "Bronx"],
    }
    both = client.post("/predict", json=[TRIP, {**TRIP, "borough": "Brooklyn"}])
    assert both.status_code == 404


def test_the_fallback_serves_listed_values_only(served: Callable[..., Served]) -> None:
    client = served().start({"all": LINE})
    assert client.post("/predict", json={**TRIP, "borough": "Bronx"}).status_code == 200
    assert client.post("/predict", json={**TRIP, "borough": "all"}).status_code == 422


WHOLE = """
import pandas as pd
from fabrica.serving import Champion, Frame, Input, Series
class Row(Input):
    x: int
def predict(rows: Frame[Row], model: Champion[int]) -> Series[int]:
    return rows["x"] * model
"""


def test_a_service_without_each_has_one_model(served: Callable[..., Served]) -> None:
    client = served(WHOLE).start({None: 3})
    assert client.post("/predict", json={"x": 4}).json() == {
        "prediction": 12,
        "models": {"model": {"value": None, "version": 1}},
    }


def test_predict_that_raises_is_500_with_an_id_that_the_log_holds(
    served: Callable[..., Served], caplog: pytest.LogCaptureFixture
) -> None:
    client = served().start({"all": LINE})
    response = client.post("/predict", json={**TRIP, "note": "raise"})
    assert response.status_code == 500
    error = response.json()["error"]
    assert error["id"] == response.headers["x-request-id"]
    assert "something of the input" not in response.text
    assert "KeyError" not in response.text
    record = next(r for r in caplog.records if vars(r).get("request") == error["id"])
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], KeyError)
    assert client.post("/predict", json=TRIP).status_code == 200


RAISING = """import pandas as pd
from fabrica.serving import Champion, Frame, Input, Series
class Trip(Input):
    distance: float
def twice(trips):
    return trips["distanze"] * 2
def predict(trips: Frame[Trip], model: Champion[dict]) -> Series[float]:
    return twice(trips) if trips["distance"].max() > 5 else trips["distance"] * slope
"""


@pytest.mark.parametrize(
    ("distance", "reason"),
    [
        (2.0, "src/trips/service.py:8: NameError: name 'slope' is not defined"),
        (9.0, "src/trips/service.py:6: KeyError: 'distanze'"),  # not the line in pandas
    ],
)
def test_the_log_names_the_line_of_the_project_that_raised(
    served: Callable[..., Served], caplog: pytest.LogCaptureFixture, distance: float, reason: str
) -> None:
    client = served(RAISING).start({None: LINE})
    id = client.post("/predict", json={"distance": distance}).json()["error"]["id"]
    record = next(r for r in caplog.records if vars(r).get("request") == id)
    assert vars(record)["reason"] == reason
    assert record.exc_info is not None
    frames = traceback.extract_tb(record.exc_info[2])
    assert frames[0].name == "predict", "the traceback begins in the project's code"


def test_what_was_raised_outside_of_the_project_is_named_by_its_service() -> None:
    source = Path("/p/src")
    error = TypeError("predict() takes 1 argument")
    assert from_own_code(error, source) is error
    assert said(error, source, source / "trips/service.py") == (
        "src/trips/service.py: TypeError: predict() takes 1 argument"
    )


@pytest.mark.parametrize(("note", "said"), [("sort", "each other's answers"), ("nan", "NaN")])
def test_a_wrong_answer_is_500_and_explained_in_the_log(
    served: Callable[..., Served], caplog: pytest.LogCaptureFixture, note: str, said: str
) -> None:
    client = served().start({"all": LINE})
    rows = [{**TRIP, "note": note, "distance": distance} for distance in (3.0, 1.0, 2.0)]
    response = client.post("/predict", json=rows)
    assert response.status_code == 500
    id = response.json()["error"]["id"]
    record = next(vars(r) for r in caplog.records if vars(r).get("request") == id)
    assert said in record["reason"]
    assert record["hint"]


def test_health_and_ready(served: Callable[..., Served]) -> None:
    running = served()
    assert running.client.get("/health").status_code == 200
    assert running.client.get("/ready").status_code == 503
    client = running.start({"Queens": LINE, "all": LINE})
    ready = client.get("/ready").json()
    assert ready["models"]["model"]["Queens"] == {"value": "Queens", "version": 1}
    assert ready["models"]["model"]["Bronx"] == {"value": "all", "version": 1}
    assert client.head("/health").status_code == 200
    running.service.draining = True
    leaving = client.get("/ready")
    assert (leaving.status_code, leaving.headers["connection"]) == (503, "close")
    assert "shutting down" in leaving.text
    assert client.get("/health").status_code == 200
    assert client.post("/predict", json=TRIP).headers["connection"] == "close"


def test_metrics(served: Callable[..., Served]) -> None:
    running = served()
    client = running.start({"Queens": LINE, "all": LINE})
    client.post("/predict", json=[TRIP, TRIP, {**TRIP, "borough": "Bronx"}])
    client.post("/predict", json={})
    client.get("/never-a-label")
    client.request("BREW", "/predict")
    running.versions.promote("model", "Queens", {"slope": 3.0, "offset": 0.0})
    running.service.champions.refresh()
    lines = client.get("/metrics").text.splitlines()
    for line in (
        'fabrica_requests_total{method="POST",path="/predict",status="200"} 1.0',
        'fabrica_requests_total{method="POST",path="/predict",status="422"} 1.0',
        'fabrica_requests_total{method="GET",path="other",status="404"} 1.0',
        'fabrica_requests_total{method="other",path="/predict",status="405"} 1.0',
        'fabrica_predictions_total{champion="Queens",model="model",value="Queens",version="1"} 2.0',
        'fabrica_predictions_total{champion="all",model="model",value="Bronx",version="1"} 1.0',
        'fabrica_champion_version{champion="Queens",model="model",value="Queens"} 2.0',
        'fabrica_champion_version{champion="all",model="model",value="Bronx"} 1.0',
        "fabrica_champion_swaps_total 1.0",
        "fabrica_ready 1.0",
    ):
        assert line in lines
    assert any(line.startswith("fabrica_request_seconds_bucket") for line in lines)


def test_the_description(served: Callable[..., Served]) -> None:
    client = served().start({"all": LINE})
    document = client.get("/").json()
    assert document["project"] == "trips"
    assert document["description"] == "Minutes from pickup to dropoff."
    assert document["values"] == ["Manhattan", "Queens", "Brooklyn", "Bronx"]
    assert document["input"]["distance"] == "a finite number from 0 to 200"
    assert client.post("/predict", json=document["example"]).status_code == 200
    assert document["curl"].startswith("curl -X POST http://")


def test_the_page_needs_nothing_from_elsewhere(served: Callable[..., Served]) -> None:
    page = served().start({"all": LINE}).get("/", headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "Minutes from pickup to dropoff." in page.text
    assert "<script" not in page.text
    assert 'src="' not in page.text
    assert "https://" not in page.text


def test_openapi(served: Callable[..., Served]) -> None:
    client = served().start({"all": LINE})
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert schemas["Trip"]["properties"]["distance"]["maximum"] == 200
    assert schemas["Trip"]["additionalProperties"] is False
    assert schemas["Answer"]["properties"]["prediction"] == {"type": "number"}
    body = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["anyOf"][0] == {"$ref": "#/components/schemas/Trip"}
    assert client.post("/predict", json=body["example"]).status_code == 200
    used = set(json.dumps(document).split('"#/components/schemas/')[1:])
    assert {part.split('"')[0] for part in used} <= set(schemas)


def test_examples_that_the_author_declares_must_be_answered(served: Callable[..., Served]) -> None:
    declared = (
        SERVICE.replace(
            "pickup: NaiveDatetime",
            'pickup: NaiveDatetime = Field(examples=["2026-01-05T08:30:00"])',
        )
        .replace('description="miles"', "examples=[1.0]")
        .replace('"Bronx"]', '"Bronx"] = Field(examples=["Bronx"])')
        .replace("return pd.Series(model", "return pd.Series(model['wrong']; model")
        .replace("['wrong']; model", "['wrong'] * model")
    )
    with pytest.raises(ServingError, match="on the example that its Input declares: KeyError"):
        served(declared).start({"all": LINE})


def test_a_champion_of_other_features_waits_for_the_code_that_fits(
    served: Callable[..., Served],
) -> None:
    running = served()
    client = running.start({"Queens": LINE, "all": LINE})
    running.versions.promote("model", "Queens", {"tilt": 3.0})
    running.service.champions.refresh()
    answer = client.post("/predict", json=TRIP)
    assert answer.status_code == 200
    assert answer.json()["models"]["model"] == {"value": "Queens", "version": 1}
    waiting = {"value": "Queens", "version": 2}
    assert client.get("/ready").json()["held"] == {"model": {"Queens": waiting}}
    queens = next(s for s in client.get("/").json()["serving"] if s["value"] == "Queens")
    assert queens["waiting"] == waiting
    running.versions.promote("model", "Queens", {"slope": 3.0, "offset": 0.0})
    running.service.champions.refresh()
    assert client.post("/predict", json=TRIP).json()["models"]["model"]["version"] == 3
    assert "held" not in client.get("/ready").json()


def test_a_made_up_example_that_fails_only_warns(
    served: Callable[..., Served], caplog: pytest.LogCaptureFixture
) -> None:
    client = served(SERVICE.replace('model["slope"]', 'model["wrong"]')).start({"all": LINE})
    assert client.get("/ready").status_code == 200
    assert "made-up example" in caplog.text


def test_a_swap_between_two_requests(served: Callable[..., Served]) -> None:
    running = served()
    client = running.start({"Queens": LINE})
    running.versions.promote("model", "Queens", {"slope": 3.0, "offset": 0.0})
    assert client.post("/predict", json=TRIP).json()["prediction"] == 5.0
    running.service.champions.refresh()
    assert client.post("/predict", json=TRIP).json() == {
        "prediction": 6.0,
        "models": {"model": {"value": "Queens", "version": 2}},
    }


def test_only_http_is_answered(served: Callable[..., Served]) -> None:
    app = create_app(served().service)

    async def nothing(*_: Any) -> Any:
        raise AssertionError

    asyncio.run(app({"type": "websocket", "path": "/", "headers": []}, nothing, nothing))
