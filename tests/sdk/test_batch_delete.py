"""Tests deleting many objects in one request: which objects are deleted, and why others are not."""

from datetime import datetime, timedelta, timezone

from buckets import refused
from oci.object_storage import models


def delete(bucket, *objects, **options):
    """Deletes these objects, each given as a name or a tuple of name and ETag."""
    pairs = [entry if isinstance(entry, tuple) else (entry, None) for entry in objects]
    identifiers = [models.BatchDeleteObjectIdentifier(object_name=name, if_match=etag) for name, etag in pairs]
    return bucket.batch_delete_objects(models.BatchDeleteObjectsDetails(objects=identifiers, **options)).data


def test_all_named_objects_are_deleted(bucket):
    bucket.holds("a", "b/1", "c d", "kept")
    result = delete(bucket, "a", "b/1", "c d")
    assert [deleted.object_name for deleted in result.deleted] == ["a", "b/1", "c d"]
    assert (result.failed or []) == []
    assert bucket.names() == ["kept"]


def test_a_deleted_object_has_the_time_of_its_deletion(bucket):
    bucket.holds("a")
    (deleted,) = delete(bucket, "a").deleted
    now = datetime.now(timezone.utc)
    assert now - timedelta(minutes=1) < deleted.time_last_modified <= now + timedelta(seconds=1)


def test_one_failed_delete_does_not_stop_the_others(bucket):
    etag = bucket.put_object("a", b"1").headers["etag"]
    bucket.put_object("a", b"2")
    bucket.holds("b")
    result = delete(bucket, ("a", etag), "b")
    assert [deleted.object_name for deleted in result.deleted] == ["b"]
    (failed,) = result.failed
    assert (failed.object_name, failed.status_code) == ("a", 412)
    assert failed.error_message
    assert bucket.names() == ["a"]


def test_a_missing_object_is_reported(bucket):
    bucket.holds("a")
    result = delete(bucket, "absent", "a")
    assert [deleted.object_name for deleted in result.deleted] == ["a"]
    (failed,) = result.failed
    assert (failed.object_name, failed.status_code) == ("absent", 404)


def test_the_list_of_deleted_objects_can_be_omitted(bucket):
    bucket.holds("a", "b")
    result = delete(bucket, "a", "b", "absent", is_skip_deleted_result=True)
    assert (result.deleted or []) == []
    assert [failed.object_name for failed in result.failed] == ["absent"]
    assert bucket.names() == []


def test_a_thousand_objects_can_be_deleted_at_once(bucket):
    bucket.holds("0", "999")
    result = delete(bucket, *map(str, range(1000)))
    assert [deleted.object_name for deleted in result.deleted] == ["0", "999"]
    assert len(result.failed) == 998
    assert bucket.names() == []


def test_more_than_a_thousand_objects_are_rejected(bucket):
    bucket.holds("0")
    with refused(400):
        delete(bucket, *map(str, range(1001)))
    assert bucket.names() == ["0"]
