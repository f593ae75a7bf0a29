"""Tests object names of many kinds: an object is found under exactly the name under which it was put."""

import pytest
from buckets import refused
from names import NAMES
from oci.object_storage import models


@pytest.mark.parametrize("name", NAMES, ids=[ascii(name) for name in NAMES])
def test_an_object_is_found_under_the_name_given_to_put(bucket, name):
    put = bucket.put_object(name, name.encode())
    assert bucket.read(name) == name.encode()
    assert bucket.head_object(name).headers["etag"] == put.headers["etag"]
    assert bucket.names() == [name]
    assert bucket.names(prefix=name) == [name]
    bucket.delete_object(name)
    assert bucket.names() == []


def test_names_that_look_alike_are_different_objects(bucket):
    bucket.holds(*NAMES)
    assert {name: bucket.read(name) for name in NAMES} == {name: name.encode() for name in NAMES}
    assert len(bucket.names(limit=1000)) == len(NAMES)


def test_names_are_listed_in_the_order_of_their_utf8_bytes(bucket):
    bucket.holds(*NAMES)
    assert bucket.names(limit=1000) == sorted(NAMES, key=str.encode)


def test_case_matters(bucket):
    bucket.holds("Name", "name", "NAME")
    assert bucket.names() == ["NAME", "Name", "name"]
    assert bucket.read("Name") == b"Name"


@pytest.mark.parametrize("name", ["x" * 1024, "é" * 512, "日" * 341 + "x", "a/" * 512, "%" * 1024])
def test_a_name_can_have_1024_bytes(bucket, name):
    assert len(name.encode()) == 1024
    bucket.put_object(name, b"long")
    assert bucket.read(name) == b"long"
    assert bucket.names() == [name]


@pytest.mark.parametrize("name", ["x" * 1025, "é" * 512 + "x"])
def test_a_name_of_1025_bytes_is_rejected(bucket, name):
    with refused(400):
        bucket.put_object(name, b"long")
    assert bucket.names() == []


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\0b"], ids=ascii)
def test_line_breaks_and_nul_in_a_name_are_rejected(bucket, name):
    with refused(400):
        bucket.put_object(name, b"x")
    assert bucket.names() == []


@pytest.mark.parametrize("name", ["a b", "a+b", "100%", "a//b", ".", "日本語", "a?b#c&d;e"])
def test_odd_names_also_work_in_json_bodies(bucket, name):
    bucket.put_object("start", b"content")
    bucket.rename_object(models.RenameObjectDetails(source_name="start", new_name=name))
    assert bucket.names() == [name]
    identifiers = [models.BatchDeleteObjectIdentifier(object_name=name)]
    result = bucket.batch_delete_objects(models.BatchDeleteObjectsDetails(objects=identifiers)).data
    assert [deleted.object_name for deleted in result.deleted] == [name]
    assert bucket.names() == []
