"""Tests that the project's crate reads what the SDK has put, byte for byte, and vice versa."""

import base64
import itertools
import json
import os
import random
import subprocess

import oci
import pytest
import streams
from emulator import Emulator, built
from oci.streaming import models

NUMBERS = itertools.count(1)
RANDOM = random.Random(7)

# Keys and values that are valid text and ones that are not, and messages without a key.
MESSAGES = [
    (None, b"plain"),
    (b"key", b"value"),
    (b"", b""),
    (None, b""),
    ("ключ/ü".encode(), '{"Betrag": "8043.517930780035", "€": null}'.encode()),
    (bytes(range(256)), bytes(range(256)) * 3),
    (b"large", RANDOM.randbytes(700_001)),
    *[(b"account-%d" % (number % 7), RANDOM.randbytes(number)) for number in range(100)],
]


def text(content):
    return None if content is None else base64.b64encode(content).decode()


def content(text):
    return None if text is None else base64.b64decode(text)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """An emulator without limits on streams."""
    running = Emulator(tmp_path_factory.mktemp("cross") / "state", "--stream-unlimited")
    yield running
    running.kill()


@pytest.fixture
def emulator(running):
    running.forget_requests()
    yield running
    running.clear_faults()


@pytest.fixture
def stream(emulator):
    """A stream for one test, with two partitions."""
    return streams.create(emulator, f"cross-{next(NUMBERS)}", 2)


@pytest.fixture
def ours(emulator):
    """Returns a function that runs the crate's example `streams`, and returns the documents that it printed or its error message."""
    binary = built("examples/streams", "STREAMS_BIN")

    def ours(*arguments, given=(), identity=None, code=0):
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OCI_")},
            **(identity or {"OCI_CLI_CONFIG_FILE": str(emulator.config_file)}),
            "OCI_STREAMING_ENDPOINT": emulator.endpoint,
        }
        lines = "".join(json.dumps(message) + "\n" for message in given)
        command = [str(binary), *map(str, arguments)]
        ran = subprocess.run(command, env=environment, input=lines, capture_output=True, text=True)
        assert ran.returncode == code, ran.stderr
        return ran.stderr if code else [json.loads(line) for line in ran.stdout.splitlines()]

    return ours


def sdk_put(stream, messages):
    entries = [models.PutMessagesDetailsEntry(key=text(key), value=text(value)) for key, value in messages]
    return stream.put_messages(models.PutMessagesDetails(messages=entries)).data


def our_lines(messages):
    return [{"key": text(key), "value": text(value)} for key, value in messages]


def told(message):
    return content(message["key"]), content(message["value"])


def test_our_crate_gets_what_the_sdk_put(stream, ours):
    result = sdk_put(stream, MESSAGES)
    assert result.failures == 0
    got = {
        (message["partition"], message["offset"]): message for part in range(2) for message in ours("get", stream.id, part)
    }
    for (key, value), entry in zip(MESSAGES, result.entries, strict=True):
        message = got.pop((entry.partition, entry.offset))
        assert told(message) == (key, value)
        assert message["stream"] == stream.name
        assert message["timestamp_millis"] == round(entry.timestamp.timestamp() * 1000)
    assert got == {}


def test_the_sdk_gets_what_our_crate_put(stream, ours):
    entries = ours("put", stream.id, given=our_lines(MESSAGES))
    got = {(message.partition, message.offset): message for part in range(2) for message in stream.all(part)}
    for (key, value), entry in zip(MESSAGES, entries, strict=True):
        message = got.pop((entry["partition"], entry["offset"]))
        assert (content(message.key), content(message.value)) == (key, value)
    assert got == {}


def test_both_put_a_key_on_the_same_partition(stream, ours):
    messages = [(b"account-%d" % number, b"x") for number in range(50)]
    theirs = [entry.partition for entry in sdk_put(stream, messages).entries]
    assert [entry["partition"] for entry in ours("put", stream.id, given=our_lines(messages))] == theirs
    assert set(theirs) == {"0", "1"}


