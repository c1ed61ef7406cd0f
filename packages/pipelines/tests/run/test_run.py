"""A run as a whole: order, manifests, events, logs, exit codes."""

from __future__ import annotations

import re

CHAIN = """
    from fabrica.pipelines import step

    @step("rows")
    def load(n: int = 3) -> list:
        print("loading", n)
        return [(i, i * i) for i in range(n)]

    @step("total")
    def add(rows: list) -> int:
        assert isinstance(rows[0], list), "a tuple comes back from the store as a list"
        return sum(b for a, b in rows)
"""


def test_steps_run_in_order_and_end_well(project):
    project.write(CHAIN)
    ran = project.run()
    assert ran.code == 0, ran.err
    assert [e["event"] for e in ran.events] == [
        "run-started",
        "step-started",
        "step-ended",
        "step-started",
        "step-ended",
        "run-ended",
    ]
    assert all(event["schema"] == 1 for event in ran.events)
    assert ran.counts == {"done": 2}
    assert project.load(project.manifests()["add/_/1"], "total") == 5


def test_the_manifest_of_a_step_says_everything(project):
    project.write(CHAIN)
    project.run("--set", "n=4")
    manifests = project.manifests()
    load, add = manifests["load/_/1"], manifests["add/_/1"]
    assert set(load) == {
        "schema", "run", "step", "value", "attempt", "key", "keyParts", "inputs", "parameters",
        "products", "outcome", "from", "reason", "error", "seed", "threads", "started", "seconds",
        "cpuSeconds", "peakBytes", "gpus", "reserved", "log",
    }  # fmt: skip
    assert load["parameters"] == {"n": 4}
    assert load["outcome"] == "done"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", load["started"])
    assert load["seed"] == int(load["key"][:8], 16)
    assert add["inputs"] == {"rows": load["products"]["rows"]["digest"]}
    assert project.store.get(load["log"]) == b"loading 4\n"
    assert add["log"] is None


def test_the_document_of_a_run(project):
    project.write(CHAIN)
    project.run("--set", "n=4", FABRICA_ENVIRONMENT="staging", FABRICA_TRIGGER="schedule:nightly")
    run = project.store.read(f"runs/bikes/{project.runs()[0]}/run.json")
    assert run["schema"] == 1
    assert run["parameters"] == {"n": 4}
    assert run["environment"] == "staging"
    assert run["trigger"] == {"kind": "schedule", "by": "nightly"}
    assert run["git"] == {"commit": None, "dirty": None, "diff": None, "untracked": None}
    assert run["champions"] == {} and run["each"] is None
    assert b'"pipeline":"train"' in project.store.get(run["plan"])


def test_the_end_of_a_run(project):
    project.write(CHAIN)
    project.run()
    end = project.store.read(f"runs/bikes/{project.runs()[0]}/end/1.json")
    assert end["outcome"] == "succeeded"
    assert end["counts"]["done"] == 2
    assert end["verdicts"] == []


def test_people_read_stderr_and_nothing_is_on_stdout(project):
    project.write(CHAIN)
    ran = project.call("run", "train")
    assert ran.code == 0
    assert ran.out == ""
    assert "load _ " not in ran.err
    assert "load | loading 3" in ran.err
    assert re.search(r"done +load +\d", ran.err)
    assert re.search(r"succeeded in .* s: 2 done", ran.err)
    assert "\x1b" not in ran.err


def test_the_only_pipeline_needs_no_name(project):
    project.write(CHAIN, name="nightly")
    assert project.call("run").code == 0
    project.write(CHAIN, name="weekly")
    ran = project.call("run")
    assert ran.code == 2
    assert "several pipelines: nightly, weekly" in ran.err
    project.write(CHAIN, name="train")
    assert project.call("run").code == 0


def test_an_unknown_pipeline_is_a_wrong_input(project):
    project.write(CHAIN)
    ran = project.call("run", "trian")
    assert ran.code == 2
    assert "train" in ran.err and "Traceback" not in ran.err


