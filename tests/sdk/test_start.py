"""Tests starting the emulator: buckets, names, faults from a file, and what it rejects."""

import json
import subprocess

import oci
import pytest
from buckets import Bucket, refused
from emulator import Emulator, built


@pytest.fixture
def start(tmp_path):
    started = []

    def start(*arguments, folder="state", **options):
        started.append(Emulator(tmp_path / folder, *arguments, **options))
        return started[-1]

    yield start
    for emulator in started:
        emulator.kill()


def lake(emulator, name=Emulator.BUCKET, namespace=Emulator.NAMESPACE):
    client = oci.object_storage.ObjectStorageClient(
        emulator.config(), service_endpoint=emulator.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
    )
    return Bucket(client, namespace, name)


def fails(*arguments):
    """Returns the error message of an emulator that cannot start."""
    command = [built("bronzeworks", "BRONZEWORKS_BIN"), "local", *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, timeout=20)
    assert ran.returncode != 0
    return ran.stderr.decode()


def test_every_named_bucket_exists(start):
    emulator = start("--bucket", "bronze")
    for name in (Emulator.BUCKET, "bronze"):
        assert lake(emulator, name).head_bucket().status == 200
    with refused(404, None):
        lake(emulator, "silver").head_bucket()


def test_it_reports_that_it_is_ready(start):
    assert start().control("GET", "health") == {"status": "UP"}


def test_faults_from_a_file_are_in_force_from_the_start(start, tmp_path):
    rules = [{"operation": "PutObject", "first": 1, "fault": "internal_error"}]
    (tmp_path / "faults.json").write_text(json.dumps(rules))
    bucket = lake(start("--faults", str(tmp_path / "faults.json")))
    with refused(500, "InternalServerError"):
        bucket.put_object("object", b"content")
    bucket.put_object("object", b"content")
    assert bucket.read("object") == b"content"


def test_the_same_seed_gives_the_same_faults(start):
    def run(seed):
        emulator = start("--seed", str(seed), folder=f"state-{seed}-{len(outcomes)}")
        emulator.fault("PutObject", "internal_error", probability=0.5)
        bucket = lake(emulator)
        for number in range(24):
            try:
                bucket.put_object(str(number), b"")
            except oci.exceptions.ServiceError as error:
                assert error.status == 500
        struck = [request["fault"] for request in emulator.requests()]
        outcomes.append(struck)

    outcomes = []
    for seed in (7, 7, 8):
        run(seed)
    assert outcomes[0] == outcomes[1] != outcomes[2]


def test_a_state_folder_is_emptied_on_request(start):
    first = start()
    lake(first).put_object("object", b"content")
    first.stop()
    assert lake(start("--fresh")).names() == []


def test_a_broken_faults_file_is_named(tmp_path):
    (tmp_path / "faults.json").write_text('[{"operation": "PutObject", "fault": "meteor"}]')
    told = fails("--listen", "127.0.0.1:0", "--faults", tmp_path / "faults.json")
    assert "faults.json" in told and "meteor" in told


def test_a_port_in_use_is_reported(start, tmp_path):
    told = fails("--listen", f"127.0.0.1:{start().port}", "--state", tmp_path / "other")
    assert told.strip()


def test_a_foreign_folder_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/file").write_text("precious")
    assert "mine" in fails("--listen", "127.0.0.1:0", "--fresh", "--state", tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["file"]
    assert (tmp_path / "mine/file").read_text() == "precious"


def test_it_stops_cleanly_on_a_signal(start):
    emulator = start()
    lake(emulator).put_object("object", b"content")
    assert emulator.stop() == 0
