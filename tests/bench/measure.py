#!/usr/bin/env python3
"""Run one command and print its wall time, CPU time and peak memory as JSON: measure.py COMMAND...

This process is small on purpose: the peak of a process includes its parent's memory before `exec`, so a large parent
would be measured along with the command.
"""

import json
import os
import sys
import time

started = time.perf_counter()
child = os.fork()
if child == 0:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - started
print(json.dumps({"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * 1024}))
sys.exit(0 if status == 0 else 1)
