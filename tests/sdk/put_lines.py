"""Puts the lines of standard input on a stream with Oracle's SDK, and prints the position of each message. For tests without the SDK.

    put_lines.py CONFIG ENDPOINT STREAM < lines        (each a JSON array of two strings, key and value)
"""

import base64
import json
import sys
import time

import oci
from oci.streaming import models

# Maximum number of bytes of keys and values per request, well below the service's 1 MiB.
BATCH_BYTES = 900_000


def batches(lines):
    batch, size = [], 0
    for line in lines:
        key, value = (None if text is None else text.encode() for text in json.loads(line))
        grown = size + len(value) + len(key or b"")
        if batch and grown > BATCH_BYTES:
            yield batch
            batch, grown = [], len(value) + len(key or b"")
        batch.append((key, value))
        size = grown
    if batch:
        yield batch


def put(client, stream, batch):
    """Puts a batch, and returns the position of each message, in order. Throttled messages are retried until they are stored."""
    encode = lambda data: None if data is None else base64.b64encode(data).decode()
    places, left = [None] * len(batch), list(range(len(batch)))
    while left:
        entries = [models.PutMessagesDetailsEntry(key=encode(batch[at][0]), value=encode(batch[at][1])) for at in left]
        result = client.put_messages(stream, models.PutMessagesDetails(messages=entries)).data
        for at, entry in zip(left, result.entries, strict=True):
            if not entry.error:
                places[at] = (entry.partition, entry.offset)
        left = [at for at in left if places[at] is None]
        time.sleep(0.05 if left else 0)
    return places


def main(config, endpoint, name):
    profile = oci.config.from_file(config)
    admin = oci.streaming.StreamAdminClient(profile, service_endpoint=endpoint)
    (summary,) = admin.list_streams(compartment_id=profile["tenancy"], name=name).data
    stream = admin.get_stream(summary.id).data
    client = oci.streaming.StreamClient(profile, stream.messages_endpoint)
    for batch in batches(sys.stdin):
        for place in put(client, stream.id, batch):
            print(json.dumps(place))


if __name__ == "__main__":
    main(*sys.argv[1:])
