"""Tests faults of PutMessages, for single messages and in its response, through Oracle's SDK."""

import itertools

import pytest
import streams
from emulator import Emulator

NUMBERS = itertools.count(1)
MESSAGES = [(f"key-{number}", f"value {number}") for number in range(1, 8)]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """An emulator without limits on streams."""
    running = Emulator(tmp_path_factory.mktemp("faults") / "state", "--stream-unlimited")
    yield running
    running.kill()


@pytest.fixture
def emulator(running):
    yield running
    running.clear_faults()


@pytest.fixture
def stream(emulator):
    """A stream for one test, with two partitions."""
    return streams.create(emulator, f"faults-{next(NUMBERS)}", 2)


def values(stream):
    return sorted(streams.decode(message.value) for part in range(2) for message in stream.all(part))


@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        ({"throttle_entries": {"every": 3, "wait_milliseconds": 20}}, "429", "next request can be made in 20 ms"),
        ({"fail_entries": {"every": 3}}, "500", "internal server error"),
    ],
)
def test_some_messages_fail_and_the_others_are_stored(emulator, stream, fault, error, message):
    emulator.fault("PutMessages", fault, stream=stream.name, first=1)
    result = stream.put(*MESSAGES)
    assert result.failures == 2
    assert [entry.error for entry in result.entries] == [None, None, error, None, None, error, None]
    for entry in result.entries:
        if entry.error:
            assert message in entry.error_message
            assert (entry.partition, entry.offset, entry.timestamp) == (None, None, None)
        else:
            assert entry.offset is not None
    assert values(stream) == [f"value {number}" for number in (1, 2, 4, 5, 7)]
    again = [MESSAGES[place] for place, entry in enumerate(result.entries) if entry.error]
    assert stream.put(*again).failures == 0
    assert values(stream) == [value for _, value in MESSAGES]


def test_a_response_can_omit_the_last_message_although_it_is_stored(emulator, stream):
    emulator.fault("PutMessages", "short_answer", stream=stream.name)
    result = stream.put(*MESSAGES)
    assert (result.failures, len(result.entries)) == (0, 6)
    assert values(stream) == [value for _, value in MESSAGES]


def test_a_response_can_be_garbage_although_the_messages_are_stored(emulator, stream):
    emulator.fault("PutMessages", "garbage_answer", stream=stream.name)
    result = stream.put(*MESSAGES)
    assert (result.failures, result.entries) == (None, None), "the SDK reads an empty result"
    assert values(stream) == [value for _, value in MESSAGES]


def test_an_unknown_fault_is_rejected(emulator):
    with pytest.raises(AssertionError, match="throttle_entry"):
        emulator.control("PUT", "faults", [{"operation": "PutMessages", "fault": {"throttle_entry": {"every": 3}}}])
