"""The README's tour of the local cloud, command by command as it stands there; programs are those that were built before."""

import json
import os
import re
import subprocess

import clouds
import pytest
from conftest import environment
from functions import CURATE
from local_cloud import SDK

README = (clouds.ROOT / "README.md").read_text()
TOUR = README[README.index("### On a local cloud") : README.index("\n## The command")]
BUILT = {
    "cargo run --release -p emulator": f"{clouds.EMULATOR} --programs {CURATE.parent}",
    "cargo run --release -p curate --": str(CURATE),
    "cargo run --release -q -p oci-object-store --example objects --": str(clouds.OBJECTS),
}


def commands(kind="sh"):
    """The blocks of commands, with what cargo would compile replaced by what it has."""
    for block in re.findall(rf"```{kind}\n(.*?)```", TOUR, re.DOTALL):
        for written, built in BUILT.items():
            block = block.replace(written, built)
        assert "cargo" not in block, block
        yield block


@pytest.fixture
def shell(tmp_path):
    """A shell in an empty folder, with Oracle's command line on its path, as a user has it."""
    env = environment({"PATH": f"{SDK.parent}:{os.environ['PATH']}", "SUPPRESS_LABEL_WARNING": "True"})

    def shell(text):
        ran = subprocess.run(["bash", "-euc", text], cwd=tmp_path, env=env, capture_output=True, text=True)
        assert ran.returncode == 0, (text, ran.stdout, ran.stderr)
        return ran.stdout

    shell.options = {"cwd": tmp_path, "env": env}
    return shell


def test_the_tour_of_the_local_cloud_shows_what_the_readme_says(shell):
    start, send, look = commands()
    cloud = subprocess.Popen(["bash", "-euc", f"exec {start}"], stdout=subprocess.PIPE, text=True, **shell.options)
    try:
        for line in cloud.stdout:
            if line.startswith("Ready"):
                break
        else:
            pytest.fail("the emulator did not start: is one of the README's ports, 8420 and 8421, in use?")
        answer = json.loads(shell(send))
        (shown,) = re.findall(r"```text\n(\{\"counts.*?)\n```", TOUR)
        assert answer["counts"] == json.loads(shown)["counts"]
        assert answer["results"][0].keys() == json.loads(shown)["results"][0].keys()
        # At once, as the README says, and not when the connector's time is up.
        (flush,) = re.findall(r"`(curl\n?\s*-X POST [^`]*flush)`", TOUR)
        shell(flush.replace("\n", " "))
        while not shell("curl -s http://127.0.0.1:8420/_emulator/events | grep -c '\"pending\":0' || true").startswith("1"):
            pass
        found = shell(look)
        assert found.count("journal/period_code=202406/currency_code=EUR/") == 2, "once in each listing"
        again = re.search(r"`(cargo run --release -p curate -- oci[^`]*)`", TOUR)[1]
        exports = look.splitlines()[0]
        told = shell(f"{exports}\n{again.replace('cargo run --release -p curate --', str(CURATE))} 2>&1")
        assert "1 curated, 0 quarantined, of 1 lines" in told
        fault = re.search(r"`(curl -X PUT [^`]*)`", TOUR)[1]
        shell(fault)
        assert json.loads(shell("curl -s http://127.0.0.1:8420/_emulator/faults"))[0]["fault"] == "forget"
    finally:
        cloud.terminate()
        assert cloud.wait() == 0


def test_functions_of_your_own_are_deployed_as_the_readme_says(shell, tmp_path):
    (definition,) = commands("json")
    (tmp_path / "functions.json").write_text(definition)
    (tmp_path / "my-function").write_text("#!/bin/sh\n")
    command = f"{clouds.EMULATOR} --bare --in-memory --listen 127.0.0.1:0 --functions functions.json"
    cloud = subprocess.Popen(["bash", "-euc", f"exec {command}"], stdout=subprocess.PIPE, text=True, **shell.options)
    greeting = []
    for line in cloud.stdout:
        greeting.append(line)
        if line.startswith("Ready"):
            break
    cloud.terminate()
    assert cloud.wait() == 0
    assert any("books/mine" in line for line in greeting)
