"""Tests a user's credentials in the configuration file: plain key, key with a passphrase, and session token."""

import base64
import json

import oci
import pytest
from buckets import refused


@pytest.fixture
def held(bucket):
    bucket.put_object("object", b"content")
    return bucket


def works(bucket):
    """Reads, writes with an unsigned body, and posts with a signed one."""
    assert bucket.read("object") == b"content"
    bucket.put_object("other", b"more")
    bucket.rename_object(oci.object_storage.models.RenameObjectDetails(source_name="other", new_name="renamed"))
    assert bucket.names() == ["object", "renamed"]


@pytest.mark.parametrize("profile", ["DEFAULT", "PKCS1", "ENCRYPTED"])
def test_a_profile_with_a_key_authenticates(held, emulator, connect, profile):
    config = emulator.config(profile)
    oci.config.validate_config(config)
    works(held.through(connect(profile=profile)))


def test_the_configuration_is_valid_for_the_sdk(emulator, region):
    config = emulator.config()
    oci.config.validate_config(config)
    assert config["region"] == region


@pytest.mark.parametrize("old", [True, False], ids=["old form", "new form"])
@pytest.mark.parametrize("cipher", ["-aes128", "-aes256", "-des3"])
def test_a_key_encrypted_by_openssl_authenticates(held, connect, lock, cipher, old):
    works(held.through(connect(key_file=str(lock(cipher, old)), pass_phrase="word")))


def test_an_encrypted_key_needs_its_passphrase(emulator, connect):
    with pytest.raises(oci.exceptions.InvalidPrivateKey):
        connect(profile="ENCRYPTED", pass_phrase="wrong")
    with pytest.raises(oci.exceptions.MissingPrivateKeyPassphrase):
        connect(profile="ENCRYPTED", pass_phrase=None)


def session(emulator, token=None):
    """Returns a signer for the profile SESSION, created as in Oracle's documentation."""
    config = emulator.config("SESSION")
    if token is None:
        with open(config["security_token_file"]) as file:
            token = file.read()
    key = oci.signer.load_private_key_from_file(config["key_file"])
    return oci.auth.signers.SecurityTokenSigner(token, key)


def test_a_session_token_authenticates(held, emulator, connect):
    works(held.through(connect(profile="SESSION", signer=session(emulator))))


def test_a_modified_session_token_gets_a_401(held, emulator, connect):
    with open(emulator.config("SESSION")["security_token_file"]) as file:
        header, claims, seal = file.read().split(".")
    claims = json.loads(base64.urlsafe_b64decode(claims + "=="))
    claims["exp"] += 1
    claims = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    forged = session(emulator, ".".join([header, claims, seal]))
    with refused(401, "NotAuthenticated"):
        held.through(connect(profile="SESSION", signer=forged)).get_object("object")


def test_a_session_token_with_another_key_gets_a_401(held, emulator, connect, another_key):
    config = emulator.config("SESSION")
    with open(config["security_token_file"]) as file:
        token = file.read()
    signer = oci.auth.signers.SecurityTokenSigner(token, oci.signer.load_private_key_from_file(str(another_key)))
    with refused(401, "NotAuthenticated"):
        held.through(connect(profile="SESSION", signer=signer)).get_object("object")
