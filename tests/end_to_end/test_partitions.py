"""Tests that partition values survive being folder names: every reader returns what was sent."""

import json
from urllib.parse import unquote

import lakes
import objects
import polars
import pyarrow
import pyarrow.dataset
import pyarrow.parquet
import pytest

MARK = "__HIVE_DEFAULT_PARTITION__"
VALUES = {
    "plain": "202406",
    "leading zeros": "000123",
    "words that look like numbers": "1e5",
    "a word that looks like a date": "2024-06-28",
    "a word that looks like a boolean": "true",
    "word null": "null",
    "capitals": "NULL",
    "step up": "..",
    "step": ".",
    "steps up": "../../../etc/passwd",
    "slash": "/",
    "two slashes": "a//b",
    "trailing slash": "a/",
    "percent": "%",
    "percent and digits": "100%25",
    "an escape by the sender": "a%2Fb",
    "equals sign": "a=b",
    "equals sign alone": "=",
    "space": " ",
    "spaces around": " a b ",
    "plus": "a+b",
    "unicode": "Zürich 東京 😀",
    "combining accent": "e\u0301",
    "composed accent": "\u00e9",
    "single quote": "it's",
    "double quote": 'a"b',
    "backslash": "a\\b",
    "newline": "a\nb",
    "tab and return": "a\tb\r",
    "NUL": "a\x00b",
    "delete": "a\x7fb",
    "escape character": "\x1b[31m",
    "glob": "*?[a-z]{b,c}",
    "colon": "a:b",
    "hash": "a#b",
    "question": "a?b",
    "tilde": "~",
    "dollar": "$HOME",
    "ampersand": "a&b;c|d<e>f",
    "comma": "a,b",
    "caret": "^",
    "hidden": ".hidden",
    "underscore": "_underscore",
    "right to left": "\u202eabc",
    "C1 control": "a\u0085b",
    "no-break space": "\u00a0",
    "almost the mark": MARK.lower(),
    "the mark in a longer text": f"{MARK}1",
    "as long as a path allows": "x" * 240,
}
# Values whose folder names mean something else to Hive's own readers.
SPECIAL = {"empty": "", "the mark for null": MARK, "null": None}


@pytest.fixture(scope="module")
def table(run, tmp_path_factory):
    """A table with a partition per value: the lake, and the value at each offset."""
    folder = tmp_path_factory.mktemp("partitions")
    values = [*VALUES.values(), *SPECIAL.values()]
    schema = objects.schema(folder / "schema.json", {"p": "string", "n": "int32"}, partition_by=["p"], empty_partition="keep")
    text = objects.lines(*({"p": value, "n": at} for at, value in enumerate(values)))
    ran = run(objects.write(folder / "in.data.gz", text), "--schema", schema, "--lake", folder / "lake", "--json")
    assert ran.code == 0, ran.stderr
    assert ran.result["counts"]["curated"] == len(values)
    return folder / "lake", values


def by_duckdb(lake):
    query = f"select n, p from read_parquet('{lake}/**/*.parquet', hive_partitioning=true, hive_types={{'p': varchar}})"
    return dict(lakes.duck().execute(query).fetchall())


def by_pyarrow(lake, segment_encoding="uri"):
    schema = pyarrow.schema([("p", pyarrow.string())])
    partitioning = pyarrow.dataset.HivePartitioning(schema, segment_encoding=segment_encoding)
    table = pyarrow.dataset.dataset(lake, format="parquet", partitioning=partitioning).to_table()
    return dict(zip(table["n"].to_pylist(), table["p"].to_pylist()))


def by_polars(lake):
    frame = polars.read_parquet(f"{lake}/**/*.parquet", hive_partitioning=True, hive_schema={"p": polars.String})
    return dict(zip(frame["n"].to_list(), frame["p"].to_list()))


@pytest.mark.parametrize("read", [by_duckdb, by_pyarrow, by_polars])
@pytest.mark.parametrize("name", VALUES)
def test_a_reader_returns_the_value_that_was_sent(table, read, name):
    lake, values = table
    at = list(VALUES).index(name)
    assert read(lake)[at] == VALUES[name]


