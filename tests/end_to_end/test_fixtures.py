"""Tests with four real objects of the connector that every value is stored as sent."""

import gzip
import json

import lakes
import polars
import pyarrow
import pyarrow.dataset
import pyarrow.parquet
import pytest
from ledger import AMOUNTS, PARTITIONS, SYSTEM, TIMESTAMPS, assert_same, expected_row, position

@pytest.fixture(scope="module")
def lake(run, bronze, tmp_path_factory):
    lake = tmp_path_factory.mktemp("fixtures") / "lake"
    ran = run(bronze, "--lake", lake, "--json")
    assert ran.code == 0, ran.stderr
    return lake


@pytest.fixture(scope="module")
def expected(bronze):
    """The rows, computed by Python alone: stream position -> row."""
    rows = {}
    for path in sorted(bronze.rglob("*.gz")):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            row = expected_row(json.loads(line), path.as_uri())
            rows[row["_stream"], row["_partition"], row["_offset"]] = row
    return rows


def hive(types=pyarrow.string()):
    return pyarrow.dataset.partitioning(pyarrow.schema([(name, types) for name in PARTITIONS]), flavor="hive")


def test_duckdb_reads_every_value_as_sent(lake, expected):
    found = lakes.duck().execute(
        f"select * from read_parquet('{lake}/**/*.parquet', hive_partitioning=true,"
        " hive_types={'period_code': varchar, 'currency_code': varchar})"
    )
    names = [column[0] for column in found.description]
    assert_same([dict(zip(names, row)) for row in found.fetchall()], expected)


def test_pyarrow_reads_every_value_as_sent(lake, expected):
    table = pyarrow.dataset.dataset(lake, format="parquet", partitioning=hive()).to_table()
    assert_same(table.to_pylist(), expected)


def test_polars_reads_every_value_as_sent(lake, expected):
    frame = polars.read_parquet(
        f"{lake}/**/*.parquet", hive_partitioning=True, hive_schema={name: polars.String for name in PARTITIONS}
    )
    assert_same(frame.to_dicts(), expected)


def test_the_documented_readers_agree_that_a_period_is_text(lake):
    ways = ["hive_types={'period_code': varchar}", "hive_types_autocast=0"]
    for way in ways:
        query = f"select distinct typeof(period_code) from read_parquet('{lake}/**/*.parquet', hive_partitioning=1, {way})"
        assert lakes.duck().execute(query).fetchall() == [("VARCHAR",)]
    assert pyarrow.dataset.dataset(lake, partitioning=hive()).schema.field("period_code").type == pyarrow.string()


def test_columns_have_the_types_of_the_table(lake):
    for path in lakes.files(lake):
        schema = pyarrow.parquet.ParquetFile(path).schema_arrow
        types = {field.name: field.type for field in schema}
        assert all(types[name] == pyarrow.decimal128(38, 18) for name in AMOUNTS)
        assert all(types[name] == pyarrow.timestamp("us") for name in [*TIMESTAMPS, "sent_at"])
        assert types["journal_line_number"] == pyarrow.int32()
        assert types["_offset"] == pyarrow.int64()
        assert types["_enqueued_at"] == pyarrow.timestamp("us", tz="UTC")
        others = set(types) - {*AMOUNTS, *TIMESTAMPS, "sent_at", "journal_line_number", "_offset", "_enqueued_at", "_source"}
        assert {types[name] for name in others} == {pyarrow.string()}


def test_duckdb_sees_the_types_of_the_table(lake):
    query = f"describe select * from read_parquet('{lake}/**/*.parquet', hive_partitioning=false)"
    types = {row[0]: row[1] for row in lakes.duck().execute(query).fetchall()}
    assert {types[name] for name in AMOUNTS} == {"DECIMAL(38,18)"}
    assert {types[name] for name in [*TIMESTAMPS, "sent_at"]} == {"TIMESTAMP"}
    assert types["journal_line_number"] == "INTEGER"
    assert types["_enqueued_at"] == "TIMESTAMP WITH TIME ZONE"
    assert types["_source"] == "VARCHAR"


def test_partition_columns_are_not_inside_the_files(lake):
    for path in lakes.files(lake):
        names = pyarrow.parquet.ParquetFile(path).schema_arrow.names
        assert not set(names) & set(PARTITIONS)
        assert names[-len(SYSTEM):] == SYSTEM


def test_rows_are_in_the_folder_of_their_values(lake, expected):
    for path in lakes.files(lake):
        period, currency = (part.split("=")[1] for part in path.relative_to(lake).parts[:2])
        for row in pyarrow.parquet.ParquetFile(path).read().to_pylist():
            sent = expected[position(row)]
            assert (sent["period_code"], sent["currency_code"]) == (period, currency)


def test_rows_of_a_file_keep_the_order_of_the_source(lake):
    for path in lakes.files(lake):
        rows = pyarrow.parquet.ParquetFile(path).read(["_source", "_offset"]).to_pylist()
        assert len({row["_source"] for row in rows}) == 1
        offsets = [row["_offset"] for row in rows]
        assert offsets == sorted(offsets)


def test_receipts_describe_the_lake(lake, bronze, expected):
    receipts = lakes.receipts(lake)
    assert len(receipts) == 4
    for receipt in receipts:
        lakes.check_receipt(lake, receipt)
        assert receipt["complete"] is True
        assert receipt["damage"] == []
        assert (receipt["schema"]["name"], receipt["schema"]["version"]) == ("gl-journal", 1)
        mine = [row for row in expected.values() if row["_source"] == receipt["source"]["url"]]
        offsets = [row["_offset"] for row in mine]
        assert receipt["offsets"] == [
            {
                "stream": mine[0]["_stream"],
                "partition": mine[0]["_partition"],
                "first": min(offsets),
                "last": max(offsets),
                "records": len(offsets),
            }
        ]
    assert sum(receipt["counts"]["curated"] for receipt in receipts) == len(expected)


def test_the_lake_contains_what_receipts_name_and_nothing_else(lake):
    named = {output["key"] for receipt in lakes.receipts(lake) for output in receipt["outputs"]}
    assert {name for name in lakes.listing(lake) if not name.startswith("_receipts/")} == {"_table.json", *named}
