"""Tests the function's response to each kind of event."""

import gzip
import json
import re
from urllib.parse import quote, unquote

import events
import objects
import pytest
from functions import Deployment, numbers

FIXTURE = "ocid1.serviceconnector.oc1.uk-london-1.amaaaaaaexample/0/20240628T082842Z_20240628T083550Z.0.data.gz"
TWO = objects.lines(objects.journal(), objects.journal(currency_code="USD"))


@pytest.fixture
def agent(deployment):
    with deployment.start() as running:
        yield running


def call(agent, event):
    answer = agent.call(event)
    assert (answer.status, answer.kept) == (200, True), (answer, agent.container.stderr())
    return answer.json


def skipped(agent, event, code):
    """Checks that the event is skipped for this reason, with a message. Returns True."""
    answer = call(agent, event)
    assert (answer["status"], answer["code"]) == ("skipped", code)
    assert answer["message"]
    return True


def edited(event, **changes):
    return json.dumps({**json.loads(event), **changes}).encode()


def edited_data(event, **changes):
    whole = json.loads(event)
    return json.dumps({**whole, "data": {**whole["data"], **changes}}).encode()


@pytest.mark.parametrize("template", ["object-created.json", "object-updated.json", "captured-shape.json", "console-sample.json"])
def test_a_connectors_object_is_curated(agent, deployment, bronze, template):
    event = deployment.put(FIXTURE, (bronze / FIXTURE).read_bytes(), template)
    answer = call(agent, event)
    receipt = deployment.receipt()
    outputs = [output for output in receipt["outputs"] if output["kind"] == "parquet"]
    assert answer == {
        "status": "curated",
        "url": deployment.bronze.url(FIXTURE),
        "etag": deployment.bronze.etag(FIXTURE),
        "size": (bronze / FIXTURE).stat().st_size,
        "receipt": f"_receipts/oci/{deployment.bronze.name}@bronzeworks/{FIXTURE}.json",
        "complete": True,
        "damage": [],
        "counts": {"lines": 490, "blank": 0, "curated": 490, "quarantined": 0},
        "quarantined": {},
        "partitions": len(receipt["partitions"]),
        "files": len(outputs),
        "bytes": sum(output["bytes"] for output in receipt["outputs"]),
    }
    assert answer["url"] == receipt["source"]["url"]
    assert f"journal/{answer['receipt']}" in deployment.bucket.keys()


def test_bad_lines_and_damage_are_in_the_response(agent, deployment):
    text = b"bad\n\n" + TWO + b"worse\n" + objects.line(objects.journal(account_code=1))
    answer = call(agent, deployment.put("a/in.data.gz", gzip.compress(text) + b"tail"))
    assert (answer["status"], answer["complete"]) == ("curated", False)
    assert (answer["counts"]["curated"], answer["counts"]["blank"]) == (2, 1)
    assert answer["quarantined"] == {"envelope_not_json": 2, "type_mismatch": 1}
    receipt = deployment.receipt()
    assert answer["damage"] == receipt["damage"] and answer["counts"] == receipt["counts"]
    assert "trailing_garbage" in json.dumps(answer["damage"])


@pytest.mark.parametrize("template", ["other-bucket.json", "console-sample.json"])
def test_events_of_other_buckets_are_skipped(agent, deployment, template):
    assert skipped(agent, events.text(template), "other_bucket")
    assert deployment.cloud.requests() == []


def test_a_bucket_of_the_same_name_in_another_namespace_is_another_bucket(agent, deployment):
    event = json.loads(events.about(deployment.bronze, "in.gz", etag="x"))
    event["data"]["additionalDetails"]["namespace"] = "elsewhere"
    assert skipped(agent, json.dumps(event).encode(), "other_bucket")


def test_deletions_and_events_of_other_services_are_skipped(agent, deployment):
    event = events.about(deployment.bronze, FIXTURE, etag="x", template="object-deleted.json")
    assert skipped(agent, event, "other_type")
    for other in ("com.oraclecloud.objectstorage.createbucket", "com.oraclecloud.computeapi.launchinstance.begin", "x"):
        assert skipped(agent, edited(event, eventType=other), "other_type")
    assert deployment.cloud.requests() == []


def test_events_of_other_prefixes_are_skipped(deployment):
    with deployment.start(SOURCE_URL=deployment.bronze.url("landing/a")) as agent:
        for key in ("in.gz", "landing/in.gz", "landing/ab/in.gz", "other/landing/a/in.gz", "Landing/a/in.gz"):
            assert skipped(agent, events.about(deployment.bronze, key, etag="x"), "other_prefix"), key
        assert deployment.cloud.requests() == []
        assert call(agent, deployment.put("landing/a/b/in.jsonl", TWO))["status"] == "curated"


