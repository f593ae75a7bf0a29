"""Tests the documents: blocks of commands are run or say why not, links lead somewhere, and quotations match what the programs say."""

import re
import subprocess
import sys
from pathlib import Path

import documents
import pytest
import test_pages  # noqa: F401: its tests say which blocks of the crates they run
from documents import BOOK, CRATES, DOCUMENTS, OTHERS, OUTPUTS, ROOT, TAKEN, anchors, blocks, code_spans, prose

# Codes that only Oracle's services use, according to Oracle's own pages.
ORACLES = {f"FunctionInvoke{what}" for what in ("ContainerInitFail", "ImageNotAvailable", "SubnetNotAvailable", "Timeout")} | {"OutOfIPs"}
TERRAFORMS = {"terraform apply"}
TROUBLESHOOTING = f"{BOOK}/operations/troubleshooting.md"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_block_of_commands_is_run_or_explained(document):
    for block in blocks(document):
        known = documents.COMMANDS + OUTPUTS + OTHERS
        assert block.kind in known, f"a block of {document} is in no language that is known here:\n{block.text}"
        # Blocks of all other documents are run page by page.
        if block.is_command and document.startswith(CRATES):
            assert (block in TAKEN) != bool(block.reason), f"neither or both of a test and a reason, in {document}:\n{block.text}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_block_is_overlooked(document):
    text = documents.GENERATED.sub("", DOCUMENTS[document].read_text())
    assert len(re.findall(r"^ *```", text, re.MULTILINE)) == 2 * len(blocks(document))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_within_the_project_leads_somewhere(document):
    here = DOCUMENTS[document]
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(here.read_text())):
        if link.startswith(("https://", "http://")):
            continue
        name, _, anchor = link.partition("#")
        path = (here.parent / name).resolve() if name else here
        assert path.exists(), f"{document} links to {link}, which is not there"
        assert not anchor or anchor in anchors(path), f"{document} links to {link}, which is not a heading there"


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if name.startswith(BOOK)])
def test_a_page_of_the_book_links_to_nothing_outside_of_it(document):
    """The book is published alone, so it can name other files only by their paths."""
    here = DOCUMENTS[document]
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(here.read_text())):
        name = link.partition("#")[0]
        if name and not link.startswith(("https://", "http://")):
            assert (here.parent / name).resolve().is_relative_to(ROOT / BOOK), f"{document} links to {link}, which is not in the book"


def test_the_summary_lists_every_page_once():
    listed = re.findall(r"\]\((.+?)\)", DOCUMENTS[f"{BOOK}/SUMMARY.md"].read_text())
    pages = [name.removeprefix(f"{BOOK}/") for name in DOCUMENTS if name.startswith(BOOK) and not name.endswith("SUMMARY.md")]
    assert sorted(listed) == sorted(pages)


def test_the_book_builds(tmp_path):
    mdbook = Path(sys.executable).parent / "mdbook"
    built = subprocess.run([mdbook, "build", ROOT / "docs", "--dest-dir", tmp_path], capture_output=True, text=True)
    assert built.returncode == 0 and "WARN" not in built.stderr, built.stderr
    for page in re.findall(r"\]\((.+?)\.md\)", DOCUMENTS[f"{BOOK}/SUMMARY.md"].read_text()):
        assert (tmp_path / f"{page}.html").is_file(), page


def test_the_readme_is_short():
    lines = DOCUMENTS["README.md"].read_text().splitlines()
    assert len(lines) <= 150
    assert [line for line in lines if len(line) > 120] == []


def sources():
    """Yields the text of each source file, with literals that span several lines joined into one."""
    for folder in ("functions", "shared", "tests/emulator/src", "deploy/oci"):
        for path in sorted([*(ROOT / folder).rglob("*.rs"), *(ROOT / folder).glob("*.tf")]):
            if not path.stem.endswith("_tests") and "tests" not in path.relative_to(ROOT / folder).parts:
                yield re.sub(r"\\\n\s*", "", path.read_text())


@pytest.fixture(scope="module")
def said():
    """Everything that the programs can say: the lines of their sources, without comments."""
    lines = [line for text in sources() for line in text.splitlines() if not line.lstrip().startswith("//")]
    return "\n".join(lines)


def is_said(span, said):
    """Returns whether a line of the sources contains the parts of a quotation in this order, possibly with other text between them."""
    pattern = r"[^\n]*?".join(re.escape(part.strip()) for part in span.split("…"))
    return re.search(pattern, said) is not None


def test_every_message_in_the_troubleshooting_table_is_printed_by_a_program(said):
    spans = code_spans(TROUBLESHOOTING, "messages")
    assert len(spans) > 20
    assert [span for span in spans if not is_said(span, said)] == []


def test_every_code_in_the_table_of_services_is_known(said):
    spans = code_spans(TROUBLESHOOTING, "services")
    assert len(spans) > 10
    assert [span for span in spans if span.strip("…") not in ORACLES | TERRAFORMS and not is_said(span, said)] == []


def test_every_alarm_of_the_deployment_is_in_the_table_of_alarms():
    text = (ROOT / "deploy/oci/monitoring.tf").read_text()
    named = set(re.findall(r"^    ([a-z-]+) = \{$", text, re.MULTILINE))
    named |= {f"{function}-{what}" for function in ("curate", "ingest") for what in re.findall(r'"\$\{name\}-(\w+)" =>', text)}
    assert len(named) > 4
    assert set(code_spans(f"{BOOK}/operations/monitoring.md", "alarms")) == named


def test_the_page_on_bronze_objects_lists_every_member_of_the_envelope():
    source = (ROOT / "shared/bronze/src/envelope.rs").read_text()
    members = re.findall(r'^ +"(\w+)" => ', source, re.MULTILINE)
    assert code_spans(f"{BOOK}/reference/bronze-object.md", "envelope") == members


def test_a_message_that_no_program_prints_is_found(said):
    assert not is_said("there is no such bucket any more", said)
    assert is_said("stopped before … was curated", said)


def test_a_block_that_is_neither_run_nor_explained_is_found():
    shown = "```sh\nrm -r /\n```\n\nand\n\n   ```sh\n   ls\n   ```\n\n   *Not run by a test: it is slow.*\n"
    found = [(block.text.strip(), block.reason) for block in documents.parse("a page", shown)]
    assert found == [("rm -r /", None), ("ls", "it is slow.")]


def test_a_block_shows_the_output_of_the_one_right_before_it():
    shown = "```sh\nls\n```\n\n```text\nfile\n```\n\nand\n\n```json\n{}\n```\n"
    assert [block.is_output for block in documents.parse("a page", shown)] == [False, True, False]
