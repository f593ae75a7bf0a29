"""Tests the function as a whole, from an uploaded bronze object to the rows that people read, and the resources that it needs."""

import base64
import gzip
import json
import os
import subprocess
import threading
import time

import clouds
import events
import generated
import lakes
import objects
import pytest
from relay import Relay
from test_fixtures import assert_same, expected_row

DOWNLOAD = clouds.ROOT / "tests/end_to_end/peers/sdk_download.py"
SDK = clouds.ROOT / ".venv-sdk/bin/python"
THREADS = 50


def sdk_download(deployment, folder):
    cloud = deployment.cloud
    arguments = [cloud.credentials / "config", cloud.address, cloud.NAMESPACE, deployment.bucket.name, "journal/", folder]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OCI_")}
    subprocess.run([SDK, DOWNLOAD, *arguments], check=True, env=environment)
    return folder


def test_an_uploaded_object_is_read_back_value_by_value(deployment, bronze, tmp_path):
    expected = {}
    with deployment.start() as agent:
        for path in sorted(bronze.rglob("*.gz")):
            key = str(path.relative_to(bronze))
            answer = agent.call(deployment.put(key, path.read_bytes()))
            assert (answer.status, answer.json["status"]) == (200, "curated"), agent.container.stderr()
            for line in gzip.decompress(path.read_bytes()).splitlines():
                row = expected_row(json.loads(line), path)
                expected[row["_stream"], row["_partition"], row["_offset"]] = {**row, "_source": answer.json["url"]}
        assert_same(lakes.rows(sdk_download(deployment, tmp_path / "lake")), expected)
    assert deployment.bucket.uploads() == []


def test_the_function_and_the_command_line_write_the_same(deployment, run, bronze, tmp_path):
    (path, *_) = sorted(bronze.rglob("*.gz"))
    event = deployment.put("in.data.gz", path.read_bytes())
    with deployment.start() as agent:
        assert agent.call(event).json["status"] == "curated"
    ran = run(deployment.bronze.url("in.data.gz"), "--lake", tmp_path / "lake", "--memory", "128MB", env=deployment.cloud.env)
    assert ran.code == 0, ran.stderr
    rows = [len(lakes.rows(tmp_path / "lake"))]
    with deployment.lake() as lake:
        rows.append(len(lakes.rows(lake)))
    assert rows[0] == rows[1] > 0
    # Each finds the other's work done.
    ran = run(deployment.bronze.url("in.data.gz"), "--lake", deployment.config["LAKE_URL"], "--json", env=deployment.cloud.env)
    assert ran.result["status"] == "unchanged"


def test_a_rotated_token_is_read_again(deployment, calm):
    with deployment.start() as agent:
        for at in range(3):
            assert agent.call(deployment.put(f"{at}.jsonl", objects.lines(objects.journal()))).json["status"] == "curated"
            calm.control("POST", "resource-principal/rotate?lifetime=3600")


def test_a_function_without_permission_says_so_and_fails(deployment, calm):
    event = deployment.put("in.jsonl", objects.lines(objects.journal()))
    with deployment.start() as agent:
        for fault in ("expired_token", "false_not_found"):
            calm.fail({"operation": "*", "fault": fault})
            before = len(agent.logs())
            answer = agent.call(event)
            assert (answer.status, answer.message, answer.kept) == (502, "function failed", True), fault
            (line,) = [line for line in agent.logs()[before:] if line["level"] == "ERROR"]
            assert deployment.bronze.name in json.dumps(line) or deployment.bucket.name in json.dumps(line)
            assert line["call_id"] == answer.call_id
            assert line["error"].count("the service responded with") == 1, "a cause is reported once"
        calm.fail()
        assert agent.call(event).json["status"] == "curated"


def test_a_missing_bucket_is_a_failure_and_not_a_missing_object(deployment, calm):
    event = deployment.put("in.jsonl", objects.lines(objects.journal()))
    with deployment.start(LAKE_URL=calm.url("nobody-made-this-bucket")) as agent:
        answer = agent.call(event)
        assert (answer.status, answer.said) == (502, 502)
        assert "nobody-made-this-bucket" in agent.container.stderr()
    missing = calm.bucket(f"brief-{deployment.number}")
    missing.name = "nobody-made-this-bucket"
    with deployment.start(SOURCE_URL=calm.url("nobody-made-this-bucket")) as agent:
        assert agent.call(events.about(missing, "in.jsonl", etag="x")).status == 502


