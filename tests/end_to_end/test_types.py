"""Tests every column type from outside: values that are sent are the values that DuckDB, pyarrow, Polars and Spark read."""

import base64
import json
import math
import random
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import lakes
import objects
import polars
import pyarrow.parquet
import pytest
import spark_session

UTC = timezone.utc
EPOCH = datetime(1970, 1, 1)
FIRST, LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)
LETTERS = "ab\"\\/é東😀\n~ "
# Around the limits, the start of the Gregorian calendar, the start of Spark's tables of zones, and the epoch.
TURNS = [
    FIRST, datetime(1582, 10, 4, 23, 59, 59, 999999), datetime(1582, 10, 9), datetime(1582, 10, 15),
    datetime(1899, 12, 31, 23, 59, 59, 999999), EPOCH - timedelta(microseconds=1), EPOCH, LAST,
]  # fmt: skip
FLOATS = [0.0, 5e-324, -2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308, 2.0**53 + 2]


def some(edges, make):
    """Returns a generator that makes one of these values now and then."""
    return lambda rng: rng.choice(edges) if rng.random() < 0.2 else make(rng)


def text(rng):
    return "".join(rng.choice(LETTERS) for _ in range(rng.randrange(8)))


def whole(bits):
    first, last = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return some([first, last, 0], lambda rng: rng.randint(first, last))


