"""The function as deployed for a test: two buckets, its configuration, and its containers."""

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
    """The function, with its own source bucket and lake."""

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
        """A container that is ready, and frozen between invocations. A setting that is `None` is left out."""
        return Agent(Process(CURATE), {**self.config, **config}, memory=memory, freezes=freezes)

    def put(self, key, data, template="object-created.json"):
        """Puts a source object and returns the event that the service would send."""
        self.bronze.put(key, data)
        return events.about(self.bronze, key, template=template)

    @contextmanager
    def lake(self):
        """A copy of the lake on this machine."""
        with tempfile.TemporaryDirectory() as folder:
            yield clouds.download(self.bucket, Path(folder), "journal/")

    def listing(self):
        """Every object of the lake and its SHA-256."""
        with self.lake() as lake:
            return lakes.listing(lake)

    def receipt(self):
        """The only receipt, after checking it against the lake."""
        with self.lake() as lake:
            receipt = lakes.receipt(lake)
            lakes.check_receipt(lake, receipt)
            return receipt


def numbers(fields):
    """Every number in a log line or a response, however deeply nested, by the last part of its name."""
    found = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            found |= numbers(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            found[name.rpartition(".")[2]] = value
    return found
