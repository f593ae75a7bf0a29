"""Checks that functions.tf sets all required settings and only settings that exist, and that Terraform's defaults are the functions'.

The settings come from the tool itself: `bronzeworks settings --json` prints their declarations.
"""

import json
import os
import re
import subprocess

from .configuration import unquoted

# The functions in Terraform, and their programs in the output of `bronzeworks settings`.
PROGRAMS = {"curate": "curate-function", "ingest": "ingest"}


class Unavailable(Exception):
    """The error if the tool does not run."""


def declared(root):
    """Returns the declared settings: function -> name -> default, which is None if the setting is required."""
    tool = os.environ.get("BRONZEWORKS_BIN") or root / "target/debug/bronzeworks"
    try:
        ran = subprocess.run([tool, "settings", "--json"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"cannot read the settings: {error}; build the tool (cargo build -p bronzeworks) or set BRONZEWORKS_BIN") from error
    programs = json.loads(ran.stdout)
    return {function: {one["name"]: one["default"] for one in programs[program]} for function, program in PROGRAMS.items()}


def problems(configuration, settings):
    return [problem for function, known in settings.items() for problem in of_function(configuration, function, known)]


def of_function(configuration, function, known):
    given = configured(configuration, function)
    found = [f"functions.tf: {function} has no setting {name}" for name in sorted(set(given) - set(known))]
    required = {name for name, default in known.items() if default is None}
    found += [f"functions.tf: {function} needs {name}" for name in sorted(required - set(given))]
    variables = configuration.named("variable")
    for name, variable in given.items():
        if known.get(name) is None or variable not in variables:
            continue
        file, body = variables[variable]
        default = unquoted(body.get("default", ""))
        if default != known[name]:
            found.append(f"{file}: {variable} defaults to {default}, but {name} of {function} to {known[name]}")
    return found


def configured(configuration, function):
    """Returns the function's `config`: name -> the variable that it is set to, or None if it is set to something else."""
    text = configuration.code()["functions.tf"]
    block = re.search(rf'(?ms)^resource "oci_functions_function" "{function}" \{{.*?^\}}', text)
    entries = re.findall(r"(?m)^\s+([A-Z][A-Z0-9_]*)\s*=\s*(?:var\.(\w+)$)?", block[0]) if block else []
    return {name: variable or None for name, variable in entries}
