"""Measures how long a function's program takes until it is ready, with the agent of the tests."""

import statistics
import time

from agent import Agent
from container import Process

STARTS = 100


class Timed(Process):
    """A process timed from just before it is created until its socket exists, with no other work of the agent in between."""

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


def starts(program, settings):
    times = []
    for _ in range(STARTS):
        container = Timed(program)
        with Agent(container, settings):
            times.append(container.ready)
            threads = container.threads()
    print(f"start to ready: {milliseconds(times)}; {threads} threads")
