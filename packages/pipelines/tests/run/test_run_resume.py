"""Runs that end early: resumed, interrupted, killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

SOURCE = """
    import os
    from pathlib import Path
    from fabrica.pipelines import step

    @step("rows", reads=["rows.txt"])
    def load() -> list:
        return [1, 2]

    @step(cache=False)
    def tell(rows: list) -> None:
        with open("told.txt", "a") as file:
            file.write("told\\n")

    @step("total")
    def add(rows: list) -> int:
        if "BREAK" in os.environ:
            raise OSError("no disk")
        return sum(rows)
"""
SOURCE = SOURCE.replace('if "BREAK" in os.environ', 'if not Path(".fabrica/mended").exists()')


def test_a_run_is_resumed(project):
    project.write(SOURCE)
    project.file("rows.txt")
    first = project.run()
    assert first.code == 1
    assert project.call("run", "train", "--resume", "no-such-run").code == 2
    project.file(".fabrica/mended")
    again = project.run("--resume")
    assert again.code == 0, again.err
    assert again.ended["run"] == first.ended["run"]
    assert again.counts == {"cached": 2, "done": 1}
    assert (project.root / "told.txt").read_text() == "told\n", "a side effect is not repeated"
    assert sorted(project.manifests()) == ["add/_/1", "add/_/2", "load/_/1", "tell/_/1"]
    ends = [project.store.read(f"runs/bikes/{project.runs()[0]}/end/{n}.json") for n in (1, 2)]
    assert [end["outcome"] for end in ends] == ["partial", "succeeded"]


def test_a_run_that_succeeded_is_not_resumed(project):
    project.write(SOURCE)
    project.file("rows.txt")
    project.file(".fabrica/mended")
    project.run()
    ran = project.run("--resume")
    assert ran.code == 2
    assert "nothing to resume" in ran.err


def test_a_run_of_other_code_is_not_resumed(project):
    project.write(SOURCE)
    project.file("rows.txt")
    run = project.run().ended["run"]
    project.write(SOURCE.replace("sum(rows)", "sum(rows) + 1"))
    ran = project.run("--resume", run)
    assert ran.code == 2
    assert "the code of `add` is another now" in ran.err
    assert "run without --resume" in ran.err


MENDABLE = """
    from pathlib import Path
    from fabrica.pipelines import step

    @step("rows", reads=["rows.txt"])
    def load() -> list:
        return Path("rows.txt").read_text().split()

    @step("zones", reads=["zones.txt"])
    def zones() -> list:
        return Path("zones.txt").read_text().split()

    @step(cache=False)
    def tell(zones: list) -> None:
        with open("told.txt", "a") as file:
            file.write("told\\n")

    @step("numbers")
    def convert(rows: list) -> list:
        return [row if row == "x" else int(row) for row in rows]

    @step("total")
    def add(numbers: list, zones: list) -> int:
        return sum(numbers) + len(zones)
"""


def test_a_run_that_failed_on_bad_data_is_resumed_with_mended_data(project):
    project.write(MENDABLE)
    project.file("rows.txt", "1 x")
    project.file("zones.txt", "a b")
    first = project.run()
    assert first.code == 1
    assert first.outcomes("add") == {None: "failed"}
    project.file("rows.txt", "1 2")
    again = project.run("--resume")
    assert again.code == 0, again.err
    assert again.ended["run"] == first.ended["run"]
    assert again.outcomes("load") == again.outcomes("convert") == {None: "done"}
    assert again.outcomes("zones") == {None: "cached"}, "what did not change stands"
    assert (project.root / "told.txt").read_text() == "told\n", "nor is a side effect repeated"
    manifest = project.manifests()["add/_/2"]
    assert project.load(manifest, "total") == 5


def test_data_that_gives_equal_products_changes_nothing_in_a_resumed_run(project):
    project.write(MENDABLE)
    project.file("rows.txt", "1 x")
    project.file("zones.txt", "a b")
    assert project.run().code == 1
    project.file("rows.txt", "1 2")
    project.file("zones.txt", "a  b")
    again = project.run("--resume")
    assert again.outcomes("zones") == {None: "done"}
    assert (project.root / "told.txt").read_text() == "told\n"


def test_data_that_is_gone_fails_a_resumed_run(project):
    project.write(MENDABLE)
    project.file("rows.txt", "1 x")
    project.file("zones.txt", "a b")
    assert project.run().code == 1
    (project.root / "rows.txt").unlink()
    again = project.run("--resume")
    assert again.code == 1
    assert "step `load` reads rows.txt, and it is not there" in again.err


def test_a_run_that_failed_elsewhere_is_resumed_with_what_it_made(project):
    """Another platform changes keys, but a run of the cluster is finished where a person is."""
    project.write(SOURCE)
    project.file("rows.txt")
    first = project.run()
    assert first.code == 1
    project.file(".fabrica/mended")
    script = (
        "import os, sys; os.uname = lambda u=os.uname(): "
        "os.uname_result((*u[:4], 'elsewhere'));"
        "from fabrica.pipelines._cli import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "run", "train", "--json", "--resume"],
        cwd=project.root,
        env=project.environ(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert '"cached": 2' in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_a_resumed_run_made_before_is_not_gathered(project, jobs):
    """A value that has no product with the mended data is absent, as in any other run."""
    project.write("""
        from pathlib import Path
        from fabrica.pipelines import Each, Skip, step

        each = {"part": ["a", "b"]}

        @step("rows", reads=["rows.txt"])
        def load(part: str) -> list:
            rows = [row for row in Path("rows.txt").read_text().split() if row[0] == part]
            if not rows:
                raise Skip(f"no rows of {part}")
            return rows

        @step("length")
        def count(rows: list) -> int:
            return len(rows)

        @step("lengths")
        def gather(length: Each[int]) -> dict:
            if sum(length.values()) > 2:
                raise ValueError("too many")
            return dict(length)
    """)
    project.file("rows.txt", "a1 b1 b2")
    assert project.run().code == 1
    project.file("rows.txt", "b1 b2")
    again = project.run("--resume", "--jobs", jobs)
    assert again.code == 0, again.err
    assert again.outcomes("count") == {"a": "skipped", "b": "cached"}
    assert project.load(project.manifests()["gather/_/2"], "lengths") == {"b": 2}


WAITING = """
    import os
    import time
    from pathlib import Path
    from fabrica.pipelines import step

    @step("a", reads=["rows.txt"])
    def first() -> int:
        return 1

    @step("b")
    def second(a: int) -> int:
        import subprocess
        child = subprocess.Popen(["sleep", "300"])
        Path(".fabrica/pids").write_text(f"{os.getpid()} {child.pid}")
        os.replace(".fabrica/pids", ".fabrica/waiting")
        if not Path(".fabrica/go").exists():
            time.sleep(300)
        child.kill()
        return 2
