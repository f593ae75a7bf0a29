"""Tests that the statements of `bronzeworks ddl` make a lake a table: they run on DuckDB and Spark, and sqlglot parses those of other engines."""

import datetime
import json
import re
import subprocess
from decimal import Decimal

import lakes
import objects
import pyarrow.parquet
import pytest
import spark_session
import sqlglot
from conftest import BRONZEWORKS, ROOT, environment

GOLDEN = ROOT / "functions/bronzeworks/tests/ddl"
READINGS = GOLDEN / "readings.json"
OLD = {"date": "0001-01-01", "utc": "1582-10-04T12:30:00.123456Z", "local": "0033-04-03T15:00:00"}
"""Times that Spark may shift, because older versions of it used another calendar."""


def ran(*arguments):
    command = [BRONZEWORKS, "ddl", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment())


def ddl(schema, engine, location, *options):
    """Returns the statements that the tool prints, without remarks."""
    done = ran(schema, "--engine", engine, "--location", location, *options)
    assert (done.returncode, done.stderr) == (0, "")
    text = "".join(line for line in done.stdout.splitlines(keepends=True) if not line.startswith("--"))
    # No literal in these statements contains a semicolon at the end of a line.
    return [statement.strip() for statement in re.split(r";$", text, flags=re.MULTILINE) if statement.strip()]


@pytest.fixture(scope="module")
def ledger(run, bronze, tmp_path_factory):
    lake = tmp_path_factory.mktemp("ledger") / "lake"
    assert run(bronze, "--lake", lake).code == 0
    return lake


@pytest.fixture(scope="module")
def readings(run, tmp_path_factory):
    """A lake with columns of all kinds, and what was sent. Its path is a pattern for whoever takes it for one."""
    folder = tmp_path_factory.mktemp("readings")
    sent = [
        {
            "device": device, "order": at, "at": f"2024-06-{27 + at}T23:30:00.{at:06}Z", "local": "2024-06-28T01:02:03.000004",
            "text": "it's", "count": 2**60 + at, "ratio": 0.5, "amount": "0.12", "ok": at % 2 == 0, "born": "1970-01-02",
            "image": "AAEC", "raw": {"a": [1]}, "extra": at, "items": [{"sku": "x", "Sold at": "2024-06-28T00:00:00", "qty": "1.25"}],
            "labels": {"a": [1, at]},
        }
        for at, device in enumerate(["000123", "a/b=c", "it's"])
    ]
    # Numbers of arbitrary precision are sent as they are written.
    text = [re.sub(r'"(amount|qty)": "([\d.]+)"', r'"\1": \2', json.dumps(value)) for value in sent]
    text.append('{"device": "last", "at": "2024-06-30T00:00:00Z", "ok": true}')
    lake = folder / "it's [one] lake"
    ended = run(objects.write(folder / "in.jsonl", objects.lines(*text)), "--schema", READINGS, "--lake", lake, "--json")
    assert ended.code == 0 and ended.result["counts"]["curated"] == 4, ended.stderr
    return lake


def check_readings(rows):
    """Checks the rows of the lake `readings`, ordered by `order`: one dictionary each."""
    last, *others = sorted(rows, key=lambda row: -1 if row["order"] is None else row["order"])
    assert [row["device"] for row in others] == ["000123", "a/b=c", "it's"]
    assert [row["ok"] for row in others] == [True, False, True]
    # Two hours east of UTC, the next day has begun.
    assert [row["day"] for row in others] == [datetime.date(2024, 6, 28), datetime.date(2024, 6, 29), datetime.date(2024, 6, 30)]
    assert {row["hour"] for row in rows} == {"2024-06-28-08"}
    assert all(type(row["slot"]) is int and 0 <= row["slot"] < 16 for row in others)
    assert {row["cents"] for row in others} == {Decimal("0.12")}
    assert {row["head"] for row in others} == {"AAE="}
    assert [last[name] for name in ("device", "slot", "cents", "head", "order", "items")] == ["last", None, None, None, None, None]
    assert [row["count"] for row in others] == [2**60, 2**60 + 1, 2**60 + 2]
    assert {row['say "hi" `x` it\'s'] for row in others} == {"it's"}
    assert [json.loads(row["_rescued"]) for row in others] == [{"extra": at} for at in range(3)]
    assert {bytes(row["image"]) for row in others} == {b"\x00\x01\x02"}
    assert others[2]["born"] == datetime.date(1970, 1, 2)


