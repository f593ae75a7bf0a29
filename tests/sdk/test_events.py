"""Tests events through Oracle's SDK and command line: rules are created, objects are written and deleted, and a function is invoked."""

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import buckets
import oci
import pytest
from buckets import refused
from emulator import ROOT, Emulator
from oci.events import models

OCI = Path(sys.executable).with_name("oci")
PEER = ROOT / "tests/emulator/tests/function_peers/peer.py"
TYPE = "com.oraclecloud.objectstorage."


class Cloud(Emulator):
    """A separate emulator, whose function records its invocations."""

    def __init__(self, folder):
        self.calls_file = folder / "calls"
        function = {"name": "recorder", "command": ["/usr/bin/env", "python3", "-B", str(PEER), "link"]}
        function["config"] = {"RECORD": str(self.calls_file)}
        applications = folder / "functions.json"
        applications.write_text(json.dumps([{"name": "books", "functions": [function]}]))
        super().__init__(folder / "state", "--functions", str(applications), "--event-retry-delay", "1")
        (status,) = self.control("GET", "functions")["functions"]
        self.function = status["id"]
        self.tenancy = self.config()["tenancy"]

    def connect(self, kind):
        strategy = oci.retry.NoneRetryStrategy()
        return kind(self.config(), service_endpoint=self.endpoint, retry_strategy=strategy)

    def settle(self):
        """Waits until no event is pending."""
        while self.control("GET", "events")["pending"]:
            time.sleep(0.02)

    def calls(self):
        """Returns and clears the events that the function has received."""
        self.settle()
        lines = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        self.calls_file.unlink(missing_ok=True)
        return [json.loads(json.loads(line)["body"]) for line in lines]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    running = Cloud(tmp_path_factory.mktemp("events"))
    yield running
    assert running.stop() == 0


@pytest.fixture
def events(cloud):
    """A client. After the test, no rule, fault or event is left."""
    client = cloud.connect(oci.events.EventsClient)
    yield client
    cloud.clear_faults()
    for rule in oci.pagination.list_call_get_all_results(client.list_rules, cloud.tenancy).data:
        client.delete_rule(rule.id)
    cloud.calls()


@pytest.fixture
def bucket(cloud, fresh_name):
    """A bucket for one test that emits events."""
    client = cloud.connect(oci.object_storage.ObjectStorageClient)
    return buckets.create(client, cloud.NAMESPACE, cloud.tenancy, fresh_name, object_events_enabled=True)


def details(cloud, condition, /, **changes):
    """Returns the details of a rule that invokes the function."""
    action = models.CreateFaaSActionDetails(is_enabled=True, function_id=cloud.function, description="call it")
    given = {
        "display_name": "bronze",
        "is_enabled": True,
        "condition": json.dumps(condition),
        "compartment_id": cloud.tenancy,
        "actions": models.ActionDetailsList(actions=[action]),
        **changes,
    }
    return models.CreateRuleDetails(**given)


def within(bucket, name="*"):
    """Returns a condition that matches objects of a bucket."""
    return {"data": {"resourceName": name, "additionalDetails": {"bucketName": [bucket.name]}}}


def test_a_function_is_invoked_when_the_sdk_changes_an_object(cloud, events, bucket):
    condition = within(bucket, "in/*.data.gz")
    condition["eventType"] = [TYPE + kind for kind in ("createobject", "updateobject", "deleteobject")]
    events.create_rule(details(cloud, condition))
    put = [bucket.put_object("in/0/a.data.gz", content).headers["etag"] for content in (b"one", b"two")]
    bucket.put_object("out/a.data.gz", b"other")
    bucket.put_object("in/a.json", b"other")
    bucket.delete_object("in/0/a.data.gz")
    calls = cloud.calls()
    # The deliveries start in this order, but may finish in another.
    calls.sort(key=lambda event: ["createobject", "updateobject", "deleteobject"].index(event["eventType"].split(".")[-1]))
    etags = [event["data"]["additionalDetails"]["eTag"] for event in calls]
    assert etags == [put[0], put[1], put[1]]
    assert len({event["eventID"] for event in calls}) == 3
    found = bucket.get_bucket().data
    assert calls[0] == {
        "eventType": TYPE + "createobject",
        "cloudEventsVersion": "0.1",
        "eventTypeVersion": "2.0",
        "source": "ObjectStorage",
        "eventTime": calls[0]["eventTime"],
        "contentType": "application/json",
        "data": {
            "compartmentId": cloud.tenancy,
            "compartmentName": cloud.NAMESPACE,
            "resourceName": "in/0/a.data.gz",
            "resourceId": f"/n/{cloud.NAMESPACE}/b/{bucket.name}/o/in/0/a.data.gz",
            "availabilityDomain": "FRA-AD-1",
            "additionalDetails": {
                "bucketName": bucket.name,
                "archivalState": "Available",
                "namespace": cloud.NAMESPACE,
                "bucketId": found.id,
                "eTag": put[0],
            },
        },
        "eventID": calls[0]["eventID"],
        "extensions": {"compartmentId": cloud.tenancy},
    }
    time.strptime(calls[0]["eventTime"], "%Y-%m-%dT%H:%M:%SZ")


