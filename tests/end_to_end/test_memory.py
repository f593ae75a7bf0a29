"""Tests that memory is bounded, whatever is in the source: the peak of the process stays below its setting."""

import gzip
import random

import generated
import lakes
import objects
import polars
import pytest

CEILING = 128_000_000


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """Sixty megabytes of text in about 450 partitions."""
    path = tmp_path_factory.mktemp("ledger") / "in.data.gz"
    generated.make(path, "--megabytes", 60, "--periods", 24, "--currencies", 150, "--seed", 3)
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Ten megabytes of text in five partitions."""
    path = tmp_path_factory.mktemp("small") / "in.data.gz"
    generated.make(path, "--megabytes", 10)
    return path


@pytest.fixture
def peak(watched, lake):
    """Returns a function that curates with the minimum memory, and returns the peak."""

    def peak(*sources, schema=None):
        options = ["--schema", schema] if schema else []
        ran, peak = watched(*sources, "--lake", lake, "--memory", "128MB", "--json", *options)
        assert ran.code == 0, ran.stderr
        for receipt in ran.results:
            lakes.check_receipt(lake, receipt)
        return peak

    return peak


def repeated(path, source, times):
    """Writes a source repeated this many times, as members of one gzip object, and returns its path."""
    data = source.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        for _ in range(times):
            out.write(data)
    return path


def hexadecimal(seed, size):
    """Returns hexadecimal digits that hardly compress."""
    return random.Random(seed).randbytes(size // 2).hex().encode()


def test_many_partitions_stay_below_the_ceiling(peak, ledger):
    assert peak(ledger) < CEILING


def test_memory_does_not_grow_with_the_object(peak, small, tmp_path):
    """Ten megabytes do not fill the buffers; a hundred and more do."""
    few, some, many = (peak(repeated(tmp_path / f"{times}.data.gz", small, times)) for times in (1, 10, 50))
    assert max(few, some, many) < CEILING
    assert many - some < 24_000_000


def test_rows_in_thousands_of_partitions_stay_below_the_ceiling(peak, tmp_path):
    rng = random.Random(5)
    values = (objects.journal(period_code=f"{at % 5000}", account_code=rng.randbytes(300).hex()) for at in range(20_000))
    assert peak(objects.write(tmp_path / "in.jsonl", objects.lines(*values))) < CEILING


def test_many_objects_at_a_time_stay_below_the_ceiling(watched, lake, small, tmp_path):
    for at in range(8):
        repeated(tmp_path / f"in/{at}.data.gz", small, 2)
    ran, peak = watched(tmp_path / "in", "--lake", lake, "--memory", "128MB", "--jobs", 8)
    assert ran.code == 0, ran.stderr
    assert peak < CEILING


def test_a_row_as_long_as_allowed_stays_below_the_ceiling(peak, tmp_path):
    values = [objects.journal(account_code=hexadecimal(at, 3_000_000).decode()) for at in range(20)]
    assert peak(objects.write(tmp_path / "in.jsonl", objects.lines(*values))) < CEILING


def test_an_object_that_is_all_quarantine_stays_below_the_ceiling(peak, tmp_path):
    text = b"".join(hexadecimal(at, 1000) + b"\n" for at in range(100_000))
    assert peak(objects.write(tmp_path / "in.jsonl", text)) < CEILING


def test_a_long_line_that_does_not_compress_stays_below_the_ceiling(peak, tmp_path):
    text = objects.line(objects.journal()) + b"\n" + b"".join(hexadecimal(at, 1_000_000) for at in range(100)) + b"\n"
    assert peak(objects.write(tmp_path / "in.jsonl", text)) < CEILING


def test_a_gzip_of_tiny_members_stays_below_the_ceiling(peak, tmp_path):
    source = tmp_path / "in.data.gz"
    source.write_bytes(gzip.compress(objects.line(objects.journal()) + b"\n", mtime=0) * 50_000)
    assert peak(source) < CEILING


def test_unknown_fields_stay_below_the_ceiling(peak, tmp_path):
    value = objects.journal(**{f"unknown_{at}": "x" * 20 for at in range(5_000)})
    assert peak(objects.write(tmp_path / "in.data.gz", objects.lines(*[value] * 300))) < CEILING


NESTED = {
    "a million numbers": ("array<int64>", lambda at: b"[" + b"7," * 999_999 + b"7]"),
    "decimals": ("array<decimal(38,18)>", lambda at: b"[" + b"7," * 170_000 + b"7]"),
    "empty arrays": ("array<array<array<int32>>>", lambda at: b"[" + b"[]," * 990_000 + b"[]]"),
    "maps": ("map<string, string>", lambda at: b"{" + b",".join(b'"%d":""' % key for key in range(200_000)) + b"}"),
    "empty structs": ("array<struct<%s>>" % ", ".join(f"f{at}: int64" for at in range(900)), lambda at: b"[" + b"{}," * 1000 + b"{}]"),
    "refused structs": ("array<struct<%s>>" % ", ".join(f"f{at}: int64" for at in range(900)), lambda at: b"[" + b"{}," * 900_000 + b"{}]"),
    "unknown members": ("array<struct<a: int32>>", lambda at: b"[" + b'{"q":1},' * 300_000 + b"{}]"),
    "elements beside a pointer": ("int32", lambda at: b"[" + b"7," * 390_000 + b"7]"),
}


@pytest.mark.parametrize("case", NESTED)
def test_nested_values_stay_below_the_ceiling(peak, tmp_path, case):
    kind, form = NESTED[case]
    column = {"type": kind, **({"from": "/x/0"} if case == "elements beside a pointer" else {})}
    schema = objects.schema(tmp_path / "schema.json", {"x": column})
    text = b"".join(objects.line(b'{"x": %s}' % form(at), at) + b"\n" for at in range(12))
    assert peak(objects.write(tmp_path / "in.data.gz", text), schema=schema) < CEILING


def test_rows_that_lack_most_of_a_thousand_columns_stay_below_the_ceiling(peak, lake, tmp_path):
    schema = objects.schema(tmp_path / "schema.json", {f"c{at}": "decimal(38,0)" for at in range(1000)})
    values = ({f"c{at % 1000}": at} for at in range(5_000))
    assert peak(objects.write(tmp_path / "in.data.gz", objects.lines(*values)), schema=schema) < CEILING
    # They do not become columns all at once, and no row is lost between the parts.
    (path,) = lakes.files(lake)
    for at in range(1000):
        column = polars.read_parquet(path, columns=[f"c{at}"])[f"c{at}"]
        places = column.is_not_null().arg_true().to_list()
        assert places == list(range(at, 5_000, 1000)) == [int(value) for value in column.drop_nulls()]
