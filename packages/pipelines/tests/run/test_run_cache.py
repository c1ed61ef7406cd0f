"""What is made again, and what comes from the cache."""

from __future__ import annotations

import os

import pytest
from fabrica.storage import open_store

from fabrica.pipelines import _run_cache as cache
from fabrica.pipelines._project import pins

SOURCE = """
    import sys
    from pathlib import Path
    from fabrica.pipelines import step

    FACTOR = 2

    def scale(number):
        return number * FACTOR

    @step("rows", reads=["data/rows.txt"])
    def load(n: int = 3) -> list:
        return [int(line) for line in Path("data/rows.txt").read_text().split()][:n]

    @step("doubled")
    def double(rows: list) -> list:
        return [scale(row) for row in rows]

    @step("total")
    def add(doubled: list, offset: int = 0) -> int:
        return sum(doubled) + offset
"""


@pytest.fixture
def rows(project):
    project.write(SOURCE)
    project.file("data/rows.txt", "1 2 3 4\n")
    assert project.run().counts == {"done": 3}
    return project


def test_nothing_changed(rows):
    ran = rows.run()
    assert ran.counts == {"cached": 3}
    manifest = rows.manifests(ran.events[0]["run"])["add/_/1"]
    assert manifest["outcome"] == "cached"
    assert manifest["from"] == {"run": rows.runs()[0], "step": "add", "value": None}
    assert rows.load(manifest, "total") == 12


def test_a_parameter_concerns_the_steps_that_take_it(rows):
    ran = rows.run("--set", "offset=5")
    assert ran.counts == {"cached": 2, "done": 1}
    assert ran.outcomes("add") == {None: "done"}


def test_a_default_that_is_given_is_the_same_key(rows):
    assert rows.run("--set", "offset=0").counts == {"cached": 3}


def test_a_function_that_a_step_reaches(rows):
    rows.write(SOURCE.replace("FACTOR = 2", "FACTOR = 3"))
    ran = rows.run()
    assert (ran.outcomes("load"), ran.outcomes("double")) == ({None: "cached"}, {None: "done"})


def test_equal_products_stop_the_change(rows):
    rows.write(SOURCE.replace("number * FACTOR", "FACTOR * number"))
    ran = rows.run()
    assert ran.outcomes("double") == {None: "done"}
    assert ran.outcomes("add") == {None: "cached"}


def test_comments_and_layout_do_not_count(rows):
    rows.write(SOURCE.replace("FACTOR = 2", "# twice\n    FACTOR  =  2"))
    assert rows.run().counts == {"cached": 3}


def test_a_file_that_is_read(rows):
    rows.file("data/rows.txt", "1 2 3 5\n")
    ran = rows.run()
    assert ran.outcomes("load") == {None: "done"}
    assert ran.outcomes("add") == {None: "cached"}
    rows.file("data/rows.txt", "7 2 3 5\n")
    assert rows.run().counts == {"done": 3}


def test_a_file_that_is_missing(rows):
    (rows.root / "data/rows.txt").unlink()
    ran = rows.run()
    assert ran.code == 1
    assert "train.py:11: step `load` reads data/rows.txt, and it is not there" in ran.err
    assert ran.counts == {"failed": 1, "blocked": 2}


def test_the_lock_counts_by_name_version_and_marker(rows):
    rows.file("requirements.txt", "# a comment\npandas==2.2.3 \\\n    --hash=sha256:99\n")
    assert rows.run().counts == {"cached": 3}
    rows.file("requirements.txt", "pandas==2.2.4 --hash=sha256:00\n")
    assert rows.run().counts == {"done": 3}


def test_pins_of_a_lock():
    hashes = "\\\n    --hash=sha256:1 \\\n    --hash=sha256:2"
    lock = f"b==2 ; python_version > '3.9' {hashes}\n    # via a\na==1\n"
    assert pins(lock) == ["a==1", "b==2 ; python_version > '3.9'"]


def test_no_cache_makes_everything_again(rows):
    assert rows.run("--no-cache").counts == {"done": 3}


def test_cached_steps_import_no_user_code(rows):
    rows.write(SOURCE.replace("FACTOR = 2", "FACTOR = 2\n    sys.stderr.write('IMPORTED\\n')"))
    assert "IMPORTED" in rows.run().err
    ran = rows.run()
    assert ran.counts == {"cached": 3}
    assert "IMPORTED" not in ran.err


