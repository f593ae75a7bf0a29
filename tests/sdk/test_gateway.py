"""Tests API Gateway through Oracle's SDK and command line, and functions invoked through it with plain HTTP."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import oci
import pytest
from buckets import refused
from emulator import ROOT, Emulator
from gateways import Gateways, call, stock, to_function, until
from oci.apigateway import models

OCI = Path(sys.executable).with_name("oci")
PEER = ROOT / "tests/emulator/tests/function_peers/peer.py"
FUNCTIONS = ["link", "exit", "file"]

# Maximum size of a request body for a function.
MOST = 6 * 2**20


def start(folder, *arguments):
    peers = [{"name": name, "command": ["/usr/bin/env", "python3", "-B", str(PEER), name]} for name in FUNCTIONS]
    hasty = {**peers[0], "name": "hasty", "timeout": 1}
    (folder / "functions.json").write_text(json.dumps([{"name": "books", "functions": [*peers, hasty]}]))
    return Emulator(folder / "state", "--functions", str(folder / "functions.json"), *arguments)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """A separate emulator, whose functions do what the request says."""
    running = start(tmp_path_factory.mktemp("gateway"))
    yield running
    assert running.stop() == 0


@pytest.fixture
def service(cloud):
    return Gateways(cloud)


@pytest.fixture(scope="module")
def functions(cloud):
    """OCIDs of the functions, by name."""
    return {one["function"]: one["id"] for one in cloud.control("GET", "functions")["functions"]}


@pytest.fixture(scope="module")
def endpoint(cloud, functions):
    """The endpoint of a deployment whose paths start with the name of a function."""
    service = Gateways(cloud)
    routes = [to_function(f"/{name}/{{rest*}}", number) for name, number in functions.items()]
    return service.create_deployment(service.create_gateway("shared"), "/shared", routes).endpoint


@pytest.fixture
def tell(endpoint):
    """Returns a function that tells one of the functions how to respond, and returns the gateway's response."""

    def tell(told, function="link", **more):
        return call(endpoint, f"/{function}/a", "POST", json.dumps(told).encode(), **more)

    return tell


def head(answer):
    """Returns the lines of the request head that the function received, in lower case."""
    return [line.lower() for line in answer.document["head"]]


def test_a_gateway_is_created_changed_listed_and_deleted(cloud, service):
    made = service.create_gateway("first", freeform_tags={"a": "b"})
    assert (made.display_name, made.lifecycle_state, made.endpoint_type) == ("first", "ACTIVE", "PUBLIC")
    assert made.hostname == cloud.control("GET", "gateways")["url"].removeprefix("http://")
    change = models.UpdateGatewayDetails(display_name="second")
    done = service.done(service.gateways.update_gateway(made.id, change))
    assert (done.operation_type, done.percent_complete) == ("UPDATE_GATEWAY", 100)
    assert [(one.entity_type, one.identifier) for one in done.resources] == [("gateway", made.id)]
    found = service.gateways.list_gateways(service.compartment, display_name="second", lifecycle_state="ACTIVE")
    assert [(one.id, one.freeform_tags) for one in found.data.items] == [(made.id, {"a": "b"})]
    response = service.gateways.get_gateway(made.id)
    with refused(412, "NoEtagMatch"):
        service.gateways.delete_gateway(made.id, if_match="another")
    service.done(service.gateways.delete_gateway(made.id, if_match=response.headers["etag"]))
    assert service.gateways.get_gateway(made.id).data.lifecycle_state == "DELETED"
    with refused(404, "NotAuthorizedOrNotFound"):
        service.gateways.get_gateway("ocid1.apigateway.oc1..absent")