def test_a_rule_has_the_values_that_the_sdk_gave_it(cloud, events):
    tags = {"freeform_tags": {"team": "books"}, "description": "why"}
    made = events.create_rule(details(cloud, {}, **tags), opc_retry_token="once")
    again = events.create_rule(details(cloud, {}, **tags), opc_retry_token="once")
    assert again.data == made.data, "the same request creates no second rule"
    rule = events.get_rule(made.data.id)
    assert (rule.data, rule.headers["etag"]) == (made.data, made.headers["etag"])
    assert (rule.data.display_name, rule.data.description, rule.data.condition) == ("bronze", "why", "{}")
    assert (rule.data.lifecycle_state, rule.data.freeform_tags) == ("ACTIVE", {"team": "books"})
    (action,) = rule.data.actions.actions
    assert isinstance(action, models.FaaSAction)
    assert (action.function_id, action.lifecycle_state, action.description) == (cloud.function, "ACTIVE", "call it")
    off = models.UpdateRuleDetails(is_enabled=False)
    updated = events.update_rule(rule.data.id, off, if_match=rule.headers["etag"])
    assert (updated.data.lifecycle_state, updated.data.actions) == ("INACTIVE", rule.data.actions)
    with refused(412, "NoEtagMatch"):
        events.delete_rule(rule.data.id, if_match=rule.headers["etag"])
    elsewhere = models.ChangeRuleCompartmentDetails(compartment_id="ocid1.compartment.oc1..other")
    events.change_rule_compartment(rule.data.id, elsewhere)
    assert events.list_rules(cloud.tenancy).data == []
    (moved,) = events.list_rules("ocid1.compartment.oc1..other", lifecycle_state="INACTIVE").data
    assert (moved.id, moved.time_created) == (rule.data.id, rule.data.time_created)
    events.delete_rule(rule.data.id)
    with refused(404, "NotAuthorizedOrNotFound"):
        events.get_rule(rule.data.id)


def test_the_sdk_waits_for_rules_to_be_created_and_deleted(cloud, events):
    waiting = oci.events.EventsClientCompositeOperations(events)
    made = waiting.create_rule_and_wait_for_state(details(cloud, {}), wait_for_states=["ACTIVE"])
    assert made.data.lifecycle_state == "ACTIVE"
    waiting.delete_rule_and_wait_for_state(made.data.id, wait_for_states=["DELETED"])


def test_an_invalid_rule_is_rejected(cloud, events):
    notify = models.CreateNotificationServiceActionDetails(is_enabled=True, topic_id="ocid1.onstopic.oc1..x")
    with refused(400, "InvalidParameter") as caught:
        events.create_rule(details(cloud, {}, actions=models.ActionDetailsList(actions=[notify])))
    assert "does not support Notifications" in caught.value.message
    for condition in ('"eventType": "x"', "[]", '{"eventType": []}'):
        with refused(400, "InvalidParameter"):
            events.create_rule(details(cloud, {}, condition=condition))
    with refused(404, "NotAuthorizedOrNotFound"):
        events.update_rule("ocid1.eventrule.oc1..absent", models.UpdateRuleDetails(is_enabled=True))


def test_rules_are_listed_by_page(cloud, events):
    names = [f"rule {number:02}" for number in range(12)]
    for name in names:
        events.create_rule(details(cloud, {}, display_name=name))
    first = events.list_rules(cloud.tenancy)
    assert len(first.data) == 10 and first.has_next_page
    every = oci.pagination.list_call_get_all_results(events.list_rules, cloud.tenancy, limit=5, sort_by="DISPLAY_NAME")
    assert [rule.display_name for rule in every.data] == names
    (one,) = events.list_rules(cloud.tenancy, display_name="rule 07", sort_order="DESC").data
    assert one.display_name == "rule 07"


