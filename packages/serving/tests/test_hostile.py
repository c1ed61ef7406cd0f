"""Whatever a caller sends to a real server: 422 or 413 that names the field; never a 500."""

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import TRIP, Project, Running, serving
from hypothesis import given, settings
from hypothesis import strategies as st

MARK = "zQ7-never-repeated"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("hostile")
    root = folder / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text('[project]\nname = "trips"\n')
    project = Project(root, (folder / "store").as_uri())
    project.write(SERVICE)
    project.promote("all", 2.0)
    with serving(project, folder / "log") as running:
        yield running


SERVICE = '''
import datetime as dt
import enum
from typing import Any, Literal
import pandas as pd
from pydantic import AwareDatetime, Field, NaiveDatetime, field_validator, model_validator
from fabrica.serving import Champion, Frame, Input, Series
each, fallback = "borough", "all"
class Colour(enum.Enum):
    YELLOW = "yellow"
class Place(Input):
    zone: str
    weight: float = 1.0
class Trip(Input):
    pickup: NaiveDatetime
    distance: float = Field(ge=0, le=200)
    borough: Literal["Manhattan", "Queens", "Brooklyn", "Bronx"]
    passengers: int = 1
    note: str = ""
    moment: AwareDatetime | None = None
    either: dt.datetime | None = None
    day: dt.date | None = None
    card: bool | None = None
    colour: Colour | None = None
    place: Place | None = None
    weights: dict[str, float] = {}
    tags: list[str] = []
    anything: Any = None
    @field_validator("note")
    @classmethod
    def no_bang(cls, note: str) -> str:
        if "!" in note:
            raise ValueError(f"the note {note} has a bang")
        if "?" in note:
            raise ValueError("a note asks nothing")
        return note
    @model_validator(mode="after")
    def sane(self) -> "Trip":
        assert self.distance <= 100 or self.passengers < 5, f"{self.passengers} is a crowd"
        return self
def predict(trips: Frame[Trip], model: Champion[dict]) -> Series[float]:
    """Minutes."""
    assert trips["pickup"].dt.hour.between(0, 23).all()
    return model["slope"] * trips["distance"] + 0.0 * trips["passengers"]
'''


def raw(server: Running, body: bytes, **headers: str) -> tuple[int, Any]:
    return server.request("POST", "/predict", body, headers)


def trip(**changes: Any) -> bytes:
    """A good trip with changes, whose values are JSON as it is written."""
    parts = {name: json.dumps(value) for name, value in TRIP.items()} | changes
    return ("{" + ",".join(f'"{name}":{value}' for name, value in parts.items()) + "}").encode()


