"""Tests connectors through Oracle's SDK and command line: they move a stream into a bucket, in objects like the real service's."""

import base64
import gzip
import itertools
import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import oci
import pytest
import streams
from buckets import Bucket, refused
from emulator import ROOT, Emulator
from oci.sch import models

OCI = Path(sys.executable).with_name("oci")
REAL_OBJECTS = sorted((ROOT / "tests/fixtures/bronze").rglob("*.data.gz"))
NAME = re.compile(r"(?:(.*)/)?(ocid1\.serviceconnector\.[^/]+)/(\d+)/(\d{8}T\d{6}Z)_(\d{8}T\d{6}Z)\.(\d+)\.data\.gz")
NUMBERS = itertools.count(1)
WAIT = {"max_interval_seconds": 1, "max_wait_seconds": 20}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """A separate emulator, so that no other test's stream is in its buckets."""
    running = Emulator(tmp_path_factory.mktemp("connector") / "state", "--stream-unlimited", "--bucket", "bronze")
    yield running
    assert running.stop() == 0


@pytest.fixture(autouse=True)
def without_faults(cloud):
    yield
    cloud.clear_faults()


@pytest.fixture
def client(cloud):
    return connect(oci.sch.ServiceConnectorClient, cloud)


@pytest.fixture
def waiting(client):
    return oci.sch.ServiceConnectorClientCompositeOperations(client)


@pytest.fixture
def tenancy(cloud):
    return cloud.config()["tenancy"]


@pytest.fixture
def stream(cloud):
    """A stream for one test."""
    return streams.create(cloud, f"stream-{next(NUMBERS)}", partitions=3)


@pytest.fixture
def details(cloud, stream, tenancy):
    """Returns a function that creates the details of a connector from the test's stream to the bucket, with changed target values."""

    def details(cursor=models.TrimHorizonStreamingCursor(), **target):
        return models.CreateServiceConnectorDetails(
            display_name=f"connector-{stream.name}",
            compartment_id=tenancy,
            source=models.StreamingSourceDetails(stream_id=stream.id, cursor=cursor),
            target=models.ObjectStorageTargetDetails(**{"bucket_name": "bronze", **target}),
        )

    return details


@pytest.fixture
def make(waiting, details):
    """Returns a function that creates a connector and returns its OCID."""

    def make(**options):
        made = waiting.create_service_connector_and_wait_for_state(details(**options), ["SUCCEEDED"], {}, WAIT)
        return made.data.resources[0].identifier

    return make


def encoded(data):
    return base64.b64encode(data).decode()


def connect(kind, cloud):
    return kind(cloud.config(), service_endpoint=cloud.endpoint, retry_strategy=oci.retry.NoneRetryStrategy())


def bronze(cloud):
    return Bucket(connect(oci.object_storage.ObjectStorageClient, cloud), cloud.NAMESPACE, "bronze")


def flush(cloud):
    cloud.control("POST", "connectors/flush")


def objects(cloud, connector, prefix=""):
    """Returns what a connector has written: the lines of each object, by name."""
    bucket = bronze(cloud)
    names = bucket.names(prefix=f"{prefix}{connector}/", limit=1000)
    return {name: gzip.decompress(bucket.read(name)).decode().splitlines() for name in names}


def records(cloud, connector):
    return [json.loads(line) for lines in objects(cloud, connector).values() for line in lines]


def partitions(cloud, connector):
    (status,) = [status for status in cloud.control("GET", "connectors") if status["id"] == connector]
    return status["partitions"]


