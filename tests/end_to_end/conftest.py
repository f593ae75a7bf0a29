"""The program under test, run as a user runs it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import clouds
import pytest
import undisturbed
from functions import Deployment

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("CURATE_BIN", ROOT / "target/release/curate")).resolve()
OURS = ("SOURCE_URL", "LAKE_URL", "TABLE_SCHEMA", "MEMORY", "JOBS", "MAX_LINE", "MAX_RATIO", "LOG_LEVEL", "CURATE_BIN", "INGEST_BIN", "INGEST_IMAGE")

# A process's peak counts what it had before `exec`, too: that of a fork of this large process would drown the program's
# own. So peaks are taken by a small process in between, which writes the number to its third pipe.
WATCHER = """
import os, sys
pid = os.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(pid, 0)
os.write(int(sys.argv[1]), str(usage.ru_maxrss * 1024).encode())
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
"""


@dataclass
class Ran:
    """How a run ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def results(self):
        """What `--json` printed: nothing but one object a line."""
        return [json.loads(line) for line in self.stdout.split("\n") if line]

    @property
    def result(self):
        (only,) = self.results
        return only


def environment(extra=None):
    """This process's environment without anything that could reach the program's settings."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS and not name.startswith(("AWS_", "OCI_", "FN_"))}
    return {**kept, **(extra or {})}


def start(*arguments, env=None, cwd=None, **options):
    command = [str(BINARY), *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, env=environment(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, **options
    )


def finish(process):
    stdout, stderr = process.communicate()
    return Ran(process.returncode, stdout.decode(), stderr.decode())


def watch(*arguments, env=None, binary=BINARY):
    """Runs the program, or another one, and says how large its resident set was at most, in bytes."""
    reader, writer = os.pipe()
    command = [sys.executable, "-S", "-E", "-c", WATCHER, str(writer), str(binary), *map(str, arguments)]
    ended = subprocess.run(
        command, env=environment(env), stdin=subprocess.DEVNULL, capture_output=True, text=True, pass_fds=[writer]
    )
    os.close(writer)
    with os.fdopen(reader) as pipe:
        return Ran(ended.returncode, ended.stdout, ended.stderr), int(pipe.read())


@pytest.fixture(scope="session")
def run():
    """Runs `curate` with these arguments."""
    assert BINARY.is_file(), f"{BINARY} is not there: cargo build --release -p curate"
    return lambda *arguments, **options: finish(start(*arguments, **options))


@pytest.fixture(scope="session")
def launch():
    """Starts `curate`, and leaves it to the test to wait for it or to kill it."""
    return start


@pytest.fixture(scope="session")
def watched():
    """Runs `curate` and also gives its peak memory."""
    return watch


@pytest.fixture
def lake(tmp_path):
    return tmp_path / "lake"


@pytest.fixture
def curate(run, lake, tmp_path):
    """Curates sources into the test's lake, which has to go well, and gives the results."""

    def curate(*sources, into=lake, code=0, **options):
        ran = run(*sources, "--lake", into, "--json", **options)
        assert ran.code == code, ran.stderr
        return ran

    return curate


@pytest.fixture(scope="session")
def bronze():
    """The folder with real objects."""
    return ROOT / "tests/fixtures/bronze"


@pytest.fixture(scope="session")
def oci(tmp_path_factory):
    """An emulator of OCI that the function's tests share."""
    cloud = clouds.Oci(tmp_path_factory.mktemp("oci"))
    yield cloud
    cloud.process.kill()
    cloud.process.wait()


@pytest.fixture
def calm(oci):
    """The same, without faults before and after, and with nothing in its log."""
    oci.fail()
    oci.forget_requests()
    yield oci
    oci.fail()


@pytest.fixture
def deployment(calm):
    """The function on buckets of the test's own."""
    deployment = Deployment(calm)
    calm.forget_requests()
    return deployment


@pytest.fixture(scope="session")
def small_object(oci):
    oci.fail()
    oci.forget_requests()
    return undisturbed.small(oci)


@pytest.fixture(scope="session")
def large_object(oci):
    oci.fail()
    oci.forget_requests()
    return undisturbed.large(oci)
