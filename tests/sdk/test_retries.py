"""The SDK's own retries, through faults that the emulator injects."""

from email.utils import parsedate_to_datetime

import oci
import pytest
from buckets import refused

THROTTLE = {"throttle": {"retry_after_seconds": 1}}
UNAVAILABLE = {"unavailable": {}}
TEMPORARY = [THROTTLE, "internal_error", "bad_gateway", UNAVAILABLE, "reset_before", "reset_after"]


def kind(fault):
    return fault if isinstance(fault, str) else next(iter(fault))


@pytest.fixture
def patient(bucket, connect):
    """The bucket through a client that retries as the SDK does by default, only without the waits."""
    strategy = oci.retry.RetryStrategyBuilder(
        retry_base_sleep_time_seconds=0.01, decorrelated_jitter=0.01, retry_max_wait_between_calls_seconds=0.02
    ).get_retry_strategy()
    return bucket.through(connect(retry_strategy=strategy))


def attempts(emulator, operation):
    """How each attempt at an operation went: its fault, or its status."""
    return [
        request["fault"] or request["status"] for request in emulator.requests() if request["operation"] == operation
    ]


@pytest.mark.parametrize("fault", TEMPORARY, ids=kind)
def test_a_put_gets_through_in_the_end(patient, emulator, fault):
    emulator.fault("PutObject", fault, bucket=patient.name, first=2)
    patient.put_object("object", b"content")
    assert attempts(emulator, "PutObject") == [kind(fault)] * 2 + [200]
    assert patient.read("object") == b"content"


@pytest.mark.parametrize("fault", TEMPORARY, ids=kind)
def test_reads_get_through_in_the_end(patient, emulator, fault):
    patient.put_object("object", b"content")
    for operation in ("GetObject", "HeadObject", "ListObjects"):
        emulator.fault(operation, fault, bucket=patient.name, first=1)
    assert patient.read("object") == b"content"
    assert patient.head_object("object").headers["content-length"] == "7"
    assert patient.names() == ["object"]
    for operation in ("GetObject", "HeadObject", "ListObjects"):
        assert attempts(emulator, operation) == [kind(fault), 200]


def test_the_sdk_as_it_comes_gets_through(bucket, connect, emulator):
    emulator.fault("PutObject", THROTTLE, bucket=bucket.name, first=1)
    bucket.through(connect(retry_strategy=oci.retry.DEFAULT_RETRY_STRATEGY)).put_object("object", b"content")
    assert bucket.read("object") == b"content"


def test_a_file_is_sent_again_from_its_beginning(patient, emulator, tmp_path):
    content = b"line\n" * 100_000
    (tmp_path / "file").write_bytes(content)
    emulator.fault("PutObject", "internal_error", bucket=patient.name, first=1)
    emulator.fault("PutObject", "reset_before", bucket=patient.name, nth=[2])
    with open(tmp_path / "file", "rb") as file:
        patient.put_object("object", file)
    assert patient.read("object") == content


@pytest.mark.parametrize(
    "fault, status, code",
    [
        (THROTTLE, 429, "TooManyRequests"),
        ("internal_error", 500, "InternalServerError"),
        ("bad_gateway", 502, None),
        (UNAVAILABLE, 503, "ServiceUnavailable"),
    ],
    ids=lambda value: kind(value) if isinstance(value, (str, dict)) else None,
)
def test_without_retries_a_fault_is_raised_as_what_it_is(bucket, emulator, fault, status, code):
    emulator.fault("GetObject", fault, bucket=bucket.name)
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        bucket.get_object("object")
    assert (caught.value.status, caught.value.code) == (status, code)
    assert len(attempts(emulator, "GetObject")) == 1


def test_a_throttled_answer_says_when_to_come_back(bucket, emulator):
    emulator.fault("GetObject", THROTTLE, bucket=bucket.name)
    with refused(429, "TooManyRequests") as caught:
        bucket.get_object("object")
    assert caught.value.headers["retry-after"] == "1"


def test_a_fault_that_stays_is_given_up_on_after_eight_attempts(patient, emulator):
    emulator.fault("GetObject", "internal_error", bucket=patient.name)
    with refused(500, "InternalServerError"):
        patient.get_object("object")
    assert len(attempts(emulator, "GetObject")) == 8


@pytest.mark.parametrize("fault", ["expired_token", "false_not_found"])
def test_what_a_retry_does_not_mend_is_not_retried(patient, emulator, fault):
    patient.put_object("object", b"content")
    emulator.fault("GetObject", fault, bucket=patient.name, first=1)
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        patient.get_object("object")
    expected = {"expired_token": (401, "NotAuthenticated"), "false_not_found": (404, "BucketNotFound")}
    assert (caught.value.status, caught.value.code) == expected[fault]
    assert len(attempts(emulator, "GetObject")) == 1


def test_a_reset_before_leaves_nothing_and_a_reset_after_leaves_the_object(bucket, emulator):
    emulator.fault("PutObject", "reset_before", bucket=bucket.name, object="before")
    emulator.fault("PutObject", "reset_after", bucket=bucket.name, object="after")
    for name in ("before", "after"):
        with pytest.raises(oci.exceptions.RequestException):
            bucket.put_object(name, b"content")
    emulator.clear_faults()
    assert bucket.names() == ["after"]
    assert bucket.read("after") == b"content"


def test_a_create_whose_answer_was_lost_meets_itself(patient, emulator):
    """A retried put that may only create finds its own object: the caller sees 412, although it was written."""
    emulator.fault("PutObject", "reset_after", bucket=patient.name, first=1)
    with refused(412, "IfNoneMatchFailed"):
        patient.put_object("object", b"content", if_none_match="*")
    assert patient.read("object") == b"content"


def test_a_body_that_ends_early_is_noticed(bucket, emulator):
    bucket.put_object("object", b"x" * 100_000)
    emulator.fault("GetObject", {"truncated_body": {"after_bytes": 1000}}, bucket=bucket.name, first=1)
    got = bucket.get_object("object")
    with pytest.raises(Exception, match="[Ii]ncomplete|broken|reset"):
        b"".join(got.data.raw.stream(1 << 16, decode_content=False))
    assert len(bucket.read("object")) == 100_000


def test_a_body_that_stalls_ends_in_the_clients_own_timeout(bucket, connect, emulator):
    bucket.put_object("object", b"x" * 100_000)
    emulator.fault("GetObject", {"stall": {"after_bytes": 1000}}, bucket=bucket.name, first=1)
    hurried = bucket.through(connect(timeout=(5, 1)))
    with pytest.raises(Exception, match="[Tt]imed out"):
        b"".join(hurried.get_object("object").data.raw.stream(1 << 16, decode_content=False))
    assert len(bucket.read("object")) == 100_000


def test_a_slow_body_is_whole(bucket, emulator):
    bucket.put_object("object", bytes(range(256)) * 400)
    emulator.fault("GetObject", {"slow_body": {"bytes_per_second": 400_000}}, bucket=bucket.name)
    assert bucket.read("object") == bytes(range(256)) * 400


def test_a_clock_that_is_ahead_refuses_and_shows_it(bucket, emulator):
    bucket.put_object("object", b"content")
    local = parsedate_to_datetime(bucket.head_object("object").headers["date"])
    emulator.fault("GetObject", {"clock_skew": {"seconds": 3600}}, bucket=bucket.name)
    with refused(401, "NotAuthenticated") as caught:
        bucket.get_object("object")
    ahead = (parsedate_to_datetime(caught.value.headers["date"]) - local).total_seconds()
    assert 3590 <= ahead <= 3660
