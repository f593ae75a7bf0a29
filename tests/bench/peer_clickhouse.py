#!/usr/bin/env python3
"""Do the same with ClickHouse (chdb) in one statement: peer_clickhouse.py SOURCE.data.gz OUT_FOLDER

It uses floats for the amounts, which is faster but less exact.
"""

import os
import sys

import chdb
from columns import typed

source, out = map(os.path.abspath, sys.argv[1:3])
os.makedirs(out, exist_ok=True)
columns = typed("String", "DateTime64(6)", "Int64", "Float64")
data = "Tuple(" + ", ".join(f"{name} {kind}" for name, kind in columns.items()) + ")"
value = f"Tuple(uuid String, run_id String, scenario String, timestamp String, data {data})"
picked = ", ".join(f"tupleElement(d, '{name}') as {name}" for name in columns)
envelope = "stream String, partition String, key String, value String, offset Int64, timestamp Int64"

chdb.query(f"""
insert into function file('{out}/{{_partition_id}}.parquet', 'Parquet') partition by concat(period_code, '_', currency_code)
select stream, partition, offset, timestamp as enqueued_at, k as key,
       tupleElement(v, 'uuid') as uuid, tupleElement(v, 'run_id') as run_id,
       tupleElement(v, 'scenario') as scenario, tupleElement(v, 'timestamp') as sent_at, {picked}
from (
    select stream, partition, offset, timestamp, base64Decode(key) as k,
           JSONExtract(base64Decode(value), '{value}') as v, tupleElement(v, 'data') as d
    from file('{source}', 'JSONEachRow', '{envelope}', 'gzip')
)
settings max_threads = {os.cpu_count()}, max_partitions_per_insert_block = 0, date_time_input_format = 'best_effort',
         output_format_parquet_compression_method = 'zstd'
""")