def test_the_lakes_own_objects_are_skipped(deployment):
    with deployment.start(LAKE_URL=deployment.bronze.url("lake")) as agent:
        for key in ("lake/_quarantine/x.jsonl.gz", "lake/period_code=202406/x.gz", "lake/_receipts/x.json"):
            assert skipped(agent, events.about(deployment.bronze, key, etag="x", template="own-prefix.json"), "own_prefix"), key
        key = json.loads(events.text("own-prefix.json"))["data"]["resourceName"]
        assert skipped(agent, events.about(deployment.bronze, key, etag="x", template="own-prefix.json"), "own_prefix")
        assert deployment.cloud.requests() == []
        assert call(agent, deployment.put("lakeside/in.jsonl", TWO))["status"] == "curated"


def test_a_lake_in_its_own_bucket_never_triggers_itself(agent, deployment):
    assert skipped(agent, events.about(deployment.bucket, "journal/_quarantine/x.jsonl.gz", etag="x"), "own_prefix")
    assert skipped(agent, events.about(deployment.bucket, "journals/x.jsonl.gz", etag="x"), "other_bucket")
    assert deployment.cloud.requests() == []


@pytest.mark.parametrize("key", ["in.parquet", "in", "in.gz.tmp", "folder/", "in.txt", "gz", "in.GZIP"])
def test_objects_with_other_names_are_skipped(agent, deployment, key):
    assert skipped(agent, events.about(deployment.bronze, key, etag="x"), "other_name")
    assert deployment.cloud.requests() == []


def test_the_formats_without_envelopes_are_read(deployment, tmp_path):
    schema = objects.schema(tmp_path / "schema.json", {"n": "int64"})
    text = b'{"n": 1}{"n": "x"}\n{"n": 3}'
    name = "topics/orders/partition=3/orders+3+0000000100.json"
    with deployment.start(INPUT="kafka-connect", TABLE_SCHEMA=str(schema)) as agent:
        assert skipped(agent, deployment.put("orders.json", text), "other_name")
        assert call(agent, deployment.put(name, text))["counts"] == {"lines": 3, "blank": 0, "curated": 2, "quarantined": 1}
    receipt = deployment.receipt()
    assert receipt["offsets"] == [{"stream": "orders", "partition": "3", "first": 100, "last": 102, "records": 3}]
    # A new lake for such objects needs a schema, which no redelivery brings.
    with Deployment(deployment.cloud, deployment.bronze).start(INPUT="json") as agent:
        assert agent.call(events.about(deployment.bronze, "orders.json")).status == 502
        assert "needs a schema" in agent.container.stderr()


@pytest.mark.parametrize("body, code", [
    (events.text("not-json.txt"), "not_json"),
    (events.text("empty.json"), "empty"),
    (b" \n", "empty"),
    (b"{}", "not_an_event"),
    (b'"event"', "not_an_event"),
    (b'{"eventType": "com.oraclecloud.objectstorage.createobject"}', "not_an_event"),
], ids=["not JSON", "empty", "blank", "object", "string", "no data"])
def test_input_that_can_never_be_curated_is_rejected_without_a_retry(agent, deployment, body, code):
    answer = call(agent, body)
    assert (answer["status"], answer["code"]) == ("rejected", code)
    assert answer["message"]
    assert deployment.cloud.requests() == []


def test_several_events_get_results_in_their_order(agent, deployment):
    first, second = deployment.put("a.jsonl", TWO), deployment.put("b.jsonl", b"bad\n")
    gone = events.about(deployment.bronze, "gone.gz", etag="x")
    batch = b"[" + b",".join([second, events.text("other-bucket.json"), first, b"{}", gone, second]) + b"]"
    answers = call(agent, batch)
    assert [answer["status"] for answer in answers] == ["curated", "skipped", "curated", "rejected", "gone", "unchanged"]
    assert [answers[at]["url"] for at in (0, 2, 4, 5)] == [deployment.bronze.url(key) for key in ("b.jsonl", "a.jsonl", "gone.gz", "b.jsonl")]


def test_an_array_of_one_event_or_none_gets_an_array(agent, deployment):
    assert [answer["status"] for answer in call(agent, b"[" + deployment.put("a.jsonl", TWO) + b"]")] == ["curated"]
    assert call(agent, b"[]") == []


