import pytest

from fabrica.logging import bound, get_logger
from fabrica.logging._trace import parse_traceparent
from fabrica.logging.testing import captured

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
HEADER = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize("header", [HEADER, f" {HEADER} ", f"cc-{TRACE}-{SPAN}-01-more"])
def test_a_valid_header_is_read(header):
    assert parse_traceparent(header) == {"trace_id": TRACE, "span_id": SPAN}


@pytest.mark.parametrize(
    "header",
    [
        *(None, 3, "", "00-x", HEADER.upper(), f"ff-{TRACE}-{SPAN}-01"),
        *(f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01"),
    ],
)
def test_an_invalid_header_counts_as_none(header):
    assert parse_traceparent(header) == {}


def logged():
    with captured() as lines:
        get_logger().info("done")
    return lines[0]


def test_a_bound_header_is_shown_as_ids():
    with bound(traceparent=HEADER):
        line = logged()
    assert (line["trace_id"], line["span_id"]) == (TRACE, SPAN)
    assert "traceparent" not in line


def test_the_environment_hands_down_a_trace(monkeypatch):
    monkeypatch.setenv("TRACEPARENT", HEADER)
    assert logged()["trace_id"] == TRACE


def test_without_a_trace_there_are_no_ids():
    assert not {"trace_id", "span_id"} & set(logged())


def test_the_current_span_of_opentelemetry_wins():
    from opentelemetry.sdk.trace import TracerProvider

    tracer = TracerProvider().get_tracer("test")
    with bound(traceparent=HEADER), tracer.start_as_current_span("work") as span:
        line = logged()
    assert line["trace_id"] == format(span.get_span_context().trace_id, "032x")
    assert line["span_id"] == format(span.get_span_context().span_id, "016x")