def until(condition):
    """Waits for something that happens by itself, for at most 30 seconds."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)


def form(line):
    """Returns the fields of a line in order, with their types."""
    return [(name, type(value)) for name, value in json.loads(line).items()]


def test_a_connector_is_created_and_deleted(client, waiting, details, stream, tenancy):
    made = waiting.create_service_connector_and_wait_for_state(details(), ["SUCCEEDED"], {}, WAIT).data
    assert (made.operation_type, made.percent_complete) == ("CREATE_SERVICE_CONNECTOR", 100)
    assert (made.resources[0].action_type, made.time_finished is None) == ("CREATED", False)
    connector = made.resources[0].identifier
    answer = client.get_service_connector(connector)
    assert answer.headers["etag"]
    got = answer.data
    assert (got.id, got.compartment_id, got.lifecycle_state) == (connector, tenancy, "ACTIVE")
    assert (got.source.kind, got.source.stream_id) == ("streaming", stream.id)
    assert (got.source.cursor.kind, got.tasks, got.lifecycle_details) == ("TRIM_HORIZON", [], None)
    target = got.target
    assert isinstance(target, models.ObjectStorageTargetDetailsResponse)
    assert (target.bucket_name, target.namespace, target.object_name_prefix) == ("bronze", "bronzeworks", None)
    assert (target.batch_rollover_size_in_mbs, target.batch_rollover_time_in_ms) == (100, 420_000)

    changed = models.UpdateServiceConnectorDetails(display_name="other", description="text", freeform_tags={"a": "b"})
    waiting.update_service_connector_and_wait_for_state(connector, changed, ["SUCCEEDED"], {}, WAIT)
    got = client.get_service_connector(connector).data
    assert (got.display_name, got.description, got.freeform_tags) == ("other", "text", {"a": "b"})
    assert got.time_updated > got.time_created
    waiting.deactivate_service_connector_and_wait_for_state(connector, ["SUCCEEDED"], {}, WAIT)
    assert client.get_service_connector(connector).data.lifecycle_state == "INACTIVE"
    waiting.activate_service_connector_and_wait_for_state(connector, ["SUCCEEDED"], {}, WAIT)
    assert client.get_service_connector(connector).data.lifecycle_state == "ACTIVE"
    elsewhere = models.ChangeServiceConnectorCompartmentDetails(compartment_id="ocid1.compartment.oc1..elsewhere")
    waiting.change_service_connector_compartment_and_wait_for_state(connector, elsewhere, ["SUCCEEDED"], {}, WAIT)
    assert client.get_service_connector(connector).data.compartment_id == elsewhere.compartment_id
    gone = waiting.delete_service_connector_and_wait_for_state(connector, ["SUCCEEDED"], {}, WAIT).data
    assert gone.operation_type == "DELETE_SERVICE_CONNECTOR"
    assert client.get_service_connector(connector).data.lifecycle_state == "DELETED"
    with refused(404, "NotAuthorizedOrNotFound"):
        client.delete_service_connector(connector)

    assert [entry.message for entry in client.list_work_request_logs(made.id).data.items]
    assert client.list_work_request_errors(made.id).data.items == []
    assert made.id in [request.id for request in client.list_work_requests(tenancy, limit=1000).data.items]


def test_connectors_are_listed_in_order_and_by_page(client, details, tenancy):
    compartment = f"ocid1.compartment.oc1..{next(NUMBERS)}"
    for name in ["b", "a", "d", "c"]:
        given = details()
        given.display_name, given.compartment_id = name, compartment
        client.create_service_connector(given)

    def listed(**options):
        pages = oci.pagination.list_call_get_all_results(client.list_service_connectors, compartment, **options)
        return [connector.display_name for connector in pages.data]

    assert sorted(listed()) == ["a", "b", "c", "d"]
    assert listed(sort_by="displayName", limit=3) == ["a", "b", "c", "d"]
    assert listed(sort_by="displayName", sort_order="DESC", limit=1) == ["d", "c", "b", "a"]
    assert listed(display_name="c") == ["c"]
    assert listed(lifecycle_state="INACTIVE") == []
    (summary,) = client.list_service_connectors(compartment, display_name="a").data.items
    assert summary.time_created and summary.id.startswith("ocid1.serviceconnector.oc1.eu-frankfurt-1.")
    with refused(400, "InvalidParameter"):
        client.list_service_connectors(compartment, page="nonsense")


@pytest.mark.parametrize(
    "wrong, code, told",
    [
        ({"display_name": None}, "MissingParameter", "displayName"),
        (
            {"source": models.LoggingSourceDetails(log_sources=[])},
            "InvalidParameter",
            "only a source of kind 'streaming', not 'logging'",
        ),
        (
            {"target": models.FunctionsTargetDetails(function_id="f")},
            "InvalidParameter",
            "only a target of kind 'objectStorage', not 'functions'",
        ),
        ({"tasks": [models.FunctionTaskDetails(function_id="f")]}, "InvalidParameter", "does not support tasks"),
        (
            {"source": models.StreamingSourceDetails(stream_id="ocid1.stream.none")},
            "RelatedResourceNotAuthorizedOrNotFound",
            "There is no stream 'ocid1.stream.none'",
        ),
        (
            {"target": models.ObjectStorageTargetDetails(bucket_name="none")},
            "RelatedResourceNotAuthorizedOrNotFound",
            "the bucket named 'none' does not exist",
        ),
        (
            {"target": models.ObjectStorageTargetDetails(bucket_name="bronze", namespace="other")},
            "InvalidParameter",
            "no namespace 'other'",
        ),
        (
            {"target": models.ObjectStorageTargetDetails(bucket_name="bronze", batch_rollover_size_in_mbs=0)},
            "InvalidParameter",
            "batchRolloverSizeInMBs must be above 0",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_invalid_connector_is_rejected(client, details, wrong, code, told):
    given = details()
    for name, value in wrong.items():
        setattr(given, name, value)
    with refused(400, code) as caught:
        client.create_service_connector(given)
    assert told in caught.value.message


def test_a_connector_changes_only_for_a_client_that_knows_its_version(client, make):
    connector = make()
    etag = client.get_service_connector(connector).headers["etag"]
    change = models.UpdateServiceConnectorDetails(description="one")
    client.update_service_connector(connector, change, if_match=etag)
    with refused(412, "NoEtagMatch"):
        client.update_service_connector(connector, change, if_match=etag)
    with refused(409, "IncorrectState"):
        client.activate_service_connector(connector)


def test_every_field_equals_that_of_get_messages(cloud, stream, make):
    connector = make()
    values = [b"", b"\x00\xff\xfe\n\"\\", "ü 日本".encode(), random.Random(1).randbytes(70_000)]
    keys = [None, b"", b"key", b"\x00\x01\xff", "schlüssel".encode()]
    entries = [
        oci.streaming.models.PutMessagesDetailsEntry(
            key=None if key is None else encoded(key), value=encoded(value)
        )
        for key, value in itertools.product(keys, values)
    ]
    result = stream.put_messages(oci.streaming.models.PutMessagesDetails(messages=entries)).data
    assert result.failures == 0
    flush(cloud)
    written = objects(cloud, connector)
    count = 0
    for partition in range(stream.count):
        got = [
            {
                "stream": message.stream,
                "partition": message.partition,
                "key": message.key,
                "value": message.value,
                "offset": message.offset,
                "timestamp": round(message.timestamp.timestamp() * 1000),
            }
            for message in stream.all(partition)
        ]
        names = [name for name in written if f"/{partition}/" in name]
        assert len(names) == (1 if got else 0), "one object, and none without messages"
        lines = [line for name in names for line in written[name]]
        assert lines == [json.dumps(record, separators=(",", ":")) for record in got]
        count += len(lines)
    assert count == len(entries)


def test_an_object_looks_like_the_real_ones(cloud, stream, make):
    assert len(REAL_OBJECTS) == 4
    connector = make()
    stream.put(*[(f"key-{number}", f"value-{number}") for number in range(20)])
    flush(cloud)
    real = gzip.decompress(REAL_OBJECTS[0].read_bytes()).decode()
    names = bronze(cloud).names(prefix=connector)
    for name in names:
        content = bronze(cloud).read(name)
        # One gzip member without a name and a time, like the real objects.
        assert content[:8] == REAL_OBJECTS[0].read_bytes()[:8]
        text = gzip.decompress(content).decode()
        assert text.endswith("\n") and real.endswith("\n")
        for line in text.splitlines():
            assert form(line) == form(real.splitlines()[0])
            assert line == json.dumps(json.loads(line), separators=(",", ":"))
        assert NAME.fullmatch(name)
    assert all(NAME.fullmatch(str(path.relative_to(ROOT / "tests/fixtures/bronze"))) for path in REAL_OBJECTS)
    for line in real.splitlines():
        assert form(line) == form(real.splitlines()[0])
        assert line == json.dumps(json.loads(line), separators=(",", ":"))


def test_a_name_contains_the_times_of_its_messages(cloud, stream, make):
    connector = make(object_name_prefix="raw/ledger")
    stream.put(("key", "first"))
    time.sleep(1.1)
    stream.put(("key", "last"))
    flush(cloud)
    ((name, lines),) = objects(cloud, connector, prefix="raw/ledger/").items()
    first, last = (json.loads(line) for line in lines)
    prefix, ocid, partition, start, end, number = NAME.fullmatch(name).groups()
    assert (prefix, ocid, partition, number) == ("raw/ledger", connector, first["partition"], "0")

    def stamp(record):
        return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(record["timestamp"] // 1000))

    assert (start, end) == (stamp(first), stamp(last))
    assert start < end


def test_objects_are_closed_by_age(cloud, stream, make):
    short = make(batch_rollover_time_in_ms=1000)
    default = make()
    stream.put(("key", "first"))
    until(lambda: len(records(cloud, short)) == 1)
    assert records(cloud, default) == []
    until(lambda: any(partition["open"] for partition in partitions(cloud, default)))
    cloud.control("POST", "streaming-clock/advance?seconds=420")
    until(lambda: len(records(cloud, default)) == 1)


def test_objects_are_closed_by_compressed_size(cloud, stream, make):
    connector = make(batch_rollover_size_in_mbs=1)
    bytes_of = random.Random(2).randbytes
    sent = 0
    for _ in range(4):
        entries = [
            oci.streaming.models.PutMessagesDetailsEntry(key=encoded(b"one"), value=encoded(bytes_of(90_000)))
            for _ in range(10)
        ]
        sent += len(entries)
        assert stream.put_messages(oci.streaming.models.PutMessagesDetails(messages=entries)).data.failures == 0
    until(lambda: sum(partition["objects"] for partition in partitions(cloud, connector)) == 3)
    sizes = [entry.size for entry in bronze(cloud).list_objects(prefix=connector, fields="size").data.objects]
    assert all(1_000_000 <= size < 1_250_000 for size in sizes), sizes
    (partition,) = [partition for partition in partitions(cloud, connector) if partition["end"]]
    assert partition["open"]["messages"] + partition["messages"] == sent
    flush(cloud)
    offsets = sorted(record["offset"] for record in records(cloud, connector))
    assert offsets == list(range(sent))


def test_an_unrecorded_or_rewound_batch_is_written_again(cloud, stream, make):
    connector = make()
    cloud.fault("WriteBatch", "forget", stream=stream.name, first=1)
    cloud.fault("WriteBatch", {"rewind": {"messages": 2}}, stream=stream.id, nth=[2])
    stream.put(*[("key", f"value-{number}") for number in range(5)])
    flush(cloud)
    flush(cloud)
    batches = [[json.loads(line)["offset"] for line in lines] for lines in objects(cloud, connector).values()]
    assert sorted(batches) == [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [3, 4]]
    # The messages arrived in one request and have the same time, so the names differ only in their numbers.
    assert [NAME.fullmatch(name).group(6) for name in objects(cloud, connector)] == ["0", "1", "2"]


def test_a_failing_target_is_reported_and_loses_nothing(cloud, client, stream, make):
    connector = make()
    cloud.fault("WriteBatch", "internal_error", object=f"{connector}/*")
    stream.put(("key", "value"))
    with pytest.raises(AssertionError, match="ConnectorFails"):
        flush(cloud)
    got = client.get_service_connector(connector).data
    assert got.lifecycle_state == "NEEDS_ATTENTION"
    assert "internal_error" in got.lifecycle_details
    listed = client.list_service_connectors(got.compartment_id, lifecycle_state="NEEDS_ATTENTION").data.items
    assert [summary.id for summary in listed] == [connector]
    cloud.clear_faults()
    flush(cloud)
    assert client.get_service_connector(connector).data.lifecycle_state == "ACTIVE"
    assert len(records(cloud, connector)) == 1


def test_a_connector_outlives_the_process(tmp_path):
    first = Emulator(tmp_path / "state", "--bucket", "bronze")
    stream = streams.create(first, "kept", partitions=1)
    details = models.CreateServiceConnectorDetails(
        display_name="kept",
        compartment_id=first.config()["tenancy"],
        source=models.StreamingSourceDetails(stream_id=stream.id),
        target=models.ObjectStorageTargetDetails(bucket_name="bronze"),
    )
    client = connect(oci.sch.ServiceConnectorClient, first)
    client.create_service_connector(details)
    (summary,) = client.list_service_connectors(details.compartment_id).data.items
    stream.put(("key", "written"))
    flush(first)
    stream.put(("key", "open"))
    until(lambda: partitions(first, summary.id)[0]["open"])
    first.kill()
    again = Emulator(tmp_path / "state", "--bucket", "bronze")
    got = connect(oci.sch.ServiceConnectorClient, again).get_service_connector(summary.id).data
    assert (got.lifecycle_state, got.source.cursor.kind) == ("ACTIVE", "LATEST")
    flush(again)
    batches = [[json.loads(line)["offset"] for line in lines] for lines in objects(again, summary.id).values()]
    assert sorted(batches) == [[0], [1]]
    again.kill()
    fresh = Emulator(tmp_path / "state", "--bucket", "bronze", "--fresh")
    assert fresh.control("GET", "connectors") == []
    fresh.kill()


def test_the_command_line_creates_a_connector_and_waits_for_it(cloud, stream, tenancy, tmp_path):
    def run(*arguments):
        environment = {
            **os.environ,
            "HOME": str(tmp_path),
            "OCI_CLI_CONFIG_FILE": str(cloud.config_file),
            "OCI_CLI_ENDPOINT": cloud.endpoint,
        }
        command = [str(OCI), "sch", *map(str, arguments)]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr + ran.stdout
        return json.loads(ran.stdout) if ran.stdout.strip() else None

    succeeded = ["--wait-for-state", "SUCCEEDED", "--wait-interval-seconds", "1"]
    source = json.dumps({"kind": "streaming", "streamId": stream.id, "cursor": {"kind": "TRIM_HORIZON"}})
    target = json.dumps({"kind": "objectStorage", "bucketName": "bronze", "batchRolloverSizeInMBs": 5})
    about = ["--display-name", "by hand", "--compartment-id", tenancy]
    made = run("service-connector", "create", *about, "--source", source, "--target", target, *succeeded)["data"]
    assert made["status"] == "SUCCEEDED"
    of_it = ["--service-connector-id", made["resources"][0]["identifier"]]
    got = run("service-connector", "get", *of_it)["data"]
    assert (got["display-name"], got["lifecycle-state"]) == ("by hand", "ACTIVE")
    assert got["target"]["batch-rollover-size-in-mbs"] == 5
    listed = run("service-connector", "list", "--compartment-id", tenancy, "--all", "--display-name", "by hand")
    assert [item["id"] for item in listed["data"]["items"]] == [got["id"]]
    run("service-connector", "update", *of_it, "--display-name", "changed", "--force", *succeeded)
    run("service-connector", "deactivate", *of_it, *succeeded)
    run("service-connector", "activate", *of_it, *succeeded)
    stream.put(("key", "value"))
    flush(cloud)
    assert len(records(cloud, got["id"])) == 1
    request = run("work-request", "get", "--work-request-id", made["id"])["data"]
    assert request["operation-type"] == "CREATE_SERVICE_CONNECTOR"
    run("service-connector", "delete", *of_it, "--force", *succeeded)
