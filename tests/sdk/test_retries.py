"""Tests the SDK's own retries, with faults that the emulator injects."""

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
    """The bucket through a client with the SDK's default retries, but without the waits."""
    strategy = oci.retry.RetryStrategyBuilder(
        retry_base_sleep_time_seconds=0.01, decorrelated_jitter=0.01, retry_max_wait_between_calls_seconds=0.02
    ).get_retry_strategy()
    return bucket.through(connect(retry_strategy=strategy))


def attempts(emulator, operation):
    """Returns the result of each attempt at an operation: its fault or its status."""
    return [
        request["fault"] or request["status"] for request in emulator.requests() if request["operation"] == operation
    ]


@pytest.mark.parametrize("fault", TEMPORARY, ids=kind)
def test_a_put_finally_succeeds(patient, emulator, fault):
    emulator.fault("PutObject", fault, bucket=patient.name, first=2)
    patient.put_object("object", b"content")
    assert attempts(emulator, "PutObject") == [kind(fault)] * 2 + [200]
    assert patient.read("object") == b"content"


@pytest.mark.parametrize("fault", TEMPORARY, ids=kind)
def test_reads_finally_succeed(patient, emulator, fault):
    patient.put_object("object", b"content")
    for operation in ("GetObject", "HeadObject", "ListObjects"):
        emulator.fault(operation, fault, bucket=patient.name, first=1)
    assert patient.read("object") == b"content"
    assert patient.head_object("object").headers["content-length"] == "7"
    assert patient.names() == ["object"]
    for operation in ("GetObject", "HeadObject", "ListObjects"):
        assert attempts(emulator, operation) == [kind(fault), 200]


def test_the_sdk_with_its_defaults_succeeds(bucket, connect, emulator):
    emulator.fault("PutObject", THROTTLE, bucket=bucket.name, first=1)
    bucket.through(connect(retry_strategy=oci.retry.DEFAULT_RETRY_STRATEGY)).put_object("object", b"content")
    assert bucket.read("object") == b"content"


def test_a_file_is_sent_again_from_the_start(patient, emulator, tmp_path):
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
def test_without_retries_a_fault_raises_its_own_error(bucket, emulator, fault, status, code):
    emulator.fault("GetObject", fault, bucket=bucket.name)
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        bucket.get_object("object")
    assert (caught.value.status, caught.value.code) == (status, code)
    assert len(attempts(emulator, "GetObject")) == 1


def test_a_throttled_response_says_when_to_retry(bucket, emulator):
    emulator.fault("GetObject", THROTTLE, bucket=bucket.name)
    with refused(429, "TooManyRequests") as caught:
        bucket.get_object("object")
    assert caught.value.headers["retry-after"] == "1"


def test_the_sdk_stops_after_eight_failed_attempts(patient, emulator):
    emulator.fault("GetObject", "internal_error", bucket=patient.name)
    with refused(500, "InternalServerError"):
        patient.get_object("object")
    assert len(attempts(emulator, "GetObject")) == 8


@pytest.mark.parametrize("fault", ["expired_token", "false_not_found"])
def test_permanent_errors_are_not_retried(patient, emulator, fault):
    patient.put_object("object", b"content")
    emulator.fault("GetObject", fault, bucket=patient.name, first=1)
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        patient.get_object("object")
    expected = {"expired_token": (401, "NotAuthenticated"), "false_not_found": (404, "BucketNotFound")}
    assert (caught.value.status, caught.value.code) == expected[fault]
    assert len(attempts(emulator, "GetObject")) == 1


def test_a_reset_before_the_write_leaves_nothing_and_one_after_it_leaves_the_object(bucket, emulator):
    emulator.fault("PutObject", "reset_before", bucket=bucket.name, object="before")
    emulator.fault("PutObject", "reset_after", bucket=bucket.name, object="after")
    for name in ("before", "after"):
        with pytest.raises(oci.exceptions.RequestException):
            bucket.put_object(name, b"content")
    emulator.clear_faults()
    assert bucket.names() == ["after"]
    assert bucket.read("after") == b"content"


def test_a_create_whose_response_was_lost_finds_its_own_object(patient, emulator):
    """A retried create-only put finds its own object. The caller sees a 412 although the object was written."""
    emulator.fault("PutObject", "reset_after", bucket=patient.name, first=1)
    with refused(412, "IfNoneMatchFailed"):
        patient.put_object("object", b"content", if_none_match="*")
    assert patient.read("object") == b"content"


def test_a_truncated_body_is_detected(bucket, emulator):
    bucket.put_object("object", b"x" * 100_000)
    emulator.fault("GetObject", {"truncated_body": {"after_bytes": 1000}}, bucket=bucket.name, first=1)
    got = bucket.get_object("object")
    with pytest.raises(Exception, match="[Ii]ncomplete|broken|reset"):
        b"".join(got.data.raw.stream(1 << 16, decode_content=False))
    assert len(bucket.read("object")) == 100_000


def test_a_stalled_body_ends_in_the_clients_timeout(bucket, connect, emulator):
    bucket.put_object("object", b"x" * 100_000)
    emulator.fault("GetObject", {"stall": {"after_bytes": 1000}}, bucket=bucket.name, first=1)
    hurried = bucket.through(connect(timeout=(5, 1)))
    with pytest.raises(Exception, match="[Tt]imed out"):
        b"".join(hurried.get_object("object").data.raw.stream(1 << 16, decode_content=False))
    assert len(bucket.read("object")) == 100_000


def test_a_slow_body_is_complete(bucket, emulator):
    bucket.put_object("object", bytes(range(256)) * 400)
    emulator.fault("GetObject", {"slow_body": {"bytes_per_second": 400_000}}, bucket=bucket.name)
    assert bucket.read("object") == bytes(range(256)) * 400


def test_a_server_clock_that_is_ahead_rejects_requests_and_is_visible(bucket, emulator):
    bucket.put_object("object", b"content")
    local = parsedate_to_datetime(bucket.head_object("object").headers["date"])
    emulator.fault("GetObject", {"clock_skew": {"seconds": 3600}}, bucket=bucket.name)
    with refused(401, "NotAuthenticated") as caught:
        bucket.get_object("object")
    ahead = (parsedate_to_datetime(caught.value.headers["date"]) - local).total_seconds()
    assert 3590 <= ahead <= 3660
