"""Reads the Terraform configuration in a folder for the checks."""

import functools
import re
from pathlib import Path

import hcl2

BLOCK = "__is_block__"
IGNORED = ("__comments__", "__inline_comments__", BLOCK)


class Unreadable(Exception):
    """The error for a file that is not valid HCL."""


class Configuration:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.texts = {path.name: path.read_text() for path in sorted(self.folder.glob("*.tf"))}
        self.files = {name: parse(name, text) for name, text in self.texts.items()}

    def resources(self, kind="resource"):
        """Yields file, type, name and body of each resource (or data source, for `data`)."""
        for file, content in self.files.items():
            for block in content.get(kind, []):
                for label, named in block.items():
                    for name, body in named.items():
                        yield file, unquoted(label), unquoted(name), body

    def named(self, kind):
        """Returns the variables (or outputs): name -> (file, body)."""
        found = {}
        for file, content in self.files.items():
            for block in content.get(kind, []):
                found.update({unquoted(name): (file, body) for name, body in block.items()})
        return found

    def default(self, variable):
        """Returns the default of a variable of type string."""
        return unquoted(self.named("variable")[variable][1]["default"])

    def code(self):
        """Returns the text of each file without comments: file -> text."""
        return {name: re.sub(r"(?m)^\s*#.*$", "", text) for name, text in self.texts.items()}


def members(body):
    """Yields (name, blocks) of each nested block and (name, None) of each argument. A dynamic block counts as the blocks it generates."""
    for name, value in body.items():
        if name in IGNORED:
            continue
        if name == "dynamic":
            for block in value:
                for label, made in block.items():
                    yield unquoted(label), made["content"]
        elif isinstance(value, list) and value and all(isinstance(one, dict) and BLOCK in one for one in value):
            yield name, value
        else:
            yield name, None


@functools.cache
def parse(name, text):
    try:
        return hcl2.loads(text)
    except Exception as error:  # the parser raises many unrelated classes
        raise Unreadable(f"{name}: {str(error).splitlines()[0]}") from error


def unquoted(text):
    return text[1:-1] if text[:1] == text[-1:] == '"' else text
