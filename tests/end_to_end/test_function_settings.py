"""The function's configuration: told wrong all at once and before there is a socket, and nothing asked of the network by then."""

import json
import socket

import events
import pytest
from agent import InitError
from functions import CURATE

EMPTY = events.text("empty.json")


@pytest.fixture
def refused(deployment):
    """What a function says on its stderr that does not start under these settings."""

    def refused(memory=128, **config):
        with pytest.raises(InitError) as caught:
            deployment.start(memory=memory, **config)
        error = caught.value
        assert (error.status, error.code) == (502, 1), error
        assert deployment.cloud.requests() == []
        return error.stderr

    return refused


def test_everything_wrong_is_told_at_once(refused):
    missing = {"SOURCE_URL": None, "LAKE_URL": None, "LAKE_ULR": "oci://x@y/"}
    wrong = {"MEMORY": "plenty", "JOBS": "0", "MAX_LINE": "5", "MAX_RATIO": "-1", "LOG_LEVEL": "loud", "TABLE_SCHEMA": "no-such-table"}
    told = refused(**missing, **wrong)
    for part in ("SOURCE_URL is not set", "LAKE_URL is not set", "LAKE_ULR is not a setting; did you mean LAKE_URL?"):
        assert part in told
    for name, value in wrong.items():
        assert f'{name} "{value}"' in told


@pytest.mark.parametrize("name", ["SOURCE_URL", "LAKE_URL"])
def test_what_is_required_is_named(refused, name):
    assert f"{name} is not set" in refused(**{name: None})
    assert f"{name} is not set" in refused(**{name: ""})


@pytest.mark.parametrize("name", ["SOURCE_URI", "SUORCE_URL", "LAKE_URI", "LOG_LEVLE", "MEMROY", "TABLE_SHEMA", "CURATE_JOBS", "MAX_LINES"])
def test_a_misspelt_setting_is_told(refused, name):
    assert f"{name} is not a setting" in refused(**{name: "x"})


def test_what_the_platform_and_others_set_is_none_of_our_business(deployment):
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
def test_a_source_that_is_no_bucket_of_oci_is_refused(refused, source):
    assert "SOURCE_URL" in refused(SOURCE_URL=source)


@pytest.mark.parametrize("inside", ["", "/", "/deeper", "/_quarantine"])
def test_a_source_inside_of_the_lake_is_refused(refused, deployment, inside):
    assert "SOURCE_URL" in refused(SOURCE_URL=deployment.config["LAKE_URL"] + inside)


@pytest.mark.parametrize("beside", ["-bronze", "s/x"])
def test_a_source_beside_the_lake_is_none_inside_of_it(deployment, beside):
    with deployment.start(SOURCE_URL=deployment.config["LAKE_URL"] + beside) as agent:
        assert agent.call(EMPTY).status == 200


def test_a_lake_inside_of_the_source_is_fine(deployment):
    with deployment.start(LAKE_URL=deployment.bronze.url("lake")) as agent:
        assert agent.call(EMPTY).status == 200


@pytest.mark.parametrize("function, memory", [(128, "129MB"), (128, "128MiB"), (256, "512MB"), (1024, "1GiB")])
def test_more_memory_than_the_function_has_is_refused(refused, function, memory):
    assert "MEMORY" in refused(memory=function, MEMORY=memory)


@pytest.mark.parametrize("function, memory", [(128, "128MB"), (256, "128MB"), (256, "256MB"), (1024, "512MB")])
def test_as_much_memory_as_the_function_has_or_less_is_taken(deployment, function, memory):
    with deployment.start(memory=function, MEMORY=memory) as agent:
        assert agent.call(EMPTY).status == 200


def test_the_memory_follows_the_functions(deployment):
    """A run's identity says what it may take: under the same memory the same object goes to the same names."""
    event = deployment.put("in.data.gz", b"bad\n")
    runs = {}
    for memory, config in ((128, {}), (256, {}), (512, {"MEMORY": "256MB"}), (512, {"MEMORY": "128MB"}), (1024, {})):
        lake = f"{memory}-{config.get('MEMORY', '')}"
        with deployment.start(memory=memory, LAKE_URL=deployment.bucket.url(lake), **config) as agent:
            assert agent.call(event).json["status"] == "curated"
        (key,) = deployment.bucket.keys(f"{lake}/_quarantine/")
        runs[lake] = key.rsplit(".", 3)[1]
    assert runs["128-"] == runs["512-128MB"]
    assert runs["256-"] == runs["512-256MB"]
    assert len({runs["128-"], runs["256-"], runs["1024-"]}) == 3


def test_a_function_smaller_than_the_program_needs_is_refused(refused):
    assert "MEMORY" in refused(memory=64)


def test_nothing_is_asked_of_the_network_before_the_first_call(deployment):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # and nobody listens
        endpoint = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        schema = deployment.bucket.url("schemas/journal.json")
        with deployment.start(OCI_OBJECT_STORAGE_ENDPOINT=endpoint, TABLE_SCHEMA=schema) as agent:
            assert agent.call(EMPTY).json["code"] == "empty"
    with deployment.start(TABLE_SCHEMA=schema) as agent:
        assert deployment.cloud.requests() == []
        # What needs no table is answered without it.
        assert agent.call(events.text("other-bucket.json")).json["code"] == "other_bucket"


def test_a_schema_is_loaded_with_the_first_object_and_kept(deployment):
    columns = [{"name": "uuid", "type": "string", "from": "/uuid"}]
    schema = deployment.bucket.put("schemas/narrow.json", b"")
    event = deployment.put("in.jsonl", b"bad\n")
    with deployment.start(TABLE_SCHEMA=schema) as agent:
        assert agent.call(event).status == 502, "an empty schema is trouble that somebody has to see"
        deployment.bucket.put("schemas/narrow.json", json.dumps({"name": "narrow", "version": 1, "columns": columns}).encode())
        assert agent.call(event).json["status"] == "curated"
        deployment.cloud.forget_requests()
        assert agent.call(event).json["status"] == "unchanged"
        assert not [request for request in deployment.cloud.requests() if "schemas" in request["target"]]
    assert deployment.receipt()["schema"]["name"] == "narrow"


def test_without_a_listener_the_program_is_the_command_line(run, deployment):
    deployment.put("in.jsonl", b"bad\n")
    config = {name: deployment.config[name] for name in deployment.config if name != "SOURCE_URL"}
    ran = run(deployment.bronze.url("in.jsonl"), "--json", env={**config, "FN_MEMORY": "128", "FN_FORMAT": "http-stream"})
    assert (ran.code, ran.result["status"]) == (0, "curated"), ran.stderr
    assert CURATE.name in run("--help").stdout
