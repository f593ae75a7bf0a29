"""Helpers for the tests of streams: a stream to work with, and its decoded messages."""

import base64
import functools

import oci
from oci.streaming import models


def encode(text):
    return None if text is None else base64.b64encode(text.encode()).decode()


def decode(text):
    return None if text is None else base64.b64decode(text).decode()


def admin(emulator, **options):
    """Returns a client of the control plane that does not retry."""
    return oci.streaming.StreamAdminClient(
        emulator.config(), service_endpoint=emulator.endpoint, retry_strategy=oci.retry.NoneRetryStrategy(), **options
    )


def waiting(client):
    """Returns the client that waits for its work requests."""
    return oci.streaming.StreamAdminClientCompositeOperations(client)


class Stream:
    """A stream with every operation of its client that takes the OCID first; the OCID is filled in."""

    def __init__(self, emulator, stream, **options):
        self.emulator, self.id, self.name, self.count = emulator, stream.id, stream.name, stream.partitions
        options = {"retry_strategy": oci.retry.NoneRetryStrategy(), **options}
        self.client = oci.streaming.StreamClient(emulator.config(), stream.messages_endpoint, **options)

    def __getattr__(self, operation):
        return functools.partial(getattr(self.client, operation), self.id)

    def put(self, *messages):
        """Puts messages, each a tuple of key and value, and returns the result."""
        entries = [models.PutMessagesDetailsEntry(key=encode(key), value=encode(value)) for key, value in messages]
        return self.put_messages(models.PutMessagesDetails(messages=entries)).data

    def cursor(self, kind="TRIM_HORIZON", partition=0, **more):
        return self.create_cursor(models.CreateCursorDetails(partition=str(partition), type=kind, **more)).data.value

    def group_cursor(self, group, instance, kind="TRIM_HORIZON", **more):
        details = models.CreateGroupCursorDetails(type=kind, group_name=group, instance_name=instance, **more)
        return self.create_group_cursor(details).data.value

    def get(self, cursor, **options):
        """Returns one batch of messages, and the next cursor."""
        answer = self.get_messages(cursor, **options)
        return answer.data, answer.headers["opc-next-cursor"]

    def values(self, cursor, **options):
        """Returns the values of one batch, and the next cursor."""
        messages, cursor = self.get(cursor, **options)
        return [decode(message.value) for message in messages], cursor

    def all(self, partition=0):
        """Returns all messages of a partition."""
        messages, cursor = [], self.cursor(partition=partition)
        while True:
            batch, cursor = self.get(cursor)
            if not batch:
                return messages
            messages += batch


def create(emulator, name, partitions=1, **more):
    """Creates a stream, and returns it once it is active."""
    client = admin(emulator)
    details = models.CreateStreamDetails(name=name, partitions=partitions, **more)
    if "stream_pool_id" not in more:
        details.compartment_id = more.get("compartment_id", emulator.config()["tenancy"])
    made = client.create_stream(details).data
    active = oci.wait_until(client, client.get_stream(made.id), "lifecycle_state", "ACTIVE", max_interval_seconds=1)
    return Stream(emulator, active.data)


def named(emulator, name):
    """Returns the stream with this name that exists from the start."""
    client = admin(emulator)
    (summary,) = client.list_streams(compartment_id=emulator.config()["tenancy"], name=name).data
    return Stream(emulator, client.get_stream(summary.id).data)
