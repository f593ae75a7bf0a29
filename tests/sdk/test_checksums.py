"""Tests checksums: those sent with a body are verified, and all are stored and returned."""

import base64
import hashlib

import pytest
from buckets import refused
from crc32c import crc32c
from oci.object_storage import models

CONTENT = b"journal line\n" * 1000


def text(digest):
    return base64.b64encode(digest).decode()


SUMS = {
    "CRC32C": ("opc_content_crc32c", text(crc32c(CONTENT).to_bytes(4, "big"))),
    "SHA256": ("opc_content_sha256", text(hashlib.sha256(CONTENT).digest())),
    "SHA384": ("opc_content_sha384", text(hashlib.sha384(CONTENT).digest())),
}
MD5 = text(hashlib.md5(CONTENT).digest())


def test_the_right_md5_is_accepted(bucket):
    put = bucket.put_object("object", CONTENT, content_md5=MD5)
    assert put.headers["opc-content-md5"] == MD5
    assert bucket.head_object("object").headers["content-md5"] == MD5


def test_a_wrong_md5_is_rejected_and_nothing_is_written(bucket):
    bucket.put_object("object", b"before")
    with refused(400, "UnmatchedContentMD5") as caught:
        bucket.put_object("object", CONTENT + b"!", content_md5=MD5)
    actual = text(hashlib.md5(CONTENT + b"!").digest())
    documented = f"The computed MD5 of the request body ({actual}) does not match the Content-MD5 header ({MD5})"
    assert caught.value.message == documented
    assert bucket.read("object") == b"before"


@pytest.mark.parametrize("algorithm", SUMS)
def test_the_right_checksum_is_accepted_and_returned(bucket, algorithm):
    field, value = SUMS[algorithm]
    put = bucket.put_object("object", CONTENT, opc_checksum_algorithm=algorithm, **{field: value})
    header = field.replace("_", "-")
    assert put.headers[header] == value
    assert bucket.head_object("object").headers[header] == value
    assert bucket.get_object("object").headers[header] == value


@pytest.mark.parametrize("algorithm", SUMS)
def test_a_wrong_checksum_is_rejected_and_nothing_is_written(bucket, algorithm):
    field, value = SUMS[algorithm]
    with refused(400, f"UnmatchedContent{algorithm}"):
        bucket.put_object("object", CONTENT + b"!", opc_checksum_algorithm=algorithm, **{field: value})
    assert bucket.names() == []


@pytest.mark.parametrize("algorithm", SUMS)
def test_a_checksum_is_computed_if_only_the_algorithm_is_given(bucket, algorithm):
    field, value = SUMS[algorithm]
    bucket.put_object("object", CONTENT, opc_checksum_algorithm=algorithm)
    assert bucket.head_object("object").headers[field.replace("_", "-")] == value


def test_an_unknown_algorithm_is_rejected(bucket):
    with refused(400):
        bucket.put_object("object", CONTENT, opc_checksum_algorithm="CRC64")
    assert bucket.names() == []


def test_a_part_with_a_wrong_md5_is_rejected_and_can_be_sent_again(bucket):
    upload = bucket.create_multipart_upload(models.CreateMultipartUploadDetails(object="object")).data.upload_id
    with refused(400, "UnmatchedContentMD5"):
        bucket.upload_part("object", upload, 1, CONTENT + b"!", content_md5=MD5)
    assert bucket.list_multipart_upload_parts("object", upload).data == []
    bucket.upload_part("object", upload, 1, CONTENT, content_md5=MD5)
    assert len(bucket.list_multipart_upload_parts("object", upload).data) == 1


@pytest.mark.parametrize("algorithm", SUMS)
def test_a_part_with_a_wrong_checksum_is_rejected(bucket, algorithm):
    field, value = SUMS[algorithm]
    details = models.CreateMultipartUploadDetails(object="object")
    upload = bucket.create_multipart_upload(details, opc_checksum_algorithm=algorithm).data.upload_id
    with refused(400, f"UnmatchedContent{algorithm}"):
        bucket.upload_part("object", upload, 1, CONTENT[1:], opc_checksum_algorithm=algorithm, **{field: value})
    sent = bucket.upload_part("object", upload, 1, CONTENT, opc_checksum_algorithm=algorithm, **{field: value})
    assert sent.headers["etag"]


def test_a_malformed_md5_is_rejected(bucket):
    with refused(400):
        bucket.put_object("object", CONTENT, content_md5="not base64 of 16 bytes")
    assert bucket.names() == []
