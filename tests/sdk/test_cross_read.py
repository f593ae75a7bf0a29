"""Tests that the project's crate reads what the SDK has written, byte for byte, and vice versa."""

import hashlib
import json
import os
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import timezone
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import pytest
from dateutil.parser import parse
from emulator import built
from names import NAMES
from oci.object_storage import UploadManager

CONTENT = random.Random(5).randbytes(12 * 1024 * 1024 + 4321)
PROFILES = ["DEFAULT", "PKCS1", "ENCRYPTED", "SESSION"]


@pytest.fixture
def ours(emulator, bucket):
    """Returns a function that runs the crate's example `objects` with a command, names of objects in the bucket, and other arguments."""
    binary = built("examples/objects", "OBJECTS_BIN")

    def ours(command, *names, arguments=(), profile="DEFAULT", config=emulator.config_file, identity=None, code=0):
        identity = identity or {"OCI_CLI_CONFIG_FILE": str(config), "OCI_CLI_PROFILE": profile}
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OCI_")},
            **identity,
            "OCI_OBJECT_STORAGE_ENDPOINT": emulator.endpoint,
        }
        command = [str(binary), command, *[url(bucket, name) for name in names], *map(str, arguments)]
        ran = subprocess.run(command, env=environment, capture_output=True)
        assert ran.returncode == code, ran.stderr.decode()
        return ran.stderr.decode() if code else ran.stdout

    return ours


def url(bucket, name):
    return f"oci://{bucket.name}@{bucket.namespace}/{quote(name, safe='/')}"


def digest(content):
    return hashlib.sha256(content).hexdigest()


def instant(text):
    """Returns a time as written by either side, to the second."""
    try:
        return parsedate_to_datetime(text).replace(tzinfo=timezone.utc)
    except (TypeError, ValueError):
        return parse(text).astimezone(timezone.utc).replace(microsecond=0)


def at_once(function, names):
    """Returns the results of the function for each name; several run concurrently."""
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(names, pool.map(function, names, range(len(names))), strict=True))


def test_our_crate_gets_what_the_sdk_put_under_any_name(bucket, ours, tmp_path):
    bucket.holds(*NAMES)

    def get(name, number):
        ours("get", name, arguments=[tmp_path / f"{number}"])
        return (tmp_path / f"{number}").read_bytes()

    assert at_once(get, NAMES) == {name: name.encode() for name in NAMES}


def test_the_sdk_gets_what_our_crate_put_under_any_name(bucket, ours, tmp_path):
    def put(name, number):
        (tmp_path / f"{number}").write_bytes(name.encode())
        ours("put", name, arguments=[tmp_path / f"{number}"])

    at_once(put, NAMES)
    assert bucket.names() == sorted(NAMES, key=str.encode)
    assert {name: bucket.read(name) for name in NAMES} == {name: name.encode() for name in NAMES}


@pytest.mark.parametrize("size", [0, 1, len(CONTENT)])
def test_content_of_any_size_passes_in_both_directions(bucket, ours, tmp_path, size):
    content = CONTENT[:size]
    (tmp_path / "given").write_bytes(content)
    ours("put", "ours", arguments=[tmp_path / "given"])
    assert digest(bucket.read("ours")) == digest(content)
    bucket.put_object("theirs", content)
    ours("get", "theirs", arguments=[tmp_path / "got"])
    assert digest((tmp_path / "got").read_bytes()) == digest(content)


def test_uploads_in_parts_pass_in_both_directions(bucket, ours, own_client, tmp_path):
    (tmp_path / "given").write_bytes(CONTENT)
    ours("put-multipart", "ours", arguments=[tmp_path / "given", "--part-size", 5 << 20])
    assert digest(bucket.read("ours")) == digest(CONTENT)
    assert bucket.head_object("ours").headers["opc-multipart-md5"].endswith("-3")
    assert bucket.list_multipart_uploads().data == [], "no unfinished upload is left"
    manager = UploadManager(own_client, parallel_process_count=3)
    manager.upload_file(bucket.namespace, bucket.name, "theirs", str(tmp_path / "given"), part_size=5 << 20)
    ours("get", "theirs", arguments=[tmp_path / "got"])
    assert digest((tmp_path / "got").read_bytes()) == digest(CONTENT)


def test_our_crate_survives_faults_and_the_bytes_are_right(bucket, ours, emulator, tmp_path):
    (tmp_path / "given").write_bytes(CONTENT)
    for fault, nth in (("reset_before", 1), ("internal_error", 3), ("reset_after", 5)):
        emulator.fault("UploadPart", fault, bucket=bucket.name, nth=[nth])
    emulator.fault("CommitMultipartUpload", {"throttle": {}}, bucket=bucket.name, first=1)
    ours("put-multipart", "object", arguments=[tmp_path / "given", "--part-size", 5 << 20])
    assert digest(bucket.read("object")) == digest(CONTENT)
    emulator.clear_faults()
    emulator.fault("GetObject", {"unavailable": {}}, bucket=bucket.name, first=1)
    emulator.fault("GetObject", {"truncated_body": {"after_bytes": 1_000_000}}, bucket=bucket.name, nth=[2])
    ours("get", "object", arguments=[tmp_path / "got"])
    assert digest((tmp_path / "got").read_bytes()) == digest(CONTENT)


