"""The session of Spark that all tests of a run share."""

import shutil

import pytest

READER = "spark.sql.parquet.enableVectorizedReader"


def start(warehouse):
    """Starts the session, or skips the test if there is nothing to start it with."""
    if not shutil.which("java"):
        pytest.skip("there is no Java: nothing runs on Spark")
    pyspark = pytest.importorskip("pyspark.sql", reason="there is no PySpark: pip install -r tests/requirements-spark.txt")
    builder = pyspark.SparkSession.builder.master("local[1]")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": str(warehouse),
        "spark.sql.ansi.enabled": "true",
        "spark.sql.ansi.enforceReservedKeywords": "true",
        "spark.sql.ansi.doubleQuotedIdentifiers": "false",
        # The default of Spark 3; Spark 4 trusts files without a calendar.
        "spark.sql.parquet.datetimeRebaseModeInRead": "EXCEPTION",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def readers(session):
    """Makes Spark read Parquet in each of its two ways in turn, and yields the name of each."""
    for vectorized in ("false", "true"):
        session.conf.set(READER, vectorized)
        yield "Spark by column" if vectorized == "true" else "Spark by row"
