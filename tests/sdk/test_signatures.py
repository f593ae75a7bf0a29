"""Tests rejected requests: anything wrong about a signature is a 401."""

import base64
import datetime
import email.utils
import hashlib

import oci
import pytest
from buckets import Bucket, refused
from oci.object_storage import models

UPDATE = models.UpdateBucketDetails(object_events_enabled=True)


@pytest.fixture
def held(bucket):
    bucket.put_object("object", b"content")
    return bucket


def through(bucket, connect, **changes):
    """Returns the bucket, accessed through a client with a changed configuration."""
    return bucket.through(connect(**changes))


class Spoiled(oci.signer.AbstractBaseSigner):
    """Signs the request correctly, then changes it."""

    def __init__(self, signer, spoil):
        self.signer, self.spoil = signer, spoil

    def __call__(self, request, enforce_content_headers=True):
        request = self.signer(request, enforce_content_headers)
        self.spoil(request)
        return request


@pytest.fixture
def spoiled(bucket, connect, emulator):
    """Returns a function that returns the bucket, accessed through a client whose requests are changed after they are signed."""

    def through(spoil):
        signer = oci.signer.Signer.from_config(emulator.config())
        return bucket.through(connect(signer=Spoiled(signer, spoil)))

    return through


def nothing_else_changed(bucket):
    assert bucket.read("object") == b"content"
    assert bucket.get_bucket().data.object_events_enabled is False


def test_the_right_signature_is_accepted(held, spoiled):
    assert spoiled(lambda request: None).read("object") == b"content"


def test_a_wrong_signature_gets_a_401(held, spoiled):
    def flip(request):
        before, value, after = request.headers["authorization"].partition('signature="')
        request.headers["authorization"] = before + value + ("A" if after[0] != "A" else "B") + after[1:]

    other = spoiled(flip)
    for call in (
        lambda: other.get_object("object"),
        lambda: other.put_object("object", b"changed"),
        lambda: other.delete_object("object"),
        lambda: other.list_objects(),
        lambda: other.update_bucket(UPDATE),
    ):
        with refused(401, "NotAuthenticated"):
            call()
    with refused(401, None):
        other.head_object("object")
    nothing_else_changed(held)


def test_a_missing_signature_gets_a_401(held, spoiled):
    with refused(401, "NotAuthenticated"):
        spoiled(lambda request: request.headers.pop("authorization")).get_object("object")


@pytest.mark.parametrize("changed", ["user", "tenancy", "fingerprint"])
def test_an_unknown_key_gets_a_401(held, connect, emulator, changed):
    known = emulator.config()[changed]
    last = "b" if known[-1] == "a" else "a"
    with refused(401, "NotAuthenticated"):
        through(held, connect, **{changed: known[:-1] + last}).get_object("object")


def test_the_wrong_key_gets_a_401(held, connect, another_key):
    other = through(held, connect, key_file=str(another_key))
    for call in (lambda: other.get_object("object"), lambda: other.update_bucket(UPDATE)):
        with refused(401, "NotAuthenticated"):
            call()
    nothing_else_changed(held)


@pytest.mark.parametrize("minutes", [-60, -6, 6, 60])
def test_a_clock_more_than_five_minutes_off_gets_a_401(held, emulator, connect, monkeypatch, minutes):
    off = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    stamp = email.utils.format_datetime(off, usegmt=True)
    other = through(held, connect)
    monkeypatch.setattr(email.utils, "formatdate", lambda *arguments, **options: stamp)
    with refused(401, "NotAuthenticated"):
        other.get_object("object")
    with refused(401, "NotAuthenticated"):
        other.put_object("object", b"changed")
    monkeypatch.undo()
    nothing_else_changed(held)


@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_clock_less_than_five_minutes_off_is_accepted(held, connect, monkeypatch, minutes):
    off = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    stamp = email.utils.format_datetime(off, usegmt=True)
    monkeypatch.setattr(email.utils, "formatdate", lambda *arguments, **options: stamp)
    assert through(held, connect).read("object") == b"content"


def test_a_body_changed_after_signing_gets_a_401(held, spoiled):
    def tamper(request):
        request.body = request.body.replace("true", "null")

    with refused(401, "NotAuthenticated"):
        spoiled(tamper).update_bucket(UPDATE)
    nothing_else_changed(held)


def test_a_body_whose_digest_was_replaced_too_gets_a_401(held, spoiled):
    def tamper(request):
        request.body = request.body.replace("true", "null")
        digest = hashlib.sha256(request.body.encode()).digest()
        request.headers["x-content-sha256"] = base64.b64encode(digest).decode()

    with refused(401, "NotAuthenticated"):
        spoiled(tamper).update_bucket(UPDATE)
    nothing_else_changed(held)


@pytest.mark.parametrize("header, value", [("date", None), ("content-type", "text/plain"), ("x-content-sha256", None)])
def test_a_changed_or_missing_signed_header_gets_a_401(held, spoiled, header, value):
    def change(request):
        request.headers.pop(header)
        if value is not None:
            request.headers[header] = value

    with refused(401, "NotAuthenticated"):
        spoiled(change).update_bucket(UPDATE)
    nothing_else_changed(held)


def test_a_path_method_or_query_other_than_signed_gets_a_401(held, spoiled):
    def elsewhere(request):
        request.url = request.url.replace("/o/object", "/o/other")

    def otherwise(request):
        request.method = "DELETE"

    def further(request):
        request.url = request.url + ("&" if "?" in request.url else "?") + "limit=1"

    held.put_object("other", b"secret")
    for spoil in (elsewhere, otherwise, further):
        with refused(401, "NotAuthenticated"):
            spoiled(spoil).get_object("object")
    assert held.names() == ["object", "other"]


def test_a_post_signed_without_its_body_gets_a_401(held, emulator, connect):
    """Only puts of objects and parts may omit the body from the signature."""

    class Short(oci.signer.AbstractBaseSigner):
        def __init__(self, signer):
            self.signer = signer

        def __call__(self, request, enforce_content_headers=True):
            return self.signer(request, enforce_content_headers=False)

    other = held.through(connect(signer=Short(oci.signer.Signer.from_config(emulator.config()))))
    assert other.read("object") == b"content"
    with refused(401, "NotAuthenticated"):
        other.update_bucket(UPDATE)
    nothing_else_changed(held)


def test_a_put_can_sign_its_body(held, emulator, connect):
    class Long(oci.signer.AbstractBaseSigner):
        def __init__(self, signer):
            self.signer = signer

        def __call__(self, request, enforce_content_headers=True):
            return self.signer(request, enforce_content_headers=True)

        without_content_headers = property(lambda self: self)

    other = held.through(connect(signer=Long(oci.signer.Signer.from_config(emulator.config()))))
    other.put_object("signed", b"content")
    assert held.read("signed") == b"content"


def test_an_unauthenticated_client_learns_nothing(held, connect, another_key):
    """An error does not reveal whether a bucket exists."""
    stranger = connect(key_file=str(another_key))
    messages = set()
    for name in (held.name, "no-such-bucket"):
        with refused(401, "NotAuthenticated") as caught:
            Bucket(stranger, held.namespace, name).get_object("object")
        messages.add(caught.value.message)
    assert len(messages) == 1
