"""Tests the `oci` command line: the main workflows as a user types them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

OCI = Path(sys.executable).with_name("oci")


@pytest.fixture
def run(emulator, tmp_path):
    """Returns a function that runs `oci os …` and returns what it printed."""

    def run(*arguments, profile="DEFAULT", code=0, json_output=True, **extra):
        environment = {
            **os.environ,
            "HOME": str(tmp_path),
            "OCI_CLI_CONFIG_FILE": str(emulator.config_file),
            "OCI_CLI_PROFILE": profile,
            "OCI_CLI_ENDPOINT": emulator.endpoint,
            **extra,
        }
        ran = subprocess.run([str(OCI), "os", *map(str, arguments)], env=environment, capture_output=True, text=True)
        assert ran.returncode == code, ran.stderr + ran.stdout
        assert "warning" not in ran.stderr.lower(), "there is no complaint about file modes or key formats"
        if code:
            return ran.stderr
        return json.loads(ran.stdout) if json_output and ran.stdout.strip() else ran.stdout

    return run


@pytest.fixture
def at(bucket):
    """The options that select the bucket."""
    return ["--namespace", bucket.namespace, "--bucket-name", bucket.name]


def test_the_command_line_uploads_and_downloads_a_file(run, bucket, at, tmp_path):
    content = bytes(range(256)) * 100
    (tmp_path / "up").write_bytes(content)
    about = ["--name", "a b/ü", "--metadata", '{"key": "value"}', "--verify-checksum"]
    put = run("object", "put", *at, "--file", tmp_path / "up", *about)
    assert bucket.read("a b/ü") == content
    head = run("object", "head", *at, "--name", "a b/ü")
    assert head["etag"] == put["etag"]
    assert head["opc-meta-key"] == "value"
    assert head["content-length"] == str(len(content))
    run("object", "get", *at, "--name", "a b/ü", "--file", tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == content


def test_the_command_line_lists_in_pages(run, bucket, at):
    bucket.holds(*[f"x/{number}" for number in range(5)], "y")
    listed = run("object", "list", *at, "--all", "--page-size", "2", "--prefix", "x/")
    assert [(entry["name"], entry["size"]) for entry in listed["data"]] == [(f"x/{number}", 3) for number in range(5)]


def test_the_command_line_uploads_a_folder(run, bucket, at, tmp_path):
    files = {"one": b"1", "sub/two words": b"22", "sub/deep/drei.ü": b"333"}
    for name, content in files.items():
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(content)
    run("object", "bulk-upload", *at, "--src-dir", tmp_path / "folder", "--prefix", "up/", json_output=False)
    assert {name: bucket.read(name) for name in bucket.names()} == {f"up/{name}": text for name, text in files.items()}


def test_the_command_line_renames_copies_and_deletes(run, bucket, at):
    bucket.holds("object")
    run("object", "rename", *at, "--name", "object", "--new-name", "renamed")
    assert bucket.names() == ["renamed"]
    run(
        *["object", "copy", *at, "--source-object-name", "renamed", "--destination-bucket", bucket.name],
        *["--destination-object-name", "copied", "--wait-for-state", "COMPLETED", "--wait-interval-seconds", "1"],
        json_output=False,
    )
    assert bucket.read("copied") == b"object"
    run("object", "delete", *at, "--name", "renamed", "--force")
    assert bucket.names() == ["copied"]


def test_the_command_line_creates_and_changes_a_bucket(run, client, namespace, compartment, fresh_name):
    made = run("bucket", "create", "--name", fresh_name, "--compartment-id", compartment)
    assert made["data"]["object-events-enabled"] is False
    changed = run("bucket", "update", "--name", fresh_name, "--object-events-enabled", "true")
    assert changed["data"]["object-events-enabled"] is True
    assert client.get_bucket(namespace, fresh_name).data.object_events_enabled is True


def test_the_command_line_authenticates_as_a_function(run, emulator, namespace):
    told = run("ns", "get", OCI_CLI_AUTH="resource_principal", **emulator.resource_principal())
    assert told == {"data": namespace}


def test_the_command_line_shows_an_error(run, at):
    told = run("object", "head", *at, "--name", "absent", code=1)
    assert '"status": 404' in told
