"""Events as the Events service sends them: the fixtures, unchanged or about another object."""

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "fixtures/events"


def text(name):
    return (FOLDER / name).read_bytes()


def about(bucket, key, etag=None, template="object-created.json"):
    """Returns a template's event, changed so that it is about this object."""
    event = json.loads(text(template))
    data, details = event["data"], event["data"]["additionalDetails"]
    data["resourceName"] = key
    data["resourceId"] = f"/n/{bucket.cloud.NAMESPACE}/b/{bucket.name}/o/{key}"
    details.update(namespace=bucket.cloud.NAMESPACE, bucketName=bucket.name, eTag=etag or bucket.etag(key))
    return json.dumps(event).encode()
