"""A function's image in a container, run as the open-source agent runs it. The container has the methods of a process; see container.py."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

IOFS = Path("/tmp/iofs")
CREDENTIALS = Path("/.oci-credentials")
MEMORY = Path("/sys/fs/cgroup/memory/docker")

# The options that the agent gives every container (cookie.go, confirmed with `docker inspect`).
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
    """A container of an image with this much memory (in MB) and no swap."""

    def __init__(self, image, memory, principal):
        self.image, self.memory = image, memory
        # User 1000 must be able to read the platform's files.
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
        # The emulator listens on this machine's loopback address.
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
        """Returns the maximum memory that the kernel has charged the container with, in bytes, including page cache."""
        return int((MEMORY / self.id / "memory.max_usage_in_bytes").read_text())

    def threads(self):
        pids = Path("/sys/fs/cgroup/pids/docker") / self.id / "pids.current"
        return int(pids.read_text())


def image():
    """Returns the image to run; `None` if there was no engine when the tests started."""
    return os.environ.get("FUNCTION_IMAGE")
