"""Measures `ingest` with the agent of the tests; see tests/bench/ingest."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ledger
from agent import Agent
from clouds import BRONZEWORKS
from container import Process
from starts import starts

INGEST = Path(os.environ["INGEST_BIN"]).resolve()
KEY = "pointer:/data/journal_external_reference"
LINES = {"Content-Type": "application/x-ndjson"}


class Cloud:
    """An emulator in memory, with a stream and without the pipeline."""

    def __init__(self, folder, *options):
        command = [str(BRONZEWORKS), "local", "--bare", "--in-memory", "--listen", "127.0.0.1:0", "--stream", "ledger:8", "--log-level", "warn", *options]
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            words = line.split()
            if words[:1] == ["endpoint"]:
                self.address = words[1]
            if words[:2] == ["config", "file"]:
                self.config = words[2]
            if words[:1] == ["stream"]:
                self.stream = words[-1]
            if line.startswith("Ready"):
                break
        # Variables with this prefix would set settings of the program.
        others = {name: value for name, value in os.environ.items() if not name.startswith("INGEST_")}
        self.environment = {**others, "OCI_CLI_CONFIG_FILE": self.config, "OCI_STREAMING_ENDPOINT": self.address}

    def principal(self):
        folder = Path(self.config).parent / "resource-principal"
        return {
            "OCI_RESOURCE_PRINCIPAL_VERSION": "2.2",
            "OCI_RESOURCE_PRINCIPAL_RPST": str(folder / "rpst"),
            "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM": str(folder / "private.pem"),
            "OCI_RESOURCE_PRINCIPAL_REGION": "eu-frankfurt-1",
        }

    def settings(self, **more):
        return {**self.principal(), "STREAM_ID": self.stream, "STREAM_ENDPOINT": self.address, **more}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def large_bodies(cloud):
    journal = b""
    for _, value in ledger.lines(seed=1, count=10_000):
        if len(journal) + len(value.encode()) + 1 > 6 << 20:
            break
        journal += value.encode() + b"\n"
    tiny = b'{"k":1}\n' * 100_000
    for name, body, settings in (
        ("6 MB of journal lines", journal, {"KEY": KEY}),
        ("the same, each in a wrapper", journal, {"KEY": KEY, "ENVELOPE": "journal"}),
        ("100,000 records of 7 bytes", tiny, {"KEY": "none"}),
        ("the same, each in a wrapper", tiny, {"KEY": "none", "ENVELOPE": "journal"}),
    ):
        container = Process(INGEST)
        with Agent(container, cloud.settings(**settings)) as agent:
            begun = time.perf_counter()
            answer = agent.call(body, headers=LINES, timeout=120)
            took = time.perf_counter() - begun
            assert answer.status == 200, answer.body[:500]
            print(f"{name}: {answer.json['counts']['stored']:,} stored in {took:.2f} s, peak {container.peak() / 1e6:.1f} MB")


def service(cloud, seconds):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host, port = probe.getsockname()
    address = f"{host}:{port}"
    options = ["--listen", address, "--stream", cloud.stream, "--stream-endpoint", cloud.address, "--key", KEY, "--partition-rate", "none"]
    process = subprocess.Popen([INGEST, *options, "--log-level", "warn"], env=cloud.environment)
    try:
        while socket.socket().connect_ex((host, port)):
            assert process.poll() is None, "the service has ended"
            time.sleep(0.01)
        for workers, journals in ((1, 1), (8, 1), (64, 1), (8, 8), (32, 8)):
            load = [BRONZEWORKS, "load", "--json", "--url", f"http://{address}/", "-t", workers, "-i", journals, "-d", seconds, "--warm-up", 1]
            ran = subprocess.run([*map(str, load)], env=cloud.environment, capture_output=True, text=True, check=True)
            summary = json.loads(ran.stdout.splitlines()[-1])
            latency = ", ".join(f"{name} {value:.0f} ms" for name, value in summary["latency_ms"].items() if name in ("p50", "p99"))
            print(f"service, {workers} workers, {journals} journals per request: {summary['records_per_second']:,.0f} records/s, {summary['mb_per_second']:.1f} MB/s, {latency}")
    finally:
        process.terminate()
        process.wait()


with tempfile.TemporaryDirectory() as folder:
    with Cloud(folder, "--stream-unlimited") as cloud:
        starts(INGEST, cloud.settings(KEY=KEY))
        large_bodies(cloud)
        service(cloud, sys.argv[1])
