"""Tests that the same source gives the same lake: again, concurrently, after a kill at any point, and with other numbers of threads."""

import os
import shutil
import time

import generated
import lakes
import objects
import pytest

KILLS = 30


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Three megabytes in about 120 partitions, with a few bad lines."""
    path = tmp_path_factory.mktemp("source") / "in.data.gz"
    generated.make(path, "--megabytes", 3, "--periods", 12, "--currencies", 12, "--lines", 5, 10, "--bad", 0.01)
    return path


@pytest.fixture(scope="module")
def undisturbed(run, source, tmp_path_factory):
    """The listing of an undisturbed run's lake, and the seconds that the fastest of three runs took."""
    took = []
    for _ in range(3):
        lake = tmp_path_factory.mktemp("undisturbed") / "lake"
        started = time.monotonic()
        assert run(source, "--lake", lake).code == 0
        took.append(time.monotonic() - started)
    assert len(lakes.files(lake)) > 100
    return lakes.listing(lake), min(took)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six objects of different sizes."""
    folder = tmp_path_factory.mktemp("folder") / "in"
    for partition in range(6):
        (folder / str(partition)).mkdir(parents=True)
        arguments = ["--partition", partition, "--seed", partition, "--megabytes", 0.5 * partition, "--periods", 3, "--bad", 0.02]
        generated.make(folder / str(partition) / "in.data.gz", *arguments)
    return folder


def stats(lake):
    """Returns what changes when anything is written: the inode and times of every file and folder."""
    found = {path: path.stat() for path in [lake, *lake.rglob("*")]}
    return {path: (stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns) for path, stat in found.items()}


def test_two_runs_write_the_same_bytes_whatever_the_jobs(run, folder, tmp_path):
    listings = []
    for jobs in (1, 2, 7):
        lake = tmp_path / f"lake{jobs}"
        assert run(folder, "--lake", lake, "--jobs", jobs).code == 0
        listings.append(lakes.listing(lake))
    assert listings[0] and listings[0] == listings[1] == listings[2]


def test_a_single_core_writes_the_same_bytes(launch, source, undisturbed, tmp_path):
    lake = tmp_path / "lake"
    core = min(os.sched_getaffinity(0))
    process = launch(source, "--lake", lake, preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    process.communicate()
    assert process.returncode == 0
    assert lakes.listing(lake) == undisturbed[0]


def test_one_by_one_or_all_together_gives_the_same_lake(run, folder, tmp_path):
    together, single = tmp_path / "together", tmp_path / "single"
    assert run(folder, "--lake", together).code == 0
    for path in sorted(folder.rglob("*.gz"), reverse=True):
        assert run(path, "--lake", single).code == 0
    assert lakes.listing(together) == lakes.listing(single)


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """Seventy megabytes of text in about 450 partitions: more rows than the smallest ROW_BUFFER holds."""
    path = tmp_path_factory.mktemp("wide") / "in.data.gz"
    generated.make(path, "--megabytes", 70, "--periods", 24, "--currencies", 150, "--seed", 3)
    return path


def test_a_retry_with_more_memory_rewrites_the_same_files(run, launch, wide, tmp_path):
    smallest = ("--row-buffer", "16MB")
    lake = tmp_path / "killed"
    killed = launch(wide, "--lake", lake, "--memory", "128MB", *smallest)
    while killed.poll() is None and not lakes.files(lake):
        time.sleep(0.01)
    killed.kill()
    killed.communicate()
    assert run(wide, "--lake", lake, "--memory", "512MB", *smallest).code == 0
    listings = [lakes.listing(lake)]
    for memory in ("128MB", "256MB", "512MB"):
        lake = tmp_path / memory
        assert run(wide, "--lake", lake, "--memory", memory, *smallest).code == 0
        listings.append(lakes.listing(lake))
    assert all(listing == listings[0] for listing in listings)
    folders = [path.parent for path in lakes.files(lake)]
    assert len(folders) > len(set(folders)), "some partitions were closed early"


def test_a_larger_row_buffer_makes_fewer_files_of_the_same_rows(run, wide, tmp_path):
    small, large = tmp_path / "small", tmp_path / "large"
    assert run(wide, "--lake", small, "--row-buffer", "16MB").code == 0
    assert run(wide, "--lake", large, "--row-buffer", "64MB").code == 0
    assert len(lakes.files(large)) < len(lakes.files(small))
    assert lakes.rows(large) == lakes.rows(small)


def test_a_second_run_writes_nothing_and_says_so(run, folder, tmp_path):
    lake = tmp_path / "lake"
    first = run(folder, "--lake", lake, "--json")
    before = stats(lake)
    second = run(folder, "--lake", lake, "--json")
    assert (second.code, second.stderr) == (0, "")
    assert {result["status"] for result in second.results} == {"unchanged"}
    assert stats(lake) == before
    as_before = [{**result, "status": "curated"} for result in second.results]
    assert sorted(as_before, key=str) == sorted(first.results, key=str)
    assert "nothing to do: 6 objects unchanged" in run(folder, "--lake", lake).stdout


def test_redo_writes_the_same_bytes_again(run, source, undisturbed, tmp_path):
    lake = tmp_path / "lake"
    for _ in range(2):
        assert run(source, "--lake", lake, "--redo", "--json").result["status"] == "curated"
    assert lakes.listing(lake) == undisturbed[0]


def test_a_replaced_source_leaves_only_its_new_outputs(curate, lake, tmp_path):
    source = tmp_path / "in.data.gz"
    for content in (
        b"bad\n" + objects.lines(objects.journal(), objects.journal(currency_code="USD")),
        objects.lines(objects.journal(currency_code="GBP")),
        b"worse\n",
        objects.lines(*[objects.journal(period_code=str(at)) for at in range(20)]),
    ):
        objects.write(source, content)
        assert curate(source).result["status"] == "curated"
        fresh = tmp_path / "fresh"
        curate(source, into=fresh)
        assert outputs(lake) == outputs(fresh)
        shutil.rmtree(fresh)


def outputs(lake):
    """Returns the listing without receipts, which also contain what they have replaced."""
    return {name: digest for name, digest in lakes.listing(lake).items() if not name.startswith("_receipts/")}


def test_the_same_content_with_another_time_is_a_new_source_with_the_same_rows(curate, lake, source, tmp_path):
    copy = tmp_path / "in.data.gz"
    shutil.copy(source, copy)
    first = curate(copy).result
    rows = lakes.rows(lake)
    os.utime(copy, ns=(0, 1_600_000_000_123_456_789))
    second = curate(copy).result
    assert second["status"] == "curated"
    assert second["run"] != first["run"]
    assert lakes.rows(lake) == rows


def test_two_sources_of_the_same_name_share_nothing(run, tmp_path, lake):
    text = b"bad\n" + objects.lines(objects.journal())
    for folder in ("a", "b", "a/b"):
        objects.write(tmp_path / "in" / folder / "in.data.gz", text)
    ran = run(tmp_path / "in", "--lake", lake, "--json")
    outputs = [output["key"] for result in ran.results for output in result["outputs"]]
    assert len(set(outputs)) == 6
    assert len({result["receipt_key"] for result in ran.results}) == 3
    assert len(lakes.rows(lake)) == 3


def kill_after(launch, seconds, *arguments):
    """Starts the program, and kills it after this time. Returns whether it was still running."""
    process = launch(*arguments)
    time.sleep(seconds)
    process.kill()
    process.communicate()
    return process.returncode == -9


def test_the_next_run_completes_a_killed_one(run, launch, source, undisturbed, tmp_path):
    expected, took = undisturbed
    killed = 0
    for at in range(KILLS):
        lake = tmp_path / f"lake{at}"
        killed += kill_after(launch, took * at / KILLS, source, "--lake", lake)
        for receipt in lakes.receipts(lake):
            lakes.check_receipt(lake, receipt)
        assert run(source, "--lake", lake).code == 0
        assert lakes.listing(lake) == expected
        assert lakes.empty_folders(lake) == []
        shutil.rmtree(lake)
    assert killed > KILLS // 3


def test_many_kills_in_one_lake_leave_nothing_behind(run, launch, source, undisturbed, tmp_path):
    expected, took = undisturbed
    lake = tmp_path / "lake"
    for at in range(KILLS):
        kill_after(launch, took * at / KILLS, source, "--lake", lake)
    assert run(source, "--lake", lake, "--json").code == 0
    assert run(source, "--lake", lake, "--json").result["status"] == "unchanged"
    assert lakes.listing(lake) == expected
    assert lakes.empty_folders(lake) == []


def test_the_next_run_completes_a_replacement_that_was_killed(run, launch, source, undisturbed, tmp_path):
    expected, took = undisturbed
    moved = tmp_path / "in.data.gz"
    killed = 0
    for at in range(KILLS):
        lake = tmp_path / f"lake{at}"
        objects.write(moved, b"bad\n" + objects.lines(*[objects.journal(period_code=str(at)) for at in range(50)]))
        assert run(moved, "--lake", lake).code == 0
        shutil.copy2(source, moved)
        killed += kill_after(launch, took * at / KILLS, moved, "--lake", lake)
        assert run(moved, "--lake", lake).code == 0
        assert len(outputs(lake)) == len([name for name in expected if not name.startswith("_receipts/")])
        assert not (lake / "_staging").exists()
        shutil.rmtree(lake)
    assert killed > KILLS // 3


def test_concurrent_runs_write_what_one_writes(launch, source, undisturbed, tmp_path):
    expected, took = undisturbed
    for turn in range(10):
        lake = tmp_path / f"lake{turn}"
        first = launch(source, "--lake", lake, "--json")
        time.sleep(took * turn / 10)
        second = launch(source, "--lake", lake, "--json")
        errors = [process.communicate()[1] for process in (first, second)]
        assert [process.returncode for process in (first, second)] == [0, 0], errors
        assert lakes.listing(lake) == expected
        assert lakes.empty_folders(lake) == []
        shutil.rmtree(lake)


def test_a_source_named_twice_is_curated_once(run, source, undisturbed, tmp_path):
    lake = tmp_path / "lake"
    ran = run(source, source, source.parent, "--lake", lake, "--json")
    assert ran.code == 0, ran.stderr
    assert lakes.listing(lake) == undisturbed[0]


def test_a_kill_does_not_affect_another_run(run, launch, source, undisturbed, tmp_path):
    expected, took = undisturbed
    for turn in range(10):
        lake = tmp_path / f"lake{turn}"
        survivor = launch(source, "--lake", lake)
        kill_after(launch, took * turn / 10, source, "--lake", lake)
        assert run(source, "--lake", lake).code == 0
        errors = survivor.communicate()[1]
        assert survivor.returncode == 0, errors
        assert lakes.listing(lake) == expected
        assert lakes.empty_folders(lake) == []
        shutil.rmtree(lake)