def test_a_store_that_is_down_is_a_failure(deployment):
    event = deployment.put("in.jsonl", objects.lines(objects.journal()))
    relay = Relay(deployment.cloud.address)
    with deployment.start(OCI_OBJECT_STORAGE_ENDPOINT=relay.address) as agent:
        relay.close()
        answer = agent.call(event, timeout=2.2)
        assert (answer.status in (502, 504), answer.kept) == (True, True)


@pytest.mark.parametrize("seconds", [0, 2])
def test_a_thawed_container_survives_cut_connections(deployment, seconds):
    relay = Relay(deployment.cloud.address)
    first, second = (deployment.put(f"{at}.jsonl", objects.lines(objects.journal())) for at in "ab")
    with deployment.start(OCI_OBJECT_STORAGE_ENDPOINT=relay.address) as agent:
        assert agent.call(first).json["status"] == "curated"
        agent.freeze()
        assert relay.cut() > 0
        agent.drop()
        time.sleep(seconds)
        assert agent.call(second).json["status"] == "curated", agent.container.stderr()
    relay.close()


def test_an_object_that_is_replaced_again_and_again_is_left_for_its_next_event(deployment, calm):
    # The object is large enough to be read in several requests. With a single request, every version could be read completely.
    text = objects.lines(*[objects.journal(account_code="x" * 4000)] * 3000)
    event, stop = deployment.put("in.jsonl", text), threading.Event()

    def replace():
        while not stop.is_set():
            deployment.bronze.put("in.jsonl", text)

    writer = threading.Thread(target=replace)
    calm.fail({"operation": "GetObject", "bucket": deployment.bronze.name, "fault": {"slow_body": {"bytes_per_second": 15_000_000}}})
    with deployment.start() as agent:
        writer.start()
        try:
            answer = agent.call(event)
        finally:
            stop.set()
            writer.join()
        assert (answer.status, answer.json["status"]) == (200, "changed"), answer
        assert (answer.json["url"], bool(answer.json["message"])) == (deployment.bronze.url("in.jsonl"), True)
        assert deployment.bucket.keys("journal/_receipts") == {} and deployment.bucket.uploads() == []
        calm.fail()
        assert agent.call(events.about(deployment.bronze, "in.jsonl")).json["counts"]["curated"] == 3000
    deployment.receipt()


class Threads:
    """Watches how many threads a container has while a block runs."""

    def __init__(self, container):
        self.container, self.most, self.done = container, 0, threading.Event()
        self.looking = threading.Thread(target=self._look)

    def _look(self):
        while not self.done.is_set():
            self.most = max(self.most, self.container.threads())
            time.sleep(0.002)

    def __enter__(self):
        self.looking.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.looking.join()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """Twenty megabytes of text in about 450 partitions, six times."""
    path = tmp_path_factory.mktemp("ledger") / "in.data.gz"
    generated.make(path, "--megabytes", 20, "--periods", 24, "--currencies", 150, "--seed", 3)
    return path.read_bytes() * 6


def test_the_smallest_function_curates_a_large_object_within_its_memory_and_threads(deployment, ledger):
    event = deployment.put("in.data.gz", ledger)
    with deployment.start(memory=128) as agent, Threads(agent.container) as threads:
        answer = agent.call(event, timeout=300)
        assert (answer.status, answer.json["status"]) == (200, "curated"), agent.container.stderr()
        assert agent.container.peak() < 128_000_000
        assert agent.call(event).json["status"] == "unchanged"
    assert 0 < threads.most < THREADS


def test_many_large_objects_in_one_delivery_share_the_memory(deployment, ledger):
    batch = b"[" + b",".join(deployment.put(f"{at}.data.gz", ledger) for at in range(3)) + b"]"
    with deployment.start(memory=128) as agent, Threads(agent.container) as threads:
        answer = agent.call(batch, timeout=300)
        assert [item["status"] for item in answer.json] == ["curated"] * 3
        assert agent.container.peak() < 128_000_000
    assert 0 < threads.most < THREADS


def test_memory_does_not_grow_from_invocation_to_invocation(deployment):
    lines = [objects.line(objects.journal(account_code=base64.b64encode(os.urandom(900)).decode()), at) for at in range(3000)]
    text, peaks = b"\n".join(lines), []
    with deployment.start(memory=128) as agent, Threads(agent.container) as threads:
        for at in range(10):
            assert agent.call(deployment.put(f"{at}.jsonl", text)).json["counts"]["curated"] == 3000
            peaks.append(agent.container.peak())
    assert peaks[-1] < 128_000_000 and peaks[-1] - peaks[4] < 8_000_000, peaks
    assert threads.most < THREADS
