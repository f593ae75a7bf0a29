"""Tests requests for what does not exist: they get a 404 in the form that the SDK parses."""

import pytest
from buckets import Bucket, refused
from oci.object_storage import models

RENAME = models.RenameObjectDetails(source_name="absent", new_name="new")


@pytest.mark.parametrize("operation", ["get_object", "delete_object"])
def test_a_missing_object_is_a_404(bucket, operation):
    with refused(404, "ObjectNotFound") as caught:
        getattr(bucket, operation)("absent")
    error = caught.value
    assert "absent" in error.message
    assert error.headers["content-type"].startswith("application/json")
    assert error.request_id == error.headers["opc-request-id"]


def test_a_head_request_for_a_missing_object_is_a_404_without_a_body(bucket):
    with refused(404, None) as caught:
        bucket.head_object("absent")
    assert caught.value.message == ""


def test_a_missing_object_cannot_be_renamed(bucket):
    with refused(404, "ObjectNotFound"):
        bucket.rename_object(RENAME)


@pytest.mark.parametrize(
    "operation, arguments",
    [
        ("get_bucket", []),
        ("delete_bucket", []),
        ("update_bucket", [models.UpdateBucketDetails(object_events_enabled=True)]),
        ("list_objects", []),
        ("list_object_versions", []),
        ("put_object", ["object", b"content"]),
        ("get_object", ["object"]),
        ("delete_object", ["object"]),
        ("rename_object", [RENAME]),
        ("create_multipart_upload", [models.CreateMultipartUploadDetails(object="object")]),
        ("list_multipart_uploads", []),
    ],
)
def test_every_operation_in_a_missing_bucket_is_a_404(client, namespace, operation, arguments):
    with refused(404, "BucketNotFound") as caught:
        getattr(Bucket(client, namespace, "no-such-bucket"), operation)(*arguments)
    assert "no-such-bucket" in caught.value.message


def test_a_head_request_in_a_missing_bucket_is_a_404(client, namespace):
    absent = Bucket(client, namespace, "no-such-bucket")
    with refused(404, None):
        absent.head_bucket()
    with refused(404, None):
        absent.head_object("object")


def test_a_bucket_of_another_namespace_is_not_found(bucket):
    other = Bucket(bucket.client, "another", bucket.name)
    with refused(404):
        other.get_object("object")


def test_a_large_put_into_a_missing_bucket_leaves_the_client_usable(bucket):
    absent = Bucket(bucket.client, bucket.namespace, "no-such-bucket")
    body = b"x" * (4 << 20)
    with refused(404, "BucketNotFound"):
        absent.put_object("object", body)
    bucket.put_object("object", body)
    assert bucket.read("object") == body


def test_a_path_without_an_operation_is_a_404(client, bucket):
    with refused(404):
        client.base_client.call_api(f"/n/{bucket.namespace}/nothing/{bucket.name}", "GET", response_type="str")


def test_unknown_uploads_and_work_requests_are_404(client, bucket):
    for call in (
        lambda: bucket.list_multipart_upload_parts("object", "no-such-upload"),
        lambda: bucket.upload_part("object", "no-such-upload", 1, b"part"),
        lambda: bucket.abort_multipart_upload("object", "no-such-upload"),
        lambda: client.get_work_request("no-such-work-request"),
    ):
        with refused(404):
            call()
