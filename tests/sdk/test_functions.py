"""Tests functions through Oracle's SDK and command line: `curate`, built as shipped, is started and invoked by the emulator."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import oci
import pytest
from buckets import refused
from emulator import ROOT, Emulator, built

OCI = Path(sys.executable).with_name("oci")
EVENT = ROOT / "tests/fixtures/events/object-created.json"
SOURCES = ROOT / "tests/fixtures/bronze"

LAKE = {"LAKE_URL": "oci://lake@bronzeworks/journal"}
SOURCE = {"SOURCE_URL": "oci://bronze@bronzeworks/"}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """A separate emulator with the function `curate`, once with and once without its settings."""
    folder = tmp_path_factory.mktemp("functions")
    curate = {"name": "curate", "command": [str(built("curate", "CURATE_BIN"))], "memory": 512, "timeout": 60}
    curate["config"] = LAKE
    # Without its settings, the program reports that and ends.
    unset = {**curate, "name": "unset", "config": {}}
    books = {"name": "books", "config": SOURCE, "functions": [curate, unset]}
    (folder / "functions.json").write_text(json.dumps([books]))
    running = Emulator(folder / "state", "--bucket", "bronze", "--functions", str(folder / "functions.json"))
    yield running
    assert running.stop() == 0


def connect(kind, cloud, endpoint=None):
    strategy = oci.retry.NoneRetryStrategy()
    return kind(cloud.config(), service_endpoint=endpoint or cloud.endpoint, retry_strategy=strategy)


@pytest.fixture
def management(cloud):
    return connect(oci.functions.FunctionsManagementClient, cloud)


@pytest.fixture
def function(cloud, management):
    """The function `curate`, found by a client that knows only names."""
    tenancy = cloud.config()["tenancy"]
    (application,) = management.list_applications(tenancy, display_name="books").data
    (function,) = management.list_functions(application.id, display_name="curate").data
    return function


@pytest.fixture
def invoke(cloud, function):
    """Returns a function that invokes `curate` at its own invoke endpoint."""
    client = connect(oci.functions.FunctionsInvokeClient, cloud, function.invoke_endpoint)

    def invoke(body, **options):
        return client.invoke_function(function.id, invoke_function_body=body, **options)

    return invoke


@pytest.fixture
def event(cloud, request):
    """The event of the fixture, about an object that the SDK has just put under a unique name."""
    client = connect(oci.object_storage.ObjectStorageClient, cloud)
    event = json.loads(EVENT.read_text())
    details = event["data"]["additionalDetails"]
    content = (SOURCES / event["data"]["resourceName"]).read_bytes()
    name = f"{request.node.name}/{event['data']['resourceName']}"
    put = client.put_object(details["namespace"], details["bucketName"], name, content)
    event["data"]["resourceName"] = name
    event["data"]["resourceId"] = f"/n/{details['namespace']}/b/{details['bucketName']}/o/{name}"
    details["eTag"] = put.headers["etag"]
    return json.dumps(event)


def outcome(text):
    """Returns the status of the only object in the response."""
    return json.loads(text)["status"]


def test_an_application_and_its_function_are_found_with_their_endpoints(cloud, management, function):
    application = management.get_application(function.application_id).data
    assert (application.display_name, application.config) == ("books", SOURCE)
    whole = management.get_function(function.id).data
    assert (whole.display_name, whole.memory_in_mbs, whole.timeout_in_seconds) == ("curate", 512, 60)
    assert whole.config == LAKE
    assert whole.invoke_endpoint == cloud.endpoint
    assert management.list_functions(function.application_id, display_name="absent").data == []
    with refused(404, "NotAuthorizedOrNotFound"):
        management.get_function("ocid1.fnfunc.oc1.absent")


def test_the_sdk_invokes_curate_which_curates_once(invoke, event):
    first = invoke(event)
    assert first.status == 200
    assert outcome(first.data.content) == "curated"
    assert first.headers["fn-call-id"]
    assert first.request_id
    assert outcome(invoke(event, fn_intent="cloudevent").data.content) == "unchanged"


def test_a_detached_invocation_returns_at_once_and_is_executed(cloud, invoke, event):
    answer = invoke(event, fn_invoke_type="detached")
    assert (answer.status, answer.data.content) == (202, b"")
    call_id = answer.headers["fn-call-id"]

    def done():
        return [call for call in cloud.control("GET", "functions")["invocations"] if call["call_id"] == call_id]

    while not done():
        time.sleep(0.02)
    assert (done()[0]["status"], done()[0]["invoke_type"]) == (200, "detached")
    assert outcome(invoke(event).data.content) == "unchanged"


def test_a_dry_run_executes_nothing(cloud, invoke, event):
    before = len(cloud.control("GET", "functions")["invocations"])
    assert invoke(event, is_dry_run=True).status == 200
    assert len(cloud.control("GET", "functions")["invocations"]) == before


def test_a_rejected_request_has_the_services_error_code(cloud, management, function, invoke):
    with refused(413, "FunctionInvokeRequestContentTooLarge"):
        invoke(b" " * (6 * 2**20 + 1))
    client = connect(oci.functions.FunctionsInvokeClient, cloud)
    with refused(404, "NotAuthorizedOrNotFound"):
        client.invoke_function(function.id + "x", invoke_function_body=b"")
    (unset,) = management.list_functions(function.application_id, display_name="unset").data
    with refused(502, "FunctionInvokeContainerInitFail"):
        client.invoke_function(unset.id, invoke_function_body=b"")


@pytest.mark.parametrize("lost", ["reset_before", "reset_after"])
def test_a_lost_response_loses_nothing(cloud, invoke, event, lost):
    cloud.fault("InvokeFunction", lost, first=1)
    try:
        with pytest.raises(oci.exceptions.RequestException):
            invoke(event)
    finally:
        cloud.clear_faults()
    assert outcome(invoke(event).data.content) == ("curated" if lost == "reset_before" else "unchanged")


def test_the_command_line_invokes_curate(cloud, function, event, tmp_path):
    body = tmp_path / "event.json"
    body.write_text(event)
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "OCI_CLI_CONFIG_FILE": str(cloud.config_file),
        "OCI_CLI_ENDPOINT": cloud.endpoint,
    }
    command = [str(OCI), "fn", "function", "invoke", "--function-id", function.id, "--file", "-", "--body", event]
    for expected in ("curated", "unchanged"):
        ran = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr + ran.stdout
        assert outcome(ran.stdout) == expected


def test_the_log_of_the_function_is_kept_line_by_line(cloud, function, invoke, event):
    invoke(event)
    lines = cloud.control("GET", f"functions/log?id={function.id}")
    logged = [json.loads(line["text"]) for line in lines if line["stream"] == "stderr"]
    assert logged and all(isinstance(line, dict) for line in logged)