def test_a_stream_receives_the_same_event_as_the_function(cloud, events, bucket):
    (stream, *_) = cloud.control("GET", "streams")
    oss = models.CreateStreamingServiceActionDetails(is_enabled=True, stream_id=stream["id"])
    call = models.CreateFaaSActionDetails(is_enabled=True, function_id=cloud.function)
    events.create_rule(details(cloud, within(bucket), actions=models.ActionDetailsList(actions=[oss, call])))
    client = cloud.connect(oci.streaming.StreamClient)
    from_now = [
        client.create_cursor(
            stream["id"], oci.streaming.models.CreateCursorDetails(partition=str(number), type="LATEST")
        ).data.value
        for number in range(len(stream["partitions"]))
    ]
    bucket.put_object("a", b"")
    (call,) = cloud.calls()
    messages = [message for cursor in from_now for message in client.get_messages(stream["id"], cursor).data]
    assert [json.loads(base64.b64decode(message.value)) for message in messages] == [call]


def test_an_event_is_redelivered_as_the_same_event(cloud, events, bucket):
    events.create_rule(details(cloud, within(bucket)))
    cloud.fault("DeliverEvent", {"redeliver": {"times": 2}}, bucket=bucket.name, first=1)
    bucket.put_object("a", b"")
    first, *others = cloud.calls()
    assert others == [first, first]


def test_a_delayed_event_is_overtaken(cloud, events, bucket):
    rule = events.create_rule(details(cloud, within(bucket))).data
    cloud.fault("DeliverEvent", {"delay": {"milliseconds": 10**9}}, object="early")
    bucket.holds("early", "late")

    def states():
        shown = cloud.control("GET", "events")["events"]
        return [event["deliveries"][0]["state"] for event in shown if event["bucket"] == bucket.name]

    while states() != ["pending", "succeeded"]:
        time.sleep(0.02)
    # Changing a rule makes its deliveries due immediately.
    events.update_rule(rule.id, models.UpdateRuleDetails(description="changed"))
    assert [event["data"]["resourceName"] for event in cloud.calls()] == ["late", "early"]


def test_a_lost_event_is_lost(cloud, events, bucket):
    events.create_rule(details(cloud, within(bucket)))
    cloud.fault("DeliverEvent", "lose", object="a")
    bucket.holds("a", "b")
    assert [event["data"]["resourceName"] for event in cloud.calls()] == ["b"]
    lost, kept = cloud.control("GET", "events")["events"][-2:]
    assert [lost["deliveries"][0]["state"], kept["deliveries"][0]["state"]] == ["lost", "succeeded"]


def test_a_killed_function_is_invoked_again(cloud, events, bucket):
    events.create_rule(details(cloud, within(bucket)))
    before = cloud.control("GET", "events")["metrics"]
    cloud.fault("CallFunction", {"kill_function": {"after_milliseconds": 0}}, first=1)
    bucket.put_object("a", b"")
    cloud.settle()
    status = cloud.control("GET", "events")
    (delivery,) = status["events"][-1]["deliveries"]
    assert (delivery["state"], delivery["status"]) == ("succeeded", 200)
    failed = status["metrics"]["DeliveryFailedEvents"] - before["DeliveryFailedEvents"]
    assert delivery["attempts"] == failed + 1
    assert status["metrics"]["DeliverySucceedEvents"] == before["DeliverySucceedEvents"] + 1
    last = cloud.control("GET", "functions")["invocations"][-1]
    assert last["call_id"] == delivery["call_id"]


def test_the_command_line_creates_rules(cloud, events, bucket, tmp_path):
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "OCI_CLI_CONFIG_FILE": str(cloud.config_file),
        "OCI_CLI_ENDPOINT": cloud.endpoint,
    }

    def run(*arguments, code=0):
        command = [str(OCI), "events", "rule", *arguments]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert ran.returncode == code, ran.stderr + ran.stdout
        return json.loads(ran.stdout)["data"] if ran.stdout.strip() else ran.stderr

    action = {"actionType": "FAAS", "isEnabled": True, "functionId": cloud.function}
    condition = json.dumps(within(bucket, "in/*"))
    made = run(
        *["create", "--display-name", "by hand", "--is-enabled", "true", "--compartment-id", cloud.tenancy],
        *["--condition", condition, "--actions", json.dumps({"actions": [action]})],
    )
    assert (made["lifecycle-state"], made["condition"]) == ("ACTIVE", condition)
    bucket.holds("in/a", "out/a")
    assert [event["data"]["resourceName"] for event in cloud.calls()] == ["in/a"]
    rule = ["--rule-id", made["id"]]
    assert run("get", *rule)["actions"]["actions"][0]["function-id"] == cloud.function
    assert run("update", *rule, "--is-enabled", "false", "--force")["lifecycle-state"] == "INACTIVE"
    bucket.holds("in/b")
    assert cloud.calls() == []
    listed = run("list", "--compartment-id", cloud.tenancy, "--all")
    assert [entry["display-name"] for entry in listed] == ["by hand"]
    run("delete", *rule, "--force")
    assert "NotAuthorizedOrNotFound" in run("get", *rule, code=1)
