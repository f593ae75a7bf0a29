"""What the project's documents show: blocks of commands, and the tables of what a program says."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("", "deploy/oci", "functions/*", "shared/*", "tests/*")
DOCUMENTS = {str(path.relative_to(ROOT)): path for folder in FOLDERS for path in sorted(ROOT.glob(f"{folder}/*.md".lstrip("/")))}

COMMANDS = ("sh", "sql", "python")
"""Languages of what a reader is to run."""
OTHERS = ("json", "text", "rust", "rust,no_run")
"""And of what a reader is only shown; `cargo test` runs Rust."""

FENCE = re.compile(r"^( *)```([\w,]*)\n(.*?)^\1```\n(?:\s*^ *\*Not run by a test: (.+?)\*$)?", re.DOTALL | re.MULTILINE)
TAKEN = set()


@dataclass(frozen=True)
class Block:
    """A fenced block, and the reason below it why no test runs it, if there is one."""

    document: str
    kind: str
    text: str
    reason: str | None


def blocks(document):
    return [
        Block(document, found[2], textwrap.dedent(found[3]), found[4]) for found in FENCE.finditer(DOCUMENTS[document].read_text())
    ]


def block(document, beginning):
    """The one block that begins so."""
    (found,) = [each for each in blocks(document) if each.text.startswith(beginning)]
    return found


def runs(document, **beginnings):
    """The test runs the blocks of a document that begin so, and gets their texts by these names."""
    found = [block(document, beginning) for beginning in beginnings.values()]
    TAKEN.update(found)
    texts = tuple(each.text for each in found)
    return pytest.mark.parametrize(list(beginnings), [texts], ids=[document])


def code_spans(document, header):
    """The code in the first cells of the table that begins so."""
    lines = DOCUMENTS[document].read_text().splitlines()
    (start,) = [number for number, line in enumerate(lines) if line.startswith(header)]
    spans = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        spans += re.findall(r"`([^`]+)`", line.split("|")[1])
    return spans
