import io
import json
import logging
import sys
import threading
import warnings

import pytest

from fabrica.logging import SettingError, bound, configure, get_logger
from fabrica.logging._output import HouseHandler
from fabrica.logging.testing import captured


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Written:
    """What was written to standard error so far."""

    def __init__(self, capsys):
        self._capsys = capsys
        self._text = ""

    def getvalue(self):
        self._text += self._capsys.readouterr().err
        return self._text


@pytest.fixture
def stderr(capsys):
    return Written(capsys)


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_its_fields_in_order(stderr):
    with bound(value="Queens", step="model", run="r1", project="trip-duration"):
        get_logger("trips").info("trained", rows=3)
    (line,) = lines(stderr)
    assert list(line) == [
        *("timestamp", "level", "message", "logger", "project", "run", "step", "value", "rows")
    ]
    assert line["timestamp"].endswith("Z")
    assert len(line["timestamp"]) == len("2026-11-21T02:53:30.626Z")
    assert (line["level"], line["message"], line["logger"]) == ("info", "trained", "trips")


def test_a_message_cannot_forge_a_line(stderr):
    get_logger().info('ok\n{"level":"error"}')
    assert len(stderr.getvalue().splitlines()) == 1


def test_a_field_cannot_take_the_name_of_ours(stderr):
    get_logger().info("done", message="other", level=3, timestamp="now")
    (line,) = lines(stderr)
    assert (line["message"], line["message_"], line["level_"]) == ("done", "other", 3)


def test_error_is_always_an_object(stderr):
    log = get_logger()
    log.error("failed", error="no such zone")
    log.error("failed", error=ValueError("no such zone"))
    log.error("failed", exc_info=ValueError("no such zone"))
    text, raised, info = (line["error"] for line in lines(stderr))
    assert text == {"message": "no such zone"}
    assert raised == info == {"type": "ValueError", "message": "no such zone", "frames": []}


def test_levels_below_the_one_that_is_set_are_not_written(stderr, monkeypatch):
    monkeypatch.setenv("FABRICA_LOG_LEVEL", "WARNING")
    log = get_logger("trips")
    log.info("no")
    logging.getLogger("lib").info("no")
    log.warning("yes")
    logging.getLogger("lib").warning("yes")
    assert [line["message"] for line in lines(stderr)] == ["yes", "yes"]


def test_a_logger_that_exists_obeys_a_later_configure(stderr):
    log = get_logger("trips")
    log.debug("no")
    configure(level="debug")
    log.debug("yes")
    configure(level="error")
    log.warning("no")
    assert [line["message"] for line in lines(stderr)] == ["yes"]


def test_standard_error_is_looked_up_for_each_line(stderr, monkeypatch):
    log = get_logger()
    log.info("one")
    other = io.StringIO()
    monkeypatch.setattr(sys, "stderr", other)
    log.info("two")
    assert "one" in stderr.getvalue()
    assert "two" in other.getvalue()


def test_records_of_the_standard_library_become_the_same_lines(stderr):
    configure()
    with bound(step="model"):
        logging.getLogger("lib").warning("%d rows", 3, extra={"zone": "JFK"})
    (line,) = lines(stderr)
    assert line["message"] == "3 rows"
    assert (line["logger"], line["step"], line["zone"]) == ("lib", "model", "JFK")
    assert set(line) == {"timestamp", "level", "message", "logger", "step", "zone"}


def test_a_record_whose_arguments_do_not_fit_is_shown(stderr):
    configure()
    record = logging.makeLogRecord({"msg": "%d rows", "args": ("three",), "name": "lib"})
    HouseHandler().handle(record)
    assert "%d rows" in lines(stderr)[0]["message"]


def test_warnings_are_lines(stderr):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        configure()
        warnings.warn("careful", stacklevel=1)
    (line,) = lines(stderr)
    assert line["logger"] == "py.warnings"
    assert "UserWarning: careful" in line["message"]


def test_configure_is_idempotent_and_replaces_basic_config(stderr):
    root = logging.getLogger()
    basic = logging.StreamHandler()
    other = logging.NullHandler()
    root.addHandler(basic)
    root.addHandler(other)
    try:
        configure()
        configure()
        assert basic not in root.handlers
        assert other in root.handlers
        assert sum(isinstance(handler, HouseHandler) for handler in root.handlers) == 1
    finally:
        root.removeHandler(other)


@pytest.mark.parametrize(
    ("variable", "value"), [("FABRICA_LOG_LEVEL", "loud"), ("FABRICA_LOG_FORMAT", "xml")]
)
def test_a_wrong_setting_names_the_variable_and_the_way_out(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingError, match=f"{variable} is '{value}'") as caught:
        get_logger()
    assert "use one of" in str(caught.value.hint)


def test_a_wrong_argument_is_named():
    with pytest.raises(SettingError, match="level='loud'"):
        configure(level="loud")


def test_people_at_a_terminal_get_readable_lines(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    with bound(project="p", run="r1", step="model"):
        get_logger("trips").info("trained", rows=3)
        try:
            raise ValueError("bad") from KeyError("zone")
        except ValueError:
            get_logger("trips").exception("failed")
    text = terminal.getvalue()
    assert "trained" in text
    assert "rows=3" in text
    assert "step=model" in text
    assert "run=r1" not in text
    assert "\x1b" not in text
    assert text.index("KeyError: 'zone'") < text.index("ValueError: bad")


def test_colours_are_for_terminals_only(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    log = get_logger()
    log.info("one")
    assert "\x1b[" in terminal.getvalue()
    caught = io.StringIO()
    monkeypatch.setattr(sys, "stderr", caught)
    log.info("two")
    assert "two" in caught.getvalue()
    assert "\x1b[" not in caught.getvalue()


def test_logged_text_cannot_drive_the_terminal(stderr):
    configure(format="console")
    get_logger().info("\x1b]0;title\x07", field="\x1b[2J")
    assert "\x1b" not in stderr.getvalue()


@pytest.mark.parametrize("error", [BrokenPipeError(), ValueError("closed file"), OSError(28, "x")])
def test_a_log_that_cannot_be_written_does_not_end_the_program(monkeypatch, error):
    class Broken(io.StringIO):
        def write(self, text):
            raise error

    monkeypatch.setattr(sys, "stderr", Broken())
    get_logger().info("lost")


def test_without_standard_error_nothing_happens(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    get_logger().info("lost")


def test_lines_of_many_threads_stay_whole(stderr):
    log = get_logger()

    def work(name):
        for number in range(50):
            log.info("x" * 200, worker=name, number=number)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({(line["worker"], line["number"]) for line in lines(stderr)}) == 400


def test_an_uncaught_exception_is_one_line_of_json(stderr):
    configure(format="json")
    sys.excepthook(ValueError, ValueError("bad"), None)
    (line,) = lines(stderr)
    assert (line["level"], line["message"]) == ("critical", "uncaught exception")
    assert line["error"]["type"] == "ValueError"


def test_captured_collects_and_then_stops(stderr):
    log = get_logger()
    with captured() as collected:
        log.debug("inside", token="abc")
    log.info("outside")
    assert [line["message"] for line in collected] == ["inside"]
    assert collected[0]["token"] == "***"
    assert [line["message"] for line in lines(stderr)] == ["outside"]


def test_ids_that_libraries_bind_with_structlog_are_shown():
    import structlog

    with captured() as collected, structlog.contextvars.bound_contextvars(batch=7):
        get_logger().info("done")
    assert collected[0]["batch"] == 7
