"""The package as a whole: its face, its errors, and what importing it costs."""

from __future__ import annotations

import doctest
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import fabrica.storage
from fabrica.storage import FormatError, StorageError, canonical, decode, encode

HEAVY = {
    "asyncio",
    "dataclasses",
    "fsspec",
    "inspect",
    "numpy",
    "pandas",
    "pathlib",
    "pyarrow",
    "sklearn",
    "tempfile",
    "typing",
    "urllib.parse",
}


def imported(code: str, *arguments: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def setup() -> str:
    source = Path(fabrica.storage.__file__).parents[2]
    return f"sys.path.insert(0, {str(source)!r})\n"


def test_importing_it_is_cheap() -> None:
    before = imported("")
    assert imported(setup() + "import fabrica.storage") & HEAVY <= before


def test_documents_on_a_local_disk_need_nothing_heavy(tmp_path: Path) -> None:
    code = """
from fabrica.storage import encode, open_store
store = open_store(sys.argv[1])
assert store.create(f"runs/p/{encode('Queens')}/1.json", {"a": 1})
assert store.read("runs/p/Queens/1.json") == {"a": 1}
assert store.get(store.put(b"x")) == b"x"
assert store.names("runs") and store.children("runs/p")
"""
    assert imported(setup() + code, str(tmp_path / "store")) & HEAVY <= imported("")


def test_json_products_need_no_dataframes(tmp_path: Path) -> None:
    code = """
from fabrica.storage import formats, open_store
store = open_store(sys.argv[1])
formats.check({}, "dict")
formats.load(store, formats.save(store, {"mae": 4.5}))
assert formats.name_for("pandas.DataFrame") == "parquet"
"""
    heavy = {"numpy", "pandas", "pyarrow", "sklearn", "fsspec", "asyncio"}
    assert not imported(setup() + code, str(tmp_path / "store")) & heavy


@pytest.mark.parametrize("name", fabrica.storage.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    assert inspect.getdoc(getattr(fabrica.storage, name))


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        fabrica.storage.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_every_error_is_in_the_tree_and_has_a_hint() -> None:
    errors = [
        getattr(fabrica.storage, name)
        for name in fabrica.storage.__all__
        if isinstance(getattr(fabrica.storage, name), type)
        and issubclass(getattr(fabrica.storage, name), Exception)
    ]
    for error in errors:
        assert issubclass(error, StorageError)
        assert error.__name__ in str(StorageError.__doc__) or error is StorageError
        assert error("message").hint is None
        assert error("message", "do this").hint == "do this"


@pytest.mark.parametrize(
    "value",
    [
        "Queens",
        "New York/Queens",
        "_",
        "__",
        "",
        ".",
        "..",
        "%",
        "%5F",
        "ä ö",
        "a_b",
        "日本",
        "a b+c",
    ],
)
def test_values_survive_their_encoding(value: str) -> None:
    part = encode(value)
    assert decode(part) == value
    assert part
    assert part not in {"_", ".", ".."}
    assert "/" not in part
    assert part.isascii()


def test_no_value_is_an_underscore() -> None:
    assert encode(None) == "_"
    assert decode("_") is None


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(FormatError):
        encode("\ud800")
    with pytest.raises(FormatError):
        canonical({"a": "\ud800"})


def test_canonical_json_is_one_text() -> None:
    assert canonical({"b": [1, 2.0], "a": {"é": None}}) == '{"a":{"é":null},"b":[1,2.0]}\n'.encode()
    with pytest.raises(FormatError):
        canonical({"a": object()})


@pytest.mark.parametrize("name", ["_address", "_json", "_store", "_formats._revive", "formats"])
def test_the_examples_are_true(name: str) -> None:
    assert doctest.testmod(import_module(f"fabrica.storage.{name}")).failed == 0
