"""Tests that confirmed changes survive a restart, even after a kill."""

import hashlib
import random
import threading

import oci
import pytest
from buckets import Bucket, create
from emulator import Emulator
from oci.object_storage import models

CONTENT = random.Random(3).randbytes(3_000_000)


@pytest.fixture
def run(tmp_path):
    """Returns a function that starts emulators on the same state folder, one after the other."""
    started = []

    def run(*arguments, **options):
        started.append(Emulator(tmp_path / "state", *arguments, **options))
        return started[-1]

    yield run
    for emulator in started:
        emulator.kill()


def client(emulator, profile="DEFAULT"):
    return oci.object_storage.ObjectStorageClient(
        emulator.config(profile),
        service_endpoint=emulator.endpoint,
        retry_strategy=oci.retry.NoneRetryStrategy(),
    )


def lake(emulator):
    return Bucket(client(emulator), emulator.NAMESPACE, emulator.BUCKET)


def everything(bucket):
    """Returns everything that the bucket tells about its objects, and the hashes of their contents."""
    listing = bucket.list_objects(fields="name,size,etag,md5,timeCreated,timeModified").data.objects
    described = {
        entry.name: (entry.size, entry.etag, entry.md5, entry.time_created, entry.time_modified) for entry in listing
    }
    heads = {}
    for name in described:
        headers = bucket.head_object(name).headers
        heads[name] = {key: value for key, value in headers.items() if key not in ("date", "opc-request-id")}
    contents = {name: hashlib.sha256(bucket.read(name)).hexdigest() for name in described}
    return described, heads, contents


def fill(bucket):
    bucket.put_object("small", b"content", opc_meta={"key": "value"}, content_type="text/csv")
    bucket.put_object("large", CONTENT)
    bucket.put_object("empty", b"")
    bucket.put_object("odd // name/ü%2F", b"odd")
    bucket.put_object("replaced", b"1")
    bucket.put_object("replaced", b"2")
    bucket.put_object("deleted", b"x")
    bucket.delete_object("deleted")
    bucket.put_object("old", b"moved")
    bucket.rename_object(models.RenameObjectDetails(source_name="old", new_name="new"))


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_restart_changes_nothing(run, end):
    first = run()
    fill(lake(first))
    before = everything(lake(first))
    assert len(before[0]) == 6
    getattr(first, end)()
    second = run()
    assert everything(lake(second)) == before
    lake(second).put_object("more", b"x")
    assert lake(second).read("more") == b"x"


def test_buckets_their_settings_and_versions_survive_a_kill(run):
    first = run()
    compartment = lake(first).get_bucket().data.compartment_id
    kept = create(client(first), first.NAMESPACE, compartment, "kept", versioning="Enabled", object_events_enabled=True)
    ids = [kept.put_object("object", text).headers["version-id"] for text in (b"1", b"2")]
    before = kept.get_bucket().data
    first.kill()
    after = kept.through(client(run()))
    assert after.get_bucket().data == before
    assert [after.read("object", version_id=version) for version in ids] == [b"1", b"2"]


def test_an_upload_in_parts_continues_after_a_kill(run):
    first = run()
    bucket = lake(first)
    upload = bucket.create_multipart_upload(models.CreateMultipartUploadDetails(object="object")).data.upload_id
    etags = [bucket.upload_part("object", upload, 1, CONTENT[:1_000_000]).headers["etag"]]
    first.kill()
    bucket = lake(run())
    (part,) = bucket.list_multipart_upload_parts("object", upload).data
    assert (part.part_number, part.size, part.etag) == (1, 1_000_000, etags[0])
    etags.append(bucket.upload_part("object", upload, 2, CONTENT[1_000_000:]).headers["etag"])
    parts = [models.CommitMultipartUploadPartDetails(part_num=n, etag=etag) for n, etag in enumerate(etags, 1)]
    bucket.commit_multipart_upload("object", upload, models.CommitMultipartUploadDetails(parts_to_commit=parts))
    assert hashlib.sha256(bucket.read("object")).digest() == hashlib.sha256(CONTENT).digest()


def test_a_kill_between_puts_loses_no_confirmed_object(run):
    first = run()
    bucket = lake(first)
    confirmed, enough = [], threading.Event()

    def put():
        for number in range(10_000):
            name = f"{number:05}"
            try:
                bucket.put_object(name, name.encode() * 1000)
            except oci.exceptions.RequestException:
                return
            confirmed.append(name)
            if number == 50:
                enough.set()

    writer = threading.Thread(target=put)
    writer.start()
    assert enough.wait(30)
    first.kill()
    writer.join()
    after = lake(run())
    names = after.names(limit=1000)
    assert set(confirmed) <= set(names)
    assert len(names) <= len(confirmed) + 1, "at most the unconfirmed put exists, too"
    for name in names:
        assert after.read(name) == name.encode() * 1000, "an object exists completely or not at all"


def test_a_client_that_retries_survives_a_restart(run):
    first = run()
    bucket = lake(first)
    bucket.client.retry_strategy = oci.retry.RetryStrategyBuilder(
        retry_base_sleep_time_seconds=0.1,
        decorrelated_jitter=0.1,
        retry_max_wait_between_calls_seconds=0.3,
        max_attempts=40,
    ).get_retry_strategy()
    bucket.put_object("before", b"1")
    first.kill()
    restarted = threading.Timer(0.2, lambda: run(port=first.port))
    restarted.start()
    bucket.put_object("after", b"2")
    restarted.join()
    assert bucket.names() == ["after", "before"]


def test_credentials_stay_valid_across_a_restart(run):
    """A client that was configured once, with a key or a session token in memory, continues after a restart."""
    first = run()
    before = first.config()
    session = first.config("SESSION")
    with open(session["security_token_file"]) as file:
        token = file.read()
    signer = oci.auth.signers.SecurityTokenSigner(token, oci.signer.load_private_key_from_file(session["key_file"]))
    lake(first).put_object("object", b"content")
    first.stop()
    second = run()
    assert second.config() == before
    clients = [
        client(second, "ENCRYPTED"),
        oci.object_storage.ObjectStorageClient(session, service_endpoint=second.endpoint, signer=signer),
    ]
    for known in clients:
        assert Bucket(known, second.NAMESPACE, second.BUCKET).read("object") == b"content"


def test_a_second_emulator_on_the_same_folder_does_not_start(run):
    first = run()
    with pytest.raises(AssertionError, match="before it listened"):
        run()
    lake(first).put_object("object", b"content")
    assert lake(first).read("object") == b"content"
