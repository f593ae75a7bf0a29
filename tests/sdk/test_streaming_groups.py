"""Tests consumer groups through Oracle's SDK."""

import itertools
import threading

import pytest
import streams
from buckets import refused
from emulator import Emulator
from oci.streaming import models

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    """An emulator without limits, because members of a group read as fast as they can."""
    running = Emulator(tmp_path_factory.mktemp("groups") / "state", "--stream-unlimited")
    yield running
    running.kill()


@pytest.fixture
def stream(emulator):
    return streams.create(emulator, f"grouped-{next(NUMBERS)}", 4)


def fill(stream, count):
    for start in range(0, count, 1000):
        numbers = range(start, min(start + 1000, count))
        assert stream.put(*[(str(number % 97), str(number)) for number in numbers]).failures == 0


def reservations(stream, group="group"):
    return {entry.partition: entry for entry in stream.get_group(group).data.reservations}


def owners(stream):
    return {partition: entry.reserved_instance for partition, entry in reservations(stream).items()}


def test_two_instances_share_the_partitions(stream):
    fill(stream, 1000)
    one, two = stream.group_cursor("group", "one"), stream.group_cursor("group", "two")
    got = {"one": [], "two": []}
    for _ in range(20):
        batch, one = stream.get(one, limit=100)
        got["one"] += batch
        batch, two = stream.get(two, limit=100)
        got["two"] += batch
    assert sorted(owners(stream).values()) == ["one", "one", "two", "two"]
    values = [streams.decode(message.value) for batch in got.values() for message in batch]
    assert sorted(values, key=int) == [str(number) for number in range(1000)]
    partitions = {name: {message.partition for message in batch} for name, batch in got.items()}
    assert len(partitions["one"]) == len(partitions["two"]) == 2
    assert not partitions["one"] & partitions["two"]


def test_a_later_instance_continues_where_the_first_one_stopped(stream):
    fill(stream, 400)
    one = stream.group_cursor("group", "one")
    first, one = stream.values(one, limit=200)
    assert set(owners(stream).values()) == {"one"}
    two = stream.group_cursor("group", "two")
    values = list(first)
    for _ in range(6):
        batch, one = stream.values(one, limit=50)
        values += batch
        batch, two = stream.values(two, limit=50)
        values += batch
    assert sorted(values, key=int) == [str(number) for number in range(400)], "each once"
    assert sorted(owners(stream).values()) == ["one", "one", "two", "two"]


def test_another_instance_reads_what_a_silent_one_did_not_commit(emulator, stream):
    fill(stream, 100)
    silent = stream.group_cursor("group", "silent", timeout_in_ms=5000)
    read, cursor = stream.values(silent)
    assert len(read) == 100
    other = stream.group_cursor("group", "other")
    assert stream.values(other)[0] == []
    emulator.control("POST", "streaming-clock/advance?seconds=6")
    again, other = stream.values(other)
    assert sorted(again) == sorted(read)
    assert set(owners(stream).values()) == {"other"}
    with refused(400, "InvalidParameter") as caught:
        stream.consumer_commit(cursor)
    assert "Trying to commit unreserved partition" in caught.value.message
    with refused(400, "InvalidParameter"):
        stream.consumer_heartbeat(cursor)


def test_a_heartbeat_keeps_the_partitions_of_a_slow_instance(emulator, stream):
    fill(stream, 10)
    cursor = stream.group_cursor("group", "slow")
    _, cursor = stream.values(cursor)
    until = reservations(stream)["0"].time_reserved_until
    for _ in range(3):
        emulator.control("POST", "streaming-clock/advance?seconds=20")
        cursor = stream.consumer_heartbeat(cursor).data.value
    assert set(owners(stream).values()) == {"slow"}
    assert reservations(stream)["0"].time_reserved_until > until
    stream.consumer_commit(cursor)
    committed = [entry.committed_offset for entry in reservations(stream).values()]
    assert sum(offset + 1 for offset in committed if offset is not None) == 10


def test_reading_commits_nothing_for_an_instance_that_commits_manually(stream):
    fill(stream, 50)
    cursor = stream.group_cursor("group", "one", commit_on_get=False)
    for _ in range(3):
        _, cursor = stream.values(cursor)
    assert all(entry.committed_offset is None for entry in reservations(stream).values())
    again, _ = stream.values(stream.group_cursor("group", "one", commit_on_get=False))
    assert len(again) == 50, "an instance that joins again starts at the commit"
    cursor = stream.get(stream.group_cursor("group", "one", commit_on_get=False))[1]
    after = stream.consumer_commit(cursor).data.value
    assert stream.values(after)[0] == []
    assert stream.values(stream.group_cursor("group", "one"))[0] == []


def test_a_group_can_be_reset_to_the_beginning_and_to_a_time(emulator, stream):
    stream.put(("key", "old"))
    emulator.control("POST", "streaming-clock/advance?seconds=10")
    new = stream.put(("key", "new")).entries[0]
    cursor = stream.group_cursor("group", "one")
    values, cursor = stream.values(cursor)
    assert values == ["old", "new"]
    stream.update_group("group", models.UpdateGroupDetails(type="TRIM_HORIZON"))
    values, cursor = stream.values(cursor)
    assert values == ["old", "new"]
    stream.update_group("group", models.UpdateGroupDetails(type="AT_TIME", time=new.timestamp))
    values, cursor = stream.values(cursor)
    assert values == ["new"]
    stream.update_group("group", models.UpdateGroupDetails(type="LATEST"))
    assert stream.values(cursor)[0] == []
    with refused(404, "NotFound"):
        stream.get_group("absent")


def test_the_commits_of_a_group_survive_a_restart(tmp_path):
    emulator = Emulator(tmp_path / "state", "--stream-unlimited")
    stream = streams.named(emulator, "ledger")
    fill(stream, 100)
    cursor = stream.group_cursor("group", "one")
    first, cursor = stream.values(cursor, limit=60)
    stream.consumer_commit(cursor)
    emulator.kill()
    emulator = Emulator(tmp_path / "state", "--stream-unlimited")
    stream = streams.named(emulator, "ledger")
    rest, _ = stream.values(stream.group_cursor("group", "two"))
    assert sorted(first + rest, key=int) == [str(number) for number in range(100)]
    emulator.kill()


def test_four_consumers_read_every_message_once_and_in_order(stream):
    COUNT = 100_000
    done, lock = threading.Event(), threading.Lock()
    got = []

    def consume(name):
        own = streams.Stream(stream.emulator, streams.admin(stream.emulator).get_stream(stream.id).data)
        cursor = own.group_cursor("group", name)
        while not done.is_set():
            batch, cursor = own.get(cursor, limit=500)
            with lock:
                got.extend(batch)
                if len(got) >= COUNT:
                    done.set()

    threads = [threading.Thread(target=consume, args=[f"consumer-{number}"]) for number in range(4)]
    for thread in threads:
        thread.start()
    fill(stream, COUNT)
    assert done.wait(120)
    for thread in threads:
        thread.join()
    assert len(got) == COUNT
    assert len({streams.decode(message.value) for message in got}) == COUNT
    by_partition = {}
    for message in got:
        by_partition.setdefault(message.partition, []).append(message.offset)
    assert len(by_partition) == 4
    assert all(offsets == sorted(offsets) for offsets in by_partition.values())
