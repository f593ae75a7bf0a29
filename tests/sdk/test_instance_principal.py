"""Tests instance principals: certificates from the metadata service, and a token from the federation service."""

import time
import urllib.error
import urllib.request

import oci
import pytest
from buckets import refused


@pytest.fixture
def held(bucket):
    bucket.put_object("object", b"content")
    return bucket


@pytest.fixture
def instance(emulator, monkeypatch):
    """Returns a function that creates the SDK's signer, with the emulator as metadata and federation service."""

    def signer(**options):
        monkeypatch.setenv("OCI_METADATA_BASE_URL", emulator.metadata_url)
        return oci.auth.signers.InstancePrincipalsSecurityTokenSigner(
            federation_endpoint=emulator.federation_url,
            federation_client_circuit_breaker_strategy=oci.circuit_breaker.NoCircuitBreakerStrategy(),
            **options,
        )

    return signer


def test_an_instance_is_authenticated(held, instance, connect, region, emulator):
    signer = instance()
    assert signer.region == region
    assert signer.tenancy_id == emulator.config()["tenancy"]
    machine = held.through(connect(profile=None, signer=signer))
    assert machine.read("object") == b"content"
    machine.put_object("other", b"more")
    machine.update_bucket(oci.object_storage.models.UpdateBucketDetails(object_events_enabled=True))
    assert held.names() == ["object", "other"]


def test_the_sdk_finds_what_it_requests_from_the_metadata_service(instance, emulator):
    emulator.forget_requests()
    instance()
    asked = [request["target"] for request in emulator.requests() if "/opc/v2/" in request["target"]]
    wanted = {
        "/opc/v2/identity/cert.pem",
        "/opc/v2/identity/key.pem",
        "/opc/v2/identity/intermediate.pem",
        "/opc/v2/instance/region",
    }
    assert {target[target.index("/opc/v2/") :] for target in asked} == wanted


def test_a_rejected_token_is_renewed(held, instance, connect, emulator):
    signer = instance()
    first = signer.federation_client.get_security_token()
    machine = held.through(connect(profile=None, signer=signer))
    emulator.fault("GetObject", "expired_token", bucket=held.name, first=1)
    assert machine.read("object") == b"content"
    assert signer.federation_client.get_security_token() != first


def test_a_token_about_to_expire_is_renewed_before_it_is_used(held, instance, connect, emulator):
    signer = instance()
    machine = held.through(connect(profile=None, signer=signer))
    first = signer.federation_client.security_token
    first.jwt["exp"] = int(time.time()) + 30
    assert machine.read("object") == b"content"
    assert signer.federation_client.security_token is not first


def test_a_purpose_can_be_given(held, instance, connect):
    signer = instance(purpose="DEFAULT")
    assert held.through(connect(profile=None, signer=signer)).read("object") == b"content"


def test_the_federation_service_rejects_a_request_with_another_key(instance, emulator, another_key):
    signer = instance()
    federation = signer.federation_client
    federation.retry_strategy = oci.retry.NoneRetryStrategy()
    other = oci.signer.load_private_key_from_file(str(another_key))
    federation.leaf_certificate_retriever.get_private_key = lambda: other
    with refused(401, "NotAuthenticated"):
        signer.refresh_security_token()


def test_the_metadata_service_requires_its_header(emulator):
    url = emulator.metadata_url + "/instance/region"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url)
    assert caught.value.code in (401, 403, 404)
    request = urllib.request.Request(url, headers={"Authorization": "Bearer Oracle"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
