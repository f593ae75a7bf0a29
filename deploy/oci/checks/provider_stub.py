"""A stub of the provider that serves only its schema, so that Terraform can check a configuration where the provider cannot be downloaded.

It speaks version 5 of Terraform's plugin protocol (https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol). It needs so
few messages that it encodes them by hand.
"""

import json
import os
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path

import grpc

ADDRESS = "registry.terraform.io/oracle/oci"


@contextmanager
def serving(schema, folder):
    """Serves the schema on a socket in a folder, and yields the environment variable that points Terraform to it."""
    socket = Path(folder, "provider.sock")
    server = grpc.server(futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((Provider(schema),))
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    attach = {
        "Protocol": "grpc",
        "ProtocolVersion": 5,
        "Pid": os.getpid(),
        "Test": True,
        "Addr": {"Network": "unix", "String": str(socket)},
    }
    try:
        yield {"TF_REATTACH_PROVIDERS": json.dumps({ADDRESS: attach})}
    finally:
        server.stop(grace=None)


class Provider(grpc.GenericRpcHandler):
    """The stub's methods. gRPC answers all other methods with `unimplemented`."""

    def __init__(self, schema):
        answer = response(schema)
        self.methods = {
            "/tfplugin5.Provider/GetSchema": lambda request, context: answer,
            # The configuration is the first field of both the request and the response.
            "/tfplugin5.Provider/PrepareProviderConfig": lambda request, context: request,
            "/tfplugin5.Provider/ValidateResourceTypeConfig": lambda request, context: b"",
            "/tfplugin5.Provider/ValidateDataSourceConfig": lambda request, context: b"",
            "/tfplugin5.Provider/Stop": lambda request, context: b"",
        }

    def service(self, details):
        method = self.methods.get(details.method)
        return method and grpc.unary_unary_rpc_method_handler(method)


def response(schema):
    provider = text(2, block({"region": "optional string"}))
    return (
        text(1, provider)
        + b"".join(text(2, text(1, name) + text(2, text(2, block(members)))) for name, members in schema["resources"].items())
        + b"".join(text(3, text(1, name) + text(2, text(2, block(members)))) for name, members in schema["data_sources"].items())
    )


def block(members):
    attributes, blocks = b"", b""
    for name, member in members.items():
        if isinstance(member, str):
            attributes += text(2, attribute(name, member))
        else:
            blocks += text(3, nested(name, member))
    return attributes + blocks


def attribute(name, member):
    mode, kind = member.split()
    flags = {"required": number(4, 1), "optional": number(5, 1) + number(6, 1), "computed": number(6, 1)}
    return text(1, name) + text(2, json.dumps(cty(kind))) + flags[mode]


def nested(name, member):
    mode, count = member["is"].split()
    minimum = number(4, 1) if mode == "required" else b""
    maximum = number(5, 1) if count == "one" else b""
    return text(1, name) + text(2, block(member["members"])) + number(3, 2) + minimum + maximum


def cty(kind):
    """Returns a type in the JSON encoding that Terraform's plugins use."""
    outer, _, inner = kind.rstrip(")").partition("(")
    return [outer, inner] if inner else outer


def text(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def number(field, value):
    return varint(field << 3) + varint(value)


def varint(value):
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])
