"""Tests the agent that the function's tests use: it treats a container as Fn's open-source agent does."""

import gzip
import hashlib
import sys
from pathlib import Path

import agent
import pytest
from agent import NOT_INITIALIZED, TOO_SLOW, Agent, InitError
from container import Process

FDK = Path(sys.executable).parent / "fdk"
PEERS = Path(__file__).parent / "peers"
FAILED = (502, "error receiving function response", False)
INVALID = (502, "invalid function response", False)


def parrot(way="well"):
    return Process(sys.executable, "-S", "-E", PEERS / "parrot.py", way)


@pytest.fixture
def parroting():
    with Agent(parrot()) as running:
        yield running


def response(status, body=b"", *headers):
    return b"\r\n".join([b"HTTP/1.1 %d X" % status, *headers, b"Content-Length: %d" % len(body), b"", body])


@pytest.mark.parametrize(
    "said, status, message, kept",
    [
        (response(502, b"secret"), 502, "function failed", True),
        (response(504), 504, "Timed out", True),
        *[(response(status, b"x"), *INVALID) for status in (201, 202, 400, 404, 413, 429, 500, 501, 503)],
        (b"HTTP/1.1 204 No Content\r\n\r\n", *INVALID),
        (b"", *FAILED),
        (b"HTTP/1.1 200 OK\r\nContent-Le", *FAILED),
        (b"garbage\r\n\r\n", *FAILED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", *FAILED),
        (b"<then>exit", *FAILED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", 500, "internal server error", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nshort", 500, "internal server error", True),
        (b"HTTP/1.1 200 OK\r\n<then>more headers", 502, "function response header too large", False),
    ],
)
def test_every_wrong_response_has_its_row(parroting, said, status, message, kept):
    answer = parroting.call(said)
    assert (answer.status, answer.message, answer.kept) == (status, message, kept)
    assert (parroting.container.ended() is None) == kept


@pytest.mark.parametrize("said", [b"<then>stay", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort<then>stay"])
def test_a_response_that_is_incomplete_at_the_deadline_gets_the_container_killed(parroting, said):
    answer = parroting.call(said, timeout=0.3)
    assert (answer.status, answer.message, answer.kept) == (504, "Timed out", False)
    assert parroting.container.ended() == -9


@pytest.mark.parametrize(
    "said",
    [
        response(200, b"fine"),
        response(200, b"fine", b"Connection: close"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + response(200, b"fine"),
        b"HTTP/1.0 200 OK\r\n\r\nfine",
        b"HTTP/1.1 200 OK\r\n\r\nfine",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfin\r\n1\r\ne\r\n0\r\n\r\n",
        response(200, gzip.compress(b"fine", mtime=0), b"Content-Encoding: gzip"),
    ],
)
def test_every_form_of_a_good_response_is_accepted(parroting, said):
    for _ in range(2):
        answer = parroting.call(said)
        assert (answer.status, answer.body, answer.kept) == (200, b"fine", True)
        parroting.drop()  # the parrot hangs up after every response


def test_hop_by_hop_headers_are_not_passed_on(parroting):
    answer = parroting.call(response(200, b"", b"X-Mine: 1", b"x-mine: 2", b"Connection: close", b"Upgrade: x"))
    assert answer.headers == [("X-Mine", "1"), ("x-mine", "2"), ("Content-Length", "0")]


@pytest.mark.parametrize("way", ["file", "absolute", "closed to others", "deaf", "exits"])
def test_a_socket_that_is_created_wrongly_is_refused(way):
    with pytest.raises(InitError) as caught:
        Agent(parrot(way))
    assert (caught.value.status, caught.value.message) == (502, NOT_INITIALIZED)


def test_a_container_without_a_socket_in_time_is_killed(monkeypatch):
    monkeypatch.setattr(agent, "INIT_SECONDS", 0.3)
    with pytest.raises(InitError) as caught:
        Agent(parrot("sleeps"))
    assert (caught.value.status, caught.value.message, caught.value.code) == (504, TOO_SLOW, -9)


def test_a_function_on_oracles_fdk_gets_what_it_was_sent():
    body = bytes(range(256)) * 1000
    with Agent(Process(FDK, PEERS / "echo.py", "handler")) as running:
        answer = running.call(body, headers={"X-Mine": "1", "Connection": "close", "Fn-Call-Id": "forged", "Fn-Deadline": "forged"})
        seen = answer.json
        assert (seen["size"], seen["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
        assert seen["call_id"] == answer.call_id and seen["deadline"].endswith("Z") and len(seen["deadline"]) == 20
        headers = seen["headers"]
        assert headers["transfer-encoding"] == "chunked" and "content-length" not in headers
        assert headers["host"] == "localhost" and headers["x-mine"] == "1" and "connection" not in headers
        headers = running.call().json["headers"]
        assert headers["content-length"] == "0" and "transfer-encoding" not in headers


def test_a_process_has_the_environment_of_a_container_and_nothing_more(monkeypatch):
    monkeypatch.setenv("LEAKS", "yes")
    with Agent(parrot(), {"MINE": "1", "FN_MEMORY": "7"}) as running:
        found = Path(f"/proc/{running.container.process.pid}/environ").read_text().rstrip("\0").split("\0")
    names = {entry.partition("=")[0] for entry in found}
    assert names == {
        *("PATH", "HOSTNAME", "HOME", "MINE"),
        *("FN_LISTENER", "FN_FORMAT", "FN_MEMORY", "FN_TYPE", "FN_FN_ID", "FN_APP_ID"),
    }
    assert "FN_MEMORY=128" in found