@pytest.mark.parametrize("read", [by_duckdb, by_pyarrow, by_polars])
def test_null_is_null_for_every_reader(table, read):
    lake, values = table
    assert read(lake)[values.index(None)] is None


@pytest.mark.parametrize("read", [by_duckdb, by_pyarrow, by_polars])
def test_the_empty_string_is_an_empty_string(table, read):
    lake, values = table
    assert read(lake)[values.index("")] == ""


def test_duckdb_distinguishes_the_text_of_the_marker_from_null(table):
    lake, values = table
    assert by_duckdb(lake)[values.index(MARK)] == MARK


def test_pyarrow_distinguishes_the_text_of_the_marker_from_null_if_it_keeps_escapes(table):
    """By default, pyarrow first resolves escapes and then looks for null, so it also reads the text as null."""
    lake, values = table
    assert by_pyarrow(lake)[values.index(MARK)] is None
    found = {at: value and unquote(value) for at, value in by_pyarrow(lake, segment_encoding="none").items()}
    assert found == dict(enumerate(values))


def test_polars_reads_the_text_of_the_marker_as_null(table):
    """Polars does the same as pyarrow, and has no option to change it. In the folder names, the two are distinct."""
    lake, values = table
    assert by_polars(lake)[values.index(MARK)] is None


def test_every_value_has_its_own_folder_inside_the_lake(table):
    lake, values = table
    folders = {path.parent for path in lakes.files(lake)}
    assert len(folders) == len(values)
    assert all(folder.parent == lake for folder in folders)
    assert {path.name for path in lake.parent.iterdir()} == {"lake", "schema.json", "in.data.gz"}


def test_values_are_escaped_as_hive_and_spark_do(table):
    lake, _ = table
    names = {path.parent.name for path in lakes.files(lake)}
    for name in ("p=202406", "p=000123", "p=%2F", "p=%25", "p=a%252Fb", "p=a%3Db", "p= a b ", "p=it%27s", "p=a%22b", "p=a%0Ab", "p=a%5Cb",
                 "p=a%3Ab", "p=a%23b", "p=a%00b", "p=Zürich 東京 😀", f"p={MARK}", "p="):
        assert name in names


def test_receipts_name_partitions_by_their_folders(table):
    lake, values = table
    receipt = lakes.receipt(lake)
    lakes.check_receipt(lake, receipt)
    assert {partition["path"] for partition in receipt["partitions"]} == {path.parent.name for path in lakes.files(lake)}


def test_partition_columns_of_other_types_are_their_values_as_text(curate, lake, tmp_path):
    schema = objects.schema(
        tmp_path / "schema.json", {"d": "date", "i": "int32", "b": "boolean", "n": "int64"}, partition_by=["d", "i", "b"]
    )
    text = objects.lines('{"d": "2024-02-29", "i": 7.0, "b": true, "n": 1}', '{"d": null, "i": -7e0, "b": false, "n": 2}', '{"n": 3}')
    curate(objects.write(tmp_path / "in.jsonl", text), "--schema", schema)
    folders = {str(path.parent.relative_to(lake)) for path in lakes.files(lake)}
    assert folders == {"d=2024-02-29/i=7/b=true", f"d={MARK}/i=-7/b=false", f"d={MARK}/i={MARK}/b={MARK}"}


@pytest.mark.parametrize("kind", ["float64", "json", "decimal(9,2)", "timestamp"])
def test_columns_without_an_exact_text_cannot_partition(run, lake, tmp_path, kind):
    schema = objects.schema(tmp_path / "schema.json", {"x": kind}, partition_by=["x"])
    ran = run(objects.write(tmp_path / "in.jsonl", b""), "--lake", lake, "--schema", schema)
    assert ran.code == 2
    assert "cannot be a partition column" in ran.stderr


def test_odd_column_names_are_escaped_too(curate, lake, tmp_path):
    schema = objects.schema(tmp_path / "schema.json", {"a/b=c%": "string", "n": "int32"}, partition_by=["a/b=c%"])
    curate(objects.write(tmp_path / "in.jsonl", objects.lines({"a/b=c%": "x", "n": 1})), "--schema", schema)
    assert [path.parent.name for path in lakes.files(lake)] == ["a%2Fb%3Dc%25=x"]


