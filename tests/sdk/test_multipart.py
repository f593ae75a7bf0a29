"""Tests uploads in parts, step by step."""

import base64
import hashlib
import random

import oci
import pytest
from buckets import refused
from oci.object_storage import models

PARTS = [random.Random(seed).randbytes(100_000 + seed) for seed in range(3)]


def begin(bucket, name="object", conditions=None, **details):
    details = models.CreateMultipartUploadDetails(object=name, **details)
    return bucket.create_multipart_upload(details, **(conditions or {})).data.upload_id


def commit(bucket, upload, parts, name="object", exclude=(), **conditions):
    """Commits parts, each given by number and ETag."""
    parts = [models.CommitMultipartUploadPartDetails(part_num=number, etag=etag) for number, etag in parts]
    details = models.CommitMultipartUploadDetails(parts_to_commit=parts, parts_to_exclude=list(exclude))
    return bucket.commit_multipart_upload(name, upload, details, **conditions)


def send(bucket, upload, number, content, name="object", **options):
    return number, bucket.upload_part(name, upload, number, content, **options).headers["etag"]


def test_the_parts_together_are_the_object(bucket):
    upload = begin(bucket, content_type="application/x-parquet")
    etags = [send(bucket, upload, number, part) for number, part in enumerate(PARTS, 1)]
    committed = commit(bucket, upload, etags)
    assert bucket.read("object") == b"".join(PARTS)
    head = bucket.head_object("object")
    assert head.headers["etag"] == committed.headers["etag"]
    assert head.headers["content-length"] == str(sum(map(len, PARTS)))
    assert head.headers["content-type"] == "application/x-parquet"


def test_creating_an_upload_returns_its_description(bucket):
    created = bucket.create_multipart_upload(models.CreateMultipartUploadDetails(object="a b/ü")).data
    assert (created.namespace, created.bucket, created.object) == (bucket.namespace, bucket.name, "a b/ü")
    assert created.upload_id and created.time_created


def test_each_part_has_an_md5_and_the_object_the_md5_of_these(bucket):
    upload = begin(bucket)
    etags = []
    for number, part in enumerate(PARTS, 1):
        sent = bucket.upload_part("object", upload, number, part)
        assert sent.headers["opc-content-md5"] == base64.b64encode(hashlib.md5(part).digest()).decode()
        etags.append((number, sent.headers["etag"]))
    committed = commit(bucket, upload, etags)
    digest = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in PARTS)).digest()
    expected = f"{base64.b64encode(digest).decode()}-{len(PARTS)}"
    assert committed.headers["opc-multipart-md5"] == expected
    head = bucket.head_object("object")
    assert head.headers["opc-multipart-md5"] == expected
    assert "content-md5" not in head.headers


def test_parts_are_joined_by_number_not_by_arrival(bucket):
    upload = begin(bucket)
    etags = [send(bucket, upload, number, b"%d" % number) for number in (7, 10000, 2)]
    commit(bucket, upload, sorted(etags))
    assert bucket.read("object") == b"2710000"


def test_of_a_part_sent_twice_the_last_one_counts(bucket):
    upload = begin(bucket)
    send(bucket, upload, 1, b"old")
    second = send(bucket, upload, 2, b"+")
    first = send(bucket, upload, 1, b"new")
    commit(bucket, upload, [first, second])
    assert bucket.read("object") == b"new+"


def test_the_etag_of_a_replaced_part_is_rejected(bucket):
    upload = begin(bucket)
    old = send(bucket, upload, 1, b"old")
    send(bucket, upload, 1, b"new")
    with refused(400):
        commit(bucket, upload, [old])
    assert bucket.names() == []


def test_a_part_can_be_omitted(bucket):
    upload = begin(bucket)
    etags = [send(bucket, upload, number, part) for number, part in enumerate((b"a", b"b", b"c"), 1)]
    commit(bucket, upload, [etags[0], etags[2]], exclude=[2])
    assert bucket.read("object") == b"ac"


def test_committing_a_part_that_was_never_sent_is_rejected(bucket):
    upload = begin(bucket)
    part = send(bucket, upload, 1, b"a")
    with refused(400):
        commit(bucket, upload, [part, (2, "00000000-0000-0000-0000-000000000000")])
    commit(bucket, upload, [part])
    assert bucket.read("object") == b"a"


@pytest.mark.parametrize("number", [0, 10001, -1])
def test_a_part_number_out_of_range_is_rejected(bucket, number):
    upload = begin(bucket)
    with refused(400):
        bucket.upload_part("object", upload, number, b"a")


def test_nothing_is_visible_before_the_commit(bucket):
    bucket.put_object("object", b"before")
    upload = begin(bucket)
    part = send(bucket, upload, 1, b"after")
    assert bucket.read("object") == b"before"
    commit(bucket, upload, [part])
    assert bucket.read("object") == b"after"


def test_parts_and_uploads_are_listed_by_page(bucket):
    uploads = [begin(bucket, name) for name in ("a", "b b", "c/c")]
    for number, part in enumerate(PARTS, 1):
        send(bucket, uploads[0], number, part, "a")
    every = oci.pagination.list_call_get_all_results(
        bucket.client.list_multipart_upload_parts, bucket.namespace, bucket.name, "a", uploads[0], limit=2
    )
    assert [(part.part_number, part.size) for part in every.data] == [(n, len(part)) for n, part in enumerate(PARTS, 1)]
    assert every.data[0].md5 == base64.b64encode(hashlib.md5(PARTS[0]).digest()).decode()
    listed = oci.pagination.list_call_get_all_results(
        bucket.client.list_multipart_uploads, bucket.namespace, bucket.name, limit=1
    )
    assert {(upload.object, upload.upload_id) for upload in listed.data} == {
        ("a", uploads[0]),
        ("b b", uploads[1]),
        ("c/c", uploads[2]),
    }


def test_an_aborted_upload_leaves_nothing(bucket):
    upload = begin(bucket)
    part = send(bucket, upload, 1, b"a")
    assert bucket.abort_multipart_upload("object", upload).status == 204
    assert bucket.list_multipart_uploads().data == []
    for call in (lambda: send(bucket, upload, 2, b"b"), lambda: commit(bucket, upload, [part])):
        with refused(404):
            call()
    assert bucket.names() == []


def test_a_committed_upload_has_ended(bucket):
    upload = begin(bucket)
    part = send(bucket, upload, 1, b"a")
    commit(bucket, upload, [part])
    assert bucket.list_multipart_uploads().data == []
    with refused(404):
        commit(bucket, upload, [part])


def test_a_create_only_commit_overwrites_nothing(bucket):
    upload = begin(bucket)
    part = send(bucket, upload, 1, b"parts")
    bucket.put_object("object", b"there")
    with refused(412, "IfNoneMatchFailed"):
        commit(bucket, upload, [part], if_none_match="*")
    assert bucket.read("object") == b"there"
    with refused(412, "IfMatchFailed"):
        commit(bucket, upload, [part], if_match="00000000-0000-0000-0000-000000000000")
    commit(bucket, upload, [part], if_match=bucket.head_object("object").headers["etag"])
    assert bucket.read("object") == b"parts"


def test_a_create_only_upload_to_an_existing_object_is_rejected_at_once(bucket):
    bucket.put_object("object", b"there")
    with refused(412, "IfNoneMatchFailed"):
        begin(bucket, conditions={"if_none_match": "*"})
    assert bucket.list_multipart_uploads().data == []
