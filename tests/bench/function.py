"""Measures `curate` as a function, with the agent and the cloud of the tests; see tests/bench/function."""

import sys
import tempfile
import time
from pathlib import Path

import clouds
import generated
import objects
from functions import CURATE, Deployment
from starts import milliseconds, starts

CALLS = 50


def calls(deployment):
    first, again = [], []
    with deployment.start() as agent:
        for at in range(CALLS):
            event = deployment.put(f"{at}.jsonl", objects.lines(objects.journal()))
            for times in (first, again):
                begun = time.perf_counter()
                assert agent.call(event).status == 200
                times.append(time.perf_counter() - begun)
    print(f"a small object: {milliseconds(first)}; the event again: {milliseconds(again)}")


def large(deployment, megabytes):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.data.gz"
        generated.make(path, "--megabytes", megabytes)
        data = path.read_bytes()
    for memory in (128, 256, 1024):
        event = deployment.put(f"{memory}.data.gz", data)
        with deployment.start(memory=memory) as agent:
            begun = time.perf_counter()
            assert agent.call(event, timeout=300).json["status"] == "curated"
            took = time.perf_counter() - begun
            print(f"{megabytes} MB of text ({len(data) / 1e6:.0f} MB), FN_MEMORY={memory}: {took:.2f} s, peak {agent.container.peak() / 1e6:.0f} MB")


with tempfile.TemporaryDirectory() as state:
    cloud = clouds.Oci(Path(state))
    try:
        starts(CURATE, Deployment(cloud).config)
        calls(Deployment(cloud))
        large(Deployment(cloud), int(sys.argv[1]))
    finally:
        cloud.process.kill()