@pytest.mark.parametrize("name", ["a b/ü", "plain"])
def test_both_return_the_same_metadata_of_an_object(bucket, ours, name):
    bucket.put_object(name, CONTENT[:1000])
    told = json.loads(ours("head", name))
    head = bucket.head_object(name).headers
    assert told["location"] == name
    assert told["size"] == 1000
    assert told["etag"].strip('"') == head["etag"].strip('"')
    assert instant(told["last_modified"]) == instant(head["last-modified"])


def test_both_list_the_same(bucket, ours):
    bucket.holds(*[f"lake/{number:03}" for number in range(30)], "lake/deeper/1", "lake/ü b", "other")
    listed = [json.loads(line) for line in ours("list", "lake").splitlines()]
    entries = bucket.list_objects(prefix="lake/", fields="name,size,etag").data.objects
    assert {entry["location"]: (entry["size"], entry["etag"]) for entry in listed} == {
        entry.name: (entry.size, entry.etag) for entry in entries
    }
    offset = [
        json.loads(line)["location"] for line in ours("list", "lake", arguments=["--offset", "lake/025"]).splitlines()
    ]
    assert sorted(offset) == sorted(bucket.names(prefix="lake/", start_after="lake/025"))


def test_both_fold_deeper_names_into_prefixes(bucket, ours):
    bucket.holds("lake/1", "lake/2", "lake/deeper/1", "lake/deeper/2", "lake/other/1", "lake2")
    listed = [json.loads(line) for line in ours("list", "lake", arguments=["--delimiter"]).splitlines()]
    whole = bucket.list_objects(prefix="lake/", delimiter="/").data
    assert [entry["location"] for entry in listed if "location" in entry] == [entry.name for entry in whole.objects]
    assert [entry["prefix"] + "/" for entry in listed if "prefix" in entry] == whole.prefixes


def test_every_name_is_listed_unchanged(bucket, ours):
    bucket.holds(*NAMES)
    listed = [json.loads(line)["location"] for line in ours("list", "").splitlines()]
    assert sorted(listed) == sorted(NAMES)


def test_the_sdk_sees_what_our_crate_renamed_copied_and_deleted(bucket, ours):
    bucket.holds("a b", "gone")
    ours("rename", "a b", "ü")
    ours("copy", "ü", "copied/ü")
    ours("delete", "gone")
    assert bucket.names() == ["copied/ü", "ü"]
    assert bucket.read("copied/ü") == b"a b"


def test_our_crate_fails_for_a_missing_object(ours, tmp_path):
    assert "absent" in ours("get", "absent", arguments=[tmp_path / "got"], code=1)
    assert not (tmp_path / "got").exists()


def works(bucket, ours, tmp_path, **principal):
    """Puts with an unsigned body and renames with a signed one, through the crate, and checks that both worked."""
    (tmp_path / "given").write_bytes(b"content")
    ours("put", "object", arguments=[tmp_path / "given"], **principal)
    assert bucket.read("object") == b"content"
    ours("rename", "object", "renamed", **principal)
    assert bucket.names() == ["renamed"]


@pytest.mark.parametrize("profile", PROFILES)
def test_our_crate_authenticates_with_every_profile(bucket, ours, tmp_path, profile):
    works(bucket, ours, tmp_path, profile=profile)


@pytest.mark.parametrize("old", [True, False], ids=["old form", "new form"])
@pytest.mark.parametrize("cipher", ["-aes128", "-aes256", "-des3"])
def test_our_crate_authenticates_with_a_key_encrypted_by_openssl(bucket, ours, write_config, lock, tmp_path, cipher, old):
    works(bucket, ours, tmp_path, config=write_config(key_file=lock(cipher, old), pass_phrase="word"))


def test_our_crate_authenticates_as_a_function(bucket, ours, emulator, tmp_path):
    works(bucket, ours, tmp_path, identity=emulator.resource_principal())


def test_our_crate_authenticates_as_an_instance(bucket, ours, emulator, tmp_path):
    identity = {
        "OCI_CLI_AUTH": "instance_principal",
        "OCI_METADATA_BASE_URL": emulator.metadata_url,
        "OCI_SDK_AUTH_CLIENT_REGION_URL": emulator.endpoint,
    }
    works(bucket, ours, tmp_path, identity=identity)


def test_our_crate_is_rejected_with_the_wrong_key(bucket, ours, write_config, another_key, tmp_path):
    bucket.put_object("object", b"content")
    told = ours("get", "object", arguments=[tmp_path / "got"], config=write_config(key_file=another_key), code=1)
    assert "NotAuthenticated" in told


def test_our_crate_reports_a_wrong_passphrase(ours, write_config, lock):
    config = write_config(key_file=lock("-aes256", False), pass_phrase="wrong")
    assert "pass phrase" in ours("head", "object", config=config, code=1)