@pytest.mark.parametrize("count, code", [(1000, "not_an_event"), (1001, "too_many")])
def test_an_array_has_a_maximum_length(agent, deployment, count, code):
    answer = call(agent, b"[" + b",".join([b"{}"] * count) + b"]")
    answers = answer if isinstance(answer, list) else [answer]
    assert {(item["status"], item["code"]) for item in answers} == {("rejected", code)}
    assert len(answers) == (count if code == "not_an_event" else 1)


def test_an_array_with_a_failure_fails_and_its_redelivery_completes_it(agent, deployment, calm):
    batch = b"[" + b",".join(deployment.put(f"{at}.jsonl", TWO) for at in range(3)) + b"]"
    calm.fail({"operation": "PutObject", "object": "*_receipts/*1.jsonl.json", "fault": "expired_token"})
    answer = agent.call(batch)
    assert (answer.status, answer.message, answer.kept) == (502, "function failed", True)
    calm.fail()
    assert {answer["status"] for answer in call(agent, batch)} <= {"curated", "unchanged"}
    assert {answer["status"] for answer in call(agent, batch)} == {"unchanged"}


def test_an_object_that_no_longer_exists_is_gone(agent, deployment):
    event = deployment.put("a/in.jsonl", TWO)
    deployment.bronze.delete("a/in.jsonl")
    answer = call(agent, event)
    assert (answer["status"], answer["url"]) == ("gone", deployment.bronze.url("a/in.jsonl"))
    assert answer["message"]
    assert deployment.bucket.keys() == {}


@pytest.mark.parametrize("operations", [["HeadObject"], ["HeadObject", "GetObject"]], ids=["head", "head and body"])
def test_an_object_without_permission_is_not_gone(agent, deployment, calm, operations):
    """The service also responds with 404 to what a policy does not allow. If that counted as gone, the event would be lost."""
    event = deployment.put("in.jsonl", TWO)
    calm.fail(*[{"operation": operation, "bucket": deployment.bronze.name, "fault": "false_not_found"} for operation in operations])
    assert (agent.call(event).status, agent.alive) == (502, True)
    calm.fail()
    assert call(agent, event)["status"] == "curated"


def test_a_late_event_curates_the_current_version(agent, deployment):
    old = deployment.put("in.jsonl", b"old\n")
    new = deployment.put("in.jsonl", TWO, "object-updated.json")
    answer = call(agent, old)
    assert (answer["status"], answer["etag"]) == ("curated", deployment.bronze.etag("in.jsonl"))
    assert answer["counts"]["curated"] == 2
    assert call(agent, new)["status"] == "unchanged"
    assert call(agent, old)["status"] == "unchanged"
    assert deployment.receipt()["counts"]["quarantined"] == 0


def test_a_replaced_object_is_curated_again_and_replaces_its_outputs(agent, deployment):
    assert call(agent, deployment.put("in.jsonl", b"bad\n" + TWO))["counts"]["quarantined"] == 1
    assert call(agent, deployment.put("in.jsonl", TWO, "object-updated.json"))["status"] == "curated"
    assert not deployment.bucket.keys("journal/_quarantine")
    assert len(deployment.bucket.keys("journal/")) == 4  # two files, the receipt, and the description of the table
    deployment.receipt()


def test_a_redelivery_costs_one_request_and_gets_the_same_response(agent, deployment, calm):
    event = deployment.put("in.jsonl", b"bad\n" + TWO)
    first = call(agent, event)
    before = deployment.bucket.keys()
    for other in (event, edited(event, eventID="another"), edited(event, eventType="com.oraclecloud.objectstorage.updateobject")):
        calm.forget_requests()
        assert call(agent, other) == {**first, "status": "unchanged"}
        (request,) = calm.requests()
        assert (request["operation"], request["status"]) == ("GetObject", 200)
        assert "_receipts" in request["target"]
    assert deployment.bucket.keys() == before


def test_a_percent_encoded_name_is_decoded(agent, deployment, bronze):
    deployment.bronze.put(FIXTURE, (bronze / FIXTURE).read_bytes())
    name = json.loads(events.text("percent-encoded-name.json"))["data"]["resourceName"]
    assert name == quote(FIXTURE, safe="")
    event = events.about(deployment.bronze, name, etag=deployment.bronze.etag(FIXTURE), template="percent-encoded-name.json")
    answer = call(agent, event)
    assert (answer["status"], answer["url"]) == ("curated", deployment.bronze.url(FIXTURE))
    assert call(agent, event)["status"] == "unchanged"
    assert call(agent, events.about(deployment.bronze, FIXTURE))["status"] == "unchanged"


