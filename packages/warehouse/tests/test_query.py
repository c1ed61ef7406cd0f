import decimal
import gzip
import threading
from datetime import date, datetime
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fabrica import warehouse
from fabrica.warehouse import DataError, NotAQuery, ParametersError, QueryError


def one(sql, parameters=None) -> Any:
    return warehouse.query(sql, parameters).to_numpy()[0, 0]


def test_a_file_of_data_is_a_table(project):
    trips = warehouse.query("select * from trips")
    assert list(trips) == ["pickup", "borough", "passengers", "distance", "zone"]
    assert len(trips) == 3
    assert trips["pickup"].to_list()[0] == pd.Timestamp("2019-03-23 20:21:09")
    assert trips["zone"].to_list()[1] == "Jamaica, Queens"
    assert trips["borough"].isna().tolist() == [False, False, True]


def test_columns_keep_their_types_when_no_row_is_left(project):
    full = warehouse.query("from trips").dtypes
    assert warehouse.query("from trips where false").dtypes.equals(full)


def test_parameters_are_bound(project):
    assert one("select count(*) from trips where borough = ?", ["Queens"]) == 1
    assert one("select count(*) from trips where borough = $b", {"b": "Queens"}) == 1
    assert one("select count(*) from trips where borough in ?", [["Queens", "Bronx"]]) == 1
    assert one("select count(*) from trips where borough = ?", ["' or 1 = 1 --"]) == 0


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_no_text_changes_the_query(project, text):
    assert one("select ?", [text]) == text


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (np.int64(3), 3),
        (np.float64(1.5), 1.5),
        (np.float32(1.5), 1.5),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (True, True),
        (2**70, 2.0**70),
        (date(2019, 3, 1), pd.Timestamp("2019-03-01")),
        (pd.Timestamp("2019-03-01"), pd.Timestamp("2019-03-01")),
        (datetime(2019, 3, 1, 12), pd.Timestamp("2019-03-01 12:00")),
        (np.datetime64("2019-03-01"), pd.Timestamp("2019-03-01")),
        (np.datetime64("2019-03-01T00:00:00.000000001"), pd.Timestamp("2019-03-01")),
        (decimal.Decimal("1.5"), 1.5),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_numpy_and_pandas_are_taken(project, value, found):
    assert one("select ? as value", [value]) == found


@pytest.mark.parametrize("value", [None, pd.NA, pd.NaT])
def test_missing_values_are_null(project, value):
    assert one("select ? is null", [value])


@pytest.mark.parametrize("value", [{"Queens"}, np.array(["Queens"]), pd.Series(["Queens"])])
def test_sets_arrays_and_series_are_lists(project, value):
    assert one("select count(*) from trips where borough in ?", [value]) == 1


@pytest.mark.parametrize(
    ("sql", "parameters", "message", "hint"),
    [
        ("select ?", None, "placeholders: 1; parameters given: 0", "query(sql, [value1])"),
        ("select ?, ?", [1, 2, 3], "placeholders: 2; parameters given: 3", "[value1, value2]"),
        ("select 1", [1], "placeholders: 0; parameters given: 1", "leave the parameters out"),
        ("select $a", [1], "have names ($a)", 'query(sql, {"a": …})'),
        ("select $a", None, "have names ($a)", 'query(sql, {"a": …})'),
        ("select $a", {"b": 1}, "misses a value for $a and has no placeholder $b", '{"a": …}'),
        ("select ?", {"a": 1}, "without names", "query(sql, [value1])"),
        ("select ?", "Queens", "is a str", "query(sql, [value1])"),
        ("select ?", 3, "is a int", "query(sql, [value1])"),
        ("select ?", [object()], "number 1 is a object", "a list of these"),
    ],
)
def test_parameters_that_do_not_fit_are_explained(project, sql, parameters, message, hint):
    with pytest.raises(ParametersError) as caught:
        warehouse.query(sql, parameters)
    assert message in str(caught.value)
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    "sql",
    [
        *("", "-- nothing", "select 1; select 2", "create table t (a int)"),
        *("copy trips to 'x.csv'", "explain analyze copy trips to 'x.csv'", "attach 'x.duckdb'"),
        *("set threads = 2", "insert into trips values (1)", "drop view trips"),
        *("install httpfs", "pragma version"),
    ],
)
def test_only_one_reading_statement_is_taken(project, sql):
    with pytest.raises(NotAQuery) as caught:
        warehouse.query(sql)
    assert caught.value.hint
    assert sorted(file.name for file in project.root.iterdir()) == ["data", "pyproject.toml"]


@pytest.mark.parametrize(
    "sql",
    [
        *("from trips", "with t as (from trips) select * from t", "pivot trips on borough"),
        *("describe trips", "summarize trips", "values (1)", 'from "TRIPS"', "from main.trips"),
        *("select * from trips a join trips b using (pickup)", "select 1;"),
        "from 'data/trips.csv'",
    ],
)
def test_every_way_of_asking_works(project, sql):
    assert len(warehouse.query(sql))


def test_a_variable_of_the_caller_is_not_a_table(project):
    frame = pd.DataFrame({"a": [1]})
    with pytest.raises(warehouse.UnknownTable, match="no table `frame`"):
        warehouse.query("from frame")
    assert len(frame) == 1


