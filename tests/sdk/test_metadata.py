"""Tests user-defined metadata of objects."""

from urllib.parse import quote, unquote

import oci
import pytest
from buckets import refused
from oci.object_storage import models

ODD = {
    "plain": "value",
    "quotes": "\"double\" and 'single'",
    "marks": "a,b;c=d&e?f#g%20+h",
    "inner": "two  spaces",
    "brackets": "{}[]()<>|\\^`~",
    "json": '{"lines": 17}',
    "dashes-in-key": "x",
    "with.dot_and_under": "x",
    "number": "0017",
    "long": "x" * 2000,
}


def metadata(answer):
    """Returns the metadata of the object in a response."""
    return {key[len("opc-meta-") :]: value for key, value in answer.headers.items() if key.startswith("opc-meta-")}


def test_metadata_is_returned_as_given(bucket):
    bucket.put_object("object", b"x", opc_meta=ODD)
    assert metadata(bucket.head_object("object")) == ODD
    assert metadata(bucket.get_object("object")) == ODD


def test_a_value_can_be_empty(bucket):
    bucket.put_object("object", b"x", opc_meta={"empty": "", "full": "x"})
    assert metadata(bucket.head_object("object")) == {"empty": "", "full": "x"}


def test_keys_are_lower_case(bucket):
    bucket.put_object("object", b"x", opc_meta={"Mixed-Case": "Value"})
    assert metadata(bucket.head_object("object")) == {"mixed-case": "Value"}


def test_an_object_without_metadata_returns_none(bucket):
    bucket.put_object("object", b"x")
    assert metadata(bucket.head_object("object")) == {}


def test_an_upload_in_parts_can_have_metadata(bucket):
    details = models.CreateMultipartUploadDetails(
        object="object",
        content_type="text/csv",
        content_language="de",
        metadata={f"opc-meta-{key}": value for key, value in ODD.items()},
    )
    upload = bucket.create_multipart_upload(details).data.upload_id
    etag = bucket.upload_part("object", upload, 1, b"part").headers["etag"]
    parts = [models.CommitMultipartUploadPartDetails(part_num=1, etag=etag)]
    bucket.commit_multipart_upload("object", upload, models.CommitMultipartUploadDetails(parts_to_commit=parts))
    head = bucket.head_object("object")
    assert metadata(head) == ODD
    assert (head.headers["content-type"], head.headers["content-language"]) == ("text/csv", "de")


def test_non_ascii_text_survives_if_percent_encoded(bucket):
    text = "Größe 日本 😀 — half ½"
    bucket.put_object("object", b"x", opc_meta={"text": quote(text)})
    assert unquote(metadata(bucket.head_object("object"))["text"]) == text


@pytest.mark.parametrize("text", ["Größe", "½"])
def test_non_ascii_text_is_kept_or_rejected_but_never_lost(bucket, text):
    """The SDK can send only characters of ISO 8859-1."""
    try:
        bucket.put_object("object", b"x", opc_meta={"text": text})
    except oci.exceptions.ServiceError as error:
        assert error.status == 400 and error.code
        assert bucket.names() == []
    else:
        assert metadata(bucket.head_object("object")) == {"text": text}


@pytest.mark.parametrize("text", ["日本 😀", "two\nlines", "tab\there"], ids=ascii)
def test_text_in_the_json_of_an_upload_in_parts_is_kept_or_rejected(bucket, text):
    details = models.CreateMultipartUploadDetails(object="object", metadata={"opc-meta-text": text})
    try:
        upload = bucket.create_multipart_upload(details).data.upload_id
    except oci.exceptions.ServiceError as error:
        assert error.status == 400 and error.code
        return
    etag = bucket.upload_part("object", upload, 1, b"part").headers["etag"]
    parts = [models.CommitMultipartUploadPartDetails(part_num=1, etag=etag)]
    bucket.commit_multipart_upload("object", upload, models.CommitMultipartUploadDetails(parts_to_commit=parts))
    # Header values are bytes: text from JSON is returned as UTF-8, which the SDK reads as ISO 8859-1.
    assert metadata(bucket.head_object("object"))["text"].encode("latin-1") == text.encode()


def test_more_than_4000_bytes_of_metadata_are_rejected(bucket):
    bucket.put_object("object", b"x", opc_meta={"a": "x" * 1900, "b": "x" * 1900})
    with refused(400):
        bucket.put_object("object", b"y", opc_meta={"a": "x" * 2000, "b": "x" * 2100})
    assert bucket.read("object") == b"x"


def test_a_rename_keeps_metadata(bucket):
    bucket.put_object("old", b"x", opc_meta=ODD, content_type="text/csv")
    bucket.rename_object(models.RenameObjectDetails(source_name="old", new_name="new"))
    head = bucket.head_object("new")
    assert metadata(head) == ODD
    assert head.headers["content-type"] == "text/csv"