DIGITS = "7" * 5000
BAD: dict[str, tuple[bytes, str, str]] = {
    "NaN": (trip(distance="NaN"), "distance", "finite number from 0 to 200"),
    "Infinity": (trip(distance="Infinity"), "distance", "finite number from 0 to 200"),
    "-Infinity": (trip(distance="-Infinity"), "distance", "finite number from 0 to 200"),
    "1e400": (trip(distance="1e400"), "distance", "finite number from 0 to 200"),
    "1e400 for a whole number": (trip(passengers="1e400"), "passengers", "whole number"),
    "digits": (trip(distance=DIGITS), "distance", "finite number from 0 to 200"),
    "digits for a whole number": (trip(passengers=DIGITS), "passengers", "whole number"),
    "beyond 64 bits": (trip(passengers=str(2**63)), "passengers", "whole number"),
    "a lone surrogate": (trip(note='"\\ud800"'), "note", "text"),
    "a lone low surrogate": (trip(note='"a\\udfffb"'), "note", "text"),
    "a surrogate after a comma": (trip(note='"a, {b: [\\ud800"'), "note", "text"),
    "a surrogate in a key": (b'{"\\ud800": 1}', "body", "an object with the fields pickup"),
    "invalid UTF-8": (trip(note='"@"').replace(b"@", b"\xff\xfe"), "note", "text"),
    "text for a number": (trip(distance='"2"'), "distance", "finite number"),
    "true for a number": (trip(distance="true"), "distance", "finite number"),
    "a fraction for a whole number": (trip(passengers="1.5"), "passengers", "whole number"),
    "null": (trip(distance="null"), "distance", "finite number"),
    "a number for text": (trip(note="1"), "note", "text"),
    "too large": (trip(distance="201"), "distance", "from 0 to 200"),
    "too small": (trip(distance="-1"), "distance", "from 0 to 200"),
    "an unknown value": (trip(borough='"Staten Island"'), "borough", '"Manhattan", "Queens"'),
    "a date for a date and time": (trip(pickup='"2019-03-25"'), "pickup", "date and time without"),
    "an offset": (trip(pickup='"2019-03-25T08:30:00Z"'), "pickup", "without an offset"),
    "seconds for a date and time": (trip(pickup="1553502600"), "pickup", "date and time"),
    "no offset": (trip(moment='"2019-03-25T08:30:00"'), "moment", "date and time"),
    "an unknown field": (trip(colour_of_car="1"), "colour_of_car", "the fields pickup, distance"),
    "a misspelt field": (trip(distanze="1"), "distanze", "the fields pickup, distance"),
    "a nested field": (trip(place='{"zone": "a", "weight": NaN}'), "place.weight", "object"),
    "an unknown nested field": (trip(place='{"zone": "a", "x": 1}'), "place.x", "object"),
    "a value of a dictionary": (trip(weights='{"a": NaN}'), "weights.a", "object"),
    "an item of a list": (trip(tags='["a", 1]'), "tags[1]", "a list, each text"),
    "a missing field": (b'{"distance": 1, "borough": "Queens"}', "pickup", "date and time"),
    "deep nesting": (trip(anything="[" * 100_000), "anything", "any JSON"),
    "deep objects": (trip(anything='{"a":' * 100_000), "anything", "any JSON"),
    "a broken end": (trip()[:-1], "body", "an object with the fields"),
    "a list's broken end": (b"[" + trip() + b",", "body", "an object with the fields"),
    "a broken value": (trip(distance="1.2.3"), "distance", "finite number"),
    "nothing": (b"", "body", "an object with the fields"),
    "only blanks": (b" \n\t ", "body", "an object with the fields"),
    "null alone": (b"null", "body", "an object with the fields"),
    "text alone": (b'"x"', "body", "an object with the fields"),
    "two documents": (trip() + trip(), "body", "an object with the fields"),
    "a byte order mark": (b"\xef\xbb\xbf" + trip(), "body", "an object with the fields"),
    "UTF-16": (trip().decode().encode("utf-16"), "body", "an object with the fields"),
    "zeros": (b"\0" * 1000, "body", "an object with the fields"),
    "an item that is no object": (b"[1]", "[0]", "an object with the fields"),
    "the second of a list": (
        b"[" + trip() + b"," + trip(distance="NaN") + b"]",
        "[1].distance",
        "from",
    ),
    "a surrogate in the second": (
        b"[" + trip() + b"," + trip(note='"\\udc00"') + b"]",
        "[1].note",
        "text",
    ),
    "mixed offsets": (
        b"["
        + trip(either='"2019-03-25T08:30:00"')
        + b","
        + trip(either='"2019-03-25T08:30:00Z"')
        + b"]",
        "[1].either",
        "date and time",
    ),
}


@pytest.mark.parametrize(("body", "field", "allowed"), BAD.values(), ids=BAD)
def test_a_bad_request_names_the_field_and_what_is_allowed(
    server: Running, body: bytes, field: str, allowed: str
) -> None:
    status, document = raw(server, body)
    assert status == 422, document
    problem = document["error"]["problems"][0]
    assert problem["field"] == field
    assert allowed in problem["allowed"]
    assert len(json.dumps(document)) < 5000
    assert server.predict(TRIP)[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        trip(distance=f'"{MARK}"'),
        trip(borough=f'"{MARK}"'),
        trip(pickup=f'"{MARK}"'),
        trip(note=f'"{MARK}!"'),
        trip(note=f'"{MARK}'),
        trip(colour=f'"{MARK}"'),
        trip(moment=f'"{MARK}"'),
        trip(**{MARK: "1"}),
        trip(weights=f'{{"{MARK}": NaN}}'),
        trip(place=f'{{"{MARK}": 1}}'),
        trip(tags=f'["{MARK}", 1]'),
        f'["{MARK}"]'.encode(),
        f'"{MARK}"'.encode(),
        MARK.encode(),
    ],
)
def test_what_was_sent_is_not_repeated(server: Running, body: bytes) -> None:
    status, document = raw(server, body)
    assert status == 422
    assert MARK not in json.dumps(document)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (trip(note=f'"{MARK}"')[:-2], "line 1, column"),
        (b'{"distance": ', "line 1, column 13"),
        (b'{\n"distance": 2.5,\n', "line 3, column 0"),
        (b'[{"distance": 2', "line 1, column 15"),
        (b"", "line 1, column 0"),
    ],
)
def test_a_body_that_is_cut_short_blames_no_field(server: Running, body: bytes, where: str) -> None:
    status, document = raw(server, body)
    assert status == 422
    [problem] = document["error"]["problems"]
    assert problem["field"] == "body"
    assert problem["problem"].startswith(f"is not valid JSON: it is cut short at {where}")
    assert MARK not in json.dumps(document)