def test_files_outside_of_the_project_are_refused(project, tmp_path):
    (tmp_path / "other.csv").write_text("a\n1\n")
    with pytest.raises(QueryError, match="own files only") as caught:
        warehouse.query(f"from read_csv('{tmp_path}/other.csv')")
    assert "put the file into data/" in str(caught.value.hint)


def test_results_do_not_depend_on_the_machine_s_zone(project, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    assert one("select timestamptz '2019-03-01 12:00:00+00'::varchar") == "2019-03-01 12:00:00+00"


def test_the_runner_fixes_the_number_of_threads(project, monkeypatch):
    monkeypatch.setenv("FABRICA_THREADS", "1")
    assert one("select current_setting('threads')") == 1
    monkeypatch.setenv("FABRICA_THREADS", "many")
    with pytest.raises(warehouse.AddressError, match="FABRICA_THREADS is 'many'"):
        warehouse.query("select 1")


def test_threads_can_query_at_the_same_time(project):
    found = []

    def work():
        found.append(one("select count(*) from trips"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [3] * 8


def test_no_warnings_reach_the_caller(project, recwarn):
    warehouse.query("select timestamptz '2019-03-01', date '2019-03-01', null::int")
    assert not list(recwarn)


def test_one_connection_answers_many_queries(project):
    with warehouse.connect() as connection:
        assert connection.tables() == ["trips"]
        assert len(connection.query("from trips")) == 3
        assert len(connection.query("from trips where passengers > ?", [1])) == 2


def test_formats(project):
    project.write("data/zones.tsv", "zone\tid\nJFK\t1\n")
    project.write("data/fares.json", '[{"fare": 7.5}, {"fare": 5}]')
    project.write("data/events.jsonl", '{"a": 1}\n{"a": 2}\n')
    project.write("data/old.csv.gz", gzip.compress(b"a;b\n1;2\n"))
    pd.DataFrame({"a": [1]}).pipe(duckdb.from_df).write_parquet("data/days.parquet")
    assert warehouse.tables() == ["days", "events", "fares", "old", "trips", "zones"]
    assert one("select id from zones") == 1
    assert one("select sum(fare) from fares") == 12.5
    assert one("select count(*) from events") == 2
    assert one("select b from old") == 2
    assert one("select a from days") == 1


def test_a_folder_is_one_table(project):
    project.write("data/rides/2019-03.csv", "a,b\n1,x\n")
    project.write("data/rides/2019-04.csv", "b,a\ny,2\n")
    project.write("data/rides/.hidden.csv", "z\n")
    assert warehouse.query("select a, b from rides order by a").values.tolist() == [
        [1, "x"],
        [2, "y"],
    ]


def test_partitions_by_folder_are_columns(project):
    (project.root / "data/days/year=2019").mkdir(parents=True)
    pd.DataFrame({"a": [1]}).pipe(duckdb.from_df).write_parquet("data/days/year=2019/x.parquet")
    assert warehouse.query("select a, year from days").values.tolist() == [[1, 2019]]


def test_files_that_are_no_tables_are_passed_over(project):
    project.write("data/README.md", "text")
    project.write("data/_draft.csv", "a\n")
    project.write("data/mixed/a.csv", "a\n1\n")
    project.write("data/mixed/b.json", "{}")
    assert warehouse.tables() == ["trips"]


@pytest.mark.parametrize("name", ["2019 trips", "order", 'quo"te', "it's", "größe"])
def test_any_file_name_can_be_a_table(project, name):
    project.write(f"data/{name}.csv", "a\n1\n")
    quoted = name.replace('"', '""')
    assert one(f'select a from "{quoted}"') == 1


def test_types_are_told_from_all_rows(project):
    rows = "\n".join(["1"] * 30_000)
    project.write("data/long.csv", f"a\n{rows}\nlate text\n")
    assert one("select count(*) from long") == 30_001


def test_a_broken_row_is_an_error_and_loses_no_others(project):
    project.write("data/broken.csv", 'a,b\n"two\nlines",2\n3\n4,5\n')
    with pytest.raises(DataError, match=r"data/broken\.csv .* line 4 has 1 values for 2 columns"):
        warehouse.query("from broken")


def test_a_wrong_conversion_names_the_row(project):
    with pytest.raises(DataError, match=r"data/trips\.csv .* line 2.*\"borough\"") as caught:
        warehouse.query("select borough::int from trips")
    assert "Lenox Hill West" in str(caught.value.hint)
    assert "delimiter" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.parquet", b"not parquet"),
        ("x.json", b"{broken"),
        ("x.csv", "a\né\n".encode("latin-1")),
        ("x.csv", b""),
    ],
)
def test_an_unreadable_file_is_named(project, name, content):
    project.write(f"data/{name}", content)
    with pytest.raises(DataError, match=rf"data/{name}") as caught:
        warehouse.query("from x")
    assert caught.value.hint


def test_two_files_of_one_name_are_an_error_when_used(project):
    project.write("data/days.csv", "a\n1\n")
    project.write("data/Days.json", "[]")
    assert one("select count(*) from trips") == 3
    with pytest.raises(DataError, match=r"data/Days\.json or data/days\.csv"):
        warehouse.query("from days")
