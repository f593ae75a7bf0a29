"""Tests that memory is bounded, whatever is in the source: the peak of the process stays below its setting."""

import gzip
import random

import generated
import lakes
import objects
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

    def peak(*sources):
        ran, peak = watched(*sources, "--lake", lake, "--memory", "128MB", "--json")
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
