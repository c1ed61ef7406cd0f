import os
from pathlib import Path

import duckdb
import pytest

from fabrica import warehouse
from fabrica.warehouse import AddressError, NoProject, NotSupported
from fabrica.warehouse._address import find_project


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "my database.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table rides as select 1 as a")
    return path


def test_the_project_is_the_nearest_folder_with_a_pyproject(project, monkeypatch):
    inner = project.root / "notebooks" / "deep"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert find_project() == project.root.resolve()
    assert warehouse.tables() == ["trips"]


def test_outside_of_a_project_the_error_says_where_to_go(tmp_path, monkeypatch):
    monkeypatch.delenv("FABRICA_WAREHOUSE", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoProject, match=r"pyproject\.toml") as caught:
        warehouse.query("select 1")
    assert "cd into the project" in str(caught.value.hint)


def test_a_database_file(project, database, monkeypatch):
    monkeypatch.setenv("FABRICA_WAREHOUSE", f"duckdb://{database.as_posix()}")
    assert warehouse.tables() == ["rides"]
    assert warehouse.query("from rides")["a"].tolist() == [1]
    with warehouse.connect(f"duckdb://{str(database).replace(' ', '%20')}") as connection:
        assert connection.tables() == ["rides"]


def test_a_database_file_is_only_read(database):
    url = f"duckdb://{database}"
    with warehouse.connect(url) as one, warehouse.connect(url) as two:
        with pytest.raises(warehouse.NotAQuery):
            one.query("insert into rides values (2)")
        assert len(two.query("from rides")) == 1


def test_a_close_table_of_the_database_is_named(database):
    with (
        warehouse.connect(f"duckdb://{database}") as connection,
        pytest.raises(warehouse.UnknownTable, match="did you mean `rides`"),
    ):
        connection.query("from ride")


def test_a_file_that_is_no_database_is_named(tmp_path):
    file = tmp_path / "x.duckdb"
    file.write_text("no database" * 1000)
    with pytest.raises(AddressError, match=r"x\.duckdb cannot be opened"):
        warehouse.connect(f"duckdb://{file}")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("taxis.duckdb", "which is no warehouse"),
        ("postgres://ann:s3cret@db/trips", "postgres://db/trips, which is no warehouse"),
        ("duckdb://relative/x.duckdb", "three slashes"),
        ("duckdb://", "three slashes"),
        ("duckdb:///no/such/file.duckdb", "no such file"),
    ],
)
def test_a_wrong_address_says_what_to_write(monkeypatch, url, message):
    monkeypatch.setenv("FABRICA_WAREHOUSE", url)
    with pytest.raises(AddressError) as caught:
        warehouse.query("select 1")
    assert message in str(caught.value)
    assert "FABRICA_WAREHOUSE" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_snowflake_says_that_it_is_not_reached_yet_and_what_to_do(monkeypatch):
    monkeypatch.setenv("FABRICA_WAREHOUSE", "snowflake://ann:s3cret@account/db")
    with pytest.raises(NotSupported, match="does not reach Snowflake") as caught:
        warehouse.query("select 1")
    assert "s3cret" not in str(caught.value)
    assert "unset FABRICA_WAREHOUSE" in str(caught.value.hint)


def test_an_empty_variable_means_the_project_s_data(project, monkeypatch):
    monkeypatch.setenv("FABRICA_WAREHOUSE", "")
    assert warehouse.tables() == ["trips"]


def test_a_table_in_a_linked_data_folder(project, tmp_path):
    os.rename(project.root / "data", tmp_path / "elsewhere")
    Path(project.root / "data").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert len(warehouse.query("from trips")) == 3
