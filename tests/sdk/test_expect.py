"""Tests `Expect: 100-continue`. The SDK sends it with every upload, but waits for the response only with TLS; these tests wait."""

import http.client
import socket

import oci
import pytest
from oci._vendor import requests

BODY = b"content" * 1000


@pytest.fixture
def send(emulator, bucket):
    """Returns a function that sends the head of a put, signed by the SDK, and returns the socket and a reader of the response."""
    sockets = []

    def send(name, **headers):
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        headers = {"content-length": str(len(BODY)), "expect": "100-continue", **headers}
        path = f"/n/{bucket.namespace}/b/{bucket.name}/o/{name}"
        request = requests.Request("PUT", emulator.endpoint + path, headers=headers).prepare()
        request.headers["content-length"] = headers["content-length"]
        oci.signer.Signer.from_config(emulator.config())(request, enforce_content_headers=False)
        request.headers.update({key: value for key, value in headers.items() if key == "authorization"})
        lines = [f"PUT {path} HTTP/1.1", *[f"{key}: {value}" for key, value in request.headers.items()]]
        connection = socket.create_connection(("127.0.0.1", emulator.port), timeout=20)
        sockets.append(connection)
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return connection, connection.makefile("rb")

    yield send
    for connection in sockets:
        connection.close()


def head(reader):
    """Returns the status of the next response, and its headers."""
    status = int(reader.readline().split()[1])
    return status, http.client.parse_headers(reader)


def test_an_acceptable_put_is_asked_for_its_body(bucket, send):
    connection, reader = send("object")
    assert head(reader)[0] == 100
    connection.sendall(BODY)
    status, headers = head(reader)
    assert status == 200
    assert headers["etag"] == bucket.head_object("object").headers["etag"]
    assert bucket.read("object") == BODY


def test_a_body_sent_without_waiting_is_accepted(bucket, send):
    connection, reader = send("object")
    connection.sendall(BODY)
    status, _ = head(reader)
    if status == 100:
        status, _ = head(reader)
    assert status == 200
    assert bucket.read("object") == BODY


@pytest.mark.parametrize(
    "refused, status",
    [
        ({"authorization": 'Signature version="1"'}, 401),
        ({"if_none_match": "*"}, 412),
        ({"if_match": "00000000-0000-0000-0000-000000000000"}, 412),
        ({"if_none_match": "something"}, 400),
    ],
    ids=str,
)
def test_a_rejected_put_is_not_asked_for_its_body(bucket, send, refused, status):
    bucket.put_object("object", b"before")
    _, reader = send("object", **refused)
    assert head(reader)[0] == status
    assert bucket.read("object") == b"before"


def test_a_client_that_disconnects_halfway_leaves_no_object(bucket, send):
    connection, reader = send("object")
    assert head(reader)[0] == 100
    connection.sendall(BODY[: len(BODY) // 2])
    connection.shutdown(socket.SHUT_WR)
    reader.read()
    assert bucket.names() == []
