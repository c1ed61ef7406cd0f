"""What goes wrong in a step is told by its own file and line."""

from __future__ import annotations

import pytest


def run(project, body: str, *arguments: str, **environ: str):
    project.write(body)
    return project.run(*arguments, **environ)


def test_the_users_own_traceback(project):
    ran = run(
        project,
        """
        from fabrica.pipelines import step

        def helper(rows):
            return rows[7]

        @step("a")
        def make() -> int:
            return helper([1])
    """,
    )
    assert ran.code == 1
    assert 'File "src/bikes/pipelines/train.py", line 8, in make' in ran.err
    assert "return helper([1])" in ran.err
    assert "IndexError: list index out of range" in ran.err
    assert "fabrica/pipelines/_" not in ran.err
    error = project.manifests()["make/_/1"]["error"]
    assert error["type"] == "IndexError"
    assert [frame["function"] for frame in error["frames"]] == ["make", "helper"]
    assert "--resume" in project.call("run", "train").err


def test_the_cause_of_an_exception_is_shown(project):
    ran = run(
        project,
        """
        from fabrica.pipelines import step

        @step("a")
        def make() -> int:
            try:
                return {}["zone"]
            except KeyError as error:
                raise LookupError("no such zone") from error
    """,
    )
    assert "KeyError: 'zone'" in ran.err
    assert ran.err.count("Traceback (from your code on):") == 2
    assert "LookupError: no such zone" in ran.err


def test_a_cause_inside_of_a_library_is_not_called_the_users_code(project):
    ran = run(
        project,
        """
        import json
        from fabrica.pipelines import step

        @step("a")
        def make() -> int:
            try:
                json.loads("{")
            except ValueError as error:
                error.__traceback__ = error.__traceback__.tb_next
                raise LookupError("no such zone") from error
    """,
    )
    assert "    Traceback:\n" in ran.err
    assert ran.err.count("Traceback (from your code on):") == 1


