"""Measures the function with the tests' own agent and cloud; see tests/bench/function."""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import clouds
import generated
import objects
from container import Process
from functions import CURATE, Deployment

STARTS = 100
CALLS = 50


class Timed(Process):
    """A process that is timed from just before it is made to its socket, with nothing else of the agent in between."""

    def start(self, folder, environment):
        begun = time.perf_counter()
        super().start(folder, environment)
        link = folder / "lsnr.sock"
        while not link.is_symlink():
            pass
        self.ready = time.perf_counter() - begun


def milliseconds(times):
    times = sorted(time * 1000 for time in times)
    return f"median {statistics.median(times):.1f} ms, p95 {times[len(times) * 95 // 100]:.1f} ms"


def starts(deployment):
    from agent import Agent

    times = []
    for _ in range(STARTS):
        container = Timed(CURATE)
        with Agent(container, deployment.config):
            times.append(container.ready)
            threads = container.threads()
    print(f"start to ready: {milliseconds(times)}; {threads} threads")


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
        starts(Deployment(cloud))
        calls(Deployment(cloud))
        large(Deployment(cloud), int(sys.argv[1]))
    finally:
        cloud.process.kill()
