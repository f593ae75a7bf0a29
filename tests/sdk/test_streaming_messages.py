"""Tests messages through Oracle's SDK: put, get, cursors, limits, faults, and restarts."""

import datetime
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import oci
import pytest
import streams
from buckets import refused
from emulator import Emulator

NUMBERS = itertools.count(1)
OCI = Path(sys.executable).with_name("oci")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """An emulator without limits, whose clock the tests advance."""
    running = Emulator(tmp_path_factory.mktemp("messages") / "state", "--stream-unlimited")
    yield running
    running.kill()


@pytest.fixture
def emulator(running):
    yield running
    running.clear_faults()


@pytest.fixture
def stream(emulator):
    """A stream for one test, with two partitions."""
    return streams.create(emulator, f"messages-{next(NUMBERS)}", 2)


@pytest.fixture
def start(tmp_path):
    """Returns a function that starts separate emulators on one state folder."""
    started = []

    def start(*arguments):
        started.append(Emulator(tmp_path / "state", *arguments))
        return started[-1]

    yield start
    for emulator in started:
        emulator.kill()


def test_messages_are_put_and_got(stream):
    sent = [(None if number % 3 else f"key-{number}", f"value {number} ü") for number in range(200)]
    result = stream.put(*sent)
    assert result.failures == 0
    got = {(message.partition, message.offset): message for part in range(2) for message in stream.all(part)}
    assert len(got) == 200
    for entry, (key, value) in zip(result.entries, sent, strict=True):
        message = got[entry.partition, entry.offset]
        assert (streams.decode(message.key), streams.decode(message.value)) == (key, value)
        assert (message.stream, message.timestamp) == (stream.name, entry.timestamp)
        assert entry.error is None


def test_a_key_stays_in_its_partition(stream):
    where = {}
    for round in range(3):
        entries = stream.put(*[(f"key-{number}", str(round)) for number in range(50)]).entries
        for number, entry in enumerate(entries):
            assert where.setdefault(number, entry.partition) == entry.partition
    assert set(where.values()) == {"0", "1"}


def test_cursors_start_where_they_should(emulator):
    stream = streams.create(emulator, f"messages-{next(NUMBERS)}")
    stream.put((None, "a"), (None, "b"))
    latest = stream.cursor("LATEST")
    emulator.control("POST", "streaming-clock/advance?seconds=10")
    third = stream.put((None, "c")).entries[0]
    for cursor, expected in [
        (stream.cursor(), ["a", "b", "c"]),
        (latest, ["c"]),
        (stream.cursor("AT_OFFSET", offset=1), ["b", "c"]),
        (stream.cursor("AFTER_OFFSET", offset=1), ["c"]),
        (stream.cursor("AT_TIME", time=third.timestamp), ["c"]),
        (stream.cursor("AT_TIME", time=third.timestamp + datetime.timedelta(milliseconds=1)), []),
    ]:
        assert stream.values(cursor)[0] == expected
    for wrong in ({"kind": "AT_OFFSET", "offset": 3}, {"kind": "AFTER_OFFSET", "offset": 3}, {"partition": 1}):
        with refused(400, "InvalidParameter"):
            stream.cursor(**wrong)


def test_a_cursor_can_be_followed_and_expires(emulator):
    stream = streams.create(emulator, f"messages-{next(NUMBERS)}")
    stream.put(*[(None, str(number)) for number in range(5)])
    first = cursor = stream.cursor()
    values = []
    for _ in range(3):
        batch, cursor = stream.values(cursor, limit=2)
        values.append(batch)
    assert values == [["0", "1"], ["2", "3"], ["4"]]
    emulator.control("POST", "streaming-clock/advance?seconds=301")
    with refused(400, "InvalidParameter") as caught:
        stream.get(first)
    assert "expired" in caught.value.message
    other = streams.create(emulator, f"messages-{next(NUMBERS)}")
    with refused(400, "InvalidParameter"):
        other.get(stream.cursor())


def test_a_cursor_out_of_retention_is_rejected(emulator):
    stream = streams.create(emulator, f"messages-{next(NUMBERS)}")
    stream.put((None, "old"))
    emulator.control("POST", f"streaming-clock/advance?seconds={24 * 3600 - 100}")
    stream.put((None, "new"))
    cursor = stream.cursor()
    emulator.control("POST", "streaming-clock/advance?seconds=200")
    with refused(400, "InvalidParameter") as caught:
        stream.get(cursor)
    assert "The cursor is outside the retention period" in caught.value.message
    assert stream.values(stream.cursor())[0] == ["new"]


def test_only_entries_over_the_limit_fail(start):
    emulator = start("--stream-write-bytes", "1000", "--stream", "narrow:2")
    stream = streams.named(emulator, "narrow")
    keys = {}
    for number in range(32):
        entry = stream.put((str(number), "")).entries[0]
        keys.setdefault(entry.partition, str(number))
    emulator.control("POST", "streaming-clock/advance?seconds=10")
    value = "v" * 600
    result = stream.put((keys["0"], value), (keys["0"], value), (keys["1"], value))
    assert result.failures == 1
    assert [entry.error for entry in result.entries] == [None, "429", None]
    late = result.entries[1]
    assert (late.partition, late.offset) == (None, None)
    assert "Too Many Requests" in late.error_message
    wait = int(late.error_message.split("next request can be made in ")[1].split(" ms")[0])
    emulator.control("POST", f"streaming-clock/advance?seconds={wait / 1000}")
    assert stream.put((keys["0"], value)).failures == 0
    (seen,) = emulator.control("GET", "streams")
    assert [partition["throttled_messages"] for partition in seen["partitions"]] == [1, 0]


