"""A program that an agent starts: here as a process. A container of a container engine with the same methods can take its place."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

# The environment that a container's process has, in addition to the variables from the agent.
SURROUNDINGS = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME": "fn", "HOME": "/"}

# The agent's limit on open files.
OPEN_FILES = 350


class Process:
    """A function's program as a process on this machine, without a container."""

    def __init__(self, *command):
        self.command = [str(part) for part in command]
        self.output = Path(tempfile.mkdtemp(prefix="fn-output-"))
        self.process = None

    def inside(self, folder):
        """Returns the path at which the program sees a folder that the agent shares with it."""
        return folder

    def start(self, folder, environment):
        """Starts the program with only this environment."""
        with (self.output / "stdout").open("wb") as stdout, (self.output / "stderr").open("wb") as stderr:
            self.process = subprocess.Popen(
                self.command,
                env={**SURROUNDINGS, **environment},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))

    def ended(self):
        """Returns the exit code; `None` while the program runs."""
        return self.process.poll()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)
        # A test may have killed the program in the meantime.
        while self.state() not in ("T", "Z", "X"):
            time.sleep(0.001)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        """Kills the program with SIGKILL, which is how the agent ends every container."""
        self.process.kill()
        self.process.wait()

    def remove(self):
        if self.process:
            self.kill()
        shutil.rmtree(self.output)

    def stdout(self):
        return (self.output / "stdout").read_text()

    def stderr(self):
        return (self.output / "stderr").read_text()

    def _proc(self, name):
        return Path(f"/proc/{self.process.pid}/{name}")

    def state(self):
        return self._proc("stat").read_text().rpartition(")")[2].split()[0]

    def peak(self):
        """Returns the largest resident set so far, in bytes."""
        (line,) = (line for line in self._proc("status").read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def threads(self):
        return len(os.listdir(self._proc("task")))