def test_a_name_is_first_tried_unchanged(agent, deployment):
    deployment.put("a b.jsonl", b"bad\n")
    event = deployment.put("a%20b.jsonl", TWO)
    answer = call(agent, event)
    assert (answer["url"], answer["counts"]["curated"]) == (deployment.bronze.url("a%20b.jsonl"), 2)
    assert answer["url"].endswith("/a%2520b.jsonl")


@pytest.mark.parametrize("key", ["a b.gz", "ü/é.gz", "a+b&c=d.gz", "a'b.gz", "a?b#c.gz", "100%.gz", "a%2Fb.gz", "a@b:c.gz"])
def test_odd_names_are_used_unchanged(agent, deployment, key):
    answer = call(agent, deployment.put(key, gzip.compress(TWO)))
    assert (answer["status"], answer["counts"]["curated"]) == ("curated", 2)
    assert unquote(answer["url"]) == f"oci://{deployment.bronze.name}@bronzeworks/{key}"
    assert deployment.receipt()["source"]["url"] == answer["url"]


def test_differences_between_events_are_tolerated(agent, deployment):
    event = deployment.put("in.jsonl", TWO)
    assert call(agent, event)["status"] == "curated"
    for other in (
        edited(event, source="objectstorage"),
        edited(event, source="OBJECTSTORAGE"),
        edited(event, eventTime="2024-06-28T08:36:02Z"),
        edited(event, eventTypeVersion="1.0", schemaURL=None),
        edited(event, extensions=None),
        edited(event, unheard="of"),
        edited_data(event, freeFormTags=None, definedTags=None),
        edited_data(event, freeFormTags={"a": "b"}, definedTags={"Oracle-Tags": {"CreatedBy": "x"}}),
        edited_data(event, resourceId=""),
        edited_data(event, resourceId=None, availabilityDomain=None, compartmentName=None, compartmentId=None),
        json.dumps(json.loads(event), indent=4).encode(),
        b"\n\n " + event + b"\n",
        json.dumps(dict(reversed(json.loads(event).items()))).encode(),
    ):
        assert call(agent, other)["status"] == "unchanged", other


def test_an_event_has_one_log_line_with_the_numbers_of_its_response(agent, deployment):
    event = deployment.put("in.jsonl", b"bad\n\n" + TWO)
    for status in ("curated", "unchanged"):
        before = len(agent.logs())
        answer = agent.call(event)
        (line,) = agent.logs()[before:]
        assert answer.json["status"] == status
        assert line["call_id"] == answer.call_id
        assert line["level"] in ("INFO", "WARN") and line["message"]
        if status == "curated":
            told = answer.json
            # Fields of a log line are not objects, so the reasons are JSON in a string.
            assert json.loads(line["reasons"]) == told.pop("quarantined") and json.loads(line["damage"]) == told["damage"]
            said, logged = numbers(told), numbers(line)
            assert {name: logged.get(name) for name in said} == said
            assert (said["lines"], said["blank"], said["quarantined"]) == (3, 1, 1)


def test_every_event_of_an_array_has_a_log_line(agent, deployment):
    batch = b"[" + b",".join([deployment.put("a.jsonl", TWO), events.text("other-bucket.json"), b"{}", deployment.put("b.jsonl", TWO)]) + b"]"
    answer = agent.call(batch)
    lines = agent.logs()
    assert len(lines) == len(answer.json) == 4
    assert {line["call_id"] for line in lines} == {answer.call_id}


@pytest.mark.parametrize("level, heard", [("error", False), ("warn", False), ("info", True), ("debug", True)])
def test_the_log_level_is_respected(deployment, level, heard):
    event = deployment.put("in.jsonl", TWO)
    with deployment.start(LOG_LEVEL=level) as agent:
        assert call(agent, event)["status"] == "curated"
        assert bool([line for line in agent.logs() if line["level"] == "INFO"]) == heard


def test_secrets_are_not_logged(deployment):
    event = deployment.put("in.jsonl", TWO)
    with deployment.start(LOG_LEVEL="debug") as agent:
        call(agent, event)
        text = agent.container.stdout() + agent.container.stderr()
    token = open(deployment.config["OCI_RESOURCE_PRINCIPAL_RPST"]).read().strip()
    assert not re.search("PRIVATE KEY|ST\\$|Signature version", text) and token[-40:] not in text


def test_stdout_stays_empty(agent, deployment):
    call(agent, deployment.put("in.jsonl", b"bad\n" + TWO))
    assert agent.stdout() == ""


def test_deployments_do_not_affect_each_other(calm):
    first, second = Deployment(calm), Deployment(calm)
    event = first.put("in.jsonl", TWO)
    with second.start() as agent:
        assert skipped(agent, event, "other_bucket")
    assert second.bucket.keys() == {}
