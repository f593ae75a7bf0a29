"""Tests the function's configuration: all errors are reported together, before there is a socket and without a request."""

import json
import socket

import events
import pytest
from agent import InitError

EMPTY = events.text("empty.json")


@pytest.fixture
def refused(deployment):
    """Returns a function that starts the function with invalid settings, and returns its stderr."""

    def refused(memory=128, **config):
        with pytest.raises(InitError) as caught:
            deployment.start(memory=memory, **config)
        error = caught.value
        assert (error.status, error.code) == (502, 2), error
        assert deployment.cloud.requests() == []
        return error.stderr

    return refused


def test_all_configuration_errors_are_reported_together(refused):
    missing = {"SOURCE_URL": None, "LAKE_URL": None, "LAKE_ULR": "oci://x@y/"}
    wrong = {"MEMORY": "plenty", "JOBS": "0", "MAX_LINE": "5", "MAX_RATIO": "-1", "LOG_LEVEL": "loud", "TABLE_SCHEMA": "no-such-table"}
    told = refused(**missing, **wrong)
    for part in ("SOURCE_URL is not set", "LAKE_URL is not set", "LAKE_ULR is not a setting; did you mean LAKE_URL?"):
        assert part in told
    for name, value in wrong.items():
        assert f'{name} "{value}"' in told


@pytest.mark.parametrize("name", ["SOURCE_URL", "LAKE_URL"])
def test_a_missing_required_setting_is_named(refused, name):
    assert f"{name} is not set" in refused(**{name: None})
    assert f"{name} is not set" in refused(**{name: ""})


@pytest.mark.parametrize("name", ["BRONZEWORKS_LAKE", "CURATE_JOBS", "OCI_CLI_PROFIL"])
def test_a_misspelled_setting_is_an_error(refused, name):
    assert f"{name} is not a setting" in refused(**{name: "x"})


def test_variables_of_the_platform_and_of_others_are_ignored(deployment):
    others = {
        "FN_CPUS": "100m",
        "FN_TMPSIZE": "32",
        "FN_APP_NAME": "bronzeworks",
        "FN_FN_NAME": "curate",
        "FN_NAME": "curate",
        "OCI_TRACING_ENABLED": "0",
        "OCI_TRACE_COLLECTOR_URL": "",
        "OCI_REGION_METADATA": '{"realmDomainComponent":"oraclecloud.com","realmKey":"oc1","regionIdentifier":"eu-frankfurt-1","regionKey":"FRA"}',
        "LANG": "C.UTF-8",
        "KUBERNETES_PORT": "x",
    }
    with deployment.start(**others) as agent:
        assert agent.call(EMPTY).status == 200


@pytest.mark.parametrize("source", ["/tmp", "s3://bucket/prefix", "bronze", "oci://bronze", "oci://@bronzeworks/", "http://x/y"])
def test_a_source_that_is_not_an_oci_bucket_is_refused(refused, source):
    assert "SOURCE_URL" in refused(SOURCE_URL=source)


@pytest.mark.parametrize("inside", ["", "/", "/deeper", "/_quarantine"])
def test_a_source_inside_the_lake_is_refused(refused, deployment, inside):
    assert "SOURCE_URL" in refused(SOURCE_URL=deployment.config["LAKE_URL"] + inside)


@pytest.mark.parametrize("beside", ["-bronze", "s/x"])
def test_a_source_next_to_the_lake_is_accepted(deployment, beside):
    with deployment.start(SOURCE_URL=deployment.config["LAKE_URL"] + beside) as agent:
        assert agent.call(EMPTY).status == 200


def test_a_lake_inside_the_source_is_accepted(deployment):
    with deployment.start(LAKE_URL=deployment.bronze.url("lake")) as agent:
        assert agent.call(EMPTY).status == 200


@pytest.mark.parametrize("function, memory", [(128, "129MB"), (128, "128MiB"), (256, "512MB"), (1024, "1GiB")])
def test_more_memory_than_the_function_has_is_refused(refused, function, memory):
    assert "MEMORY" in refused(memory=function, MEMORY=memory)


