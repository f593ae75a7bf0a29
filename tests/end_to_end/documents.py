"""Parses the project's documents: blocks of commands with their output, links, and tables of messages."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BOOK = "docs/src"
PATTERNS = ("*.md", "deploy/*.md", "deploy/*/*.md", "functions/*/*.md", "shared/*/*.md", "tests/*/*.md", f"{BOOK}/**/*.md")
DOCUMENTS = {str(path.relative_to(ROOT)): path for pattern in PATTERNS for path in sorted(ROOT.glob(pattern))}

COMMANDS = ("sh", "sql", "python")
"""Languages of blocks that a reader is meant to run."""
OUTPUTS = ("json", "text")
"""Languages of blocks that a reader is shown: the output of the block right before it, or an example."""
OTHERS = ("console", "toml", "rust", "rust,no_run")
"""Languages of other blocks. `cargo test` runs Rust."""

FENCE = re.compile(r"^( *)```([\w,]*)\n(.*?)^\1```\n(?:\s*^ *\*Not run by a test: (.+?)\*$)?", re.DOTALL | re.MULTILINE)
CRATES = ("shared/", "tests/")
"""Documents whose commands use cargo's examples. Tests of their own run these commands, and declare that with `runs`."""
TAKEN = set()
GENERATED = re.compile(r"<!-- generated: .*?<!-- end -->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced code block."""

    document: str
    kind: str
    text: str
    reason: str | None
    """Why no test runs the block, as stated in the line below it."""
    start: int
    end: int
    indent: int
    is_output: bool
    """Whether the block shows what the block right before it prints."""

    @property
    def is_command(self):
        return self.kind in COMMANDS


def parse(document, text):
    """Returns the blocks of a document, without those that a test of the tool generates."""
    found, end = [], 0
    generated = [range(*match.span()) for match in GENERATED.finditer(text)]
    for match in FENCE.finditer(text):
        if any(match.start() in span for span in generated):
            continue
        follows = bool(found) and found[-1].is_command and not found[-1].reason and not text[end : match.start()].strip()
        is_output = follows and match[2] in OUTPUTS
        found.append(Block(document, match[2], textwrap.dedent(match[3]), match[4], *match.span(3), len(match[1]), is_output))
        end = match.end()
    return found


def blocks(document):
    return parse(document, DOCUMENTS[document].read_text())


def block(document, beginning):
    """Returns the only block that begins with this text."""
    (found,) = [each for each in blocks(document) if each.text.startswith(beginning)]
    return found


def runs(document, **beginnings):
    """Declares that the test runs the blocks of a crate's document that begin with these texts, and passes their texts by name."""
    found = [block(document, beginning) for beginning in beginnings.values()]
    TAKEN.update(found)
    texts = tuple(each.text for each in found)
    return pytest.mark.parametrize(list(beginnings), [texts], ids=[document])


def code_spans(document, mark):
    """Returns the code in the first cells of the table after a mark: `<!-- checked: messages -->`."""
    lines = DOCUMENTS[document].read_text().splitlines()
    start = lines.index(f"<!-- checked: {mark} -->")
    spans = []
    for line in lines[start + 3 :]:
        if not line.startswith("|"):
            break
        spans += re.findall(r"`([^`]+)`", line.split("|")[1])
    return spans


def prose(text):
    """Returns a document without its code; links and anchors are searched in this text."""
    return re.sub(r"`[^`\n]*`", "``", FENCE.sub("", text))


def anchors(path):
    """Returns the anchors of a document's headings, as GitHub and mdbook generate them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
