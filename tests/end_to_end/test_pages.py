"""The commands of the documents, run as they stand there, page by page, in the order of the page.

`UPDATE=1` writes what the commands print into the pages.
"""

import dataclasses
import gzip
import json
import os
import re

import clouds
import lakes
import objects
import pages
import pytest
from conftest import environment
from documents import BOOK, CRATES, DOCUMENTS, ROOT, block, blocks, runs


def is_run(document):
    return not document.startswith(CRATES) and any(each.is_command and not each.reason for each in blocks(document))


@pytest.fixture
def terminal(tmp_path):
    terminal = pages.Terminal(tmp_path, environment)
    yield terminal
    terminal.close()


@pytest.mark.parametrize("document", filter(is_run, DOCUMENTS))
def test_a_page_shows_what_its_commands_print(document, terminal):
    assert pages.BRONZEWORKS.is_file(), f"{pages.BRONZEWORKS} is not there: cargo build"
    for name, text in FILES.get(document, {}).items():
        (terminal.folder / name).write_text(text)
    pages.read_through(document, terminal, update="UPDATE" in os.environ)


def shown(document, beginning):
    return block(document, beginning).text


# What a page tells its reader to save.
YOURS, SCHEMA = f"{BOOK}/tutorial/your-data.md", f"{BOOK}/guides/schema.md"
FILES = {
    YOURS: {"orders.jsonl": shown(YOURS, '{"order_id":"A-1001"'), "orders.json": shown(YOURS, '{\n  "name": "orders"')},
    SCHEMA: {"readings.json": shown(SCHEMA, '{\n  "name": "readings"')},
    f"{BOOK}/guides/own-functions.md": {"functions.json": shown(f"{BOOK}/guides/own-functions.md", '[{"name": "books"')},
}


def test_the_record_of_the_deployment_guide_is_a_row_of_the_ledger_and_has_its_key(run, tmp_path):
    record = re.search(r"echo '(.*)' > record.json", DOCUMENTS[f"{BOOK}/guides/deploy-oci.md"].read_text())[1]
    objects.write(tmp_path / "in.jsonl", objects.line(record) + b"\n")
    assert run(tmp_path / "in.jsonl", "--lake", tmp_path / "lake", "--json").result["counts"]["curated"] == 1
    assert list((tmp_path / "lake/period_code=202406/currency_code=EUR").iterdir())
    example = (ROOT / "deploy/oci/terraform.tfvars.example").read_text()
    assert 'ingest_key = "pointer:/data/journal_external_reference"' in example
    assert json.loads(record)["data"]["journal_external_reference"]


def test_the_part_of_the_ledgers_schema_that_is_shown_is_a_part_of_it():
    part = json.loads(shown(f"{BOOK}/reference/schema-file.md", '{\n  "name": "gl-journal"'))
    whole = json.loads((ROOT / "shared/table/src/schemas/gl-journal.json").read_text())
    assert all(column in whole["columns"] for column in part.pop("columns"))
    assert whole.pop("columns") and part == whole


def test_the_query_for_damaged_objects_finds_them(run, tmp_path, monkeypatch):
    whole = gzip.compress(objects.lines(objects.journal()) * 100)
    (tmp_path / "cut.data.gz").write_bytes(whole[:-30])
    run(tmp_path / "cut.data.gz", "--lake", tmp_path / "lake")
    monkeypatch.chdir(tmp_path)
    ((url, damage),) = lakes.duck().execute(shown(f"{BOOK}/reference/quarantine.md", "SELECT source.url, damage")).fetchall()
    assert url.endswith("cut.data.gz") and "truncated_gzip" in str(damage)


FUNCTION = f"{BOOK}/reference/curate-function.md"
CALL = f"{BOOK}/guides/call-functions.md"


def fixtures_responses():
    """What the reference says that each fixture is answered when its object was curated before."""
    text = DOCUMENTS[FUNCTION].read_text()
    lines = text[text.index("| fixture | response |") :].splitlines()
    responses = {}
    for line in lines[2 : lines.index("")]:
        names, response = line.strip("|").split("|")
        for name in re.findall(r"`([^`]+)`", names):
            responses[name] = re.findall(r"`([^`]+)`", response)
    assert responses.keys() == {path.name for path in (ROOT / "tests/fixtures/events").iterdir()}
    return responses


def test_the_function_answers_the_fixtures_as_its_reference_says(terminal):
    start, put, call = [each for each in blocks(CALL) if each.is_command and not each.reason]
    terminal.type(start)
    terminal.type(put)
    begin, _, curl = call.text.partition("curl ")
    curl = "curl " + curl.removesuffix("kill %1\n").strip()
    responses = fixtures_responses()
    names = " ".join(responses)
    script = f"{begin}for name in object-created.json {names}; do {curl.replace('object-created.json', '$name')}; echo; done; kill %1"
    _, *lines = terminal.type(dataclasses.replace(call, text=script)).splitlines()
    for (name, expected), line in zip(responses.items(), [line for line in lines if line.startswith("{")], strict=True):
        assert line.startswith(expected[1 if len(expected) > 1 else 0].partition("…")[0]), name


# The crates


EXAMPLES = clouds.OBJECTS.parent
BUILT = {
    "cargo run -p oci-object-store --example objects --": EXAMPLES / "objects",
    "cargo run -p oci-streaming --example streams --": EXAMPLES / "streams",
    "cargo run -p fdk --example echo": EXAMPLES / "echo",
}


def built(block, **changes):
    """A block of a crate's document with what cargo would compile replaced by what it has, and some other changes."""
    text = block.text
    for written, program in {**BUILT, **changes}.items():
        text = text.replace(written, str(program))
    assert "cargo" not in text, text
    return dataclasses.replace(block, text=text)