"""


def wait_for(path, child: subprocess.Popen) -> str:
    until = time.monotonic() + 60
    while not path.exists():
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)
    return path.read_text()


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone(pids: str) -> bool:
    until = time.monotonic() + 20
    while any(is_alive(int(pid)) for pid in pids.split()):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def interrupt(project, number: int, *arguments: str):
    project.write(WAITING)
    project.file("rows.txt")
    child = project.start("run", "train", "--json", *arguments)
    pids = wait_for(project.root / ".fabrica/waiting", child)
    # Ctrl-C reaches the whole foreground group; SIGTERM the process alone.
    (os.killpg if number == signal.SIGINT else os.kill)(child.pid, number)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    return pids, out, err


def check_cancelled(project, out: str):
    assert '"outcome": "cancelled"' in out.splitlines()[-1]
    manifests = project.manifests()
    assert manifests["first/_/1"]["outcome"] == "done"
    assert manifests["second/_/1"]["outcome"] == "cancelled"
    end = project.store.read(f"runs/bikes/{project.runs()[0]}/end/1.json")
    assert end["outcome"] == "cancelled"
    project.file(".fabrica/go")
    again = project.run("--resume")
    assert again.code == 0
    assert again.counts == {"cached": 1, "done": 1}


def test_ctrl_c(project):
    pids, out, _ = interrupt(project, signal.SIGINT)
    assert gone(pids)
    check_cancelled(project, out)


def test_ctrl_c_ends_isolated_steps_and_their_children(project):
    pids, out, _ = interrupt(project, signal.SIGINT, "--isolate")
    assert gone(pids)
    check_cancelled(project, out)


def test_sigterm_ends_workers_and_their_children(project):
    pids, out, _ = interrupt(project, signal.SIGTERM, "--jobs", "2")
    assert gone(pids)
    check_cancelled(project, out)


def test_killing_the_run_ends_its_workers(project):
    project.write(WAITING)
    project.file("rows.txt")
    child = project.start("run", "train", "--json", "--isolate")
    pids = wait_for(project.root / ".fabrica/waiting", child)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert gone(pids)
    project.file(".fabrica/go")
    assert project.run().counts == {"cached": 1, "done": 1}


@pytest.mark.parametrize("options", [(), ("--isolate",), ("--jobs", "2")])
def test_a_run_that_was_killed_is_resumed(project, options):
    project.write(WAITING)
    project.file("rows.txt")
    child = project.start("run", "train", "--json", *options)
    pids = wait_for(project.root / ".fabrica/waiting", child)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    if options:
        assert gone(pids)
    else:  # nobody is left to end what the step had started in the run's own process
        os.kill(int(pids.split()[1]), signal.SIGKILL)
    (run,) = project.runs()
    assert not project.store.names(f"runs/bikes/{run}/end")
    project.file(".fabrica/go")
    ran = project.run("--resume", *options)
    assert ran.code == 0, ran.err
    assert ran.ended["run"] == run
    assert ran.counts == {"cached": 1, "done": 1}
    manifests = project.manifests(run)
    assert manifests["first/_/1"]["outcome"] == "done"
    assert project.load(manifests["second/_/1"], "b") == 2
    assert project.store.read(f"runs/bikes/{run}/end/1.json")["outcome"] == "succeeded"
    assert project.run("--resume").code == 2, "it has succeeded: there is nothing to resume"


KILLED = """
    from fabrica.pipelines import step

    each = {"part": ["a", "b", "c", "d"]}

    @step("rows", reads=["rows.txt"])
    def load(part: str) -> list:
        return [part] * 20_000

    @step("upper")
    def upper(rows: list) -> list:
        return [row.upper() for row in rows]

    @step("count")
    def count(upper: list) -> int:
        return len(upper)
"""


def test_kill_at_any_moment(project):
    """Whatever a killed run left behind is whole, and the next run completes it."""
    project.write(KILLED)
    chance = random.Random(7)
    for turn in range(12):
        project.file("rows.txt", str(turn // 3))  # from time to time everything is made anew
        child = project.start("run", "train", "--json", *(["--jobs", "2"] if turn % 4 == 3 else []))
        try:
            child.communicate(timeout=chance.uniform(0.05, 0.45))
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            child.communicate()
    store = project.store
    for name in store.names(""):
        if name.startswith("cas/"):
            store.get(name.removeprefix("cas/"))
        elif name.endswith(".json"):
            store.read(name)
    ran = project.run()
    assert ran.code == 0, ran.err
    assert sum(ran.counts.values()) == 12
    assert project.run().counts == {"cached": 12}
