"""Checks whether the amounts of an output equal those of the source: the digits as sent, compared as decimals."""

import base64
import gzip
import json
from decimal import Decimal

import duckdb
from columns import AMOUNTS

SAMPLE = 20_000


def sent(source):
    """Returns the amounts of the source's first records, exactly as sent: offset -> amounts."""
    found = {}
    with gzip.open(source) as lines:
        for line, _ in zip(lines, range(SAMPLE)):
            record = json.loads(line)
            data = json.loads(base64.b64decode(record["value"]), parse_float=Decimal, parse_int=Decimal)["data"]
            found[record["offset"]] = [data[name] for name in AMOUNTS]
    return found


def stored(folder, upto):
    """Returns the type of the amounts in the files, and the amounts: offset -> amounts."""
    connection = duckdb.connect()
    files = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = false)"
    types = {row[0]: row[1] for row in connection.execute(f"describe select * from {files}").fetchall()}
    offset = "_offset" if "_offset" in types else '"offset"'
    rows = connection.execute(f"select {offset}, {', '.join(AMOUNTS)} from {files} where {offset} <= {upto}").fetchall()
    return types[AMOUNTS[0]], {row[0]: list(row[1:]) for row in rows}


def amounts(source, folder):
    """Returns the type of the stored amounts, and whether all of them equal those that were sent. Floats never count as exact."""
    wanted = sent(source)
    kind, found = stored(folder, max(wanted))
    return {"type": kind, "exact": kind.startswith("DECIMAL") and found == wanted}
