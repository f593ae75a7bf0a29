"""The contents of a lake as seen from outside: listings, receipts, quarantine, and rows as other engines read them."""

import gzip
import hashlib
import json

import duckdb
import pyarrow.parquet


def duck():
    """Returns a DuckDB connection whose times are in UTC, wherever the test runs."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    return connection


def listing(lake):
    """Returns every file of the lake with its SHA-256."""
    paths = sorted(path for path in lake.rglob("*") if path.is_file())
    return {str(path.relative_to(lake)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def empty_folders(lake):
    return [str(path.relative_to(lake)) for path in lake.rglob("*") if path.is_dir() and not any(path.iterdir())]


def files(lake):
    """Returns the paths of all Parquet files."""
    return sorted(lake.rglob("*.parquet"))


def receipts(lake):
    return [json.loads(path.read_bytes()) for path in sorted((lake / "_receipts").rglob("*.json"))]


def receipt(lake):
    (only,) = receipts(lake)
    return only


def quarantine_objects(lake):
    return sorted((lake / "_quarantine").rglob("*.jsonl.gz"))


def quarantine(lake):
    """Returns all entries of the quarantine, in order."""
    texts = (gzip.decompress(path.read_bytes()) for path in quarantine_objects(lake))
    return [json.loads(line) for text in texts for line in text.splitlines()]


def codes(lake):
    return [entry["error"]["code"] for entry in quarantine(lake)]


def rows(lake, order="_stream, _partition, _offset"):
    """Returns all rows as DuckDB reads them, with partition columns as strings; `NULL` folders are nulls."""
    if not files(lake):
        return []
    relation = duck().execute(
        f"select * exclude (filename) from read_parquet('{lake}/**/*.parquet', hive_partitioning=true,"
        f" hive_types_autocast=false, union_by_name=true, filename=true) order by {order}, filename"
    )
    names = [column[0] for column in relation.description]
    return [dict(zip(names, row)) for row in relation.fetchall()]


def stored(lake):
    """Returns the rows of every file, in file order, as pyarrow reads them: without partition columns."""
    return [row for path in files(lake) for row in pyarrow.parquet.ParquetFile(path).read().to_pylist()]


def check_receipt(lake, receipt):
    """Checks that a receipt is true: its counts add up, and its outputs exist, byte for byte."""
    counts = receipt["counts"]
    assert counts["lines"] == counts["curated"] + counts["quarantined"]
    assert counts["quarantined"] == sum(receipt["quarantined"].values())
    assert counts["curated"] == sum(partition["rows"] for partition in receipt["partitions"])
    parquet = [output for output in receipt["outputs"] if output["kind"] == "parquet"]
    assert counts["curated"] == sum(output["rows"] for output in parquet)
    for output in receipt["outputs"]:
        content = (lake / output["key"]).read_bytes()
        assert len(content) == output["bytes"]
        assert hashlib.sha256(content).hexdigest() == output["sha256"]
    for output in parquet:
        assert pyarrow.parquet.ParquetFile(lake / output["key"]).metadata.num_rows == output["rows"]
