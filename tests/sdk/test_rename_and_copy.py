"""Tests renames, which are synchronous, and copies, which are work requests."""

import oci
import pytest
from buckets import create, refused
from oci.object_storage import models


def rename(bucket, source, target, **conditions):
    return bucket.rename_object(models.RenameObjectDetails(source_name=source, new_name=target, **conditions))


def copy(source, name, target, new_name, region, **details):
    """Copies an object, and returns the work request once it has ended."""
    details = models.CopyObjectDetails(
        source_object_name=name,
        destination_region=region,
        destination_namespace=target.namespace,
        destination_bucket=target.name,
        destination_object_name=new_name,
        **details,
    )
    operations = oci.object_storage.ObjectStorageClientCompositeOperations(source.client)
    waited = operations.copy_object_and_wait_for_state(
        source.namespace, source.name, details, ["COMPLETED", "FAILED"], waiter_kwargs={"max_wait_seconds": 20}
    )
    return waited.data


@pytest.fixture
def other(client, namespace, compartment, fresh_name):
    return create(client, namespace, compartment, fresh_name + "-other")


def test_a_rename_moves_the_object_immediately(bucket):
    bucket.put_object("old", b"content")
    renamed = rename(bucket, "old", "new/place")
    assert renamed.status == 200
    assert bucket.names() == ["new/place"]
    assert bucket.read("new/place") == b"content"
    assert renamed.headers["etag"] == bucket.head_object("new/place").headers["etag"]
    assert renamed.headers["last-modified"]


def test_a_rename_overwrites_unless_forbidden(bucket):
    bucket.holds("a", "b", "c")
    with refused(412, "IfNoneMatchFailed"):
        rename(bucket, "a", "b", new_obj_if_none_match_e_tag="*")
    assert bucket.names() == ["a", "b", "c"]
    rename(bucket, "a", "b")
    assert bucket.names() == ["b", "c"]
    assert bucket.read("b") == b"a"
    rename(bucket, "b", "free", new_obj_if_none_match_e_tag="*")
    assert bucket.names() == ["c", "free"]


def test_a_rename_moves_only_the_version_it_names(bucket):
    old = bucket.put_object("a", b"1").headers["etag"]
    etag = bucket.put_object("a", b"2").headers["etag"]
    with refused(412, "IfMatchFailed"):
        rename(bucket, "a", "b", src_obj_if_match_e_tag=old)
    rename(bucket, "a", "b", src_obj_if_match_e_tag=etag)
    assert bucket.read("b") == b"2"


def test_a_rename_replaces_only_the_version_it_names(bucket):
    bucket.holds("a")
    old = bucket.put_object("b", b"1").headers["etag"]
    etag = bucket.put_object("b", b"2").headers["etag"]
    with refused(412, "IfMatchFailed"):
        rename(bucket, "a", "b", new_obj_if_match_e_tag=old)
    rename(bucket, "a", "b", new_obj_if_match_e_tag=etag)
    assert bucket.read("b") == b"a"


def test_a_copy_exists_once_its_work_request_has_ended(bucket, other, region):
    bucket.put_object("object", b"content", opc_meta={"key": "value"}, content_type="text/csv")
    ended = copy(bucket, "object", other, "copied", region)
    assert ended.status == "COMPLETED"
    assert other.read("copied") == b"content"
    head = other.head_object("copied")
    assert (head.headers["opc-meta-key"], head.headers["content-type"]) == ("value", "text/csv")
    assert bucket.read("object") == b"content", "the source remains"


def test_a_work_request_describes_the_copy(bucket, region):
    bucket.holds("object")
    ended = copy(bucket, "object", bucket, "copied", region)
    assert ended.operation_type == "COPY_OBJECT"
    assert ended.percent_complete == 100.0
    assert ended.id
    assert ended.time_accepted <= ended.time_started <= ended.time_finished
    assert {resource.action_type for resource in ended.resources} == {"READ", "WRITTEN"}
    assert bucket.client.list_work_request_errors(ended.id).data == []
    assert isinstance(bucket.client.list_work_request_logs(ended.id).data, list)
    listed = oci.pagination.list_call_get_all_results(bucket.client.list_work_requests, ended.compartment_id, limit=2)
    assert ended.id in [work.id for work in listed.data]


def test_a_copy_is_accepted_before_it_is_done(bucket, region):
    bucket.holds("object")
    details = models.CopyObjectDetails(
        source_object_name="object",
        destination_region=region,
        destination_namespace=bucket.namespace,
        destination_bucket=bucket.name,
        destination_object_name="copied",
    )
    accepted = bucket.copy_object(details)
    assert accepted.status == 202
    work = bucket.client.get_work_request(accepted.headers["opc-work-request-id"])
    assert work.data.status in ("ACCEPTED", "IN_PROGRESS", "COMPLETED")
    ended = oci.wait_until(bucket.client, work, "status", "COMPLETED", max_wait_seconds=20)
    assert ended.data.time_finished


def test_metadata_given_with_a_copy_replaces_the_sources(bucket, region):
    bucket.put_object("object", b"content", opc_meta={"old": "1"})
    copy(bucket, "object", bucket, "copied", region, destination_object_metadata={"opc-meta-new": "2"})
    headers = bucket.head_object("copied").headers
    assert headers["opc-meta-new"] == "2"
    assert "opc-meta-old" not in headers


def test_a_copy_of_a_missing_object_is_rejected(bucket, region):
    with refused(404, "ObjectNotFound"):
        copy(bucket, "absent", bucket, "copied", region)


def test_a_create_only_copy_overwrites_nothing(bucket, region):
    bucket.holds("object", "there")
    try:
        ended = copy(bucket, "object", bucket, "there", region, destination_object_if_none_match_e_tag="*")
    except oci.exceptions.ServiceError as error:
        assert (error.status, error.code) == (412, "IfNoneMatchFailed")
    else:
        assert ended.status == "FAILED"
        (error,) = bucket.client.list_work_request_errors(ended.id).data
        assert error.code and error.message and error.timestamp
    assert bucket.read("there") == b"there"


def test_a_copy_uses_only_the_version_it_names(bucket, region):
    old = bucket.put_object("object", b"1").headers["etag"]
    etag = bucket.put_object("object", b"2").headers["etag"]
    with refused(412, "IfMatchFailed"):
        copy(bucket, "object", bucket, "copied", region, source_object_if_match_e_tag=old)
    copy(bucket, "object", bucket, "copied", region, source_object_if_match_e_tag=etag)
    assert bucket.read("copied") == b"2"