def test_a_validators_own_text_is_told_unless_it_repeats_the_input(server: Running) -> None:
    def problem(body: bytes) -> dict[str, str]:
        return raw(server, body)[1]["error"]["problems"][0]

    assert problem(trip(note='"why?"'))["problem"] == "is refused: a note asks nothing"
    assert problem(trip(note='"stop!"'))["problem"] == "is refused by a check"
    assert problem(trip(distance="150", passengers="77"))["problem"] == "is refused by a check"


def test_many_problems_are_counted_and_the_first_are_listed(server: Running) -> None:
    status, document = raw(server, b"[" + b",".join([b"{}"] * 1000) + b"]")
    assert (status, document["error"]["count"]) == (422, 3000)
    assert len(document["error"]["problems"]) == 20


@pytest.mark.parametrize("size", [3_000_000, 10_000_000, 30_000_000])
@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_a_large_body_is_413(server: Running, size: int, chunked: bool) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    part = b" " * 100_000
    parts = iter([part] * (size // len(part)))
    if chunked:
        connection.request("POST", "/predict", parts, encode_chunked=True)
    else:
        connection.request("POST", "/predict", parts, {"content-length": str(size)})
    response = connection.getresponse()
    assert response.status == 413
    assert "at most 2097152 bytes" in json.loads(response.read())["error"]["message"]
    connection.close()
    assert server.predict(TRIP)[0] == 200


def test_a_declared_length_beyond_all_limits_is_413_at_once(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as caller:
        caller.sendall(b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n")
        assert b" 413 " in caller.recv(65536)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-encoding": "gzip"}, 415),
        ({"content-type": "text/plain"}, 200),
        ({"content-type": "application/x-www-form-urlencoded"}, 200),
        ({"content-type": "application/json; charset=\xff"}, 200),
        ({"content-length": "0"}, 422),
    ],
)
def test_headers(server: Running, headers: dict[str, str], status: int) -> None:
    assert raw(server, trip(), **headers)[0] == status


@pytest.mark.parametrize("path", ["/nope", "/predict/", "/" + MARK, "//x/", "/docs", "/%ff%00"])
def test_unknown_paths_are_404_and_not_repeated(server: Running, path: str) -> None:
    status, document = server.request("GET", path, headers={"host": MARK})
    assert status == 404
    assert "POST /predict" in document["error"]["message"]
    assert MARK not in json.dumps(document)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_405(server: Running, method: str) -> None:
    assert server.request(method, "/predict")[0] == 405


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(st.characters(exclude_categories=()), max_size=20)
    | st.sampled_from(["Queens", "2019-03-25T08:30:00", "2019-03-25T08:30:00Z", 1, 2.5])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=()), max_size=8), inner, max_size=4
        )
    ),
    max_leaves=12,
)
NAMES = (
    "pickup distance borough passengers note moment either day card colour place weights tags "
    "anything other"
)
FIELDS = st.sampled_from(NAMES.split())
TRIPS = st.dictionaries(FIELDS, JSON, max_size=6).map(lambda changes: {**TRIP, **changes})
BODIES = (
    st.one_of(JSON, TRIPS, st.lists(TRIPS, max_size=4)).map(lambda d: json.dumps(d).encode())
    | st.one_of(TRIPS).map(
        lambda d: json.dumps(d, ensure_ascii=False).encode("utf-8", "surrogatepass")
    )
    | st.binary(max_size=200)
)


@settings(max_examples=600, deadline=None)
@given(BODIES)
def test_no_body_whatever_is_a_500(server: Running, body: bytes) -> None:
    status, document = raw(server, body)
    assert status in (200, 422), document
    if status == 422:
        for problem in document["error"]["problems"]:
            assert problem["field"]
            assert problem["problem"]
            assert problem["allowed"]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_whatever_hurt_the_server(server: Running, data: bytes, http11: bool) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as caller:
        caller.sendall((b"POST /predict HTTP/1.1\r\nhost: x\r\n" if http11 else b"") + data)
        caller.shutdown(socket.SHUT_WR)
        answer = b""
        while part := caller.recv(65536):
            answer += part
    assert b" 500 " not in answer.split(b"\r\n")[0]


def test_the_server_lived_through_all_of_it(server: Running) -> None:
    assert server.predict(TRIP)[0] == 200
    log = Path(server.log).read_text()
    assert "Traceback" not in log
    assert "request failed" not in log