def test_limits_are_the_services_unless_they_are_removed(start):
    stream = streams.named(start("--stream-reads", "1"), "ledger")
    result = stream.put(*[("key", "")] * 1001)
    assert (result.failures, result.entries[-1].error) == (1, "429")
    cursor = stream.cursor(partition=result.entries[0].partition)
    stream.get(cursor, limit=1)
    with refused(429, "TooManyRequests") as caught:
        for _ in range(1000):
            stream.get(cursor, limit=1)
    assert "next request can be made in" in caught.value.message


def test_without_limits_nothing_is_throttled(start):
    stream = streams.named(start("--stream-unlimited"), "ledger")
    value = "v" * 1000
    for _ in range(5):
        assert stream.put(*[("key", value)] * 1000).failures == 0
    partition = stream.put(("key", value)).entries[0].partition
    assert len(stream.all(partition)) == 5001


def test_a_request_that_is_too_large_is_rejected(stream):
    with refused(400, "InvalidParameter") as caught:
        stream.put((None, "v" * (1 << 20)), (None, "v"))
    assert "Request size is limited to 1 MiB" in caught.value.message


def test_faults_apply_to_a_stream_by_name(emulator, stream):
    other = streams.create(emulator, f"messages-{next(NUMBERS)}")
    emulator.fault("PutMessages", {"throttle": {}}, stream=stream.name, first=1)
    with refused(429, "TooManyRequests"):
        stream.put(("key", "value"))
    emulator.clear_faults()
    emulator.fault("PutMessages", "reset_before", stream=stream.name, nth=[1])
    emulator.fault("PutMessages", "reset_after", stream=stream.name, nth=[2])
    assert other.put(("key", "value")).failures == 0
    for number in (1, 2):
        with pytest.raises(oci.exceptions.RequestException):
            stream.put(("key", str(number)))
    partition = stream.put(("key", "3")).entries[0].partition
    values = [streams.decode(message.value) for message in stream.all(partition)]
    assert values == ["2", "3"], "the message reset before the write is missing, the one reset after it exists"


def test_the_sdks_retries_may_put_a_message_twice(emulator):
    plain = streams.create(emulator, f"messages-{next(NUMBERS)}")
    strategy = oci.retry.RetryStrategyBuilder(
        retry_base_sleep_time_seconds=0.01, decorrelated_jitter=0.01, retry_max_wait_between_calls_seconds=0.02
    ).get_retry_strategy()
    details = streams.admin(emulator).get_stream(plain.id).data
    patient = streams.Stream(emulator, details, retry_strategy=strategy)
    emulator.fault("PutMessages", "reset_after", stream=plain.id, first=1)
    assert patient.put((None, "value")).entries[0].offset == 1
    assert [streams.decode(message.value) for message in plain.all()] == ["value", "value"]


def test_messages_and_their_offsets_survive_a_restart(start):
    emulator = start("--stream-unlimited")
    stream = streams.named(emulator, "ledger")
    entries = stream.put(*[(str(number), f"value {number}") for number in range(100)]).entries
    before = {(entry.partition, entry.offset): f"value {number}" for number, entry in enumerate(entries)}
    cursor = stream.cursor()
    emulator.kill()
    again = streams.named(start("--stream-unlimited"), "ledger")
    assert again.id == stream.id
    after = {
        (message.partition, message.offset): streams.decode(message.value)
        for part in range(2)
        for message in again.all(part)
    }
    assert after == before
    assert again.get(cursor)[0], "a cursor is valid for five minutes, even across a restart"
    entry = again.put(("0", "next")).entries[0]
    assert entry.offset == len([place for place in before if place[0] == entry.partition])


def test_the_command_line_puts_and_gets(emulator, stream, tmp_path):
    def run(*arguments):
        environment = {
            **os.environ,
            "HOME": str(tmp_path),
            "OCI_CLI_CONFIG_FILE": str(emulator.config_file),
            "OCI_CLI_ENDPOINT": emulator.endpoint,
        }
        command = [str(OCI), "streaming", *map(str, arguments)]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr + ran.stdout
        return json.loads(ran.stdout) if ran.stdout.strip() else None

    of_stream = ["--stream-id", stream.id]
    made = run(
        *["admin", "stream", "create", "--name", f"{stream.name}-cli", "--partitions", "1"],
        *["--compartment-id", emulator.config()["tenancy"], "--wait-for-state", "SUCCEEDED"],
        *["--wait-interval-seconds", "1"],
    )
    assert made["data"]["status"] == "SUCCEEDED"
    messages = json.dumps([{"key": streams.encode("key"), "value": streams.encode("value")}])
    put = run("stream", "message", "put", *of_stream, "--messages", messages)
    partition = put["data"]["entries"][0]["partition"]
    start = ["--partition", partition, "--type", "TRIM_HORIZON"]
    cursor = run("stream", "cursor", "create-cursor", *of_stream, *start)["data"]["value"]
    got = run("stream", "message", "get", *of_stream, "--cursor", cursor)
    assert [streams.decode(message["value"]) for message in got["data"]] == ["value"]
    assert got["opc-next-cursor"]
    joining = ["--group-name", "group", "--instance-name", "one", "--type", "TRIM_HORIZON"]
    cursor = run("stream", "cursor", "create-group-cursor", *of_stream, *joining)["data"]["value"]
    got = run("stream", "message", "get", *of_stream, "--cursor", cursor)
    assert len(got["data"]) == 1
    beaten = run("stream", "group", "heartbeat", *of_stream, "--cursor", got["opc-next-cursor"])["data"]["value"]
    run("stream", "group", "commit", *of_stream, "--cursor", beaten)
    group = run("stream", "group", "get", *of_stream, "--group-name", "group")["data"]
    assert group["reservations"][int(partition)]["committed-offset"] == 0
