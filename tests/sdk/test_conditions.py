"""Tests conditional requests: what the SDK raises if a condition does not hold."""

from concurrent.futures import ThreadPoolExecutor

import oci
import pytest
from buckets import refused

UNKNOWN = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def etag(bucket):
    return bucket.put_object("object", b"first").headers["etag"]


def test_a_create_only_put_succeeds_once(bucket):
    bucket.put_object("object", b"first", if_none_match="*")
    with refused(412, "IfNoneMatchFailed"):
        bucket.put_object("object", b"second", if_none_match="*")
    assert bucket.read("object") == b"first"


def test_one_of_many_concurrent_create_only_puts_succeeds(bucket):
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


def test_a_put_that_names_a_version_of_a_missing_object_is_rejected(bucket, etag):
    with refused(412, "IfMatchFailed"):
        bucket.put_object("absent", b"x", if_match=etag)
    assert bucket.names() == ["object"]


def test_a_get_of_the_named_version_succeeds(bucket, etag):
    assert bucket.read("object", if_match=etag) == b"first"
    assert bucket.head_object("object", if_match=etag).status == 200
    assert bucket.read("object", if_none_match=UNKNOWN) == b"first"


def test_a_get_of_another_version_gets_a_412(bucket, etag):
    with refused(412, "IfMatchFailed"):
        bucket.get_object("object", if_match=UNKNOWN)
    with refused(412, None):
        bucket.head_object("object", if_match=UNKNOWN)


def test_a_get_of_the_version_that_the_client_has_gets_a_304(bucket, etag):
    for operation in (bucket.get_object, bucket.head_object):
        with refused(304, None) as caught:
            operation("object", if_none_match=etag)
        assert caught.value.headers["etag"] == etag


def test_a_star_stands_for_any_version(bucket, etag):
    assert bucket.read("object", if_match="*") == b"first"
    bucket.put_object("object", b"second", if_match="*")
    assert bucket.read("object") == b"second"


def test_a_delete_removes_only_the_version_it_names(bucket, etag):
    with refused(412, "IfMatchFailed"):
        bucket.delete_object("object", if_match=UNKNOWN)
    assert bucket.names() == ["object"]
    bucket.delete_object("object", if_match=etag)
    assert bucket.names() == []


def test_a_conditional_get_or_delete_of_a_missing_object_is_a_404(bucket):
    for operation in (bucket.get_object, bucket.delete_object):
        with refused(404, "ObjectNotFound"):
            operation("absent", if_match=UNKNOWN)


def test_a_put_that_excludes_one_version_is_rejected(bucket, etag):
    with refused(400):
        bucket.put_object("object", b"second", if_none_match=UNKNOWN)
    assert bucket.read("object") == b"first"


def test_the_same_client_continues_after_an_error(bucket, etag):
    body = b"x" * (1 << 20)
    for _ in range(3):
        with refused(412, "IfNoneMatchFailed"):
            bucket.put_object("object", body, if_none_match="*")
        assert bucket.read("object") == b"first"
    bucket.put_object("other", body)
    assert bucket.read("other") == body


def test_a_get_that_excludes_every_version_is_rejected(bucket, etag):
    """The SDK's documentation allows no wildcard here."""
    with refused(400):
        bucket.get_object("object", if_none_match="*")
