"""Tests resource principals of functions, version 2.2, with files like the platform's that the emulator writes."""

import os

import oci
import pytest
from buckets import refused


@pytest.fixture
def held(bucket):
    bucket.put_object("object", b"content")
    return bucket


@pytest.fixture
def principal(emulator, monkeypatch):
    """Returns a function that creates the SDK's signer from the environment of a function."""

    def signer():
        for name, value in emulator.resource_principal().items():
            monkeypatch.setenv(name, value)
        return oci.auth.signers.get_resource_principals_signer()

    yield signer
    emulator.rotate()


def test_a_function_is_authenticated(held, principal, connect, region, emulator):
    signer = principal()
    assert signer.region == region
    assert signer.get_claim("res_tenant") == emulator.config()["tenancy"]
    assert signer.get_claim("res_compartment").startswith("ocid1.compartment.")
    function = held.through(connect(profile=None, signer=signer))
    assert function.read("object") == b"content"
    function.put_object("other", b"more")
    function.update_bucket(oci.object_storage.models.UpdateBucketDetails(object_events_enabled=True))
    assert held.names() == ["object", "other"]


def test_a_rotated_token_is_read_again_after_a_401(held, principal, connect, emulator):
    function = held.through(connect(profile=None, signer=principal()))
    assert function.read("object") == b"content"
    for number in range(3):
        emulator.rotate()
        emulator.forget_requests()
        function.put_object(f"{number}", b"x")
        statuses = [request["status"] for request in emulator.requests() if request["operation"] == "PutObject"]
        assert statuses == [401, 200], "the old token is rejected once, then both files are read again"
        assert function.read(f"{number}") == b"x"
    assert held.names() == ["0", "1", "2", "object"]


def test_a_permanently_rejected_token_is_a_401_after_one_retry(held, principal, connect, emulator):
    function = held.through(connect(profile=None, signer=principal()))
    emulator.fault("GetObject", "expired_token", bucket=held.name)
    with refused(401, "NotAuthenticated"):
        function.get_object("object")
    assert [request["status"] for request in emulator.requests()].count(401) == 2


def test_an_expired_token_is_rejected_until_there_is_a_new_one(held, principal, connect, emulator):
    function = held.through(connect(profile=None, signer=principal()))
    emulator.rotate(lifetime=0)
    with refused(401, "NotAuthenticated"):
        function.get_object("object")
    emulator.rotate()
    assert function.read("object") == b"content"


def test_a_token_without_its_key_does_not_authenticate(held, principal, connect, emulator, another_key, monkeypatch):
    principal()
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM", str(another_key))
    signer = oci.auth.signers.get_resource_principals_signer()
    with refused(401, "NotAuthenticated"):
        held.through(connect(profile=None, signer=signer)).get_object("object")


def test_token_and_key_can_be_given_as_text(held, principal, connect, monkeypatch):
    principal()
    for name in ("OCI_RESOURCE_PRINCIPAL_RPST", "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM"):
        with open(os.environ[name]) as file:
            monkeypatch.setenv(name, file.read())
    signer = oci.auth.signers.get_resource_principals_signer()
    assert held.through(connect(profile=None, signer=signer)).read("object") == b"content"
