"""Tests derived partitions: every transform agrees with pyiceberg, and every reader reads what it makes."""

import base64
import decimal
import json
import random
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from urllib.parse import unquote

import lakes
import objects
import polars
import pyarrow
import pyarrow.dataset
import pyarrow.parquet
import pytest
from pyiceberg import transforms, types

MARK = "__HIVE_DEFAULT_PARTITION__"
EPOCH = datetime(1970, 1, 1)
MICROSECOND = timedelta(microseconds=1)
FIRST, LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The first and the last microsecond of the years 1 to 9999."""

ICEBERG = {
    "year": transforms.YearTransform(),
    "month": transforms.MonthTransform(),
    "day": transforms.DayTransform(),
    "hour": transforms.HourTransform(),
    "identity": transforms.IdentityTransform(),
    **{f"bucket[{count}]": transforms.BucketTransform(count) for count in (1, 7, 16, 1000, 2**31 - 1)},
    **{f"truncate[{width}]": transforms.TruncateTransform(width) for width in (1, 3, 10, 2**31 - 1)},
}
TIME, BUCKET, TRUNCATE = (("year", "month", "day"), *(tuple(name for name in ICEBERG if name.startswith(start)) for start in ("bucket", "truncate")))


def micros(draw):
    near = draw.randint(-2, 2) + draw.choice([0, 3_600_000_000, 86_400_000_000]) * draw.randint(-400, 400)
    return draw.choice([near, draw.randint(FIRST, LAST), FIRST, LAST])


def text(draw):
    return "".join(draw.choices("abcÄß東😀\u0301 /=%", k=draw.randint(1, 14)))


def integer(bits):
    # Values near the smallest are another test: pyiceberg truncates them to numbers that the type doesn't have.
    least, most = -(2 ** (bits - 1)) + 2**31, 2 ** (bits - 1) - 1
    return lambda draw: draw.choice([draw.randint(-1000, 1000), draw.randint(min(least, -(2**29)), most), most])


def number(precision, scale):
    def number(draw):
        digits = draw.randint(1, precision)
        unscaled = draw.randint(-(10 ** (digits - 1)), 10**digits - 1)
        return Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale))

    return number


def time_text(value, zone=""):
    return f'"{(EPOCH + value * MICROSECOND).isoformat()}{zone}"'


# For each type of column: the transforms that take it, how to draw a value, how it is sent, and Iceberg's type.
SOURCES = {
    "string": ((*BUCKET, *TRUNCATE, "identity"), text, json.dumps, types.StringType()),
    "int32": ((*BUCKET, *TRUNCATE[:3], "identity"), lambda draw: draw.randint(-(2**31) + 20, 2**31 - 1), str, types.IntegerType()),
    "int64": ((*BUCKET, *TRUNCATE, "identity"), integer(64), str, types.LongType()),
    "decimal(9,2)": ((*BUCKET, *TRUNCATE[:3]), number(9, 2), str, types.DecimalType(9, 2)),
    "decimal(20,10)": ((*BUCKET, *TRUNCATE), number(19, 10), str, types.DecimalType(20, 10)),
    "decimal(38,18)": ((*BUCKET, *TRUNCATE), number(37, 18), str, types.DecimalType(38, 18)),
    "boolean": (("identity",), lambda draw: draw.random() < 0.5, lambda value: str(value).lower(), types.BooleanType()),
    "binary": ((*BUCKET, *TRUNCATE), lambda draw: draw.randbytes(draw.randint(1, 20)), lambda value: f'"{base64.b64encode(value).decode()}"', types.BinaryType()),
    "date": ((*TIME, *BUCKET, "identity"), lambda draw: micros(draw) // 86_400_000_000, lambda value: f'"{date(1970, 1, 1) + timedelta(value)}"', types.DateType()),
    "date_days": ((*TIME, *BUCKET, "identity"), lambda draw: micros(draw) // 86_400_000_000, str, types.DateType()),
    "timestamp": ((*TIME, "hour", *BUCKET), micros, time_text, types.TimestampType()),
    "timestamp_utc": ((*TIME, "hour", *BUCKET), micros, lambda value: time_text(value, "Z"), types.TimestamptzType()),
    "timestamp_seconds": ((*TIME, "hour", *BUCKET), micros, lambda value: str(Decimal(value).scaleb(-6)), types.TimestamptzType()),
    "timestamp_millis": ((*TIME, "hour", *BUCKET), micros, lambda value: str(Decimal(value).scaleb(-3)), types.TimestamptzType()),
    "timestamp_micros": ((*TIME, "hour", *BUCKET), micros, str, types.TimestamptzType()),
    "timestamp_nanos": ((*TIME, "hour", *BUCKET), micros, lambda value: str(value * 1000), types.TimestamptzType()),
}


def partition_values(path, lake):
    """Returns the values in the path of a file, as the text that was escaped."""
    folders = path.relative_to(lake).parent.parts
    return [unquote(folder.partition("=")[2]) for folder in folders]


def human(transform, iceberg_type, value):
    """Returns the text of what pyiceberg derives from a value."""
    transform = ICEBERG[transform]
    derived = transform.transform(iceberg_type)(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(transform, transforms.IdentityTransform) and isinstance(value, str):
        return value
    return transform.to_human_string(iceberg_type, derived)


@pytest.mark.parametrize("kind", SOURCES)
def test_transforms_agree_with_pyiceberg(curate, lake, tmp_path, kind):
    names, generate, send, iceberg_type = SOURCES[kind]
    draw = random.Random(kind)
    values = [generate(draw) for _ in range(250)]
    fields = [{"name": f"p{at}", "from": "x", "transform": name} for at, name in enumerate(names)]
    schema = objects.schema(tmp_path / "schema.json", {"x": kind, "n": "int32"}, partition_by=fields, empty_partition="keep")
    source = objects.lines(*(f'{{"x": {send(value)}, "n": {at}}}' for at, value in enumerate(values)))
    result = curate(objects.write(tmp_path / "in.jsonl", source), "--schema", schema).result
    assert result["counts"]["curated"] == len(values), lakes.quarantine(lake)[:1]
    seen = 0
    with decimal.localcontext(decimal.Context(prec=76)):
        for path in lakes.files(lake):
            found = partition_values(path, lake)
            for at in pyarrow.parquet.ParquetFile(path).read(["n"])["n"].to_pylist():
                expected = [human(name, iceberg_type, values[at]) for name in names]
                assert found == expected, f"{values[at]!r}: {names}"
                seen += 1
    assert seen == len(values)


def test_null_and_values_whose_truncation_their_type_cannot_hold(curate, lake, tmp_path):
    fields = [{"name": "ten", "from": "x", "transform": "truncate[10]"}, {"name": "part", "from": "x", "transform": "bucket[4]"}]
    schema = objects.schema(tmp_path / "schema.json", {"x": "int32"}, partition_by=fields)
    curate(objects.write(tmp_path / "in.jsonl", objects.lines('{"x": null}', "{}", '{"x": -2147483648}')), "--schema", schema)
    assert {path.parent.relative_to(lake).as_posix() for path in lakes.files(lake)} == {f"ten={MARK}/part={MARK}"}
    assert lakes.codes(lake) == ["out_of_range"]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


# What the stream reports, and what a producer sends.
TIMES = ["2024-06-27T22:59:59.999", "2024-06-28T00:00:00", "2024-06-28T13:00:00", "2024-07-01T00:00:00"]


@pytest.fixture(scope="module")
def days(run, tmp_path_factory):
    """A lake partitioned by the year, month, day and hour of a time, by the day in India, and by the day on which a record arrived."""
    folder = tmp_path_factory.mktemp("days")
    fields = [{"name": unit, "from": "at", "transform": unit} for unit in ("year", "month", "day", "hour")]
    fields += [
        {"name": "india", "from": "at", "transform": "day", "offset": "+05:30"},
        {"name": "arrived", "from": "_enqueued_at", "transform": "day"},
    ]
    schema = objects.schema(folder / "schema.json", {"at": "timestamp_utc", "n": "int32"}, partition_by=fields)
    lines = [
        objects.line({"at": f"{time}Z", "n": number}, number, timestamp=1719532800000 + number * 86_400_000)
        for number, time in enumerate(TIMES)
    ]
    lines.append(objects.line({"n": 4}, 4, timestamp=-1))
    ran = run(objects.write(folder / "in.jsonl", b"\n".join(lines)), "--schema", schema, "--lake", folder / "lake", "--json")
    assert ran.code == 0 and ran.result["counts"]["curated"] == 5, ran.stderr
    return folder / "lake"


DAYS = [date(2024, 6, 27), date(2024, 6, 28), date(2024, 6, 28), date(2024, 7, 1), None]
HOURS = ["2024-06-27-22", "2024-06-28-00", "2024-06-28-13", "2024-07-01-00", None]
INDIA = [date(2024, 6, 28), date(2024, 6, 28), date(2024, 6, 28), date(2024, 7, 1), None]
ARRIVED = [date(2024, 6, 28), date(2024, 6, 29), date(2024, 6, 30), date(2024, 7, 1), date(1969, 12, 31)]
COLUMNS = ("year", "month", "day", "hour", "india", "arrived")


def test_the_folders_are_those_that_iceberg_prints(days):
    folders = {path.parent.relative_to(days).as_posix() for path in lakes.files(days)}
    assert "year=2024/month=2024-06/day=2024-06-27/hour=2024-06-27-22/india=2024-06-28/arrived=2024-06-28" in folders
    assert f"year={MARK}/month={MARK}/day={MARK}/hour={MARK}/india={MARK}/arrived=1969-12-31" in folders
    assert {partition["path"] for partition in lakes.receipt(days)["partitions"]} == folders


def test_duckdb_infers_days_as_dates_and_hours_as_text(days):
    columns = ", ".join(f'"{name}"' for name in (*COLUMNS, "at"))
    query = f"select {columns} from read_parquet('{days}/**/*.parquet', hive_partitioning=true) order by n"
    rows = lakes.duck().execute(query).fetchall()
    years, months, found, hours, india, arrived, times = zip(*rows)
    assert (years, months) == ((2024,) * 4 + (None,), ("2024-06",) * 3 + ("2024-07", None))
    assert (list(found), list(hours), list(india), list(arrived)) == (DAYS, HOURS, INDIA, ARRIVED)
    assert [time and time.astimezone(timezone.utc) for time in times] == [*map(at, TIMES), None], "the time itself stays in the files"


def test_duckdb_opens_only_the_files_of_the_days_that_a_query_asks_for(days):
    query = f"select n from read_parquet('{days}/**/*.parquet', hive_partitioning=true) where day between date '2024-06-28' and date '2024-06-30'"
    assert sorted(lakes.duck().execute(query).fetchall()) == [(1,), (2,)]
    ((_, plan),) = lakes.duck().execute(f"explain analyze {query}").fetchall()
    assert "Total Files Read: 2" in plan, plan


def test_polars_infers_days_as_dates_and_hours_as_text(days):
    scan = polars.scan_parquet(f"{days}/**/*.parquet", hive_partitioning=True)
    frame = scan.sort("n").collect()
    assert frame["year"].to_list() == [2024] * 4 + [None]
    assert frame["month"].to_list() == ["2024-06"] * 3 + ["2024-07", None]
    assert [frame[name].to_list() for name in ("day", "hour", "india", "arrived")] == [DAYS, HOURS, INDIA, ARRIVED]
    found = scan.filter(polars.col("day") == date(2024, 6, 28)).sort("n").collect()
    assert found["n"].to_list() == [1, 2]


def test_pyarrow_reads_days_as_dates_if_it_is_told_to(days):
    """By itself, pyarrow infers whole numbers and text, but no dates."""
    inferred = pyarrow.dataset.dataset(days, format="parquet", partitioning="hive")
    assert inferred.to_table().sort_by("n")["day"].to_pylist() == [day and str(day) for day in DAYS]
    assert inferred.to_table(filter=pyarrow.dataset.field("day") == "2024-06-28").num_rows == 2
    kinds = dict(zip(COLUMNS, (pyarrow.int32(), pyarrow.string(), pyarrow.date32(), pyarrow.string(), pyarrow.date32(), pyarrow.date32())))
    told = pyarrow.dataset.dataset(days, format="parquet", partitioning=pyarrow.dataset.partitioning(pyarrow.schema(kinds), flavor="hive"))
    table = told.to_table().sort_by("n")
    assert table["year"].to_pylist() == [2024] * 4 + [None]
    assert [table[name].to_pylist() for name in ("day", "hour", "india", "arrived")] == [DAYS, HOURS, INDIA, ARRIVED]
    only = pyarrow.dataset.field("day") == date(2024, 6, 28)
    assert (told.to_table(filter=only).num_rows, len(list(told.get_fragments(filter=only)))) == (2, 2)


def test_a_reprocessed_line_is_in_the_partition_of_the_time_at_which_the_stream_accepted_it(curate, lake, tmp_path):
    fields = [{"name": "arrived", "from": "_enqueued_at", "transform": "hour"}]
    strict = objects.schema(tmp_path / "strict.json", {"n": "int32"}, partition_by=fields)
    source = objects.write(tmp_path / "in.jsonl", objects.line('{"n": "7"}', timestamp=1719563322261))
    curate(source, "--schema", strict)
    assert lakes.codes(lake) == ["type_mismatch"] and not lakes.files(lake)
    lenient = objects.schema(tmp_path / "lenient.json", {"n": {"type": "int32", "from_string": True}}, partition_by=fields)
    curate(lake / "_quarantine", "--schema", lenient)
    (file,) = lakes.files(lake)
    assert file.parent.name == "arrived=2024-06-28-08"
