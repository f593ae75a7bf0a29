"""Every command that the documents show is run by a test or says why not, and what they quote is what the programs say."""

import re

import documents
import pytest
import test_readme  # noqa: F401: its tests say which blocks they run
from documents import COMMANDS, DOCUMENTS, OTHERS, ROOT, TAKEN, blocks, code_spans

# What only Oracle's services say: by Oracle's pages, see deploy/oci/README.md.
ORACLES = {f"FunctionInvoke{what}" for what in ("ContainerInitFail", "ImageNotAvailable", "SubnetNotAvailable", "Timeout")} | {"OutOfIPs"}
TERRAFORMS = {"terraform apply"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_block_of_commands_is_run_or_says_below_it_why_not(document):
    for block in blocks(document):
        assert block.kind in COMMANDS + OTHERS, f"a block of {document} is in no language that is known here:\n{block.text}"
        if block.kind in COMMANDS:
            assert (block in TAKEN) != bool(block.reason), f"neither or both of a test and a reason, in {document}:\n{block.text}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_block_is_overlooked(document):
    assert len(re.findall(r"^ *```", DOCUMENTS[document].read_text(), re.MULTILINE)) == 2 * len(blocks(document))


def anchors(path):
    """The headings of a document as GitHub names them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_within_the_project_leads_somewhere(document):
    here = DOCUMENTS[document]
    for link in re.findall(r"\]\(([^)\s]+)\)", here.read_text()):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        path = (here.parent / name).resolve() if name else here
        assert path.exists(), f"{document} has a link to {link}, which is not there"
        assert not anchor or anchor in anchors(path), f"{document} has a link to {link}, which is no heading there"


def sources():
    """The programs' texts, with literals that go over several lines in one."""
    for folder in ("functions", "shared", "tests/emulator/src", "deploy/oci"):
        for path in sorted([*(ROOT / folder).rglob("*.rs"), *(ROOT / folder).glob("*.tf")]):
            if not path.stem.endswith("_tests") and "tests" not in path.relative_to(ROOT / folder).parts:
                yield re.sub(r"\\\n\s*", "", path.read_text())


@pytest.fixture(scope="module")
def said():
    """Everything that stands between quotes in the sources, and every name."""
    lines = [line for text in sources() for line in text.splitlines() if not line.lstrip().startswith("//")]
    return "\n".join(lines)


def is_said(span, said):
    """Whether a line of the sources has the parts of what is quoted, between which other things may stand, in this order."""
    pattern = r"[^\n]*?".join(re.escape(part.strip()) for part in span.split("…"))
    return re.search(pattern, said) is not None


def test_every_message_in_the_readmes_table_is_one_of_the_programs(said):
    spans = code_spans("README.md", "| it says |")
    assert len(spans) > 20
    assert [span for span in spans if not is_said(span, said)] == []


def test_every_code_in_the_deployments_table_is_known(said):
    spans = code_spans("deploy/oci/README.md", "| what you see |")
    assert len(spans) > 10
    assert [span for span in spans if span.strip("…") not in ORACLES | TERRAFORMS and not is_said(span, said)] == []


def test_a_message_that_nobody_says_is_found(said):
    assert not is_said("there is no such bucket any more", said)
    assert is_said("stopped before … was curated", said)


def test_a_block_that_is_neither_run_nor_explained_is_found():
    shown = "```sh\nrm -r /\n```\n\nand\n\n   ```sh\n   ls\n   ```\n\n   *Not run by a test: it is slow.*\n"
    found = [(match[3].strip(), match[4]) for match in documents.FENCE.finditer(shown)]
    assert found == [("rm -r /", None), ("ls", "it is slow.")]
