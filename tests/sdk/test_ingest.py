"""Tests what `ingest` puts on a stream, as a service and as a function behind the gateway, by reading it with Oracle's SDK."""

import base64
import gzip
import json
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest
import streams
from emulator import Emulator, built

# Digits, escapes, spaces and orders of fields that any JSON reader and writer in between would change.
RECORDS = [
    '{"key":"a", "amount":8043.517930780035, "z":1, "a":2}',
    '{ "key" : "b", "amount" : 1E2, "text":"\\u00e4\\/ä" }',
    '{"key":"a","amount":-0.0,"nested":{"x":[1, 2,3 ],"y":null}}',
    '{"key":"c","amount":99999999999999999999.999999999999999999}',
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class EntryPoint:
    """A URL that accepts records: the service's or the gateway's."""

    def __init__(self, url):
        self.url = url

    def post(self, body, content_type="application/json", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url, body, {"Content-Type": content_type, **headers}, method="POST")
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    """An emulator with the pipeline; its gateway invokes `ingest` as a function."""
    state = tmp_path_factory.mktemp("ingest") / "state"
    programs = ["--programs", str(built("ingest", "INGEST_BIN").parent)]
    running = Emulator(state, "--stream", "ledger:3", "--stream-unlimited", "--rollover-ms", "600000", *programs, bare=False)
    yield running
    running.kill()


@pytest.fixture
def stream(emulator):
    return streams.named(emulator, "ledger")


@pytest.fixture(params=["service", "function"])
def entry_point(request, emulator, stream):
    if request.param == "function":
        (deployment,) = emulator.control("GET", "gateways")["deployments"]
        # In the pipeline, keys are the references of journals, so these records have none.
        yield EntryPoint(deployment["endpoint"] + "/journals")
        return
    address = f"127.0.0.1:{free_port()}"
    options = ["--listen", address, "--stream", stream.id, "--stream-endpoint", emulator.endpoint, "--partition-rate", "none"]
    environment = {"OCI_CLI_CONFIG_FILE": str(emulator.config_file)}
    command = [str(built("ingest", "INGEST_BIN")), *options, "--key", "pointer:/key,none"]
    service = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    entry_point = EntryPoint(f"http://{address}/")
    while service.poll() is None:
        try:
            urllib.request.urlopen(f"http://{address}/healthz").close()
            break
        except OSError:
            time.sleep(0.01)
    yield entry_point
    service.terminate()
    assert service.wait(timeout=30) == 0


def read(stream, positions):
    """Returns key and value of the messages at these positions, as the SDK reads them."""
    found = {}
    for partition in {partition for partition, _ in positions}:
        for message in stream.all(partition):
            key = None if message.key is None else base64.b64decode(message.key)
            found[message.partition, message.offset] = (key, base64.b64decode(message.value).decode())
    return [found[position] for position in positions]


def positions(response):
    assert all(result["status"] == "stored" for result in response["results"]), response
    assert [result["index"] for result in response["results"]] == list(range(len(response["results"])))
    return [(result["partition"], result["offset"]) for result in response["results"]]


def keys(entry_point_name):
    return [b"a", b"b", b"a", b"c"] if entry_point_name == "service" else [None] * 4


@pytest.fixture
def expected(request):
    name = request.node.callspec.params["entry_point"]
    return list(zip(keys(name), RECORDS, strict=True))


def test_the_elements_of_an_array_are_on_the_stream_unchanged(entry_point, stream, expected):
    status, response = entry_point.post(("[ " + " ,\n ".join(RECORDS) + " ]").encode())
    assert (status, response["counts"]["stored"]) == (200, 4)
    assert read(stream, positions(response)) == expected


def test_lines_are_on_the_stream_unchanged_gzip_or_not(entry_point, stream, expected):
    for body, headers in [("\n".join(RECORDS).encode(), {}), (gzip.compress("\r\n".join(RECORDS).encode()), {"Content_Encoding": "gzip"})]:
        status, response = entry_point.post(body, "application/x-ndjson", **headers)
        assert status == 200, response
        assert read(stream, positions(response)) == expected


def test_cloud_events_of_each_mode_are_on_the_stream(entry_point, stream):
    attributes = {"specversion": "1.0", "id": "1", "source": "/erp", "type": "journal"}
    event = json.dumps({**attributes, "data": {"key": "k", "amount": 1}})
    sent = [
        (event.encode(), "application/cloudevents+json", {}, [event]),
        (f"[{event},{event}]".encode(), "application/cloudevents-batch+json", {}, [event, event]),
        (RECORDS[0].encode(), "application/json", {f"ce_{name}": value for name, value in attributes.items()}, [RECORDS[0]]),
    ]
    for body, content_type, headers, values in sent:
        status, response = entry_point.post(body, content_type, **headers)
        assert status == 200, response
        assert [value for _, value in read(stream, positions(response))] == values


def test_refused_records_are_reported_by_index_and_the_rest_is_stored(entry_point, stream):
    status, response = entry_point.post("\n".join([RECORDS[0], "{broken", "[]", RECORDS[3]]).encode(), "application/x-ndjson")
    assert status == 207
    assert [result["status"] for result in response["results"]] == ["stored", "refused", "refused", "stored"]
    assert response["counts"] == {"records": 4, "stored": 2, "refused": 2, "failed": 0, "unknown": 0}
    stored = [(result["partition"], result["offset"]) for result in response["results"] if result["status"] == "stored"]
    assert [value for _, value in read(stream, stored)] == [RECORDS[0], RECORDS[3]]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"", "application/json", 400, "empty_body"),
        (b'[{"a":1},{"a":', "application/json", 400, "body_truncated"),
        (b'{"a":"\xff"}', "application/json", 400, "body_not_utf8"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b'{"a":"' + b"x" * (6 << 20) + b'"}', "application/json", 413, None),
    ],
    ids=["empty", "cut short", "not UTF-8", "another type", "too large"],
)
def test_a_bad_request_is_rejected_as_a_whole(entry_point, stream, body, content_type, status, code):
    before = [stream.emulator.control("GET", "streams")[0]["partitions"][number]["end"] for number in range(3)]
    actual, response = entry_point.post(body, content_type)
    assert actual == status
    assert code is None or response["code"] == code
    after = [stream.emulator.control("GET", "streams")[0]["partitions"][number]["end"] for number in range(3)]
    assert after == before