def test_a_deployment_is_created_changed_listed_and_deleted(service):
    gateway = service.create_gateway("changing")
    made = service.create_deployment(gateway, "/changing", [stock("/hello", "one")])
    assert (made.lifecycle_state, made.endpoint) == ("ACTIVE", f"http://{gateway.hostname}/changing")
    assert made.specification.routes[0].backend.body == "one"
    assert call(made.endpoint, "/hello").body == b"one"
    specification = models.ApiSpecification(routes=[stock("/hello", "two"), stock("/more", "three", 201)])
    change = models.UpdateDeploymentDetails(specification=specification)
    service.done(service.deployments.update_deployment(made.id, change))
    assert call(made.endpoint, "/hello").body == b"two"
    assert call(made.endpoint, "/more").status == 201
    assert call(made.endpoint, "/more", "POST", b"").status == 405
    found = service.deployments.list_deployments(service.compartment, gateway_id=gateway.id).data.items
    assert [one.id for one in found] == [made.id]
    pages = oci.pagination.list_call_get_all_results(
        service.deployments.list_deployments, service.compartment, limit=1
    ).data
    assert made.id in [one.id for one in pages]
    with refused(409, "IncorrectState"):
        service.gateways.delete_gateway(gateway.id)
    service.done(service.deployments.delete_deployment(made.id))
    assert call(made.endpoint, "/hello").status == 404
    service.done(service.gateways.delete_gateway(gateway.id))


def test_a_retry_creates_nothing_twice(service):
    details = models.CreateGatewayDetails(
        compartment_id=service.compartment, display_name="once", endpoint_type="PRIVATE", subnet_id="s"
    )
    made = [service.gateways.create_gateway(details, opc_retry_token="token").data.id for _ in range(2)]
    assert made[0] == made[1]


def test_unsupported_features_are_rejected_by_name(service):
    gateway = service.create_gateway("refusing")
    http_backend = models.ApiSpecificationRoute(path="/", backend=models.HTTPBackend(url="http://example.com"))
    with refused(400, "InvalidParameter") as error:
        service.create_deployment(gateway, "/a", [http_backend])
    assert "routes[0].backend.type is HTTP_BACKEND" in error.value.message
    with refused(400, "InvalidParameter") as error:
        service.create_deployment(gateway, "/a", [stock("/", "")], cors=models.CorsPolicy(allowed_origins=["*"]))
    assert "requestPolicies.cors" in error.value.message
    with refused(400, "InvalidParameter") as error:
        service.create_deployment(gateway, "/a", [stock(f"/{number}", "") for number in range(51)])
    assert "51" in error.value.message


def test_the_command_line_creates_a_deployment_that_curl_calls(cloud, functions, tmp_path):
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "OCI_CLI_CONFIG_FILE": str(cloud.config_file),
        "OCI_CLI_ENDPOINT": cloud.endpoint,
    }

    def run(*arguments, waits=False):
        wait = ["--wait-for-state", "SUCCEEDED", "--wait-interval-seconds", "1"] if waits else []
        command = [str(OCI), "api-gateway", *arguments, *wait]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr + ran.stdout
        return json.loads(ran.stdout)["data"] if ran.stdout.strip() else None

    compartment = ["--compartment-id", cloud.config()["tenancy"]]
    kind = ["--endpoint-type", "PUBLIC", "--subnet-id", "ocid1.subnet.oc1..any"]
    done = run("gateway", "create", *compartment, *kind, "--display-name", "cli", waits=True)
    gateway = done["resources"][0]["identifier"]
    backend = {"type": "ORACLE_FUNCTIONS_BACKEND", "functionId": functions["link"]}
    specification = {"routes": [{"path": "/{rest*}", "methods": ["ANY"], "backend": backend}]}
    given = ["--gateway-id", gateway, "--path-prefix", "/cli", "--specification", json.dumps(specification)]
    done = run("deployment", "create", *compartment, *given, waits=True)
    deployment = done["resources"][0]["identifier"]
    shown = run("deployment", "get", "--deployment-id", deployment)
    assert shown["specification"]["routes"][0]["backend"]["function-id"] == functions["link"]
    curl = ["curl", "-sS", "-i", "-X", "PATCH", "-H", "X-Own: 1", "-H", "X-Own: 2", "-d", "body"]
    answer = subprocess.run([*curl, f"{shown['endpoint']}/a/b?c=d"], capture_output=True, check=True, text=True).stdout
    lines = json.loads(answer.split("\n\n", 1)[-1].split("\r\n\r\n", 1)[-1])["head"]
    assert answer.startswith("HTTP/1.1 200 OK")
    assert {"Fn-Http-Method: PATCH", "Fn-Http-Request-Url: /cli/a/b?c=d"} <= set(lines)
    assert [line for line in lines if "X-Own" in line] == ["Fn-Http-H-X-Own: 1", "Fn-Http-H-X-Own: 2"]
    run("deployment", "delete", "--deployment-id", deployment, "--force", waits=True)
    run("gateway", "delete", "--gateway-id", gateway, "--force", waits=True)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_reaches_the_function(endpoint, method):
    answer = call(endpoint, "/link/a?b=c%20d", method, b"body" if method.startswith("P") else None)
    assert answer.status == 200
    assert {f"fn-http-method: {method.lower()}", "fn-http-request-url: /shared/link/a?b=c%20d"} <= set(head(answer))
    assert answer.document["body"] == (4 if method.startswith("P") else 0)