@pytest.mark.parametrize("function, memory", [(128, "128MB"), (256, "128MB"), (256, "256MB"), (1024, "512MB")])
def test_as_much_memory_as_the_function_has_is_accepted(deployment, function, memory):
    with deployment.start(memory=function, MEMORY=memory) as agent:
        assert agent.call(EMPTY).status == 200


def test_memory_defaults_to_the_functions_own_and_changes_no_names(deployment):
    event = deployment.put("in.data.gz", b"bad\n")
    names = set()
    for memory, config in ((128, {}), (256, {}), (512, {"MEMORY": "256MB"}), (512, {"MEMORY": "128MB"}), (1024, {})):
        lake = f"{memory}-{config.get('MEMORY', '')}"
        with deployment.start(memory=memory, LAKE_URL=deployment.bucket.url(lake), **config) as agent:
            assert agent.call(event).json["status"] == "curated"
        (key,) = deployment.bucket.keys(f"{lake}/_quarantine/")
        names.add(key.removeprefix(lake))
    assert len(names) == 1


def test_a_buffer_that_does_not_fit_into_the_functions_memory_is_refused(refused):
    assert "rows of 48MB (ROW_BUFFER) and lines of up to 4MB (MAX_LINE) need 135MB" in refused(memory=128, ROW_BUFFER="48MB")


def test_a_function_smaller_than_the_program_needs_is_refused(refused):
    assert "MEMORY" in refused(memory=64)


def test_no_request_is_sent_before_the_first_invocation(deployment):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # without listening
        endpoint = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        schema = deployment.bucket.url("schemas/journal.json")
        with deployment.start(OCI_OBJECT_STORAGE_ENDPOINT=endpoint, TABLE_SCHEMA=schema) as agent:
            assert agent.call(EMPTY).json["code"] == "empty"
    with deployment.start(TABLE_SCHEMA=schema) as agent:
        assert deployment.cloud.requests() == []
        # A response that does not depend on the table needs no schema.
        assert agent.call(events.text("other-bucket.json")).json["code"] == "other_bucket"


def test_a_schema_is_loaded_with_the_first_object_and_kept(deployment):
    columns = [{"name": "uuid", "type": "string", "from": "/uuid"}]
    schema = deployment.bucket.put("schemas/narrow.json", b"")
    event = deployment.put("in.jsonl", b"bad\n")
    with deployment.start(TABLE_SCHEMA=schema) as agent:
        assert agent.call(event).status == 502, "somebody has to see that the schema is empty"
        deployment.bucket.put("schemas/narrow.json", json.dumps({"name": "narrow", "version": 1, "columns": columns}).encode())
        assert agent.call(event).json["status"] == "curated"
        deployment.cloud.forget_requests()
        assert agent.call(event).json["status"] == "unchanged"
        assert not [request for request in deployment.cloud.requests() if "schemas" in request["target"]]
    assert deployment.receipt()["schema"]["name"] == "narrow"


def test_a_schema_with_a_filter_is_refused_because_functions_have_no_jq(deployment):
    columns = [{"name": "device", "type": "string", "jq": ".device"}]
    document = json.dumps({"name": "filtered", "version": 1, "columns": columns}).encode()
    event = deployment.put("in.jsonl", b"bad\n")
    with deployment.start(TABLE_SCHEMA=deployment.bucket.put("schemas/filtered.json", document)) as agent:
        assert agent.call(event).status == 502
        assert "this build has no jq" in agent.container.stderr()
    assert not deployment.bucket.keys("journal/")


def test_a_near_miss_of_a_plain_word_is_a_warning_in_the_log(deployment):
    with deployment.start(MEMROY="256MB", JOB="2") as agent:
        assert agent.call(EMPTY).status == 200
        warnings = [line["message"] for line in agent.logs() if line["level"] == "WARN"]
    for name, meant in (("MEMROY", "MEMORY"), ("JOB", "JOBS")):
        assert f"{name} is ignored; did you mean {meant}?" in warnings


def test_variables_that_kubernetes_injects_are_ignored(deployment):
    services = {"INGEST_SERVICE_HOST": "10.0.0.1", "LAKE_SERVICE_HOST": "10.0.0.2", "CURATE_PORT_80_TCP": "tcp://10.0.0.3:80"}
    with deployment.start(**services) as agent:
        assert agent.call(EMPTY).status == 200
