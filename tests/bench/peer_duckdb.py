#!/usr/bin/env python3
"""Do the same with DuckDB in one statement: peer_duckdb.py SOURCE.data.gz OUT_FOLDER

It uses doubles for the amounts, which is faster but less exact.
"""

import json
import os
import sys

import duckdb
from columns import typed

source, out = sys.argv[1:3]
strings = {name: "VARCHAR" for name in ("uuid", "run_id", "scenario")}
value = json.dumps({**strings, "timestamp": "TIMESTAMP", "data": typed("VARCHAR", "TIMESTAMP", "BIGINT", "DOUBLE")})
envelope = """{"stream": 'VARCHAR', "partition": 'VARCHAR', "key": 'VARCHAR', "value": 'VARCHAR', "offset": 'BIGINT', "timestamp": 'BIGINT'}"""

duckdb.execute(f"set threads = {os.cpu_count()}")
duckdb.execute(f"""
copy (
    select "stream", "partition", "offset", "timestamp" as enqueued_at, k as "key",
           v."uuid", v."run_id", v."scenario", v."timestamp" as sent_at, unnest(v."data")
    from (
        select "stream", "partition", "offset", "timestamp", decode(from_base64("key")) as k,
               from_json(decode(from_base64("value")), '{value}') as v
        from read_json('{source}', format = 'newline_delimited', compression = 'gzip', maximum_object_size = 16777216,
                       columns = {envelope})
    )
) to '{out}' (format parquet, partition_by (period_code, currency_code), compression zstd)
""")