def test_a_plan_that_fails_is_a_wrong_input(project):
    project.write(
        "from fabrica.pipelines import step\n\n@step('a')\ndef f(trip: list, b) -> int: ...\n"
    )
    ran = project.call("run", "train")
    assert ran.code == 2
    assert "src/bikes/pipelines/train.py:4" in ran.err
    assert ran.out == ""


def test_the_plan_as_json(project):
    project.write(CHAIN)
    first, second = project.call("plan", "train"), project.call("plan", "train")
    assert first.code == 0
    assert first.out == second.out
    assert first.events[0]["steps"][0]["name"] == "load"


def test_list(project):
    project.write(CHAIN)
    assert project.call("list").out == "train  src/bikes/pipelines/train.py\n"
    assert "rows → total" in project.call("list", "train").out
    assert project.call("list", "--json").events == [
        {"schema": 1, "pipelines": {"train": "src/bikes/pipelines/train.py"}}
    ]


def test_a_store_that_cannot_be_written_is_named(project):
    project.write(CHAIN)
    blocked = project.file("blocked")
    ran = project.run(FABRICA_STORE=str(blocked / "store"))
    assert ran.code == 2
    assert "blocked" in ran.err and "Traceback" not in ran.err


def test_c_level_output_is_in_the_log_too(project):
    project.write("""
        import os
        import subprocess
        from fabrica.pipelines import step

        @step("a")
        def make() -> int:
            os.write(1, b"from C\\n")
            subprocess.run(["echo", "from a child"], check=True)
            print("from Python", flush=True)
            return 1
    """)
    ran = project.run()
    log = project.store.get(project.manifests()["make/_/1"]["log"]).decode()
    assert log.splitlines() == ["from C", "from a child", "from Python"]
    assert len(ran.events) == 4


def commit_all(folder) -> None:
    import subprocess

    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for arguments in (["init", "-q", "."], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_the_commit_and_what_differs_from_it(project):
    project.write(CHAIN)
    project.file(".gitignore", ".fabrica\n__pycache__\n")
    commit_all(project.root)
    project.run()
    clean = project.store.read(f"runs/bikes/{project.runs()[0]}/run.json")["git"]
    assert len(clean["commit"]) == 40 and clean["dirty"] is False and clean["diff"] is None
    assert clean["untracked"] == {}
    project.write(CHAIN.replace("n: int = 3", "n: int = 5"))
    second = project.run().events[0]["run"]
    dirty = project.store.read(f"runs/bikes/{second}/run.json")["git"]
    assert dirty["commit"] == clean["commit"] and dirty["dirty"] is True
    assert b"+def load(n: int = 5)" in project.store.get(dirty["diff"])


def test_files_that_git_does_not_know_are_recorded(project):
    project.write(CHAIN)
    project.file(".gitignore", "*.log\n")
    commit_all(project.root.parent)
    project.file("src/bikes/new \u00fc.py", "X = 1\n")
    project.file("data/more.txt", "1 2 3\n")
    project.file("noise.log", "ignored")
    project.file("data/large.bin").write_bytes(bytes(20_000_001))
    project.run()
    git = project.store.read(f"runs/bikes/{project.runs()[0]}/run.json")["git"]
    assert git["dirty"] is True and git["diff"] is None
    files = git["untracked"]
    assert sorted(files) == ["data/large.bin", "data/more.txt", "src/bikes/new \u00fc.py"]
    code = files["src/bikes/new \u00fc.py"]
    assert code["bytes"] == 6 and project.store.get(code["digest"]) == b"X = 1\n", "code is kept"
    digest = files["data/more.txt"]["digest"]
    assert len(digest) == 64 and not project.store.has(digest), "of the rest, what it was"
    assert files["data/large.bin"] == {"bytes": 20_000_001, "digest": None}


def test_ids_of_runs_sort_by_time():
    from fabrica.pipelines._manifests import new_run_id, timestamp

    ids = [new_run_id() for _ in range(200)]
    assert [i[:22] for i in ids] == sorted(i[:22] for i in ids)
    assert len(set(ids)) == 200
    assert timestamp(1.9996) == "1970-01-01T00:00:01.999Z"