def test_an_import_that_fails_points_at_the_project(project):
    ran = run(
        project,
        """
        import no_such_library
        from fabrica.pipelines import step

        @step("a")
        def make() -> int:
            return 1
    """,
    )
    assert ran.code == 1
    assert 'File "src/bikes/pipelines/train.py", line 1' in ran.err
    assert "ModuleNotFoundError: No module named 'no_such_library'" in ran.err


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        ('ValueError("a\\ud800b")', "ValueError: a\\ud800b"),
        ('KeyError("\\ud800")', "KeyError: '\\ud800'"),
        ('Skip("a\\ud800b")', "a\\ud800b"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--isolate",)])
def test_text_that_no_encoding_holds(project, raised, told, options):
    ran = run(
        project,
        f"""
        from fabrica.pipelines import Skip, step

        @step("a")
        def make() -> int:
            print("a\\ud800b")
            raise {raised}

        @step("b")
        def other() -> int:
            return 1
    """,
        *options,
    )
    skipped = raised.startswith("Skip")
    assert ran.outcomes("make") == {None: "skipped" if skipped else "failed"}, ran.err
    assert ran.outcomes("other") == {None: "done"}
    assert told in ran.err
    assert told in project.manifests()["make/_/1"]["reason"]


def test_a_product_that_no_encoding_holds(project):
    ran = run(
        project,
        """
        from fabrica.pipelines import step

        @step("a")
        def make() -> dict:
            return {"name": "\\ud800"}
    """,
    )
    assert ran.outcomes("make") == {None: "failed"}, ran.err
    assert "product `a` of step `make`" in ran.err


def test_a_product_that_does_not_fit_its_hint(project):
    ran = run(
        project,
        """
        from fabrica.pipelines import step

        @step("a")
        def make() -> list:
            return {"not": "a list"}
    """,
    )
    assert ran.code == 1
    assert "train.py:4: product `a` of step `make`: wants list, got dict" in ran.err
    assert "Traceback" not in ran.err


def test_the_wrong_number_of_products(project):
    ran = run(
        project,
        """
        from fabrica.pipelines import step

        @step("a", "b")
        def make() -> tuple[int, int]:
            return 1, 2, 3
    """,
    )
    assert 'names 2 products ("a", "b") and returned 3 values' in ran.err


def test_a_product_that_no_format_fits(project):
    ran = run(
        project,
        """
        from fabrica.pipelines import step

        class Stream:
            def __init__(self):
                self.handle = open(__file__)

        @step("a")
        def make() -> Stream:
            return Stream()
    """,
    )
    assert ran.code == 1
    assert "product `a` of step `make`" in ran.err
    assert "Traceback" not in ran.err


def test_retries_with_back_off(project):
    ran = run(
        project,
        """
        from pathlib import Path
        from fabrica.pipelines import step

        @step("a", retries=3)
        def make() -> int:
            tries = Path(".fabrica/tries")
            n = int(tries.read_text()) + 1 if tries.exists() else 1
            tries.write_text(str(n))
            if n < 3:
                raise OSError(f"attempt {n}")
            return n
    """,
    )
    assert ran.code == 0, ran.err
    retried = [e for e in ran.events if e["event"] == "step-retried"]
    assert [e["delay"] for e in retried] == [0.01, 0.02]
    manifests = project.manifests()
    assert [manifests[f"make/_/{n}"]["outcome"] for n in (1, 2, 3)] == ["failed", "failed", "done"]
    assert ran.counts == {"done": 1}


def test_a_broken_contract_is_not_retried(project):
    ran = run(
        project,
        """
        from fabrica.pipelines import step

        @step("a", retries=3)
        def make() -> list:
            return 1
    """,
    )
    assert [e for e in ran.events if e["event"] == "step-retried"] == []


def test_a_timeout(project):
    ran = run(
        project,
        """
        import time
        from fabrica.pipelines import step

        @step("a", timeout="0.5s")
        def make() -> int:
            print("waiting")
            try:
                time.sleep(60)
            except Exception:
                pass
            return 1
    """,
    )
    assert ran.code == 1
    manifest = project.manifests()["make/_/1"]
    assert manifest["outcome"] == "timeout"
    assert "timeout of 0.5 s" in ran.err
    assert manifest["error"]["frames"][-1]["code"] == "time.sleep(60)"
    assert project.store.get(manifest["log"]) == b"waiting\n"


def test_a_step_that_does_not_hear_its_timeout_is_killed(project):
    ran = run(
        project,
        """
        import signal
        from fabrica.pipelines import step

        @step("a", timeout="0.2s")
        def make() -> int:
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM, signal.SIGTERM])
            signal.pause()
            return 1
    """,
    )
    assert project.manifests()["make/_/1"]["outcome"] == "timeout"
    assert "had to be killed" in ran.err


def test_a_process_that_dies(project):
    ran = run(
        project,
        """
        import os
        import signal
        from fabrica.pipelines import step

        @step("a")
        def make() -> int:
            os.kill(os.getpid(), signal.SIGKILL)
            return 1
    """,
        "--isolate",
    )
    assert ran.code == 1
    assert "was killed by signal 9 (out of memory?)" in ran.err
    assert project.manifests()["make/_/1"]["outcome"] == "failed"


def test_a_step_that_exits_is_a_failure(project):
    ran = run(
        project,
        """
        import sys
        from fabrica.pipelines import step

        @step("a")
        def make() -> int:
            sys.exit(0)
    """,
    )
    assert ran.code == 1
    assert "SystemExit" in ran.err


SECRET = """
    import os
    from fabrica.pipelines import step

    @step(secrets=["SLACK_URL"], cache=False)
    def send() -> None:
        print("posting to", os.environ["SLACK_URL"])
        raise OSError("cannot reach " + os.environ["SLACK_URL"])
"""


def test_a_secret_that_is_missing(project):
    ran = run(project, SECRET)
    assert ran.code == 1
    assert "train.py:5: step `send` needs the environment variable SLACK_URL" in ran.err


def test_a_secret_is_nowhere_in_the_store(project):
    ran = run(project, SECRET, SLACK_URL="https://hooks/s3cr3t")
    assert "cannot reach ***" in ran.err
    for file in (project.root / ".fabrica").rglob("*"):
        assert not file.is_file() or b"s3cr3t" not in file.read_bytes()


SPOKEN = """
    import os
    import sys
    from fabrica.pipelines import Skip, step

    @step("sent", secrets=["SLACK_URL"])
    def send() -> int:
        url = os.environ["SLACK_URL"]
        print("posting to", url)
        print("in pieces:", url[:9], end="", flush=True)
        print(url[9:], "done", flush=True)
        print("errors to", url, file=sys.stderr)
        print("h", end="", flush=True)
        raise Skip(f"nothing to send to {url}")
"""


@pytest.mark.parametrize("options", [(), ("--isolate",), ("--no-cache",)])
def test_a_secret_is_nowhere_in_what_is_shown_or_told(project, options):
    ran = run(project, SPOKEN, *options, SLACK_URL="https://hooks/s3cr3t")
    assert ran.outcomes("send") == {None: "skipped"}
    assert "posting to ***\n" in ran.err
    assert "in pieces: *** done\n" in ran.err
    assert "errors to ***\n" in ran.err
    assert "send | h\n" in ran.err, "what only begins like it is shown in the end"
    assert "nothing to send to ***" in ran.err
    assert project.manifests()["send/_/1"]["reason"] == "nothing to send to ***"
    assert "s3cr3t" not in ran.err + ran.out
    for file in (project.root / ".fabrica").rglob("*"):
        assert not file.is_file() or b"s3cr3t" not in file.read_bytes()


def test_errors_of_equal_text_are_shown_once(project):
    ran = run(
        project,
        """
        from fabrica.pipelines import step

        each = {"borough": ["a", "b", "c"]}

        @step("x")
        def make(borough: str) -> int:
            raise ValueError("no rows")
    """,
    )
    assert ran.err.count("Traceback") == 1
    assert "the same error as make a" in ran.err


READS = """
    import json
    from pathlib import Path
    from fabrica.pipelines import step

    @step("a", reads=["data/known.txt"])
    def make() -> str:
        return Path("data/known.txt").read_text() + read()

    def read():
        %s
"""


def test_a_read_that_is_not_declared(project):
    project.file("data/known.txt", "k")
    project.file("data/other.txt", "o")
    ran = run(project, READS % 'return open("data/other.txt").read()')
    assert ran.code == 1
    assert "step `make` reads data/other.txt, which its reads= does not declare" in ran.err
    assert 'reads=["data/known.txt", "data/other.txt"]' in ran.err
    assert "line 10, in read" in ran.err
    assert "_audit" not in ran.err


def test_an_undeclared_read_cannot_be_swallowed(project):
    project.file("data/known.txt", "k")
    project.file("data/other.txt", "o")
    body = """try:
            return open("data/other.txt").read()
        except Exception:
            return "" """
    assert run(project, READS % body).code == 1


def test_what_a_step_wrote_itself_and_what_is_no_data_may_be_read(project):
    project.file("data/known.txt", "k")
    body = """import bikes.other
        Path("out.txt").write_text("x")
        Path(".fabrica/own.txt").write_text("y")
        own = Path("out.txt").read_text() + Path(".fabrica/own.txt").read_text()
        return own + bikes.other.NAME"""
    project.file("src/bikes/other.py", "NAME = 'n'\n")
    ran = run(project, READS % body)
    assert ran.code == 0, ran.err


def test_readers_that_are_not_python_let_themselves_be_seen(project):
    project.file("data/known.txt", "k")
    project.file("data/other.txt", "o")
    ran = run(project, READS % 'import sys; sys.audit("fabrica.read", "data/other.txt"); return ""')
    assert "reads data/other.txt" in ran.err


def test_a_step_that_runs_every_time_may_read_what_it_likes(project):
    project.file("data/other.txt", "o")
    ran = run(
        project,
        """
        from fabrica.pipelines import step

        @step("a")
        def make() -> str:
            return open("data/other.txt").read()
    """,
    )
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("folder", ["store", "my störe", "."])
def test_the_store_may_be_inside_of_the_project(project, folder):
    project.file("data/known.txt", "k")
    source = """
        from pathlib import Path
        import pandas as pd
        from fabrica.pipelines import step

        @step("frame", reads=["data/known.txt"])
        def make() -> pd.DataFrame:
            return pd.DataFrame({"a": [1]})

        @step("total")
        def add(frame: pd.DataFrame) -> int:
            return int(frame.a.sum())

        @step("other")
        def other(total: int) -> str:
            return Path("data/known.txt").read_text()
    """
    ran = run(project, source, FABRICA_STORE=str(project.root / folder))
    assert ran.outcomes("add") == {None: "done"}, ran.err
    assert ran.outcomes("other") == {None: "failed"}, "the rest of the project is watched"
