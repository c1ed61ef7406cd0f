from fabrica.logging._tracebacks import structured


def fail(text="bad zone"):
    raise ValueError(text)


def caught(function):
    try:
        function()
    except BaseException as error:
        return structured(error)
    raise AssertionError("nothing was raised")


def test_frames_name_file_line_function_and_code():
    found = caught(fail)
    assert (found["type"], found["message"]) == ("ValueError", "bad zone")
    last = found["frames"][-1]
    assert last["file"] == __file__
    assert (last["function"], last["code"]) == ("fail", "raise ValueError(text)")
    assert found["frames"][0]["function"] == "caught"


def test_variables_are_not_recorded():
    def with_secret():
        secret = "hunter2"
        fail(str(len(secret)))

    assert "hunter2" not in str([f for f in caught(with_secret)["frames"] if "code" not in f])


def test_causes_are_followed():
    def explicit():
        try:
            fail()
        except ValueError as error:
            raise RuntimeError("no model") from error

    found = caught(explicit)
    assert found["type"] == "RuntimeError"
    assert found["cause"]["type"] == "ValueError"


def test_what_was_suppressed_stays_out():
    def suppressed():
        try:
            fail()
        except ValueError:
            raise RuntimeError("no model") from None

    assert "cause" not in caught(suppressed)


def test_a_cause_that_leads_back_ends():
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert structured(one)["cause"]["message"] == "two"
    assert "cause" not in structured(one)["cause"]


def test_notes_groups_and_hints_are_kept():
    error = ExceptionGroup("several", [ValueError("one"), KeyError("two")])
    error.add_note("while training")
    error.hint = "try again"  # pyright: ignore[reportAttributeAccessIssue]
    found = structured(error)
    assert found["notes"] == ["while training"]
    assert [member["type"] for member in found["errors"]] == ["ValueError", "KeyError"]
    assert found["hint"] == "try again"


def test_deep_recursion_keeps_the_innermost_frames():
    def deep(n=300):
        if n:
            deep(n - 1)
        fail()

    found = caught(deep)
    assert len(found["frames"]) == 50
    assert found["frames"][-1]["function"] == "fail"


def test_an_exception_that_cannot_be_printed_is_still_named():
    class Broken(Exception):
        def __str__(self):
            raise RuntimeError

    assert structured(Broken())["message"] == "<its __str__ raises RuntimeError>"
