"""Steps at once, in processes of their own, and byte-identical however they are run."""

from __future__ import annotations

import pytest

MEETING = """
    import os
    import time
    from pathlib import Path
    from fabrica.pipelines import step

    each = {"side": ["left", "right"]}

    @step("met")
    def meet(side: str) -> int:
        other = {"left": "right", "right": "left"}[side]
        Path(f".fabrica/{side}").touch()
        until = time.monotonic() + 30
        while not Path(f".fabrica/{other}").exists():
            assert time.monotonic() < until, "nobody runs beside me"
            time.sleep(0.01)
        print("here", side)
        return os.getpid()
"""


def test_independent_steps_run_at_once(project):
    project.write(MEETING)
    ran = project.run("--jobs", "2")
    assert ran.code == 0, ran.err
    manifests = project.manifests()
    pids = {project.load(manifests[f"meet/{side}/1"], "met") for side in ("left", "right")}
    assert len(pids) == 2
    for side in ("left", "right"):
        assert project.store.get(manifests[f"meet/{side}/1"]["log"]) == f"here {side}\n".encode()
        assert f"meet {side} | here {side}" in ran.err


PIDS = """
    import os
    from fabrica.pipelines import step

    @step("a")
    def one() -> int:
        return os.getpid()

    @step("b")
    def two(a: int) -> list:
        return [a, os.getpid()]
"""


@pytest.mark.parametrize(
    ("options", "same"), [((), True), (("--isolate",), False), (("--jobs", "2"), True)]
)
def test_processes(project, options, same):
    project.write(PIDS)
    assert project.run(*options).code == 0
    first, second = project.load(project.manifests()["two/_/1"], "b")
    assert (first == second) is same


NUMBERS = """
    import random
    from fabrica.pipelines import step

    each = {"part": ["a", "b", "c"]}

    @step("draws")
    def draw(part: str) -> list:
        import numpy as np
        words = {f"word {i}" for i in range(20)}
        return [random.random(), float(np.random.rand()), list(words)]

    @step("frame")
    def frame(draws: list) -> "pd.DataFrame":
        import pandas as pd
        return pd.DataFrame({"x": draws[2], "y": random.random()})
"""


def test_products_are_the_same_bytes_however_they_are_run(project):
    project.write(
        "import pandas as pd\n"
        + NUMBERS.replace("\n    ", "\n").replace('"pd.DataFrame"', "pd.DataFrame")
    )
    found = []
    for options in ((), ("--jobs", "2"), ("--isolate",)):
        ran = project.run("--no-cache", *options)
        assert ran.code == 0, ran.err
        found.append(
            {
                name: [p["digest"] for p in manifest["products"].values()]
                for name, manifest in project.manifests(ran.ended["run"]).items()
            }
        )
    assert found[0] == found[1] == found[2]
    assert len({str(digests) for digests in found[0].values()}) == 6, "values draw other numbers"


def test_a_module_that_loads_later_is_seeded_too(project):
    source = """
        from fabrica.pipelines import step

        @step("draws")
        def draw(n: int = 1) -> list:
            import random
            from numpy import random as numpy_random
            return [random.random(), float(numpy_random.rand())]
    """
    project.write(source)
    made = []
    for _ in range(2):
        run = project.run("--no-cache").ended["run"]
        made.append(project.manifests(run)["draw/_/1"])
    assert made[0]["products"] == made[1]["products"]
    assert made[0]["seed"] == int(made[0]["key"][:8], 16)


def test_the_number_of_threads(project):
    project.write("""
        import os
        from subprocess import check_output
        from fabrica.pipelines import step

        def limit() -> str:
            return check_output(["printenv", "OMP_NUM_THREADS"], text=True).strip()

        @step("one")
        def one() -> list:
            return [limit(), os.getpid()]

        @step("two", cpu=2)
        def two() -> list:
            return [limit(), os.getpid()]
    """)
    assert project.run().code == 0
    manifests = project.manifests()
    one, two = project.load(manifests["one/_/1"], "one"), project.load(manifests["two/_/1"], "two")
    assert (one[0], two[0]) == ("1", "2")
    assert one[1] != two[1], "libraries read the number once: another number is another process"
    assert (manifests["one/_/1"]["threads"], manifests["two/_/1"]["threads"]) == (1, 2)


def test_scratch_is_empty_and_removed(project):
    project.write("""
        from pathlib import Path
        from fabrica.pipelines import scratch, step

        @step("archive")
        def pack() -> Path:
            file = scratch() / "big.txt"
            file.write_text("x" * 1000)
            return file

        @step("size")
        def measure(archive: Path) -> int:
            return len(archive.read_text())
    """)
    ran = project.run()
    assert ran.code == 0, ran.err
    assert project.load(project.manifests()["measure/_/1"], "size") == 1000
    assert list((project.root / ".fabrica/scratch").iterdir()) == []


def test_streams(project):
    project.write("""
        from collections.abc import Iterator
        import pyarrow as pa
        from fabrica.pipelines import step

        @step("batches")
        def stream() -> Iterator[pa.RecordBatch]:
            for n in range(3):
                print("batch", n)
                yield pa.record_batch({"n": [n, n]})

        @step("rows")
        def count(batches: Iterator[pa.RecordBatch]) -> int:
            return sum(batch.num_rows for batch in batches)
    """)
    ran = project.run()
    assert ran.code == 0, ran.err
    manifests = project.manifests()
    assert project.load(manifests["count/_/1"], "rows") == 6
    assert b"batch 2" in project.store.get(manifests["stream/_/1"]["log"])


def test_steps_with_a_timeout_share_a_worker_beside_the_run(project):
    project.write("""
        import os
        from fabrica.pipelines import step

        @step("zero")
        def zero() -> int:
            return os.getpid()

        @step("a", timeout="1h")
        def one(zero: int) -> list:
            return [zero, os.getpid()]

        @step("b", timeout="1h")
        def two(a: list) -> list:
            return [*a, os.getpid()]
    """)
    assert project.run().code == 0
    pids = project.load(project.manifests()["two/_/1"], "b")
    assert pids[0] != pids[1] and pids[1] == pids[2]


def test_what_prints_outside_of_steps_does_not_reach_the_events(project):
    project.write("""
        import atexit
        import logging
        import sys
        from fabrica.pipelines import step

        logging.basicConfig(stream=sys.stdout, level="INFO")
        atexit.register(logging.info, "goodbye")
        atexit.register(print, "bye")

        @step("a")
        def make() -> int:
            logging.info("inside")
            return 1
    """)
    ran = project.run()
    assert len(ran.events) == 4
    assert "inside" in ran.err and "bye" in ran.err
