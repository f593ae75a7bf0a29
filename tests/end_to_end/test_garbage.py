"""Tests that the function responds only with 200, 502 or 504 to whatever arrives at its socket, and keeps running."""

import json
import random
import socket

import events
import pytest
from wire import STATUS, Wire

OTHER = "other-bucket.json"
OBJECT = "com.oraclecloud.objectstorage.createobject"


@pytest.fixture
def agent(deployment):
    with deployment.start() as running:
        yield running
        # Garbage must not end the function.
        assert running.alive and running.call(events.text(OTHER)).status == 200
        running.logs()


def changed(bucket, path, value):
    """Returns the event of an object created in this bucket, with one field replaced by another value."""
    event = json.loads(events.about(bucket, "in.gz", etag="x"))
    place = event
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return json.dumps(event).encode()


ODD = [None, 5, -1e400, True, [], {}, [[]], "", "\0", "a" * 5000, "\ud800", "/", "..", "//", "a//b/../c.gz", "ü.gz", "%", "%zz.gz", "?.gz"]
BODIES = [
    b"\0",
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    b"null",
    b"true",
    b"0",
    b'"text"',
    b"{}",
    b"[{}]",
    b"[[[]]]",
    b"[null, 1]",
    b"{" * 100_000,
    b"[" * 1_000_000,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b'{"eventType": "' + OBJECT.encode() + b'"}',
    b'{"eventType": "' + OBJECT.encode() + b'", "data": {}}',
    b" " * 1_000_000,
    b'"' + b"x" * 5_000_000,
    random.Random(1).randbytes(100_000),
    events.text("object-created.json")[:-30],
    events.text("object-created.json") + b"}",
    events.text("object-created.json") * 2,
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_is_not_an_event_is_rejected_with_the_reason(agent, body):
    answer = agent.call(body)
    assert (answer.status, answer.kept) == (200, True)
    answers = answer.json if isinstance(answer.json, list) else [answer.json]
    assert {item["status"] for item in answers} == {"rejected"}
    assert {item["code"] for item in answers} <= {"empty", "not_json", "not_an_event"}


@pytest.mark.parametrize("megabytes", [9, 40])
def test_a_body_larger_than_the_platform_passes_on_is_rejected(agent, megabytes):
    answer = agent.call(events.text(OTHER) + b" " * (megabytes << 20))
    assert (answer.status, answer.kept) == (200, True)
    assert (answer.json["status"], answer.json["code"]) == ("rejected", "too_large")


@pytest.mark.parametrize("body", [
    b"[" + b"1," * 300_000 + b"1]",
    b"[" + b"{}," * 300_000 + b"{}]",
    b'{"a":[' + b"[]," * 2_000_000 + b"[]]}",
    b'{"eventType":"' + OBJECT.encode() + b'","data":[' + b"{}," * 1_900_000 + b"{}]}",
    b'{"eventType":"' + b"x" * 6_000_000 + b'"}',
], ids=["numbers", "objects", "arrays", "data", "type"])
def test_a_body_that_the_platform_passes_on_fits_into_memory(agent, body):
    answer = agent.call(body)
    assert (answer.status, answer.kept) == (200, True)
    assert agent.container.peak() < 128_000_000
    assert len(answer.body) <= 6 << 20, "more than the platform passes back"
    assert all(len(line) < 1 << 20 for line in agent.container.stderr().splitlines()), "more than a call may log"


@pytest.mark.parametrize("path", ["eventType", "data", "data.resourceName", "data.additionalDetails", "data.additionalDetails.bucketName",
                                  "data.additionalDetails.namespace", "data.additionalDetails.eTag", "source", "eventTime", "eventID"])
def test_a_field_of_any_kind_does_no_harm(agent, deployment, path):
    for value in ODD:
        answer = agent.call(changed(deployment.bronze, path.split("."), value))
        assert (answer.status, answer.kept) == (200, True), (path, value)
        assert answer.json["status"] in ("rejected", "skipped", "gone"), (path, value)


@pytest.mark.parametrize("name", ["x" * 1100 + ".gz", "a/" * 700 + ".gz", "%41" * 700 + ".gz", "x" * 5_000_000 + ".gz"], ids=["long", "deep", "encoded", "huge"])
def test_a_name_that_no_object_can_have_is_rejected_without_a_retry(agent, deployment, name):
    answer = agent.call(events.about(deployment.bronze, name, etag="x"))
    assert (answer.status, answer.kept) == (200, True)
    assert answer.json["status"] in ("rejected", "skipped", "gone")
    assert agent.container.peak() < 128_000_000


@pytest.mark.parametrize("deadline", ["soon", "", "2026-13-45T99:99:99Z", "0000-00-00T00:00:00Z", "1", "9999-12-31T23:59:59Z",
                                      "2999-01-01T00:00:00+01:00", "2999-01-01T00:00:00.123456789Z"])
def test_an_invalid_or_distant_deadline_does_no_harm(agent, deadline):
    answer = agent.call(events.text(OTHER), deadline=deadline)
    assert (answer.status, answer.kept) == (200, True)


def raw(agent, data, hang_up):
    """Returns the status that the function responds with to these bytes; `None` if it closes the connection."""
    agent.drop()
    wire = Wire(agent.folder / "lsnr.sock")
    try:
        wire.socket.sendall(data)
        if hang_up:
            wire.socket.shutdown(socket.SHUT_WR)
        wire.socket.settimeout(10)
        found = STATUS.match(wire.socket.recv(65536))
        return int(found[2]) if found else None
    except OSError:
        return None
    finally:
        wire.close()


@pytest.mark.parametrize("line", ["GET /call", "HEAD /call", "DELETE /call", "OPTIONS *", "PUT /call", "BREW /call", "POST /", "POST /calls",
                                  "POST /call/", "POST /call?x=y", "POST //", "POST http://elsewhere/call", "GET /" + "x" * 5000])
def test_requests_that_no_agent_sends_get_a_status_of_the_contract(agent, line):
    assert raw(agent, f"{line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".encode(), hang_up=False) in (200, 502, 504)


@pytest.mark.parametrize("data", [
    b"",
    b"\r\n\r\n",
    b"garbage\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"POST /call HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"POST /call HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n",
    b"POST /call HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST /call HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /call HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    b"POST /call HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhel",
    b"POST /call HTTP/1.1\r\nNo colon here\r\n\r\n",
    b"POST /call HTTP/1.1\r\n" + b"X-Long: " + b"x" * 2_000_000 + b"\r\n\r\n",
    b"POST /call HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: x\r\n" % at for at in range(5000)) + b"\r\n",
    random.Random(2).randbytes(10_000),
], ids=range(15))
def test_bytes_that_are_not_a_request_do_no_harm(agent, data):
    """After a broken request, it is unknown where the next one begins, so closing the connection is right, and so is a 400."""
    assert raw(agent, data, hang_up=True) in (None, 200, 400, 414, 431, 502, 504)


def test_callers_that_hang_up_do_no_harm(agent):
    for size in (0, 10, 60, 200):
        agent.drop()
        wire = Wire(agent.folder / "lsnr.sock")
        wire.socket.sendall((b"POST /call HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + b"x" * 1024)[:size])
        wire.close()