def test_rows_are_only_in_their_own_partition(curate, lake, tmp_path):
    values = [{"data": {"period_code": f"{at % 7}", "currency_code": f"{at % 3}", "journal_line_number": at}} for at in range(2000)]
    curate(objects.write(tmp_path / "in.data.gz", objects.lines(*map(json.dumps, values))))
    found = lakes.rows(lake)
    assert len(found) == 2000
    for row in found:
        number = row["journal_line_number"]
        assert (row["period_code"], row["currency_code"]) == (str(number % 7), str(number % 3))


def test_values_that_differ_only_in_case_are_different_values(curate, lake, tmp_path):
    values = ["EUR", "eur", "Eur", "EUR"]
    schema = objects.schema(tmp_path / "schema.json", {"p": "string", "n": "int32"}, partition_by=["p"])
    text = objects.lines(*({"p": value, "n": at} for at, value in enumerate(values)))
    receipt = curate(objects.write(tmp_path / "in.data.gz", text), "--schema", schema).result
    assert {path.parent.name for path in lakes.files(lake)} == {"p=EUR", "p=eur", "p=Eur"}
    for read in (by_duckdb, by_pyarrow, by_polars):
        assert read(lake) == dict(enumerate(values))
    lakes.check_receipt(lake, receipt)
    # Where a file system makes one folder of them, no file overwrites another.
    assert len({path.name.lower() for path in lakes.files(lake)}) == 3


EMPTY = ['{"p": "", "n": 0}', f'{{"p": "{MARK}", "n": 1}}', '{"p": null, "n": 2}', '{"p": "EUR", "n": 3}']


@pytest.fixture
def empty(curate, lake, tmp_path):
    """Curates rows with empty partition values. Returns the rows' folders, and the codes of quarantined rows."""

    def empty(column="string", **table):
        schema = objects.schema(tmp_path / "schema.json", {"p": column, "n": "int32"}, partition_by=["p"], **table)
        result = curate(objects.write(tmp_path / "in.jsonl", objects.lines(*EMPTY)), "--schema", schema).result
        lakes.check_receipt(lake, result)
        found = {n: path.parent.name for path in lakes.files(lake) for n in pyarrow.parquet.ParquetFile(path).read()["n"].to_pylist()}
        return found, {entry["offset"]: (entry["error"]["code"], entry["error"]["field"]) for entry in lakes.quarantine(lake)}

    return empty


@pytest.mark.parametrize("table", [{}, {"empty_partition": "quarantine"}])
def test_rows_with_an_empty_partition_value_are_quarantined_unless_the_schema_says_otherwise(empty, table):
    assert empty(**table) == ({2: f"p={MARK}", 3: "p=EUR"}, {0: ("empty_partition_value", "p"), 1: ("empty_partition_value", "p")})


def test_empty_partition_values_can_be_null(empty, lake):
    assert empty(empty_partition="null") == ({0: f"p={MARK}", 1: f"p={MARK}", 2: f"p={MARK}", 3: "p=EUR"}, {})
    for read in (by_duckdb, by_pyarrow, by_polars):
        assert read(lake) == {0: None, 1: None, 2: None, 3: "EUR"}


def test_an_empty_value_of_a_required_column_cannot_be_null(empty):
    found, refused = empty({"type": "string", "required": True}, empty_partition="null")
    assert found == {3: "p=EUR"} and refused == {at: ("missing_required", "p") for at in (0, 1, 2)}


def test_empty_partition_values_can_be_kept(empty):
    assert empty(empty_partition="keep") == ({0: "p=", 1: "p=%5F" + MARK[1:], 2: f"p={MARK}", 3: "p=EUR"}, {})


def test_the_ledger_has_no_empty_partition_values(curate, lake, tmp_path):
    text = objects.lines(objects.journal(currency_code=""), objects.journal(period_code=MARK), objects.journal())
    curate(objects.write(tmp_path / "in.jsonl", text))
    assert lakes.codes(lake) == ["empty_partition_value"] * 2 and len(lakes.rows(lake)) == 1