def test_headers_pass_in_both_directions_and_repeated_ones_stay_repeated(endpoint, tell):
    given = [("Content-Type", "text/csv"), ("Cookie", "a=b"), ("X-Own", "1"), ("X-Own", "2"), ("Fn-Intent", "forged")]
    lines = head(call(endpoint, "/link", headers=[*given, ("opc-request-id", "mine")]))
    for line in ["content-type: text/csv", "fn-http-h-cookie: a=b", "fn-http-h-x-own: 1", "fn-http-h-x-own: 2"]:
        assert line in lines
    for line in ["fn-intent: httprequest", "oci-subject-type: resource", "fn-http-h-x-real-ip: 127.0.0.1"]:
        assert line in lines
    assert [line for line in lines if line.startswith("opc-request-id: mine/")]
    raw = "HTTP/1.1 200 OK\r\nFn-Http-Status: 404\r\nFn-Http-H-Set-Cookie: b=1\r\nFn-Http-H-Set-Cookie: a=2\r\n"
    answer = tell({"raw": raw + "Content-Type: text/plain\r\nX-Own: 1\r\nContent-Length: 4\r\n\r\nbody"})
    assert (answer.status, answer.body) == (404, b"body")
    assert answer.all("set-cookie") == ["b=1", "a=2"]
    assert answer.all("content-type") == ["text/plain"]
    assert answer.all("x-own") == []
    assert answer.all("opc-request-id")


def test_a_request_head_is_at_most_8_kilobytes(endpoint):
    host, prefix = endpoint.removeprefix("http://").split("/", 1)
    bare = f"GET /{prefix}/link/a HTTP/1.1\r\nHost: {host}\r\nX-Pad: \r\n\r\n"
    for size, status in [(8192, 200), (8193, 431)]:
        answer = call(endpoint, "/link/a", headers=[("X-Pad", "x" * (size - len(bare)))])
        assert answer.status == status, size


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_for_a_function_is_at_most_6_megabytes(cloud, endpoint, chunked):
    def send(size):
        body = b" " * size
        pieces = (body[place : place + 65536] for place in range(0, size, 65536))
        return call(endpoint, "/link/a", "POST", pieces if chunked else body)

    assert send(MOST).document["body"] == MOST
    calls = len(cloud.control("GET", "functions")["invocations"])
    answer = send(MOST + 1)
    assert (answer.status, answer.document["code"]) == (413, 413)
    assert len(cloud.control("GET", "functions")["invocations"]) == calls


@pytest.mark.parametrize(
    "framing", ["Content-Length: 10\r\n\r\n12345", "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"]
)
def test_a_truncated_body_never_reaches_the_function(cloud, endpoint, framing):
    calls = len(cloud.control("GET", "functions")["invocations"])
    host, prefix = endpoint.removeprefix("http://").split("/", 1)
    target = f"/{prefix}/link/{framing[:3]}"
    with socket.create_connection(host.split(":")) as connection:
        connection.sendall(f"POST {target} HTTP/1.1\r\nHost: {host}\r\n{framing}".encode())
        until(lambda: target in [one["target"] for one in cloud.requests()])
    until(lambda: target in [one["target"] for one in cloud.control("GET", "gateways")["requests"]])
    until(lambda: cloud.control("GET", "gateways")["held_bytes"] == 0)
    assert len(cloud.control("GET", "functions")["invocations"]) == calls


