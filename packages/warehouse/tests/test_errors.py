import pytest

from fabrica import warehouse
from fabrica.warehouse import QueryError, UnknownColumn, UnknownTable
from fabrica.warehouse._problems import show_place


def failure(sql, kind=QueryError):
    with pytest.raises(kind) as caught:
        warehouse.query(sql)
    return caught.value


def test_an_unknown_table_names_the_line_and_a_close_table(project):
    error = failure("select *\nfrom trip\nwhere true", UnknownTable)
    assert error.line == 2
    assert str(error).splitlines() == [
        "line 2 of the query: there is no table `trip`",
        "  2 | from trip",
        "           ^^^^",
        "did you mean `trips`? tables: trips",
    ]


def test_an_unknown_table_unlike_any_other_lists_what_there_is(project):
    assert failure("from weather", UnknownTable).hint == "tables: trips"


def test_without_data_the_error_says_what_to_do(project):
    project.remove("data")
    assert "put a CSV, Parquet or JSON file into data/" in str(failure("from trips").hint)


def test_an_unknown_column_names_close_ones(project):
    error = failure("select pickup,\n  'é',\tboroug\nfrom trips", UnknownColumn)
    assert error.line == 2
    assert "  2 |   'é',\tboroug\n            \t^^^^^^" in str(error)
    assert "did you mean `borough`?" in str(error.hint)


def test_a_column_without_a_table(project):
    assert failure("select borough", UnknownColumn).hint == "add `from` and the table"


@pytest.mark.parametrize(
    ("sql", "line"), [("selct 1", 1), ("select *\nfrm trips", 2), ("select (1", 1)]
)
def test_a_syntax_error_names_the_line(project, sql, line):
    error = failure(sql)
    assert error.line == line
    assert "^" in str(error)


def test_an_unknown_function_names_the_line(project):
    assert failure("select\nnofunction(1)").line == 2


def test_wrong_types_name_the_function(project):
    assert "sum(VARCHAR)" in str(failure("select sum(borough) from trips"))


def test_the_error_of_duckdb_is_not_shown_as_the_cause(project):
    assert failure("from trip").__suppress_context__


def test_every_error_is_of_one_tree():
    errors = [getattr(warehouse, name) for name in warehouse.__all__ if name[0].isupper()]
    errors = [e for e in errors if isinstance(e, type) and issubclass(e, Exception)]
    assert all(issubclass(error, warehouse.WarehouseError) for error in errors)
    drawn = warehouse.WarehouseError.__doc__ or ""
    assert all(error.__name__ in drawn for error in errors)


@pytest.mark.parametrize(
    ("sql", "place", "line"),
    [("a\r\nb", 3, "  2 | b\n      ^"), ("é x", 3, "  1 | é x\n        ^"), ("a", 99, "  1 | a")],
)
def test_places_are_shown(sql, place, line):
    assert line in show_place(sql, place)[1]
