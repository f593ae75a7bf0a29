"""Fixtures that run `bronzeworks curate` as a user does, and the function as a platform does."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import clouds
import pytest
import spark_session
import undisturbed
from functions import Deployment

ROOT = Path(__file__).resolve().parents[2]
BRONZEWORKS = Path(os.environ.get("BRONZEWORKS_BIN", ROOT / "target/debug/bronzeworks")).resolve()
CURATE = [str(BRONZEWORKS), "curate"]
OURS = ("SOURCE_URL", "LAKE_URL", "TABLE_SCHEMA", "MEMORY", "ROW_BUFFER", "JOBS", "MAX_LINE", "MAX_RATIO", "LOG_LEVEL")
BINARIES = ("BRONZEWORKS_BIN", "CURATE_BIN", "INGEST_BIN", "INGEST_IMAGE")

# The peak memory of a process includes what it held before `exec`. A fork of this large process would exceed the program's own peak, so a
# small process in between measures it, and writes the number to an extra pipe.
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
    """The result of a run: exit code and output."""

    code: int
    stdout: str
    stderr: str

    @property
    def results(self):
        """Returns what `--json` printed, and fails unless it is one object per line and nothing else."""
        return [json.loads(line) for line in self.stdout.split("\n") if line]

    @property
    def result(self):
        (only,) = self.results
        return only


def environment(extra=None):
    """Returns this process's environment without the variables that affect the program's settings."""
    kept = {name: value for name, value in os.environ.items() if name not in (*OURS, *BINARIES) and not name.startswith(("AWS_", "OCI_", "FN_"))}
    return {**kept, **(extra or {})}


def start(*arguments, env=None, cwd=None, **options):
    command = [*CURATE, *map(str, arguments)]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment(env), cwd=cwd, **{**pipes, **options})


def finish(process):
    stdout, stderr = process.communicate()
    return Ran(process.returncode, stdout.decode(), stderr.decode())


def watch(*arguments, env=None, command=CURATE):
    """Runs `bronzeworks curate` or another command, and returns the result and its peak memory in bytes."""
    reader, writer = os.pipe()
    command = [sys.executable, "-S", "-E", "-c", WATCHER, str(writer), *map(str, [*command, *arguments])]
    ended = subprocess.run(
        command, env=environment(env), stdin=subprocess.DEVNULL, capture_output=True, text=True, pass_fds=[writer]
    )
    os.close(writer)
    with os.fdopen(reader) as pipe:
        return Ran(ended.returncode, ended.stdout, ended.stderr), int(pipe.read())


@pytest.fixture(scope="session")
def run():
    """Runs `bronzeworks curate` with these arguments."""
    assert BRONZEWORKS.is_file(), f"{BRONZEWORKS} does not exist: cargo build -p bronzeworks, or set BRONZEWORKS_BIN"
    return lambda *arguments, **options: finish(start(*arguments, **options))


@pytest.fixture(scope="session")
def launch():
    """Starts `bronzeworks curate`; the test waits for it or kills it."""
    return start


@pytest.fixture(scope="session")
def watched():
    """Runs `bronzeworks curate`, and returns the result and its peak memory in bytes."""
    return watch


@pytest.fixture
def lake(tmp_path):
    return tmp_path / "lake"


@pytest.fixture
def curate(run, lake, tmp_path):
    """Curates sources into the test's lake, checks the exit code, and returns the result."""

    def curate(*sources, into=lake, code=0, **options):
        ran = run(*sources, "--lake", into, "--json", **options)
        assert ran.code == code, ran.stderr
        return ran

    return curate


@pytest.fixture(scope="session")
def bronze():
    """The folder of real bronze objects."""
    return ROOT / "tests/fixtures/bronze"


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """The session of Spark that all tests share. The test is skipped if there is no Java or no PySpark."""
    session = spark_session.start(tmp_path_factory.mktemp("warehouse"))
    yield session
    session.stop()


@pytest.fixture(scope="session")
def oci(tmp_path_factory):
    """An OCI emulator that all tests of the function share."""
    cloud = clouds.Oci(tmp_path_factory.mktemp("oci"))
    yield cloud
    cloud.process.kill()
    cloud.process.wait()


@pytest.fixture
def calm(oci):
    """The shared emulator without faults, before and after the test, and with an empty request log."""
    oci.fail()
    oci.forget_requests()
    yield oci
    oci.fail()


@pytest.fixture
def deployment(calm):
    """The function with buckets of its own for this test."""
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