def test_a_client_that_disconnects_ends_the_invocation(cloud, endpoint, tmp_path):
    host, prefix = endpoint.removeprefix("http://").split("/", 1)
    told = json.dumps({"arrived": str(tmp_path), "sleep": 1000})
    with socket.create_connection(host.split(":")) as connection:
        start = f"POST /{prefix}/link/gone HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(told)}\r\n\r\n{told}"
        connection.sendall(start.encode())
        until(lambda: os.listdir(tmp_path))
    (process,) = os.listdir(tmp_path)
    until(lambda: not Path(f"/proc/{process}").exists())
    assert cloud.control("GET", "functions")["invocations"][-1]["status"] == 444


@pytest.mark.parametrize(
    ("function", "told", "status"),
    [
        ("link", {"status": 502}, 502),
        ("link", {"status": 504}, 504),
        ("link", {"status": 201}, 502),
        ("link", {"status": 500}, 502),
        ("hasty", {"sleep": 1000}, 504),
        ("link", {"exit": True}, 502),
        ("link", {"raw": "", "close": True}, 502),
        ("link", {"raw": "garbage\r\n\r\n"}, 502),
        ("link", {"raw": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "close": True}, 500),
        ("link", {"head": 11 * 2**20}, 502),
        ("link", {"large": MOST + 1}, 502),
        ("exit", {}, 502),
        ("file", {}, 502),
    ],
)
def test_a_failing_function_gets_the_gateways_error_response(cloud, tell, function, told, status):
    answer = tell(told, function)
    words = {500: "Internal Server Error", 502: "Bad Gateway", 504: "Gateway Timeout"}
    assert (answer.status, answer.document) == (status, {"code": status, "message": words[status]})
    recent = cloud.control("GET", "gateways")["requests"][-1]
    call_id = cloud.control("GET", "functions")["invocations"][-1]["call_id"]
    assert (recent["status"], recent["call_id"]) == (status, call_id)
    assert answer.all("opc-request-id") == [recent["opc_request_id"]]


@pytest.mark.parametrize(("fault", "status"), [({"throttle": {"retry_after_seconds": 3}}, 429), ("unavailable", 503)])
def test_a_fault_applies_to_one_request_and_no_other(cloud, endpoint, fault, status):
    cloud.fault("GatewayRequest", fault if status == 429 else {fault: {}}, bucket="shared", object="*/a", first=1)
    try:
        answer = call(endpoint, "/link/a")
        assert (answer.status, answer.document["code"]) == (status, status)
        assert answer.all("retry-after") == (["3"] if status == 429 else [])
        assert call(endpoint, "/link/a").status == 200
    finally:
        cloud.clear_faults()


def test_a_rate_limit_is_enforced(service):
    limit = models.RateLimitingPolicy(rate_in_requests_per_second=1, rate_key="TOTAL")
    gateway = service.create_gateway("limited")
    made = service.create_deployment(gateway, "/limited", [stock("/", "in")], rate_limiting=limit)
    answers = [call(made.endpoint, "/")]
    until(lambda: answers.append(call(made.endpoint, "/")) or answers[-1].status == 429)
    assert (answers[0].status, answers[-1].document["message"]) == (200, "Too Many Requests")
    assert answers[-1].all("retry-after") == ["1"]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_restart_keeps_deployments(tmp_path, end):
    running = start(tmp_path)
    try:
        service = Gateways(running)
        (function,) = [
            one["id"] for one in running.control("GET", "functions")["functions"] if one["function"] == "link"
        ]
        made = service.create_deployment(service.create_gateway("kept"), "/kept", [to_function("/{a*}", function)])
        getattr(running, end)()
        running = start(tmp_path)
        found = Gateways(running).deployments.get_deployment(made.id).data
        assert found.specification == made.specification
        assert found.time_created == made.time_created
        assert call(found.endpoint, "/a").status == 200
    finally:
        running.kill()
