"""What the project's documents show: blocks of commands with their output, links, and tables of messages."""

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
"""Languages of what a reader is to run."""
OUTPUTS = ("json", "text")
"""And of what a reader is shown: the output of the block right before it, or an example."""
OTHERS = ("console", "toml", "rust", "rust,no_run")
"""`cargo test` runs Rust."""

FENCE = re.compile(r"^( *)```([\w,]*)\n(.*?)^\1```\n(?:\s*^ *\*Not run by a test: (.+?)\*$)?", re.DOTALL | re.MULTILINE)
CRATES = ("shared/", "tests/")
"""Documents whose commands are about cargo's examples: tests of their own run them, and say so with `runs`."""
TAKEN = set()
GENERATED = re.compile(r"<!-- generated: .*?<!-- end -->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    document: str
    kind: str
    text: str
    reason: str | None
    """Why no test runs it, as the line below it says."""
    start: int
    end: int
    indent: int
    is_output: bool
    """Whether it shows what the block right before it prints."""

    @property
    def is_command(self):
        return self.kind in COMMANDS


def parse(document, text):
    """The blocks of a document, but for those that a test of the tool generates."""
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
    """The one block that begins so."""
    (found,) = [each for each in blocks(document) if each.text.startswith(beginning)]
    return found


def runs(document, **beginnings):
    """The test runs the blocks of a crate's document that begin so, and gets their texts by these names."""
    found = [block(document, beginning) for beginning in beginnings.values()]
    TAKEN.update(found)
    texts = tuple(each.text for each in found)
    return pytest.mark.parametrize(list(beginnings), [texts], ids=[document])


def code_spans(document, mark):
    """The code in the first cells of the table behind a mark: `<!-- checked: messages -->`."""
    lines = DOCUMENTS[document].read_text().splitlines()
    start = lines.index(f"<!-- checked: {mark} -->")
    spans = []
    for line in lines[start + 3 :]:
        if not line.startswith("|"):
            break
        spans += re.findall(r"`([^`]+)`", line.split("|")[1])
    return spans


def prose(text):
    """A document without its code: what links and anchors are looked for in."""
    return re.sub(r"`[^`\n]*`", "``", FENCE.sub("", text))


def anchors(path):
    """The headings of a document as GitHub and mdbook name them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