def between(rng):
    return FIRST + timedelta(microseconds=rng.randrange((LAST - FIRST) // timedelta(microseconds=1)))


moment = some(TURNS, between)
"""Returns a time from year 1 to year 9999."""


def micros(time):
    return (time - EPOCH) // timedelta(microseconds=1)


def zoned(rng):
    time = moment(rng)
    return time.isoformat(timespec="microseconds") + rng.choice("Zz"), time.replace(tzinfo=UTC)


def epoch(scale):
    """Returns a function that makes a time as a number with this many digits below a microsecond, negative for above."""

    def make(rng):
        time = moment(rng)
        value = Decimal(micros(time)).scaleb(scale)
        return Number(f"{value:f}"), time.replace(tzinfo=UTC)

    return make


def days(rng):
    day = moment(rng).date()
    return (day - EPOCH.date()).days, day


def amount(precision, scale):
    last = 10**precision - 1
    number = some([-last, last, 1, 0], lambda rng: rng.randint(-last, last))

    def make(rng):
        unscaled = number(rng)
        value = Decimal((unscaled < 0, tuple(map(int, str(abs(unscaled)))), -scale))
        return Number(f"{value:f}"), value

    return make


def same(make):
    """Returns a generator of values that are stored as they are sent."""
    return lambda rng: (lambda value: (value, value))(make(rng))


def encoded(rng):
    value = rng.randbytes(rng.randrange(20))
    return base64.b64encode(value).decode(), value


class Number(str):
    """A number whose digits are sent as they are."""


SCALARS = {
    "string": same(text),
    "binary": encoded,
    "int32": same(whole(32)),
    "int64": same(whole(64)),
    "float64": same(some(FLOATS, lambda rng: math.ldexp(rng.uniform(-1, 1), rng.randrange(-900, 900)))),
    "decimal(38,18)": amount(38, 18),
    "decimal(38,0)": amount(38, 0),
    "decimal(9,2)": amount(9, 2),
    "boolean": same(lambda rng: rng.random() < 0.5),
    "date": lambda rng: (lambda day: (day.isoformat(), day))(moment(rng).date()),
    "date_days": days,
    "timestamp": lambda rng: (lambda time: (time.isoformat(timespec="microseconds"), time))(moment(rng)),
    "timestamp_utc": zoned,
    "timestamp_seconds": epoch(-6),
    "timestamp_millis": epoch(-3),
    "timestamp_micros": epoch(0),
    "timestamp_nanos": epoch(3),
    "json": lambda rng: (lambda value: (value, json.dumps(value)))({"a": [text(rng), 1.5, None]}),
}


def send(value):
    """Returns a value as JSON."""
    if isinstance(value, Number):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {send(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(send, value)) + "]"
    return json.dumps(value)


def make(kind, rng):
    """Returns a value of a type as it is sent, and as it is read. A type is a name, `[T]`, `{name: T}` or `(T,)` for a map."""
    if rng.random() < 0.15:
        return None, None
    if isinstance(kind, list):
        pairs = [make(kind[0], rng) for _ in range(rng.randrange(4))]
        return [sent for sent, _ in pairs], [read for _, read in pairs]
    if isinstance(kind, tuple):
        pairs = {key: make(kind[0], rng) for key in dict.fromkeys(text(rng) for _ in range(rng.randrange(4)))}
        return {key: sent for key, (sent, _) in pairs.items()}, Entries((key, read) for key, (_, read) in pairs.items())
    if isinstance(kind, dict):
        pairs = {name: make(inner, rng) for name, inner in kind.items()}
        sent = [(name, sent) for name, (sent, _) in pairs.items() if sent is not None or rng.random() < 0.5]
        rng.shuffle(sent)
        return dict(sent), {name: read for name, (_, read) in pairs.items()}
    return SCALARS[kind](rng)


class Entries(list):
    """The entries of a map."""


def name(kind):
    if isinstance(kind, list):
        return f"array<{name(kind[0])}>"
    if isinstance(kind, tuple):
        return f"map<string, {name(kind[0])}>"
    if isinstance(kind, dict):
        return "struct<" + ", ".join(f"`{field}`: {name(inner)}" for field, inner in kind.items()) + ">"
    return kind


def plain(value):
    """Returns a value in one form, whichever way a reader returns maps, zones and bytes."""
    if isinstance(value, Entries):
        return {key: plain(inner) for key, inner in value}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(entry, tuple) for entry in value):
            return {key: plain(inner) for key, inner in value}
        if value and all(isinstance(entry, dict) and entry.keys() == {"key", "value"} for entry in value):
            return {entry["key"]: plain(entry["value"]) for entry in value}
        return [plain(inner) for inner in value]
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC)
    return value


def same_maps(value, kind):
    """Returns a value in which an empty map is not a list: readers return `[]` for it."""
    if value is None or isinstance(kind, str):
        return value
    if isinstance(kind, tuple):
        return {key: same_maps(inner, kind[0]) for key, inner in value.items()} if value else {}
    if isinstance(kind, list):
        return [same_maps(inner, kind[0]) for inner in value]
    return {field: same_maps(value[field], inner) for field, inner in kind.items()}


def duckdb_rows(lake, columns):
    shown = ", ".join(f'"{column}"' for column in columns)
    relation = lakes.duck().execute(f"select {shown} from read_parquet('{lake}/**/*.parquet') order by _offset")
    return [dict(zip(columns, row)) for row in relation.fetchall()]


def pyarrow_rows(lake, columns):
    (path,) = lakes.files(lake)
    return pyarrow.parquet.ParquetFile(path).read(columns).to_pylist()


def polars_rows(lake, columns):
    (path,) = lakes.files(lake)
    return polars.read_parquet(path, columns=columns, hive_partitioning=False).to_dicts()


def spark_rows(spark, lake, columns):
    (path,) = lakes.files(lake)
    selected = [f"`{column}`" for column in columns]
    # Python's rows would have times of the process's zone.
    return spark.read.parquet(str(path)).orderBy("_offset").select(selected).toArrow().to_pylist()


READERS = {"DuckDB": duckdb_rows, "pyarrow": pyarrow_rows, "Polars": polars_rows}

KINDS = {
    "scalars": {kind: kind for kind in SCALARS},
    "arrays": {kind: [kind] for kind in SCALARS},
    "structs": {"s": {kind: kind for kind in SCALARS}},
    "maps": {kind: (kind,) for kind in SCALARS},
    "everything in everything": {
        "array of arrays": [[["int64"]]],
        "array of structs of maps": [{"a b": "string", "tags": ({"n": "decimal(9,2)", "é`": ["binary"]},)}],
        "map of maps": (("timestamp_utc",),),
        "map of arrays": (["boolean"],),
        "struct of structs": {"a": {"b": {"c": ["date"]}}, "d": ({"e": "json"},)},
    },
}


@pytest.fixture
def table(curate, lake, tmp_path):
    """Curates rows (as sent) under columns of these types, and returns the receipt."""

    def table(kinds, rows, **options):
        columns = {column.replace("`", ""): {"type": name(kind), **options} for column, kind in kinds.items()}
        schema = objects.schema(tmp_path / "schema.json", columns)
        receipt = curate(objects.write(tmp_path / "in.jsonl", objects.lines(*map(send, rows))), "--schema", schema).result
        lakes.check_receipt(lake, receipt)
        return receipt

    return table


@pytest.fixture(params=KINDS)
def sample(request, table, lake):
    """Rows of many values of some types, curated: the types, and the rows as they have to be read."""
    kinds = {column: without_backticks(kind) for column, kind in KINDS[request.param].items()}
    rng = random.Random(kinds.__repr__())
    pairs = [{column: make(kind, rng) for column, kind in kinds.items()} for _ in range(300)]
    receipt = table(kinds, [{column: sent for column, (sent, _) in row.items()} for row in pairs])
    assert receipt["counts"]["curated"] == 300, lakes.quarantine(lake)[:1]
    return kinds, [{column: plain(read) for column, (_, read) in row.items()} for row in pairs]


def check(sample, reader, found):
    kinds, expected = sample
    for at, (one, other) in enumerate(zip(found, expected, strict=True)):
        one = {column: same_maps(plain(one[column]), kind) for column, kind in kinds.items()}
        assert one == other, f"{reader}, row {at}"


def test_every_value_is_read_as_it_was_sent(sample, lake):
    for reader, rows in READERS.items():
        check(sample, reader, rows(lake, list(sample[0])))


def test_spark_reads_every_value_as_it_was_sent(spark, sample, lake):
    for reader in spark_session.readers(spark):
        check(sample, reader, spark_rows(spark, lake, list(sample[0])))


def without_backticks(kind):
    if isinstance(kind, dict):
        return {field.replace("`", ""): without_backticks(inner) for field, inner in kind.items()}
    if isinstance(kind, (list, tuple)):
        return type(kind)([without_backticks(kind[0])])
    return kind


def test_lists_and_maps_have_the_three_levels_of_the_parquet_specification(table, lake):
    table({"a": [[("int32",)]]}, [{"a": [[{"k": 1}]]}])
    (path,) = lakes.files(lake)
    leaves = [column.path for column in pyarrow.parquet.ParquetFile(path).schema if not column.path.startswith("_")]
    inner = "a.list.element.list.element.key_value"
    assert leaves == [f"{inner}.key", f"{inner}.value"]


def test_a_bad_value_inside_costs_one_row_and_is_named_by_its_pointer(table, lake):
    kinds = {"items": [{"sku": "string", "qty": "int32"}]}
    rows = [
        {"items": [{"sku": "a", "qty": 1}]},
        {"items": [{}, {}, {}, {"qty": "many"}]},
        {"items": [{"sku": "b", "gift": True}]},
    ]
    receipt = table(kinds, rows)
    assert receipt["quarantined"] == {"type_mismatch": 1}
    (entry,) = lakes.quarantine(lake)
    assert entry["error"]["field"] == "/items/3/qty"
    assert [row["_rescued"] for row in lakes.rows(lake)] == [None, '{"items":{"0":{"gift":true}}}']


# pyarrow reads Parquet schemas of at most 100 levels, of which an array takes two. The time that DuckDB takes doubles with each array: 6 s
# for 24 of them.
@pytest.mark.parametrize(("depth", "readers"), [(16, READERS), (45, ["pyarrow", "Polars"]), (127, ["Polars"])])
def test_deep_types_are_written_and_read(curate, lake, tmp_path, depth, readers):
    kind, value = "int64", 7
    for _ in range(depth):
        kind, value = [kind], [value]
    schema = objects.schema(tmp_path / "schema.json", {"x": name(kind)})
    rows = objects.lines(*map(send, [{"x": value}, {"x": []}, {"x": None}]))
    receipt = curate(objects.write(tmp_path / "in.jsonl", rows), "--schema", schema).result
    assert receipt["counts"]["curated"] == 3
    for reader in readers:
        assert [row["x"] for row in READERS[reader](lake, ["x"])] == [value, [], None], reader


def test_a_thousand_scalars_inside_one_column_are_written_and_read(table, lake):
    fields = {f"f{at}": "int32" for at in range(1000)}
    receipt = table({"x": fields}, [{"x": {f"f{at}": at}} for at in range(1000)])
    assert receipt["counts"]["curated"] == 1000
    rows = pyarrow_rows(lake, ["x"])
    assert all({field: value for field, value in row["x"].items() if value is not None} == {f"f{at}": at} for at, row in enumerate(rows))


def test_times_of_other_languages_are_cut_on_request(table, lake):
    rows = [{"t": f"2024-06-28T08:28:42.253667{rest}"} for rest in ("Z", "9Z", "999+0000")]
    receipt = table({"t": "timestamp_utc"}, rows, truncate="micros", offset="basic")
    assert receipt["counts"]["curated"] == 3
    assert {row["t"] for row in lakes.rows(lake)} == {datetime(2024, 6, 28, 8, 28, 42, 253667, UTC)}


def test_finer_times_cost_one_row_each_otherwise(table):
    rows = [{"t": f"2024-06-28T08:28:42.253667{rest}"} for rest in ("Z", "9Z", "999Z", "+0000")]
    assert table({"t": "timestamp_utc"}, rows)["quarantined"] == {"bad_timestamp": 3}
