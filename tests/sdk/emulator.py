"""The emulator as a process, with its control API."""

import http.client
import json
import os
import subprocess
import threading
from pathlib import Path

import oci

ROOT = Path(__file__).resolve().parents[2]


def built(name, variable):
    """Returns the path of a binary that was built before: the one that the environment names, or cargo's."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    path = Path(os.environ.get(variable, ROOT / target / "release" / name)).resolve()
    assert path.is_file(), f"{path} does not exist: build it in release mode, or name it in {variable}"
    return path


class Emulator:
    """A running emulator. Its state folder remains after its end, so that another emulator can be started on it."""

    NAMESPACE, REGION, BUCKET = "bronzeworks", "eu-frankfurt-1", "lake"

    def __init__(self, folder, *arguments, port=0, bare=True):
        self.folder, self.faults = Path(folder), []
        command = [
            *[str(built("bronzeworks", "BRONZEWORKS_BIN")), "local", *(["--bare"] if bare else []), "--listen", f"127.0.0.1:{port}"],
            # With a given port, it would also use the default port of the gateways, which another emulator may occupy.
            *["--gateway-listen", "127.0.0.1:0", "--state", str(self.folder)],
            *["--namespace", self.NAMESPACE, "--region", self.REGION, "--bucket", self.BUCKET, *arguments],
        ]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.endpoint = self._read_endpoint()
        self.door = http.client.HTTPConnection("127.0.0.1", self.port)

    def _read_endpoint(self):
        for line in self.process.stdout:
            name, *values = line.split() or [""]
            if name == "endpoint":
                # Later output is read and discarded, so that the pipe never fills up.
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return values[0]
        raise AssertionError(f"the emulator ended with {self.process.wait()} before it listened")

    @property
    def port(self):
        return int(self.endpoint.rsplit(":", 1)[1])

    @property
    def metadata_url(self):
        return self.endpoint + "/opc/v2"

    @property
    def federation_url(self):
        return self.endpoint + "/v1/x509"

    @property
    def config_file(self):
        return self.folder / "credentials/config"

    def config(self, profile="DEFAULT"):
        return oci.config.from_file(str(self.config_file), profile)

    def resource_principal(self):
        """Returns the environment that the platform gives a function."""
        folder = self.folder / "credentials/resource-principal"
        return {
            "OCI_RESOURCE_PRINCIPAL_VERSION": "2.2",
            "OCI_RESOURCE_PRINCIPAL_RPST": str(folder / "rpst"),
            "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM": str(folder / "private.pem"),
            "OCI_RESOURCE_PRINCIPAL_REGION": self.REGION,
        }

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body)
        # The emulator closes connections that are idle for minutes.
        self.door.close()
        self.door.request(method, f"/_emulator/{path}", data)
        answer = self.door.getresponse()
        text = answer.read()
        assert 200 <= answer.status < 300, text
        return json.loads(text) if text else None

    def fault(self, operation, fault, **conditions):
        """Adds a fault rule to those in force; all of them count from 1 again."""
        self.faults.append({"operation": operation, "fault": fault, **conditions})
        self.control("PUT", "faults", self.faults)

    def clear_faults(self):
        if self.faults:
            self.faults = []
            self.control("DELETE", "faults")

    def requests(self):
        """Returns the requests since the log was last cleared."""
        return self.control("GET", "requests")

    def forget_requests(self):
        self.control("DELETE", "requests")

    def rotate(self, lifetime=3600):
        """Writes a new token and key for the function. The old token is rejected from now on."""
        self.control("POST", f"resource-principal/rotate?lifetime={lifetime}")

    def stop(self):
        """Stops the emulator as an operator would, and returns the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=10)

    def kill(self):
        self.process.kill()
        self.process.wait()