def test_the_view_of_duckdb_has_the_rows_of_the_ledger_with_text_partitions(ledger):
    duck = lakes.duck()
    for statement in ddl("gl-journal", "duckdb", ledger, "--table", "order"):
        duck.execute(statement)
    rows, debit, period = duck.execute('select count(*), sum(entered_debit_amount), any_value(typeof(period_code)) from "order"').fetchone()
    direct = duck.execute(f"select count(*), sum(entered_debit_amount) from read_parquet('{ledger}/**/*.parquet')").fetchone()
    assert (rows, debit, period) == (*direct, "VARCHAR")
    pruned = duck.execute("explain analyze select count(*) from \"order\" where period_code = '202406'").fetchall()[0][1]
    assert "Scanning Files" in pruned or "Total Files Read" in pruned


def test_the_view_of_duckdb_has_every_kind_of_column(readings):
    duck = lakes.duck()
    for statement in ddl(READINGS, "duckdb", readings):
        duck.execute(statement)
    result = duck.execute("select * from readings_of_2024")
    names = [column[0] for column in result.description]
    rows = [dict(zip(names, row)) for row in result.fetchall()]
    check_readings(rows)
    assert rows and {row["local"] for row in rows} == {None, datetime.datetime(2024, 6, 28, 1, 2, 3, 4)}


def test_the_columns_are_those_of_the_files(ledger, readings):
    """The statements list the columns, so they must not differ from what `curate` writes."""
    for schema, lake in (("gl-journal", ledger), (READINGS, readings)):
        (parsed,) = sqlglot.parse(ddl(schema, "spark", "/lake")[0], dialect="spark")
        declared = [column.name for column in parsed.find(sqlglot.exp.Schema).expressions]
        partitions = [folder.split("=")[0] for folder in lakes.files(lake)[0].relative_to(lake).parent.parts]
        in_file = pyarrow.parquet.ParquetFile(lakes.files(lake)[0]).schema_arrow.names
        assert declared == in_file + partitions


# Spark


def test_spark_has_the_rows_of_the_ledger_with_text_partitions(spark, ledger):
    for statement in ddl("gl-journal", "spark", ledger):
        spark.sql(statement)
    found = spark.sql("select period_code, currency_code, sum(entered_debit_amount) from gl_journal group by 1, 2 order by 1, 2")
    query = "select period_code, currency_code, sum(entered_debit_amount)::decimal(38, 18) from gl_journal group by 1, 2 order by 1, 2"
    duck = lakes.duck()
    duck.execute(ddl("gl-journal", "duckdb", ledger)[0])
    assert [tuple(row) for row in found.collect()] == duck.execute(query).fetchall()
    assert dict(found.dtypes)["period_code"] == "string"


def test_spark_has_every_kind_of_column(spark, readings):
    for statement in ddl(READINGS, "spark", readings):
        spark.sql(statement)
    rows = [row.asDict(recursive=True) for row in spark.sql("select * from readings_of_2024").collect()]
    check_readings(rows)
    item = next(row for row in rows if row["order"] == 2)
    assert item["items"] == [{"sku": "x", "Sold at": datetime.datetime(2024, 6, 28), "qty": Decimal("1.25")}]
    assert item["labels"] == {"a": [1, 2]}
    assert item["local"] == datetime.datetime(2024, 6, 28, 1, 2, 3, 4)
    (text,) = spark.sql("select cast(`Measured At` as string) from readings_of_2024 where `order` = 2").first()
    assert text == "2024-06-29 23:30:00.000002"


def test_the_view_that_fills_an_iceberg_table_has_every_kind_of_column(spark, readings):
    view, create = ddl(READINGS, "iceberg", readings, "--table", "catalog.sales.readings")
    spark.sql(view)
    check_readings([row.asDict(recursive=True) for row in spark.sql("select * from readings_files").collect()])
    (parsed,) = sqlglot.parse(create, dialect="spark")
    assert parsed.args["this"].sql("spark") == "catalog.sales.readings"


def test_spark_reads_old_dates_as_they_are(spark, run, tmp_path):
    columns = {"n": "int32", "date": "date", "utc": "timestamp_utc", "local": "timestamp"}
    schema = objects.schema(tmp_path / "old.json", columns, partition_by=["n"])
    lake = tmp_path / "lake"
    assert run(objects.write(tmp_path / "in.jsonl", objects.lines({"n": 1, **OLD})), "--schema", schema, "--lake", lake).code == 0
    for statement in ddl(schema, "spark", lake, "--table", "old"):
        spark.sql(statement)
    for _ in spark_session.readers(spark):
        found = spark.sql("select cast(`date` as string), cast(utc as string), cast(`local` as string) from old").first()
        assert tuple(found) == ("0001-01-01", "1582-10-04 12:30:00.123456", "0033-04-03 15:00:00")


