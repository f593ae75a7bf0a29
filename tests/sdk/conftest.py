"""Fixtures that connect the official SDK to the emulator. Only the endpoint is changed."""

import itertools
import os
import subprocess

# Faults are injected on purpose, and would open a circuit breaker that the whole process shares.
os.environ["OCI_SDK_DEFAULT_CIRCUITBREAKER_ENABLED"] = "false"
for name in [name for name in os.environ if name.startswith(("OCI_CLI_", "OCI_RESOURCE_PRINCIPAL_", "OCI_CONFIG_"))]:
    del os.environ[name]

# A proxy, if there is one, must not be used for this machine.
os.environ["no_proxy"] = "127.0.0.1"

import buckets
import oci
import pytest
from emulator import Emulator

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def emulator_process(tmp_path_factory):
    running = Emulator(tmp_path_factory.mktemp("emulator") / "state")
    yield running
    running.kill()


@pytest.fixture
def emulator(emulator_process):
    """The emulator that most tests share, without faults and with an empty log."""
    emulator_process.forget_requests()
    yield emulator_process
    emulator_process.clear_faults()
    assert emulator_process.process.poll() is None, "the emulator is still running"


@pytest.fixture
def connect(emulator):
    """Returns a function that creates a client without retries: for a profile, with changed values, and with options of the SDK."""

    def connect(profile="DEFAULT", signer=None, retry_strategy=None, timeout=None, **changes):
        config = {**emulator.config(profile), **changes} if profile else {}
        given = {"signer": signer, "timeout": timeout}
        options = {name: value for name, value in given.items() if value is not None}
        return oci.object_storage.ObjectStorageClient(
            config,
            service_endpoint=emulator.endpoint,
            retry_strategy=retry_strategy or oci.retry.NoneRetryStrategy(),
            **options,
        )

    return connect


@pytest.fixture(scope="session")
def shared_client(emulator_process):
    return oci.object_storage.ObjectStorageClient(
        emulator_process.config(),
        service_endpoint=emulator_process.endpoint,
        retry_strategy=oci.retry.NoneRetryStrategy(),
    )


@pytest.fixture
def client(emulator, shared_client):
    return shared_client


@pytest.fixture
def own_client(connect):
    """A separate client, for tests that change it."""
    return connect()


@pytest.fixture(scope="session")
def namespace(emulator_process):
    return emulator_process.NAMESPACE


@pytest.fixture(scope="session")
def region(emulator_process):
    return emulator_process.REGION


@pytest.fixture(scope="session")
def compartment(emulator_process, shared_client):
    """The compartment of the bucket that the emulator was started with."""
    return shared_client.get_bucket(emulator_process.NAMESPACE, emulator_process.BUCKET).data.compartment_id


@pytest.fixture
def fresh_name():
    return f"bucket-{next(NUMBERS)}"


@pytest.fixture
def bucket(client, namespace, compartment, fresh_name):
    """A bucket for one test."""
    return buckets.create(client, namespace, compartment, fresh_name)


@pytest.fixture(scope="session")
def another_key(tmp_path_factory):
    """A key that the emulator does not know."""
    path = tmp_path_factory.mktemp("keys") / "another.pem"
    subprocess.run(["openssl", "genrsa", "-out", str(path), "2048"], check=True, capture_output=True)
    return path


@pytest.fixture(scope="session")
def lock(emulator_process, tmp_path_factory):
    """Returns a function that encrypts the emulator's key with a passphrase, by OpenSSL, with a cipher and in the old or new format."""

    def lock(cipher, old):
        path = tmp_path_factory.mktemp("keys") / "locked.pem"
        form = ["rsa", "-traditional"] if old else ["pkcs8", "-topk8", "-v2", cipher.lstrip("-")]
        command = ["openssl", *form, *([cipher] if old else []), "-passout", "pass:word"]
        command += ["-in", emulator_process.config()["key_file"], "-out", str(path)]
        subprocess.run(command, check=True, capture_output=True)
        return path

    return lock


@pytest.fixture
def write_config(emulator, tmp_path):
    """Returns a function that writes a configuration file like the emulator's, with these values changed."""

    def write_config(**changes):
        values = {**emulator.config(), **changes}
        names = ("user", "tenancy", "fingerprint", "region", "key_file", "pass_phrase")
        lines = [f"{name}={values[name]}\n" for name in names if values[name] is not None]
        path = tmp_path / "config"
        path.write_text("[DEFAULT]\n" + "".join(lines))
        return path

    return write_config
