"""A function's image in a container, held as the open-source agent holds one: the same seam as a process, see container.py."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

IOFS = Path("/tmp/iofs")
CREDENTIALS = Path("/.oci-credentials")
MEMORY = Path("/sys/fs/cgroup/memory/docker")

# What the agent gives every container (cookie.go, as seen by `docker inspect`).
CONFINEMENT = [
    "--read-only",
    "--tmpfs=/tmp:rw,nosuid,nodev,noexec",
    "--user=1000:1000",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--pids-limit=50",
    "--ulimit=nofile=350",
    "--ulimit=memlock=65536",
    "--memory-swappiness=0",
    "--init",
]


def docker(*arguments, check=True):
    done = subprocess.run(["docker", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0 or not check, f"docker {arguments[0]}: {done.stderr}"
    return done


class Container:
    """A container of an image, with so many megabytes of memory and no swap."""

    def __init__(self, image, memory, principal):
        self.image, self.memory = image, memory
        # The platform's files are for user 1000 to read.
        self.credentials = Path(tempfile.mkdtemp(prefix="fn-credentials-"))
        self.credentials.chmod(0o755)
        for variable, name in (("RPST", "rpst"), ("PRIVATE_PEM", "private.pem")):
            shutil.copyfile(principal[f"OCI_RESOURCE_PRINCIPAL_{variable}"], self.credentials / name)
            (self.credentials / name).chmod(0o644)
        self.id = None

    def inside(self, folder):
        return IOFS

    def start(self, folder, environment):
        placed = {
            **environment,
            "OCI_RESOURCE_PRINCIPAL_RPST": CREDENTIALS / "rpst",
            "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM": CREDENTIALS / "private.pem",
        }
        variables = [f"--env={name}={value}" for name, value in placed.items()]
        memory = [f"--memory={self.memory}m", f"--memory-swap={self.memory}m"]
        mounts = [f"--volume={folder}:{IOFS}", f"--volume={self.credentials}:{CREDENTIALS}:ro"]
        # The emulator is on this machine's loopback.
        self.id = docker(
            "run", "--detach", "--network=host", *CONFINEMENT, *memory, *mounts, *variables, self.image
        ).stdout.strip()

    def state(self):
        return json.loads(docker("inspect", "--format={{json .State}}", self.id).stdout)

    def ended(self):
        state = self.state()
        return None if state["Running"] else state["ExitCode"]

    def killed_for_memory(self):
        return self.state()["OOMKilled"]

    def freeze(self):
        docker("pause", self.id)

    def thaw(self):
        docker("unpause", self.id)

    def kill(self):
        docker("kill", self.id, check=False)
        docker("wait", self.id)

    def remove(self):
        if self.id:
            docker("rm", "--force", self.id)
        shutil.rmtree(self.credentials)

    def stdout(self):
        return docker("logs", self.id).stdout

    def stderr(self):
        return docker("logs", self.id).stderr

    def peak(self):
        """The most memory that the kernel has charged it with, the page cache included, in bytes."""
        return int((MEMORY / self.id / "memory.max_usage_in_bytes").read_text())

    def threads(self):
        pids = Path("/sys/fs/cgroup/pids/docker") / self.id / "pids.current"
        return int(pids.read_text())


def image():
    """The image to be run, or nothing where no engine answered when the tests were begun."""
    return os.environ.get("FUNCTION_IMAGE")
