"""Tests the container's side of Fn's contract with the project's function, and with one on Oracle's own FDK as a reference."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import events
import pytest
from agent import Agent
from container import Process
from functions import CURATE, Deployment

FDK = Path(sys.executable).parent / "fdk"
ECHO = Path(__file__).parent / "peers/echo.py"
FRAME = {"FN_LOGFRAME_NAME": "frame", "FN_LOGFRAME_HDR": "X-Frame"}


@dataclass
class Counterpart:
    """A function that keeps the contract: its command, and bodies with which it succeeds and fails."""

    command: list
    config: dict
    succeeds: bytes
    fails: bytes

    def start(self, freezes=False, leftovers=(), **config):
        return Agent(Process(*self.command), {**self.config, **config}, freezes=freezes, leftovers=leftovers)


def peer(_):
    return Counterpart([FDK, ECHO, "handler"], {}, b"hello", b"fail")


def curate(cloud):
    deployment = Deployment(cloud)
    nowhere = {"SOURCE_URL": cloud.url("nobody-made-this-bucket")}
    missing = cloud.bucket(f"gone-{deployment.number}")
    missing.name = "nobody-made-this-bucket"
    fails = events.about(missing, "a/0/in.data.gz", etag="x")
    return Counterpart([CURATE], {**deployment.config, **nowhere}, events.text("other-bucket.json"), fails)


@pytest.fixture(params=[peer, curate], ids=["peer", "curate"])
def function(request, calm):
    return request.param(calm)


def test_success_is_a_200(function):
    with function.start() as agent:
        answer = agent.call(function.succeeds)
        assert (answer.status, answer.said, answer.kept) == (200, 200, True)
        assert answer.header("content-type") == "application/json"
        assert answer.json


def test_failure_is_a_502_and_the_container_keeps_running(function):
    with function.start() as agent:
        for body in (function.fails, function.succeeds, function.fails, function.succeeds):
            answer = agent.call(body)
            expected = 502 if body == function.fails else 200
            assert (answer.status, answer.said, answer.kept) == (expected, expected, True)


def test_the_call_id_is_sent_by_the_agent_only(function):
    """An ID in the function's response would reach the caller as a second header."""
    with function.start() as agent:
        assert agent.call(function.succeeds).header("fn-call-id") is None


def test_invocations_share_a_connection(function):
    with function.start() as agent:
        first = agent.wire
        assert [agent.call(function.succeeds).status for _ in range(20)] == [200] * 20
        assert agent.wire is first


def test_a_dropped_connection_is_followed_by_another(function):
    with function.start() as agent:
        for _ in range(5):
            agent.drop()
            assert agent.call(function.succeeds).status == 200


def test_a_container_may_be_frozen_between_invocations(function):
    with function.start(freezes=True) as agent:
        assert [agent.call(function.succeeds).status for _ in range(5)] == [200] * 5
        agent.drop()
        assert agent.call(function.succeeds).status == 200


def test_an_empty_body_gets_a_response(function):
    with function.start() as agent:
        assert agent.call(b"").status == 200
        assert agent.call(function.succeeds).status == 200


def test_a_body_of_the_maximum_size_that_oci_passes_on_gets_a_response(function):
    with function.start() as agent:
        answer = agent.call(function.succeeds + b" " * (6 << 20))
        assert (answer.status, answer.kept) == (200, True)


def test_a_body_in_small_chunks_gets_a_response(function, monkeypatch):
    monkeypatch.setattr("wire.CHUNK", 7)
    with function.start() as agent:
        assert agent.call(function.succeeds).status == 200


def test_what_an_earlier_container_left_behind_is_replaced(function):
    with function.start(leftovers=("lsnr.sock", "phonylsnr.sock")) as agent:
        assert agent.call(function.succeeds).status == 200


def test_headers_of_callers_do_no_harm(function):
    headers = {
        "Authorization": "Signature version=1",
        "Cookie": "a=b; c=d",
        "Expect": "100-continue",
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "Accept-Encoding": "br",
        "Fn-Intent": "cloudevent",
        "Fn-Invoke-Type": "detached",
        "opc-request-id": "/A/B",
        "x-b3-traceid": "5759e988bd862e3f",
        "x-b3-spanid": "not hexadecimal",
        "X-Long": "x" * 8000,
        "X-Latin": "\xe9",
    }
    with function.start() as agent:
        for name, value in headers.items():
            assert agent.call(function.succeeds, {name: value}).status == 200, name
        assert agent.call(function.succeeds, headers).status == 200
        assert agent.call(function.succeeds, {f"X-{at}": "x" for at in range(80)}).status == 200


def test_a_terminated_function_removes_its_files(calm):
    """Fn's own agent never terminates a function; Oracle's agent may."""
    with curate(calm).start() as agent:
        assert agent.call(events.text("other-bucket.json")).status == 200
        agent.container.process.terminate()
        assert agent.container.process.wait(10) == 0
        assert os.listdir(agent.folder) == []


def test_a_gateway_gets_its_own_status(calm):
    headers = {"Fn-Intent": "httprequest", "Fn-Http-Method": "POST", "Fn-Http-Request-Url": "/v1/curate?x=y", "Fn-Http-H-Host": "x"}
    with curate(calm).start() as agent:
        answer = agent.call(events.text("other-bucket.json"), headers)
        assert (answer.status, answer.header("fn-http-status")) == (200, "200")
        assert agent.call(curate(calm).fails, headers).kept


def test_a_log_frame_begins_each_invocation_on_both_streams(function):
    with function.start(**FRAME) as agent:
        agent.call(function.succeeds, {"X-Frame": "first"})
        agent.call(function.succeeds, {"x-frame": "second"})
        agent.call(function.succeeds)
        for text in (agent.container.stdout(), agent.container.stderr()):
            assert [line for line in text.splitlines() if line.startswith("frame=")] == ["frame=first", "frame=second"]
            assert "\n\nframe=second\n" in text


def test_an_agent_with_another_format_is_refused_at_once(function, tmp_path):
    is_refused(function, tmp_path, FN_FORMAT="json")


@pytest.mark.parametrize("listener", ["tcp:127.0.0.1:80", "/tmp/lsnr.sock", "unix:/nowhere/at/all/lsnr.sock", "unix:/tmp/" + "x" * 120, "unix:"])
def test_a_listener_that_is_not_a_socket_is_refused_at_once(calm, listener, tmp_path):
    is_refused(curate(calm), tmp_path, FN_LISTENER=listener)


def is_refused(function, tmp_path, **changes):
    """Checks that the program ends, reports why, and has created no socket."""
    container = Process(*function.command)
    good = {"FN_FORMAT": "http-stream", "FN_LISTENER": f"unix:{tmp_path}/lsnr.sock", "FN_MEMORY": "128"}
    container.start(tmp_path, {**function.config, **good, **changes})
    try:
        assert container.process.wait(10) in (1, 2)
        assert container.stderr()
        assert os.listdir(tmp_path) == []
    finally:
        container.remove()
