"""Tests a store that is too slow: the function itself responds in time, leaves nothing unfinished, and continues the next time."""

import random
import time
from datetime import datetime, timezone

import objects
import pytest
from wire import Wire

# Seconds until the deadline. The function gets the deadline in whole seconds, so it has at least a little more than one.
SHORT = 2.2

SLOW = {"slow_body": {"bytes_per_second": 20_000}}


def parts(count):
    """Returns a source whose files are uploaded in parts; with 6,000 lines, even while it is still being read."""
    rng = random.Random(4)
    lines = [objects.line(objects.journal(account_code=rng.randbytes(2000).hex()), at) for at in range(count)]
    return b"\n".join(lines)


def is_in_time(agent, answer):
    """Checks that the function itself responded with 504 before its deadline, and logged a warning or an error. Returns True."""
    assert (answer.status, answer.said, answer.message, answer.kept) == (504, 504, "Timed out", True), agent.container.stderr()
    assert answer.arrived < answer.deadline
    assert [line for line in agent.logs() if line.get("call_id") == answer.call_id and line["level"] in ("WARN", "ERROR")]
    return True


def test_a_slow_source_ends_in_a_504_in_time(deployment, calm):
    event = deployment.put("in.jsonl", objects.lines(*[objects.journal()] * 3000))
    calm.fail({"operation": "GetObject", "bucket": deployment.bronze.name, "fault": SLOW})
    with deployment.start() as agent:
        for _ in range(2):
            assert is_in_time(agent, agent.call(event, timeout=SHORT))
        calm.fail()
        answer = agent.call(event)
        assert (answer.json["status"], answer.json["counts"]["curated"]) == ("curated", 3000)
    deployment.receipt()


def test_uploads_in_progress_are_aborted(deployment, calm):
    event = deployment.put("in.jsonl", parts(6000))
    late = {"operation": "GetObject", "bucket": deployment.bronze.name, "nth": list(range(9, 30)), "fault": SLOW}
    calm.fail(late)
    with deployment.start() as agent:
        # The uploads are aborted before the response, because the container is frozen right after it.
        assert is_in_time(agent, agent.call(event, timeout=4))
        operations = [request["operation"] for request in calm.requests()]
        assert "UploadPart" in operations, "the test is about uploads"
        assert deployment.bucket.uploads() == []
        assert deployment.bucket.keys("journal/_receipts") == {}
        calm.fail()
        assert agent.call(event).json["counts"]["curated"] == 6000
    deployment.receipt()
    assert deployment.bucket.uploads() == []


def test_uploads_that_cannot_be_aborted_do_not_disturb_the_next_invocations(deployment, calm):
    event = deployment.put("in.jsonl", parts(6000))
    other = deployment.put("other.jsonl", objects.lines(objects.journal()))
    late = {"operation": "GetObject", "bucket": deployment.bronze.name, "object": "in.jsonl", "nth": list(range(9, 90)), "fault": SLOW}
    stuck = {"operation": "AbortMultipartUpload", "bucket": deployment.bucket.name, "fault": {"unavailable": {"retry_after_seconds": 60}}}
    calm.fail(late, stuck)
    with deployment.start() as agent:
        for _ in range(3):
            assert is_in_time(agent, agent.call(event, timeout=3))
            assert agent.call(other).json["status"] in ("curated", "unchanged")
        names = [request["operation"] for request in calm.requests()]
        assert "AbortMultipartUpload" in names, "the test is about aborts"
        calm.fail()
        assert agent.call(event).json["counts"]["curated"] == 6000
        threads = agent.container.threads()
        time.sleep(0.5)
        assert agent.container.threads() <= threads < 20


@pytest.mark.parametrize("operation", ["PutObject", "UploadPart", "CommitMultipartUpload"])
def test_a_store_that_asks_to_wait_longer_than_there_is_time_does_not_get_the_container_killed(deployment, calm, operation):
    event = deployment.put("in.jsonl", parts(3500))
    calm.fail({"operation": operation, "bucket": deployment.bucket.name, "fault": {"unavailable": {"retry_after_seconds": 60}}})
    with deployment.start(ROW_BUFFER="16MB") as agent:
        answer = agent.call(event, timeout=3)
        assert (answer.said in (502, 504), answer.kept) == (True, True), answer
        assert answer.arrived < answer.deadline
        assert deployment.bucket.uploads() == []
        calm.fail()
        assert agent.call(event).json["counts"]["curated"] == 3500
    deployment.receipt()


