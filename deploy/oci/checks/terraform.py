"""Runs Terraform's own checks: formatting, names and types, and the tests in deploy/oci/tests."""

import os
import shutil
import subprocess
import tempfile

from . import provider_stub


def is_installed():
    return shutil.which("terraform") is not None


def problems(folder, schema):
    """Returns Terraform's findings. It needs no network: a stub that serves the schema takes the place of the provider."""
    with tempfile.TemporaryDirectory() as scratch, provider_stub.serving(schema, scratch) as attached:
        environment = {**os.environ, **attached, "TF_DATA_DIR": scratch, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
        commands = (
            ("fmt", "-check", "-recursive", "-diff"),
            ("validate", "-no-color"),
            ("test", "-no-color", "-var-file=terraform.tfvars.example"),
        )
        return [problem for command in commands if (problem := run(command, folder, environment))]


def run(command, folder, environment):
    ended = subprocess.run(["terraform", *command], cwd=folder, env=environment, capture_output=True, text=True)
    if ended.returncode:
        return f"terraform {command[0]}:\n{ended.stdout}{ended.stderr}".rstrip()
    return None
