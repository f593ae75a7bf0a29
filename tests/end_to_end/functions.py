"""The function as it is deployed for a test: its buckets, its configuration, and its containers."""

import itertools
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import clouds
import events
import lakes
from agent import Agent
from container import Process

CURATE = Path(os.environ.get("CURATE_BIN", clouds.ROOT / "target/release/curate")).resolve()
NUMBERS = itertools.count(1)


class Deployment:
    """A deployment of the function with a source bucket and a lake of its own."""

    def __init__(self, cloud, bronze=None, **config):
        self.cloud, self.number = cloud, next(NUMBERS)
        self.bronze = bronze or cloud.bucket(f"bronze-{self.number}")
        self.bucket = cloud.bucket(f"lake-{self.number}")
        self.config = {
            **cloud.principal(),
            "SOURCE_URL": self.bronze.url(),
            "LAKE_URL": self.bucket.url("journal"),
            **config,
        }

    def start(self, memory=128, freezes=True, **config):
        """Starts a container, which is ready, and frozen between invocations. A setting that is `None` is left out."""
        return Agent(Process(CURATE), {**self.config, **config}, memory=memory, freezes=freezes)

    def put(self, key, data, template="object-created.json"):
        """Puts a source object, and returns the event that the service would send."""
        self.bronze.put(key, data)
        return events.about(self.bronze, key, template=template)

    @contextmanager
    def lake(self):
        """Yields a copy of the lake on this machine."""
        with tempfile.TemporaryDirectory() as folder:
            yield clouds.download(self.bucket, Path(folder), "journal/")

    def listing(self):
        """Returns every object of the lake with its SHA-256."""
        with self.lake() as lake:
            return lakes.listing(lake)

    def receipt(self):
        """Returns the only receipt, after checking it against the lake."""
        with self.lake() as lake:
            receipt = lakes.receipt(lake)
            lakes.check_receipt(lake, receipt)
            return receipt


def numbers(fields):
    """Returns every integer in a log line or a response, however deeply nested, by the last part of its name."""
    found = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            found |= numbers(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            found[name.rpartition(".")[2]] = value
    return found
