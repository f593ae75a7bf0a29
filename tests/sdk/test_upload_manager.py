"""Tests the SDK's upload manager: files and streams in parallel parts, interrupted and resumed."""

import hashlib
import io
import os
import random
import threading

import oci
import pytest
from buckets import refused
from oci.object_storage import UploadManager, models

PART = 1 << 20
CONTENT = random.Random(17).randbytes(5 * PART + 12345)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "content"
    path.write_bytes(CONTENT)
    return str(path)


@pytest.fixture
def manager(own_client):
    return UploadManager(own_client, parallel_process_count=4)


def same(bucket, name="object", content=CONTENT):
    """Returns whether the object has this content. The hashes are compared, so a failure does not print the content."""
    return hashlib.sha256(bucket.read(name)).digest() == hashlib.sha256(content).digest()


def test_a_large_file_is_uploaded_in_parallel_parts(bucket, manager, file):
    sizes = []
    answer = manager.upload_file(
        bucket.namespace,
        bucket.name,
        "object",
        file,
        part_size=PART,
        metadata={"from": "manager"},
        content_type="text/plain",
        progress_callback=sizes.append,
    )
    assert same(bucket)
    assert sum(sizes) == len(CONTENT) and len(sizes) == 6
    head = bucket.head_object("object").headers
    assert head["opc-multipart-md5"] == answer.headers["opc-multipart-md5"]
    assert head["opc-multipart-md5"].endswith("-6")
    assert (head["opc-meta-from"], head["content-type"]) == ("manager", "text/plain")
    assert bucket.list_multipart_uploads().data == []


def test_a_small_file_is_uploaded_with_one_put(bucket, manager, file):
    answer = manager.upload_file(bucket.namespace, bucket.name, "object", file, part_size=2 * len(CONTENT))
    assert "opc-multipart-md5" not in answer.headers
    assert same(bucket)


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1])
def test_files_of_about_the_part_size_survive(bucket, manager, tmp_path, size):
    (tmp_path / "content").write_bytes(CONTENT[:size])
    manager.upload_file(bucket.namespace, bucket.name, "object", str(tmp_path / "content"), part_size=PART)
    assert same(bucket, content=CONTENT[:size])


@pytest.mark.parametrize("algorithm", ["CRC32C", "SHA256", "SHA384"])
def test_checksums_of_parts_are_accepted(bucket, manager, file, algorithm):
    manager.upload_file(bucket.namespace, bucket.name, "object", file, part_size=PART, opc_checksum_algorithm=algorithm)
    assert same(bucket)


@pytest.mark.parametrize("size", [0, 1, PART, 2 * PART, len(CONTENT)])
def test_a_stream_is_uploaded_in_parts(bucket, manager, size):
    stream = io.BytesIO(CONTENT[:size])
    manager.upload_stream(bucket.namespace, bucket.name, "object", stream, part_size=PART)
    assert same(bucket, content=CONTENT[:size])
    assert bucket.list_multipart_uploads().data == []


def test_a_pipe_is_uploaded_in_parts(bucket, manager):
    reader, writer = os.pipe()

    def write():
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(CONTENT)

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reader, "rb") as pipe:
        manager.upload_stream(bucket.namespace, bucket.name, "object", pipe, part_size=PART)
    thread.join()
    assert same(bucket)


def test_an_interrupted_upload_resumes_where_it_stopped(bucket, manager, file, emulator):
    upload = bucket.create_multipart_upload(models.CreateMultipartUploadDetails(object="object")).data.upload_id
    for number in (1, 3):
        bucket.upload_part("object", upload, number, CONTENT[(number - 1) * PART : number * PART])
    emulator.forget_requests()
    manager.resume_upload_file(bucket.namespace, bucket.name, "object", file, upload, part_size=PART)
    assert same(bucket)
    sent = [request for request in emulator.requests() if request["operation"] == "UploadPart"]
    assert len(sent) == 4, "the two existing parts are not sent again"


def test_the_sdk_refuses_to_resume_with_another_part_size(bucket, manager, file):
    upload = bucket.create_multipart_upload(models.CreateMultipartUploadDetails(object="object")).data.upload_id
    bucket.upload_part("object", upload, 1, CONTENT[:PART])
    with pytest.raises(ValueError, match="different part size"):
        manager.resume_upload_file(bucket.namespace, bucket.name, "object", file, upload, part_size=2 * PART)


def test_conditions_apply_to_uploads_in_parts(bucket, manager, file):
    bucket.put_object("object", b"there")
    with refused(412, "IfNoneMatchFailed"):
        manager.upload_file(bucket.namespace, bucket.name, "object", file, part_size=PART, if_none_match="*")
    assert bucket.read("object") == b"there"
    etag = bucket.head_object("object").headers["etag"]
    manager.upload_file(bucket.namespace, bucket.name, "object", file, part_size=PART, if_match=etag)
    assert same(bucket)


def test_failed_parts_are_sent_again(bucket, manager, file, emulator):
    emulator.fault("UploadPart", "internal_error", bucket=bucket.name, nth=[1, 3])
    emulator.fault("UploadPart", "reset_before", bucket=bucket.name, nth=[2])
    emulator.fault("UploadPart", "reset_after", bucket=bucket.name, nth=[5])
    manager.upload_file(bucket.namespace, bucket.name, "object", file, part_size=PART)
    assert same(bucket)
    struck = [request["fault"] for request in emulator.requests() if request["fault"]]
    assert sorted(struck) == ["internal_error", "internal_error", "reset_after", "reset_before"]


def test_an_upload_of_a_stream_that_fails_is_aborted(bucket, manager, emulator):
    emulator.fault("UploadPart", "internal_error", bucket=bucket.name)
    with pytest.raises(oci.exceptions.MultipartUploadError):
        manager.upload_stream(bucket.namespace, bucket.name, "object", io.BytesIO(CONTENT), part_size=PART)
    emulator.clear_faults()
    assert bucket.list_multipart_uploads().data == []
    assert bucket.names() == []
