"""Tests versions of objects in a bucket with versioning."""

import oci
import pytest
from buckets import create, refused
from oci.object_storage import models


@pytest.fixture
def kept(client, namespace, compartment, fresh_name):
    return create(client, namespace, compartment, fresh_name, versioning="Enabled")


def versions(bucket, **options):
    """Returns name, version, and whether it is a delete marker, in the order of the listing."""
    items = bucket.list_object_versions(**options).data.items
    return [(item.name, item.version_id, bool(item.is_delete_marker)) for item in items]


def test_every_put_creates_a_version_that_stays_readable(kept):
    ids = [kept.put_object("object", text).headers["version-id"] for text in (b"1", b"22", b"333")]
    assert len(set(ids)) == 3
    assert kept.read("object") == b"333"
    assert [kept.read("object", version_id=version) for version in ids] == [b"1", b"22", b"333"]
    assert kept.get_object("object").headers["version-id"] == ids[2]
    assert kept.head_object("object", version_id=ids[1]).headers["content-length"] == "2"


def test_versions_are_listed_newest_first(kept):
    first, second = (kept.put_object("object", text).headers["version-id"] for text in (b"1", b"2"))
    other = kept.put_object("other", b"x").headers["version-id"]
    assert versions(kept) == [("object", second, False), ("object", first, False), ("other", other, False)]
    assert kept.names() == ["object", "other"], "a plain listing shows each name once"


def test_a_listing_of_versions_shows_the_requested_fields(kept):
    put = kept.put_object("object", b"content")
    (item,) = kept.list_object_versions(fields="name,size,etag,md5,timeCreated,timeModified").data.items
    assert (item.size, item.etag, item.md5) == (7, put.headers["etag"], put.headers["opc-content-md5"])
    assert item.time_created and item.time_modified


def test_a_delete_leaves_a_marker_and_the_versions(kept):
    version = kept.put_object("object", b"1").headers["version-id"]
    deleted = kept.delete_object("object")
    assert deleted.headers["is-delete-marker"] == "true"
    marker = deleted.headers["version-id"]
    assert versions(kept) == [("object", marker, True), ("object", version, False)]
    with refused(404, "ObjectNotFound"):
        kept.get_object("object")
    assert kept.names() == []
    assert kept.read("object", version_id=version) == b"1"


def test_deleting_the_marker_restores_the_object(kept):
    kept.put_object("object", b"1")
    marker = kept.delete_object("object").headers["version-id"]
    kept.delete_object("object", version_id=marker)
    assert kept.read("object") == b"1"


def test_deleting_the_newest_version_restores_the_previous_one(kept):
    first, second = (kept.put_object("object", text).headers["version-id"] for text in (b"1", b"2"))
    kept.delete_object("object", version_id=second)
    assert kept.read("object") == b"1"
    kept.delete_object("object", version_id=first)
    assert versions(kept) == []
    with refused(404, "ObjectNotFound"):
        kept.get_object("object")


def test_an_unknown_version_is_a_404(kept):
    kept.put_object("object", b"1")
    with refused(404):
        kept.get_object("object", version_id="00000000-0000-0000-0000-000000000000")


def test_versions_are_listed_by_prefix_and_page(kept):
    for name in ("a/1", "a/2", "b/1"):
        for text in (b"1", b"2"):
            kept.put_object(name, text)
    whole = versions(kept)
    assert [name for name, _, _ in whole] == ["a/1", "a/1", "a/2", "a/2", "b/1", "b/1"]
    assert versions(kept, prefix="a/") == whole[:4]
    every = oci.pagination.list_call_get_all_results(
        kept.client.list_object_versions, kept.namespace, kept.name, limit=1
    )
    assert [item.version_id for item in every.data] == [version for _, version, _ in whole]
    folded = kept.list_object_versions(delimiter="/").data
    assert (folded.items, folded.prefixes) == ([], ["a/", "b/"])


def test_a_bucket_with_old_versions_is_not_empty(kept):
    version = kept.put_object("object", b"1").headers["version-id"]
    marker = kept.delete_object("object").headers["version-id"]
    with refused(409, "BucketNotEmpty"):
        kept.delete_bucket()
    kept.delete_object("object", version_id=marker)
    kept.delete_object("object", version_id=version)
    kept.delete_bucket()


def test_without_versioning_no_old_version_is_kept(bucket):
    for text in (b"1", b"2"):
        bucket.put_object("object", text)
    assert len(versions(bucket)) == 1
    bucket.delete_object("object")
    assert versions(bucket) == []


def test_old_versions_remain_when_versioning_is_suspended(kept):
    first = kept.put_object("object", b"1").headers["version-id"]
    kept.update_bucket(models.UpdateBucketDetails(versioning="Suspended"))
    kept.put_object("object", b"2")
    kept.put_object("object", b"3")
    assert kept.read("object") == b"3"
    assert kept.read("object", version_id=first) == b"1"
    assert len(versions(kept)) == 2, "puts while suspended replace each other"


def test_a_rename_in_a_bucket_with_versioning_leaves_a_marker(kept):
    kept.put_object("old", b"1")
    kept.rename_object(models.RenameObjectDetails(source_name="old", new_name="new"))
    assert kept.names() == ["new"]
    assert kept.read("new") == b"1"
    with refused(404, "ObjectNotFound"):
        kept.get_object("old")


def test_a_commit_of_parts_creates_a_version(kept):
    before = kept.put_object("object", b"1").headers["version-id"]
    upload = kept.create_multipart_upload(models.CreateMultipartUploadDetails(object="object")).data.upload_id
    etag = kept.upload_part("object", upload, 1, b"22").headers["etag"]
    parts = [models.CommitMultipartUploadPartDetails(part_num=1, etag=etag)]
    kept.commit_multipart_upload("object", upload, models.CommitMultipartUploadDetails(parts_to_commit=parts))
    newest, oldest = versions(kept)
    assert oldest == ("object", before, False)
    assert kept.read("object", version_id=newest[1]) == kept.read("object") == b"22"


def test_many_deletes_at_once_leave_markers(kept):
    for name in ("a", "b"):
        kept.put_object(name, b"1")
    objects = [models.BatchDeleteObjectIdentifier(object_name=name) for name in ("a", "b")]
    kept.batch_delete_objects(models.BatchDeleteObjectsDetails(objects=objects))
    assert kept.names() == []
    assert [(name, marker) for name, _, marker in versions(kept)] == [
        ("a", True),
        ("a", False),
        ("b", True),
        ("b", False),
    ]


def test_an_old_version_can_be_copied(kept, region):
    first = kept.put_object("object", b"1").headers["version-id"]
    kept.put_object("object", b"2")
    details = models.CopyObjectDetails(
        source_object_name="object",
        source_version_id=first,
        destination_region=region,
        destination_namespace=kept.namespace,
        destination_bucket=kept.name,
        destination_object_name="copied",
    )
    work = kept.client.get_work_request(kept.copy_object(details).headers["opc-work-request-id"])
    oci.wait_until(kept.client, work, "status", "COMPLETED", max_wait_seconds=20)
    assert kept.read("copied") == b"1"
