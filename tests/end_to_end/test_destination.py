"""Tests lakes that cannot be written and sources that cannot be read.

The run names the object and writes no receipt, and the next run completes it.
"""

import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import time

import generated
import lakes
import objects
import pytest


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Two megabytes, whose Parquet files take about 300 kB."""
    path = tmp_path_factory.mktemp("source") / "in.data.gz"
    generated.make(path, "--megabytes", 2, "--periods", 4, "--bad", 0.05)
    return path


def check_failed(ran, source, lake):
    assert ran.code == 1
    assert source.as_uri() in ran.stderr
    assert "panicked" not in ran.stderr
    assert ran.result["status"] == "failed"
    assert ran.result["url"] == source.as_uri()
    assert lakes.receipts(lake) == []


def check_healed(run, source, lake, tmp_path):
    fresh = tmp_path / "fresh"
    assert run(source, "--lake", fresh).code == 0
    ran = run(source, "--lake", lake, "--json")
    assert ran.code == 0, ran.stderr
    assert lakes.listing(lake) == lakes.listing(fresh)
    assert lakes.empty_folders(lake) == []


def small_files(size):
    """Returns a function that makes the system refuse to let any file grow beyond `size`, like a full disk."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.parametrize("size", [0, 1, 1000, 10_000, 20_000])
def test_a_disk_without_room_fails_the_run_and_the_next_run_completes_it(run, source, lake, tmp_path, size):
    ran = run(source, "--lake", lake, "--json", preexec_fn=small_files(size))
    check_failed(ran, source, lake)
    check_healed(run, source, lake, tmp_path)


def test_a_receipt_that_cannot_be_written_does_not_exist(run, lake, tmp_path):
    """With many small files and a large receipt, only the receipt exceeds the limit."""
    text = objects.lines(*[objects.journal(period_code=f"{at:04d}") for at in range(100)])
    source = objects.write(tmp_path / "in.data.gz", text)
    ran = run(source, "--lake", lake, "--json", preexec_fn=small_files(24_000))
    assert len(lakes.files(lake)) == 100
    check_failed(ran, source, lake)
    check_healed(run, source, lake, tmp_path)


def test_only_failed_objects_are_named_and_the_others_are_curated(run, source, lake, tmp_path):
    """The description of the table also needs 9 kB."""
    small = objects.write(tmp_path / "small.jsonl", objects.lines({"uuid": "1"}))
    ran = run(source, small, "--lake", lake, "--json", preexec_fn=small_files(10_000))
    assert ran.code == 1
    assert {result["status"] for result in ran.results} == {"curated", "failed"}
    assert source.as_uri() in ran.stderr and small.as_uri() not in ran.stderr


@pytest.fixture
def tiny_disk(tmp_path):
    """A small file system. If this user may not mount one, a limit on file sizes has the same effect."""
    path = tmp_path / "disk"
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", path], capture_output=True).returncode == 0
    if mounted:
        yield path, {}
        subprocess.run(["umount", path], check=True)
    else:
        yield path, {"preexec_fn": small_files(10_000)}


def make_room(path):
    subprocess.run(["mount", "-o", "remount,size=16m", path], check=False, capture_output=True)


def test_a_full_disk_fails_the_run_and_room_completes_it(run, source, tiny_disk, tmp_path):
    disk, options = tiny_disk
    ran = run(source, "--lake", disk / "lake", "--json", **options)
    check_failed(ran, source, disk / "lake")
    assert "No space left on device" in ran.stderr or "File too large" in ran.stderr
    make_room(disk)
    check_healed(run, source, disk / "lake", tmp_path)


def test_a_file_in_place_of_a_folder_fails_the_run(run, source, lake, tmp_path):
    lake.mkdir()
    (lake / "period_code=202301").write_text("in the way")
    ran = run(source, "--lake", lake, "--json")
    check_failed(ran, source, lake)
    (lake / "period_code=202301").unlink()
    check_healed(run, source, lake, tmp_path)


def test_a_lake_that_is_a_file_is_wrong_usage(run, source, tmp_path):
    (tmp_path / "lake").write_text("in the way")
    ran = run(source, "--lake", tmp_path / "lake")
    assert ran.code == 2
    assert str(tmp_path / "lake") in ran.stderr


def test_a_read_only_folder_fails_the_run(source, tmp_path, lake, launch):
    """Root may write everywhere, so the run is started as nobody."""
    place = tmp_path / "open"
    place.mkdir()
    shutil.copy(source, place / "in.data.gz")
    locked = place / "lake"
    locked.mkdir(mode=0o755)
    for folder in [place, *place.parents]:
        if folder.stat().st_uid == os.getuid() and folder != folder.parent:
            with contextlib.suppress(PermissionError):
                folder.chmod(folder.stat().st_mode | 0o055)
    process = launch(place / "in.data.gz", "--lake", locked, "--json", **as_nobody())
    stdout, stderr = process.communicate()
    assert process.returncode == 1, stderr
    assert b"Permission denied" in stderr
    assert json.loads(stdout)["status"] == "failed"
    assert list(locked.iterdir()) == []


def as_nobody():
    return {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 99}', b"\xff" * 100])
def test_an_unreadable_receipt_is_left_alone_and_named(curate, run, lake, tmp_path, content):
    source = objects.write(tmp_path / "in.jsonl", objects.lines(objects.journal()))
    curate(source)
    (path,) = (lake / "_receipts").rglob("*.json")
    path.write_bytes(content)
    ran = run(source, "--lake", lake, "--json")
    assert ran.code == 1
    assert source.as_uri() in ran.stderr and path.name in ran.stderr
    assert path.read_bytes() == content


def test_a_source_that_cannot_be_opened_is_named(run, lake, tmp_path):
    (tmp_path / "in.data.gz").symlink_to("in.data.gz")
    ran = run(tmp_path / "in.data.gz", "--lake", lake)
    assert ran.code == 1
    assert "in.data.gz" in ran.stderr


RECORDS = 30_000
BEFORE = b"".join(objects.line({"data": {"period_code": "1", "currency_code": "A"}}, at) + b"\n" for at in range(RECORDS))
AFTER = BEFORE.replace(b'"offset":', b'"offset":9')
CUT = 100_000


def append(path, text):
    with path.open("ab") as file:
        file.write(text)


@pytest.mark.parametrize("delay", [0, 0.01, 0.02, 0.04, 0.06, 0.1])
@pytest.mark.parametrize("change", ["grows", "shrinks", "is replaced", "goes away"])
def test_a_source_that_changes_while_it_is_read_is_never_curated_as_a_mix(launch, tmp_path, lake, change, delay):
    source, other = tmp_path / "in.jsonl", tmp_path / "other"
    source.write_bytes(BEFORE), other.write_bytes(AFTER)
    changes = {
        "grows": lambda: append(source, AFTER),
        "shrinks": lambda: os.truncate(source, CUT),
        "is replaced": lambda: os.replace(other, source),
        "goes away": source.unlink,
    }
    before, after = list(range(RECORDS)), [int(f"9{at}") for at in range(RECORDS)]
    states = {"grows": before + after, "shrinks": before[: BEFORE[:CUT].count(b"\n")], "is replaced": after, "goes away": []}
    process = launch(source, "--lake", lake, "--json")
    time.sleep(delay)
    changes[change]()
    _, stderr = process.communicate()
    assert b"panicked" not in stderr
    if lakes.receipts(lake):
        assert process.returncode == 0
        assert sorted(row["_offset"] for row in lakes.rows(lake)) in [before, sorted(states[change])]
    else:
        assert process.returncode == 1
        assert b"in.jsonl" in stderr
