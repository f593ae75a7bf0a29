"""Conditional requests: what the SDK raises when a condition does not hold."""

from concurrent.futures import ThreadPoolExecutor

import oci
import pytest
from buckets import refused

UNKNOWN = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def etag(bucket):
    return bucket.put_object("object", b"first").headers["etag"]


def test_a_put_that_may_only_create_creates_once(bucket):
    bucket.put_object("object", b"first", if_none_match="*")
    with refused(412, "IfNoneMatchFailed"):
        bucket.put_object("object", b"second", if_none_match="*")
    assert bucket.read("object") == b"first"


def test_of_many_puts_that_may_only_create_one_wins(bucket):
    def put(number):
        try:
            bucket.put_object("object", str(number).encode(), if_none_match="*")
            return number
        except oci.exceptions.ServiceError as error:
            assert (error.status, error.code) == (412, "IfNoneMatchFailed")

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(put, range(24)) if number is not None]
    assert len(winners) == 1
    assert bucket.read("object") == str(winners[0]).encode()


def test_a_put_replaces_only_the_version_it_names(bucket, etag):
    second = bucket.put_object("object", b"second", if_match=etag).headers["etag"]
    with refused(412, "IfMatchFailed"):
        bucket.put_object("object", b"third", if_match=etag)
    bucket.put_object("object", b"third", if_match=second)
    assert bucket.read("object") == b"third"


def test_a_put_onto_a_version_of_nothing_is_refused(bucket, etag):
    with refused(412, "IfMatchFailed"):
        bucket.put_object("absent", b"x", if_match=etag)
    assert bucket.names() == ["object"]


def test_a_get_of_the_version_named_succeeds(bucket, etag):
    assert bucket.read("object", if_match=etag) == b"first"
    assert bucket.head_object("object", if_match=etag).status == 200
    assert bucket.read("object", if_none_match=UNKNOWN) == b"first"


def test_a_get_of_another_version_is_refused_with_412(bucket, etag):
    with refused(412, "IfMatchFailed"):
        bucket.get_object("object", if_match=UNKNOWN)
    with refused(412, None):
        bucket.head_object("object", if_match=UNKNOWN)


def test_a_get_of_the_version_one_has_is_answered_with_304(bucket, etag):
    for operation in (bucket.get_object, bucket.head_object):
        with refused(304, None) as caught:
            operation("object", if_none_match=etag)
        assert caught.value.headers["etag"] == etag


def test_any_version_may_be_meant_by_a_star(bucket, etag):
    assert bucket.read("object", if_match="*") == b"first"
    bucket.put_object("object", b"second", if_match="*")
    assert bucket.read("object") == b"second"


def test_a_delete_removes_only_the_version_it_names(bucket, etag):
    with refused(412, "IfMatchFailed"):
        bucket.delete_object("object", if_match=UNKNOWN)
    assert bucket.names() == ["object"]
    bucket.delete_object("object", if_match=etag)
    assert bucket.names() == []


def test_a_condition_on_nothing_is_a_404_when_read_or_deleted(bucket):
    for operation in (bucket.get_object, bucket.delete_object):
        with refused(404, "ObjectNotFound"):
            operation("absent", if_match=UNKNOWN)


def test_a_put_that_avoids_one_version_is_refused(bucket, etag):
    with refused(400):
        bucket.put_object("object", b"second", if_none_match=UNKNOWN)
    assert bucket.read("object") == b"first"


def test_after_a_refusal_the_same_client_goes_on(bucket, etag):
    body = b"x" * (1 << 20)
    for _ in range(3):
        with refused(412, "IfNoneMatchFailed"):
            bucket.put_object("object", body, if_none_match="*")
        assert bucket.read("object") == b"first"
    bucket.put_object("other", body)
    assert bucket.read("other") == body


def test_a_get_that_avoids_every_version_is_refused(bucket, etag):
    """The SDK's documentation allows no wildcard here."""
    with refused(400):
        bucket.get_object("object", if_none_match="*")
