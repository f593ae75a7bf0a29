"""Tests the operations on single objects: put, get, head, and delete."""

import base64
import gzip
import hashlib
import io
import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

import pytest
from buckets import refused

EVERY_BYTE = bytes(range(256)) * 5


def test_a_get_returns_what_was_put_byte_for_byte(bucket):
    bucket.put_object("bytes", EVERY_BYTE)
    assert bucket.read("bytes") == EVERY_BYTE


def test_an_object_can_be_empty(bucket):
    bucket.put_object("empty", b"")
    got = bucket.get_object("empty")
    assert got.data.content == b""
    assert got.headers["content-length"] == "0"
    assert bucket.head_object("empty").headers["content-length"] == "0"


def test_an_object_of_many_megabytes_survives(bucket):
    content = EVERY_BYTE * (20 * 1024 * 1024 // len(EVERY_BYTE)) + b"tail"
    bucket.put_object("large", content)
    got = hashlib.sha256()
    for chunk in bucket.get_object("large").data.raw.stream(1 << 20, decode_content=False):
        got.update(chunk)
    assert got.digest() == hashlib.sha256(content).digest()


def test_files_and_streams_are_put_like_bytes(bucket, tmp_path):
    (tmp_path / "file").write_bytes(EVERY_BYTE)
    with open(tmp_path / "file", "rb") as file:
        bucket.put_object("file", file)
    bucket.put_object("stream", io.BytesIO(EVERY_BYTE))
    assert bucket.read("file") == bucket.read("stream") == EVERY_BYTE


def test_a_put_returns_etag_md5_and_time(bucket):
    before = datetime.now(timezone.utc).replace(microsecond=0)
    put = bucket.put_object("object", EVERY_BYTE)
    assert put.status == 200
    assert put.headers["etag"]
    assert put.headers["opc-content-md5"] == base64.b64encode(hashlib.md5(EVERY_BYTE).digest()).decode()
    written = parsedate_to_datetime(put.headers["last-modified"])
    assert before <= written <= datetime.now(timezone.utc) + timedelta(seconds=1)
    assert put.request_id


def test_get_and_head_return_the_same_metadata(bucket):
    put = bucket.put_object("object", EVERY_BYTE, content_type="application/x-ndjson")
    got, head = bucket.get_object("object"), bucket.head_object("object")
    for answer in (got, head):
        assert answer.headers["etag"] == put.headers["etag"]
        assert answer.headers["content-length"] == str(len(EVERY_BYTE))
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert answer.headers["content-md5"] == put.headers["opc-content-md5"]
        assert answer.headers["last-modified"] == put.headers["last-modified"]
    assert head.data is None


def test_headers_given_with_an_object_are_returned_with_it(bucket):
    given = {
        "content_type": 'text/plain; charset="utf-8"',
        "content_language": "de",
        "content_disposition": 'attachment; filename="a b.txt"',
        "cache_control": "no-cache, max-age=0",
    }
    bucket.put_object("object", b"text", **given)
    for answer in (bucket.get_object("object"), bucket.head_object("object")):
        assert {name: answer.headers[name.replace("_", "-")] for name in given} == given


def test_a_gzipped_object_is_stored_unchanged(bucket):
    packed = gzip.compress(b"line\n" * 1000)
    bucket.put_object("packed", packed, content_encoding="gzip")
    got = bucket.get_object("packed")
    assert got.headers["content-encoding"] == "gzip"
    assert got.headers["content-length"] == str(len(packed))
    assert b"".join(got.data.raw.stream(1 << 20, decode_content=False)) == packed
    assert bucket.read("packed") == b"line\n" * 1000, "the SDK decompresses the content"


def test_a_second_put_replaces_content_and_etag(bucket):
    first = bucket.put_object("object", b"first", opc_meta={"version": "1"})
    second = bucket.put_object("object", b"the second")
    assert first.headers["etag"] != second.headers["etag"]
    head = bucket.head_object("object")
    assert head.headers["etag"] == second.headers["etag"]
    assert head.headers["content-length"] == str(len("the second"))
    assert "opc-meta-version" not in head.headers, "nothing of the old object is left"


def test_the_same_bytes_put_again_get_another_etag(bucket):
    etags = {bucket.put_object("object", b"same").headers["etag"] for _ in range(3)}
    assert len(etags) == 3, "an ETag identifies a write, not the content"


def test_a_deleted_object_is_gone(bucket):
    bucket.holds("object", "other")
    deleted = bucket.delete_object("object")
    assert deleted.status == 204
    with refused(404, "ObjectNotFound"):
        bucket.get_object("object")
    assert bucket.names() == ["other"]


def test_response_headers_can_be_requested(bucket):
    bucket.put_object("object", b"text", content_type="text/plain")
    got = bucket.get_object("object", http_response_content_type="text/csv", http_response_cache_control="no-store")
    assert got.headers["content-type"] == "text/csv"
    assert got.headers["cache-control"] == "no-store"


def test_the_callers_request_id_is_echoed(bucket):
    got = bucket.put_object("object", b"x", opc_client_request_id="line-17")
    assert got.headers["opc-client-request-id"] == "line-17"


@pytest.mark.parametrize(
    "given, kept", [(b"bytes", "application/json"), (io.BytesIO(b"x"), "application/octet-stream")]
)
def test_without_a_content_type_the_sdks_default_is_stored(bucket, given, kept):
    bucket.put_object("object", given)
    assert bucket.head_object("object").headers["content-type"] == kept


def test_readers_see_one_version_or_another_but_never_a_mix(bucket, connect):
    contents = [bytes([65 + number]) * (300_000 + number) for number in range(8)]
    bucket.put_object("object", contents[0])

    def write(_):
        for content in contents:
            bucket.put_object("object", content)

    def read(_):
        reader = bucket.through(connect())
        return [reader.read("object") in contents for _ in range(16)]

    with ThreadPoolExecutor(4) as pool:
        writing = pool.submit(write, 0)
        assert all(itertools.chain(*pool.map(read, range(3))))
        writing.result()
    assert bucket.read("object") == contents[-1]