def test_files_say_which_calendar_they_use(ledger):
    """This holds where there is no Spark to try it."""
    for path in lakes.files(ledger):
        metadata = pyarrow.parquet.ParquetFile(path).metadata.metadata
        assert metadata[b"org.apache.spark.version"] == b"3.1.0" and b"org.apache.spark.legacyDateTime" not in metadata


def test_a_column_may_have_the_name_of_any_reserved_word(spark):
    reserved = [row[0].lower() for row in spark.sql("select keyword from sql_keywords() where reserved").collect()]
    duck = "select keyword_name from duckdb_keywords() where keyword_category in ('reserved', 'type_function')"
    names = sorted({*reserved, *(row[0] for row in lakes.duck().execute(duck).fetchall())})
    assert "order" in names and "asof" in names
    source = (ROOT / "functions/bronzeworks/src/commands/ddl/reserved_words.rs").read_text()
    assert [name for name in names if f'"{name}"' not in source] == []


# Other engines


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.trino.sql")) + sorted(GOLDEN.glob("*.athena.sql")), ids=lambda path: path.name)
def test_the_statements_for_trino_and_athena_are_parsed(path):
    dialect = path.name.split(".")[1]
    create, *others = sqlglot.parse(path.read_text(), dialect=dialect)
    assert isinstance(create, sqlglot.exp.Create) and create.kind == "TABLE"
    for column in create.find_all(sqlglot.exp.ColumnDef):
        assert column.kind.this != sqlglot.exp.DataType.Type.USERDEFINED, column
    assert len(others) <= 1


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.oracle.sql")), ids=lambda path: path.name)
def test_the_columns_and_the_format_for_oracle_are_parsed(path):
    arguments = dict(re.findall(r"^ {4}(\w+) +=> '((?:[^']|'')*)'", path.read_text(), re.MULTILINE))
    assert list(arguments) == ["table_name", "credential_name", "file_uri_list", "column_list", "format"]
    (parsed,) = sqlglot.parse(f"create table {arguments['table_name']} ({arguments['column_list']})", dialect="oracle")
    columns = [column.name for column in parsed.find_all(sqlglot.exp.ColumnDef)]
    partitions = json.loads(arguments["format"])["implicit_partition_config"]["partition_columns"]
    assert [column.lower() for column in columns[-len(partitions) :]] == partitions


# The tool


def test_the_schema_may_be_built_in_or_a_file():
    assert ddl("gl-journal", "duckdb", "lake") == ddl(ROOT / "shared/table/src/schemas/gl-journal.json", "duckdb", "lake")


def test_the_schema_may_be_that_of_the_lake_itself(readings, tmp_path):
    assert ddl("lake", "duckdb", readings) == ddl(READINGS, "duckdb", readings)
    done = ran("lake", "--engine", "duckdb", "--location", tmp_path / "nowhere")
    assert (done.returncode, done.stdout) == (2, "") and "nowhere" in done.stderr
    assert not (tmp_path / "nowhere").exists()
    done = ran("lake", "--engine", "duckdb", "--location", tmp_path)
    assert (done.returncode, done.stdout) == (2, "") and "has no _table.json" in done.stderr


@pytest.mark.parametrize(
    "arguments, problem",
    [
        (["missing.json", "--engine", "spark", "--location", "x"], "missing.json"),
        (["gl-journal", "--engine", "athena", "--location", "oci://b@n/x"], "Athena reads s3:// URLs only"),
        (["gl-journal", "--engine", "oracle", "--location", "oci://b@n/x"], "--region"),
        (["gl-journal", "--engine", "spark"], "--location"),
        (["gl-journal", "--engine", "spark", "--location", "s3:///x"], "s3://BUCKET/PREFIX"),
    ],
)
def test_a_usage_error_is_exit_2_and_prints_no_statement(arguments, problem):
    done = ran(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ") and problem in done.stderr


def test_an_invalid_schema_is_exit_2_and_lists_its_problems(tmp_path):
    (tmp_path / "bad.json").write_text('{"name": "", "version": 1, "columns": [{"name": "a", "type": "money"}]}')
    done = ran(tmp_path / "bad.json", "--engine", "spark", "--location", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert "name is empty" in done.stderr and "money" in done.stderr


def test_a_failure_to_write_is_exit_1():
    command = [BRONZEWORKS, "ddl", "gl-journal", "--engine", "spark", "--location", "x"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment())
    assert done.returncode == 1 and "cannot write to stdout" in done.stderr