def test_a_store_that_stops_in_the_middle_does_not_get_the_container_killed(deployment, calm):
    event = deployment.put("in.jsonl", objects.lines(*[objects.journal()] * 3000))
    calm.fail({"operation": "GetObject", "bucket": deployment.bronze.name, "fault": {"stall": {"after_bytes": 1000}}})
    with deployment.start() as agent:
        assert is_in_time(agent, agent.call(event, timeout=SHORT))
        calm.fail()
        assert agent.call(event).json["status"] == "curated"


def test_a_receipt_that_does_not_arrive_is_a_504(deployment, calm):
    event = deployment.put("in.jsonl", objects.lines(objects.journal()))
    with deployment.start() as agent:
        assert agent.call(event).json["status"] == "curated"
        calm.fail({"operation": "GetObject", "bucket": deployment.bucket.name, "fault": {"stall": {"after_bytes": 10}}})
        assert is_in_time(agent, agent.call(event, timeout=SHORT))
        calm.fail()
        assert agent.call(event).json["status"] == "unchanged"


def test_a_schema_that_does_not_arrive_is_a_504(deployment, calm):
    event = deployment.put("in.jsonl", objects.lines(objects.journal()))
    schema = deployment.bucket.put("schema.json", b"{}" * 1000)
    calm.fail({"operation": "GetObject", "bucket": deployment.bucket.name, "object": "schema.json", "fault": {"stall": {"after_bytes": 10}}})
    with deployment.start(TABLE_SCHEMA=schema) as agent:
        assert is_in_time(agent, agent.call(event, timeout=SHORT))


def test_an_array_stops_at_the_deadline_and_continues_from_there(deployment, calm):
    batch = b"[" + b",".join(deployment.put(f"{at}.jsonl", objects.lines(*[objects.journal()] * 3000)) for at in range(3)) + b"]"
    calm.fail({"operation": "GetObject", "bucket": deployment.bronze.name, "object": "2.jsonl", "fault": SLOW})
    with deployment.start() as agent:
        assert is_in_time(agent, agent.call(batch, timeout=SHORT))
        calm.fail()
        assert [answer["status"] for answer in agent.call(batch).json] == ["unchanged", "unchanged", "curated"]


@pytest.mark.parametrize("deadline", ["2020-01-01T00:00:00Z", "2020-01-01T02:00:00.5+02:00"])
def test_a_deadline_that_has_passed_is_a_504(deployment, deadline):
    event = deployment.put("in.jsonl", objects.lines(objects.journal()))
    with deployment.start() as agent:
        answer = agent.call(event, deadline=deadline)
        assert (answer.said, answer.kept) == (504, True)
        assert agent.call(event).status == 200


def test_a_deadline_in_another_zone_is_the_same_instant(deployment, calm):
    event = deployment.put("in.jsonl", objects.lines(*[objects.journal()] * 3000))
    calm.fail({"operation": "GetObject", "bucket": deployment.bronze.name, "fault": SLOW})
    with deployment.start() as agent:
        end = int(time.time()) + 4
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(end + 5.5 * 3600)) + "+05:30"
        answer = agent.call(event, deadline=stamp)
        assert (answer.said, answer.kept) == (504, True)
        assert answer.arrived < end


def test_a_deadline_at_any_point_leaves_nothing_unfinished(calm, large_object):
    for tenth in range(1, 8):
        deployment = large_object.again(calm)
        with deployment.start() as agent:
            end = datetime.fromtimestamp(time.time() + tenth / 10, timezone.utc)
            answer = agent.call(large_object.event, deadline=end.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
            assert (answer.said in (200, 504), answer.kept) == (True, True), answer
            assert deployment.bucket.uploads() == []
            assert agent.call(large_object.event).status == 200
        assert deployment.listing() == large_object.listing


def test_a_body_that_does_not_arrive_is_a_504(deployment):
    end = int(time.time()) + 2
    told = datetime.fromtimestamp(end, timezone.utc).strftime("Fn-Deadline: %Y-%m-%dT%H:%M:%SZ").encode()
    with deployment.start(freezes=False) as agent:
        wire = Wire(agent.folder / "lsnr.sock")
        wire.socket.sendall(b"POST /call HTTP/1.1\r\nHost: localhost\r\n" + told + b"\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{")
        assert wire.reply(end).status == 504
        wire.close()
        assert agent.call(b"").status == 200
