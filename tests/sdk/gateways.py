"""Helpers for the tests of API Gateway: its clients, what they create, and a client for deployments."""

import http.client
import json
import time

import oci
from oci.apigateway import models

# Work requests are polled often, and none of them takes as long as the limit.
WAIT = {"max_interval_seconds": 0.05, "max_wait_seconds": 60}


class Gateways:
    """The clients of the service, which do not retry, and a compartment."""

    def __init__(self, emulator):
        def connect(kind):
            strategy = oci.retry.NoneRetryStrategy()
            return kind(emulator.config(), service_endpoint=emulator.endpoint, retry_strategy=strategy)

        self.compartment = emulator.config()["tenancy"]
        self.gateways = connect(oci.apigateway.GatewayClient)
        self.deployments = connect(oci.apigateway.DeploymentClient)
        self.work_requests = connect(oci.apigateway.WorkRequestsClient)

    def done(self, response):
        """Waits for a work request to succeed, and returns it."""
        client, number = self.work_requests, response.headers["opc-work-request-id"]
        found = oci.wait_until(client, client.get_work_request(number), "status", "SUCCEEDED", **WAIT)
        return found.data

    def create_gateway(self, name, **more):
        details = {"endpoint_type": "PUBLIC", "subnet_id": "ocid1.subnet.oc1..any", **more}
        details = models.CreateGatewayDetails(compartment_id=self.compartment, display_name=name, **details)
        response = self.gateways.create_gateway(details)
        self.done(response)
        return self.gateways.get_gateway(response.data.id).data

    def create_deployment(self, gateway, prefix, routes, **policies):
        details = models.CreateDeploymentDetails(
            compartment_id=self.compartment,
            gateway_id=gateway.id,
            display_name=prefix.strip("/"),
            path_prefix=prefix,
            specification=models.ApiSpecification(
                routes=routes, request_policies=models.ApiSpecificationRequestPolicies(**policies)
            ),
        )
        response = self.deployments.create_deployment(details)
        self.done(response)
        return self.deployments.get_deployment(response.data.id).data


def to_function(path, function, methods=("ANY",)):
    """Returns a route to a function."""
    backend = models.OracleFunctionBackend(function_id=function)
    return models.ApiSpecificationRoute(path=path, methods=list(methods), backend=backend)


def stock(path, body, status=200, methods=("GET",)):
    """Returns a route to a stock response."""
    backend = models.StockResponseBackend(status=status, body=body)
    return models.ApiSpecificationRoute(path=path, methods=list(methods), backend=backend)


class Answer:
    """A gateway's response: status, headers as received, and body."""

    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.getheaders(), response.read()

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def document(self):
        return json.loads(self.body)


def call(endpoint, path, method="GET", body=None, headers=()):
    """Sends a request to a deployment, and returns the response. A body that is not bytes is sent in chunks."""
    host, prefix = endpoint.removeprefix("http://").split("/", 1)
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.putrequest(method, f"/{prefix}{path}", skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if isinstance(body, bytes):
            connection.putheader("content-length", str(len(body)))
        elif body is not None:
            connection.putheader("transfer-encoding", "chunked")
        try:
            connection.endheaders(body, encode_chunked=body is not None and not isinstance(body, bytes))
        except (BrokenPipeError, ConnectionResetError):
            # The gateway stopped reading early, but its response can be read.
            pass
        return Answer(connection.getresponse())
    finally:
        connection.close()


def until(holds):
    """Waits until a condition holds. If it never does, the test never ends."""
    while not holds():
        time.sleep(0.02)
