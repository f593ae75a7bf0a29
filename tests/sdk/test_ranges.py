"""Tests reading ranges of an object."""

import pytest
from buckets import refused

CONTENT = bytes(range(256)) * 4
SIZE = len(CONTENT)


@pytest.fixture
def whole(bucket):
    bucket.put_object("object", CONTENT)
    return bucket


@pytest.mark.parametrize(
    "asked, first, last",
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-299", 100, 299),
        (f"bytes={SIZE - 1}-{SIZE - 1}", SIZE - 1, SIZE - 1),
        ("bytes=1000-", 1000, SIZE - 1),
        ("bytes=1000-999999", 1000, SIZE - 1),
        ("bytes=-24", SIZE - 24, SIZE - 1),
        (f"bytes=-{SIZE * 2}", 0, SIZE - 1),
        (f"bytes=0-{SIZE - 1}", 0, SIZE - 1),
    ],
)
def test_a_range_gets_a_206_with_its_position(whole, asked, first, last):
    got = whole.get_object("object", range=asked)
    assert got.status == 206
    assert got.data.content == CONTENT[first : last + 1]
    assert got.headers["content-range"] == f"bytes {first}-{last}/{SIZE}"
    assert got.headers["content-length"] == str(last + 1 - first)
    assert got.headers["etag"] == whole.head_object("object").headers["etag"]


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=5000-6000"])
def test_a_range_beyond_the_end_gets_a_416(whole, asked):
    with refused(416):
        whole.get_object("object", range=asked)


def test_a_request_without_a_range_gets_a_200_with_the_whole_object(whole):
    got = whole.get_object("object")
    assert got.status == 200
    assert "content-range" not in got.headers


def test_the_ranges_together_are_the_object(whole):
    parts = [whole.read("object", range=f"bytes={start}-{start + 99}") for start in range(0, SIZE, 100)]
    assert b"".join(parts) == CONTENT


def test_a_conditional_range_of_another_version_is_rejected(whole):
    etag = whole.head_object("object").headers["etag"]
    assert whole.read("object", range="bytes=0-9", if_match=etag) == CONTENT[:10]
    whole.put_object("object", CONTENT[::-1])
    with refused(412, "IfMatchFailed"):
        whole.get_object("object", range="bytes=10-19", if_match=etag)