def test_a_method_of_an_object_that_a_step_receives(project):
    source = """
        from bikes.models import Base, Steep
        from fabrica.pipelines import step

        @step("model", reads=["rows.txt"])
        def fit() -> Base:
            return Steep()

        @step("forecast")
        def forecast(model: Base) -> float:
            return model.predict(2)
    """
    models = "class Base:\n    pass\n\nclass Steep(Base):\n    def predict(self, x):\n"
    project.write(source)
    project.file("rows.txt")
    project.file("src/bikes/models.py", f"{models}        return 10.0 * x\n")
    assert project.run().counts == {"done": 2}
    project.file("src/bikes/models.py", f"{models}        return 110.0 * x\n")
    ran = project.run()
    assert ran.outcomes("forecast") == {None: "done"}
    manifest = project.manifests(ran.ended["run"])["forecast/_/1"]
    assert project.load(manifest, "forecast") == 220.0


def test_a_step_without_a_source_that_is_known_runs_every_time(project):
    project.write("""
        from fabrica.pipelines import step

        @step("rows")
        def query() -> list:
            return [1, 2]

        @step("total")
        def add(rows: list) -> int:
            return sum(rows)

        @step(cache=False)
        def tell(total: int) -> None:
            print(total)
    """)
    assert project.run().counts == {"done": 3}
    ran = project.run()
    assert ran.counts == {"done": 2, "cached": 1}
    assert ran.outcomes("add") == {None: "cached"}


def test_folders_and_patterns_of_reads(project):
    source = """
        from pathlib import Path
        from fabrica.pipelines import step

        @step("rows", reads=["data", "more/*.txt"])
        def load() -> list:
            return sorted(p.read_text() for f in ("data", "more") for p in Path(f).glob("**/*.txt"))
    """
    project.write(source)
    project.file("data/deep/a.txt", "a")
    project.file("more/b.txt", "b")
    assert project.run().counts == {"done": 1}
    assert project.run().counts == {"cached": 1}
    project.file("data/deep/a.txt", "A")
    assert project.run().counts == {"done": 1}
    project.file("more/c.txt", "c")
    assert project.run().counts == {"done": 1}


def test_a_file_whose_name_is_no_utf_8(rows):
    rows.write(SOURCE.replace("data/rows.txt", "data", 1))
    name = os.fsencode(rows.root / "data") + b"/\xff.txt"
    with open(name, "wb") as file:
        file.write(b"1")
    assert rows.run().outcomes("load") == {None: "done"}
    assert rows.run().counts == {"cached": 3}
    with open(name, "wb") as file:
        file.write(b"2")
    assert rows.run().outcomes("load") == {None: "done"}


def test_a_blob_that_is_gone_is_made_again(rows):
    product = rows.manifests()["double/_/1"]["products"]["doubled"]
    os.unlink(rows.root / ".fabrica/store/cas" / product["digest"])
    ran = rows.run()
    assert ran.outcomes("double") == {None: "done"}
    assert ran.outcomes("add") == {None: "cached"}
    assert rows.run().counts == {"cached": 3}


def test_a_damaged_artifact_is_named_and_never_used(rows):
    product = rows.manifests()["double/_/1"]["products"]["doubled"]
    blob = rows.root / ".fabrica/store/cas" / product["digest"]
    blob.chmod(0o644)
    blob.write_bytes(b"[9,9,9]")
    ran = rows.run("--set", "offset=1")
    assert ran.code == 1
    assert ran.outcomes("add") == {None: "failed"}
    assert product["digest"] in ran.err
    assert "run the pipeline again" in ran.err
    assert "Traceback" not in ran.err
    blob.unlink()
    assert rows.run("--set", "offset=1").counts == {"cached": 1, "done": 2}


def test_a_damaged_entry_is_never_used(rows):
    key = rows.manifests()["double/_/1"]["key"]
    entry = rows.root / f".fabrica/store/cache/{key}.json"
    entry.chmod(0o644)
    entry.write_text('{"products": {"dou')
    assert rows.run().outcomes("double") == {None: "done"}
    assert rows.run().counts == {"cached": 3}


def test_who_loses_the_race_for_a_key_adopts_the_winner(tmp_path):
    store = open_store(str(tmp_path))
    first, second = ({"a": {"digest": store.put(text)}} for text in (b"1", b"2"))
    assert cache.publish(store, "k", first, {"run": "one", "skipped": None})["products"] == first
    assert cache.publish(store, "k", second, {"run": "two", "skipped": None})["products"] == first
    assert (cache.find(store, "k") or {})["run"] == "one"


def test_an_entry_without_its_blobs_gives_way(tmp_path):
    store = open_store(str(tmp_path))
    gone, there = {"a": {"digest": "0" * 64}}, {"a": {"digest": store.put(b"2")}}
    cache.publish(store, "k", gone, {"run": "one", "skipped": None})
    assert cache.find(store, "k") is None
    assert cache.publish(store, "k", there, {"run": "two", "skipped": None})["run"] == "two"
    assert (cache.find(store, "k") or {})["products"] == there
