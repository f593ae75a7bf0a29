"""Tests the namespace and the operations on buckets."""

from datetime import datetime, timedelta, timezone

import oci
import pytest
from buckets import create, refused
from oci.object_storage import models


def test_the_namespace_is_a_bare_string(client, namespace, compartment):
    assert client.get_namespace().data == namespace
    assert client.get_namespace(compartment_id=compartment).data == namespace


def test_creating_a_bucket_returns_its_description(client, namespace, compartment, fresh_name):
    details = models.CreateBucketDetails(name=fresh_name, compartment_id=compartment)
    created = client.create_bucket(namespace, details)
    now = datetime.now(timezone.utc)
    bucket = created.data
    assert (bucket.name, bucket.namespace, bucket.compartment_id) == (fresh_name, namespace, compartment)
    assert bucket.etag == created.headers["etag"]
    assert now - timedelta(minutes=1) < bucket.time_created <= now + timedelta(seconds=1)
    assert bucket.public_access_type == "NoPublicAccess"
    assert bucket.storage_tier == "Standard"
    assert bucket.object_events_enabled is False
    assert bucket.versioning == "Disabled"
    assert (bucket.metadata or {}) == {}


def test_settings_given_with_a_bucket_are_kept(client, namespace, compartment, fresh_name):
    bucket = create(
        client,
        namespace,
        compartment,
        fresh_name,
        object_events_enabled=True,
        versioning="Enabled",
        metadata={"team": "ledger"},
        freeform_tags={"cost": "17"},
    )
    got = bucket.get_bucket().data
    assert got.object_events_enabled is True
    assert got.versioning == "Enabled"
    assert got.metadata == {"team": "ledger"}
    assert got.freeform_tags == {"cost": "17"}


def test_a_head_request_shows_that_a_bucket_exists(bucket):
    head = bucket.head_bucket()
    assert head.status == 200
    assert head.headers["etag"] == bucket.get_bucket().data.etag


def test_an_unchanged_bucket_gets_a_304(bucket):
    etag = bucket.get_bucket().data.etag
    for operation in (bucket.get_bucket, bucket.head_bucket):
        with refused(304, None):
            operation(if_none_match=etag)
        assert operation(if_match=etag).status == 200


def test_object_events_are_switched_on_and_off(bucket):
    for enabled in (True, False, True):
        updated = bucket.update_bucket(models.UpdateBucketDetails(object_events_enabled=enabled))
        assert updated.data.object_events_enabled is enabled
        assert bucket.get_bucket().data.object_events_enabled is enabled


def test_versioning_is_switched_on_and_suspended(bucket):
    for versioning in ("Enabled", "Suspended", "Enabled"):
        bucket.update_bucket(models.UpdateBucketDetails(versioning=versioning))
        assert bucket.get_bucket().data.versioning == versioning


def test_an_update_changes_only_what_it_mentions(client, namespace, compartment, fresh_name):
    bucket = create(client, namespace, compartment, fresh_name, object_events_enabled=True, metadata={"team": "ledger"})
    before = bucket.get_bucket().data
    bucket.update_bucket(models.UpdateBucketDetails(versioning="Enabled"))
    after = bucket.get_bucket().data
    assert after.object_events_enabled is True
    assert after.metadata == {"team": "ledger"}
    assert after.time_created == before.time_created
    assert after.etag != before.etag


def test_an_update_applies_only_to_the_version_it_names(bucket):
    etag = bucket.get_bucket().data.etag
    bucket.update_bucket(models.UpdateBucketDetails(object_events_enabled=True), if_match=etag)
    with refused(412, "IfMatchFailed"):
        bucket.update_bucket(models.UpdateBucketDetails(object_events_enabled=False), if_match=etag)
    assert bucket.get_bucket().data.object_events_enabled is True


def test_a_bucket_can_be_created_only_once(bucket, compartment):
    details = models.CreateBucketDetails(name=bucket.name, compartment_id=compartment)
    with refused(409, "BucketAlreadyExists"):
        bucket.client.create_bucket(bucket.namespace, details)


@pytest.mark.parametrize("name", ["with space", "slash/inside", "ümlaut", "x" * 257])
def test_a_bucket_with_an_invalid_name_is_rejected(client, namespace, compartment, name):
    with refused(400):
        client.create_bucket(namespace, models.CreateBucketDetails(name=name, compartment_id=compartment))


@pytest.mark.parametrize(
    "setting", [{"publicAccessType": "Everybody"}, {"storageTier": "Gold"}, {"autoTiering": "Maybe"}], ids=str
)
def test_an_unknown_setting_is_rejected(client, namespace, compartment, fresh_name, setting):
    with refused(400):
        client.create_bucket(namespace, {"name": fresh_name, "compartmentId": compartment, **setting})
    with refused(404, None):
        client.head_bucket(namespace, fresh_name)


def test_missing_properties_of_a_bucket_are_null(bucket):
    assert bucket.list_preauthenticated_requests().data == []
    assert bucket.list_replication_policies().data == []
    assert bucket.list_retention_rules().data.items == []


def test_buckets_are_listed_by_compartment_and_page(client, namespace, compartment, fresh_name):
    names = [f"{fresh_name}-{number}" for number in range(5)]
    for name in names:
        create(client, namespace, compartment, name)
    found = oci.pagination.list_call_get_all_results(client.list_buckets, namespace, compartment, limit=2)
    found = [bucket.name for bucket in found.data]
    assert found == sorted(found)
    assert set(names) <= set(found)
    page = client.list_buckets(namespace, compartment, limit=2)
    assert len(page.data) == 2
    assert page.has_next_page
    summary = page.data[0]
    assert summary.namespace == namespace and summary.compartment_id == compartment
    assert summary.etag and summary.time_created


def test_a_deleted_bucket_is_gone_and_its_name_is_free(client, namespace, compartment, fresh_name):
    bucket = create(client, namespace, compartment, fresh_name)
    assert bucket.delete_bucket().status == 204
    with refused(404, "BucketNotFound"):
        bucket.get_bucket()
    with refused(404, "BucketNotFound"):
        bucket.delete_bucket()
    create(client, namespace, compartment, fresh_name)


def test_a_bucket_with_objects_is_not_deleted(bucket):
    bucket.holds("object")
    with refused(409, "BucketNotEmpty"):
        bucket.delete_bucket()
    assert bucket.names() == ["object"]
    bucket.delete_object("object")
    bucket.delete_bucket()


def test_a_bucket_with_an_upload_in_progress_is_not_deleted(bucket):
    upload = bucket.create_multipart_upload(models.CreateMultipartUploadDetails(object="object")).data.upload_id
    with refused(409, "BucketNotEmpty"):
        bucket.delete_bucket()
    bucket.abort_multipart_upload("object", upload)
    bucket.delete_bucket()


def test_the_count_and_size_of_a_bucket_are_returned_on_request(bucket):
    bucket.put_object("a", b"12345")
    bucket.put_object("b", b"123")
    got = bucket.get_bucket(fields=["approximateCount", "approximateSize"]).data
    assert (got.approximate_count, got.approximate_size) == (2, 8)
    assert bucket.get_bucket().data.approximate_count is None
