"""The whole local cloud as a user starts it: stream, connector, events, functions and gateway."""

import collections
import gzip
import json
import os
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import clouds
import lakes
from functions import CURATE

SDK = Path(os.environ.get("SDK_PYTHON", clouds.ROOT / ".venv-sdk/bin/python"))
PUT_LINES = clouds.ROOT / "tests/sdk/put_lines.py"
STREAM = "ledger"


class LocalCloud(clouds.Oci):
    """The emulator with its pipeline, observed through its control API and checked by the contents of the buckets."""

    def __init__(self, folder, *arguments):
        assert clouds.BRONZEWORKS.is_file(), f"{clouds.BRONZEWORKS} does not exist: cargo build -p bronzeworks, or set BRONZEWORKS_BIN"
        self.folder, self.arguments = Path(folder), arguments
        self._start()

    def _start(self):
        command = [
            *[str(clouds.BRONZEWORKS), "local", "--listen", "127.0.0.1:0", "--gateway-listen", "127.0.0.1:0"],
            *["--state", str(self.folder)],
            *["--programs", str(CURATE.parent), "--event-retry-delay", "50", *self.arguments],
        ]
        log = (self.folder.parent / "emulator.log").open("ab")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        self.greeting = []
        for line in self.process.stdout:
            self.greeting.append(line)
            if line.startswith("Ready"):
                break
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        self.address = self._greeted("endpoint")
        self.gateway = self._greeted("gateway")
        self.credentials = self.folder / "credentials"
        self.config = self.credentials / "config"
        self.signer = clouds.Signer(self.config)

    def _greeted(self, word):
        (line,) = [line for line in self.greeting if line.split()[:1] == [word]]
        return line.split()[1]

    def kill(self):
        """Kills the process, which has no chance to flush anything."""
        self.process.kill()
        self.process.wait()

    def restart(self):
        self._start()

    def bucket(self, name):
        """Returns an existing bucket."""
        bucket = clouds.OciBucket.__new__(clouds.OciBucket)
        bucket.cloud, bucket.name, bucket.base = self, name, f"/n/{self.NAMESPACE}/b/{name}"
        return bucket

    def put(self, lines):
        """Puts keys and values on the stream with Oracle's SDK. Returns the partition and offset of each."""
        given = "".join(json.dumps(line) + "\n" for line in lines)
        command = [str(SDK), str(PUT_LINES), str(self.config), self.address, STREAM]
        put = subprocess.run(command, input=given, capture_output=True, text=True)
        assert put.returncode == 0, put.stderr
        return [tuple(json.loads(line)) for line in put.stdout.splitlines()]

    def settle(self):
        """Waits until everything on the stream has passed through the connector, the events and the function."""
        while self._lag():
            time.sleep(0.05)
        while self.control("GET", "events")["pending"]:
            time.sleep(0.05)

    def flush(self):
        """Makes the connector write now what it would write later, and waits until the pipeline has processed it."""
        self.control("POST", "connectors/flush")
        self.settle()

    def _lag(self):
        (connector,) = self.control("GET", "connectors")
        assert connector["state"] in ("ACTIVE", "NEEDS_ATTENTION"), connector
        return sum(partition["lag"] for partition in connector["partitions"])

    def bronze(self):
        """Returns every record that the connector wrote, with its object, and how often each position was written."""
        bucket, records = self.bucket("bronze"), []
        for key in sorted(bucket.keys()):
            url = f"oci://bronze@{self.NAMESPACE}/{key}"
            records += [(json.loads(line), url) for line in gzip.decompress(bucket.get(key)).splitlines()]
        return records, collections.Counter((record["stream"], record["partition"], record["offset"]) for record, _ in records)

    def lake(self, folder):
        """Returns a copy of the lake."""
        return clouds.download(self.bucket("lake"), Path(folder), "journal/")


def rows(lake):
    """Returns the rows of the table, after checking that its files are exactly those that the receipts name."""
    named = {output["key"] for receipt in lakes.receipts(lake) for output in receipt["outputs"] if output["kind"] == "parquet"}
    assert {str(path.relative_to(lake)) for path in lakes.files(lake)} == named
    return lakes.rows(lake)


def send(cloud, lines):
    """Sends the values of journal lines to the gateway, one per line, and returns its response."""
    body = b"".join(value.encode() + b"\n" for _, value in lines)
    request = urllib.request.Request(f"{cloud.gateway}/v1/journals", body, {"Content-Type": "application/x-ndjson"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)