def test_cursors_of_both_start_at_the_same_positions(stream, ours):
    result = sdk_put(stream, [(None, b"%d" % number) for number in range(40)])
    first = next(entry for entry in result.entries if entry.partition == "0")
    whole = ours("get", stream.id, 0)
    middle = whole[len(whole) // 2]["offset"]
    for kind, ours_from, more in [
        ("TRIM_HORIZON", "TRIM_HORIZON", {}),
        ("LATEST", "LATEST", {}),
        ("AT_OFFSET", f"AT_OFFSET={middle}", {"offset": middle}),
        ("AFTER_OFFSET", f"AFTER_OFFSET={middle}", {"offset": middle}),
        ("AT_TIME", f"AT_TIME={first.timestamp.isoformat()}", {"time": first.timestamp}),
    ]:
        messages, _ = stream.get(stream.cursor(kind, 0, **more))
        got = ours("get", stream.id, 0, "--from", ours_from)
        assert [message["offset"] for message in got] == [message.offset for message in messages], kind


def test_both_share_a_consumer_group(stream, ours):
    sdk_put(stream, [(None, b"%d" % number) for number in range(40)])
    cursor = stream.group_cursor("readers", "sdk", timeout_in_ms=2_000)
    messages, cursor = stream.get(cursor, limit=10)
    stream.consumer_commit(cursor)
    group = ours("group", stream.id, "readers")
    assert [reservation["instance"] for reservation in group] == ["sdk", "sdk"]
    theirs = {each.partition: each.committed_offset for each in stream.get_group("readers").data.reservations}
    assert {each["partition"]: each["committed_offset"] for each in group} == theirs
    # The crate resets the group to the beginning, and the SDK reads from there. Then the crate takes over like any other member.
    ours("group", stream.id, "readers", "--reset", "TRIM_HORIZON")
    again, _ = stream.get(stream.group_cursor("readers", "sdk"), limit=10)
    assert [message.offset for message in again] == [message.offset for message in messages]
    assert len(ours("tail", stream.id, "others", "ours")) == 40
    assert ours("tail", stream.id, "others", "ours") == []


def test_our_crate_finds_a_stream_by_name(emulator, stream, ours):
    name = f"{stream.name}@{emulator.config()['tenancy']}"
    ours("put", name, given=our_lines(MESSAGES[:3]))
    assert len(stream.all(0) + stream.all(1)) == 3
    (shown,) = ours("show", name)
    assert (shown["id"], shown["partitions"], shown["lifecycle_state"]) == (stream.id, 2, "ACTIVE")
    assert "no active stream 'absent'" in ours("show", f"absent@{emulator.config()['tenancy']}", code=1)


def test_the_sdk_sees_what_our_crate_created_and_vice_versa(emulator, ours):
    admin, compartment = streams.admin(emulator), emulator.config()["tenancy"]
    (made,) = ours("create", compartment, "made-by-us", 3)
    seen = oci.wait_until(admin, admin.get_stream(made["id"]), "lifecycle_state", "ACTIVE", max_interval_seconds=1).data
    assert (seen.name, seen.partitions) == ("made-by-us", 3)
    theirs = {stream.id for stream in oci.pagination.list_call_get_all_results(admin.list_streams, compartment_id=compartment).data}
    assert {stream["id"] for stream in ours("list", compartment)} == theirs
    ours("delete", made["id"])
    assert admin.get_stream(made["id"]).data.lifecycle_state in ("DELETING", "DELETED")


def test_our_crate_authenticates_as_a_function(emulator, stream, ours):
    ours("put", stream.id, given=our_lines(MESSAGES[:3]), identity=emulator.resource_principal())
    assert len(stream.all(0) + stream.all(1)) == 3


def test_our_crate_sends_messages_once_and_reports_an_unknown_outcome(emulator, stream, ours):
    emulator.fault("PutMessages", "reset_after", stream=stream.name, first=1)
    assert "it is unknown whether" in ours("put", stream.id, given=our_lines(MESSAGES[:1]), code=1)
    puts = [request for request in emulator.requests() if request["operation"] == "PutMessages"]
    assert len(puts) == 1
    assert len(stream.all(0) + stream.all(1)) == 1
