"""Runs the commands of the documents as they are written, page by page, in the order of the page.

`UPDATE=1` writes what the commands print into the pages.
"""

import dataclasses
import gzip
import json
import os
import re
import tempfile

import clouds
import lakes
import objects
import pages
import pytest
from conftest import BRONZEWORKS
from documents import BOOK, CRATES, DOCUMENTS, ROOT, block, blocks, code_spans, runs
from terminal import Terminal


def is_run(document):
    return not document.startswith(CRATES) and any(each.is_command and not each.reason for each in blocks(document))


@pytest.fixture
def terminal(tmp_path):
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


@pytest.mark.parametrize("document", [document for document in DOCUMENTS if is_run(document)])
def test_a_page_shows_what_its_commands_print(document, terminal):
    assert BRONZEWORKS.is_file(), f"{BRONZEWORKS} is not there: cargo build"
    pages.read_through(document, terminal, update="UPDATE" in os.environ)


def shown(document, beginning):
    return block(document, beginning).text


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


def test_the_receipts_page_explains_every_member():
    document = f"{BOOK}/reference/receipts.md"
    assert code_spans(document, "receipt") == list(json.loads(shown(document, '{\n  "format"')))


def test_the_metrics_page_has_every_metric_of_the_service(terminal):
    for each in blocks(f"{BOOK}/guides/ingest-service.md")[:3]:
        terminal.type(each.kind, each.text)
    page = terminal.type("sh", "curl http://127.0.0.1:8080/metrics\n")
    assert sorted(code_spans(f"{BOOK}/reference/metrics.md", "metrics")) == sorted(re.findall(r"^# TYPE (\w+)", page, re.MULTILINE))


FUNCTION = f"{BOOK}/reference/curate-function.md"
CALL = f"{BOOK}/guides/call-functions.md"


def fixtures_responses():
    """Returns the responses that the reference gives for each fixture if its object was curated before."""
    text = DOCUMENTS[FUNCTION].read_text()
    lines = text[text.index("| fixture | response |") :].splitlines()
    responses = {}
    for line in lines[2 : lines.index("")]:
        names, response = line.strip("|").split("|")
        for name in re.findall(r"`([^`]+)`", names):
            responses[name] = re.findall(r"`([^`]+)`", response)
    assert responses.keys() == {path.name for path in (ROOT / "tests/fixtures/events").iterdir()}
    return responses


def test_the_function_responds_to_the_fixtures_as_its_reference_says(terminal):
    start, put, call = [each.text for each in blocks(CALL) if each.is_command and not each.reason]
    terminal.type("sh", start)
    terminal.type("sh", put)
    begin, curl = call.removesuffix("kill %1\n").split("curl ")
    curl = f"curl {curl.strip()}".replace("object-created.json", "$name")
    responses = fixtures_responses()
    # The first invocation curates the object; after that, the table applies.
    printed = terminal.type("sh", f"{begin}for name in object-created.json {' '.join(responses)}; do {curl}; echo; done\nkill %1\n")
    _, *lines = [line for line in printed.splitlines() if line.startswith('{"status"')]
    for (name, possible), line in zip(responses.items(), lines, strict=True):
        # The table's cell for an event about an object lists curated, unchanged and gone, in this order.
        expected = possible[1] if len(possible) > 1 else possible[0]
        assert line.startswith(expected.partition("…")[0]), name


# The crates' documents


EXAMPLES = clouds.OBJECTS.parent
CARGO = re.compile(r"cargo run -p \S+ --example (\w+)(?: --)?")


def built(text):
    """Returns commands in which the examples that cargo has built take the place of `cargo run`."""
    return CARGO.sub(lambda match: str(EXAMPLES / match[1]), text)


def readme(example):
    """Returns the document of the crate that contains an example."""
    (path,) = ROOT.glob(f"shared/*/examples/{example}.rs")
    return str(path.parents[1].relative_to(ROOT) / "README.md")


@pytest.fixture
def cloud(terminal):
    """A terminal next to a local cloud, which its commands use."""
    terminal.type("sh", "bronzeworks local\n")
    terminal.type("sh", "export OCI_CLI_CONFIG_FILE=$PWD/cloud/credentials/config")
    terminal.type("sh", "export OCI_OBJECT_STORAGE_ENDPOINT=http://127.0.0.1:8420 OCI_STREAMING_ENDPOINT=http://127.0.0.1:8420")
    return terminal


@runs(readme("echo"), echo="mkdir -p /tmp/iofs")
def test_the_function_kits_example_is_called_as_its_readme_says(terminal, echo):
    # A socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="fn", dir="/tmp") as socket:
        assert "hello" in terminal.type("sh", built(echo).replace("/tmp/iofs", socket) + "\nkill %1\n")


@runs(readme("objects"), put="cargo run -p")
def test_the_object_stores_example_puts_an_object_as_its_readme_says(cloud, put):
    put = built(put).replace("oci://bucket@namespace/name FILE", "oci://lake@bronzeworks/name small.json")
    cloud.type("sh", f"echo '{{}}' > small.json\n{put}")
    assert "name" in cloud.type("sh", f"{EXAMPLES / 'objects'} list oci://lake@bronzeworks/")


@runs(readme("streams"), put="echo '{")
def test_the_streaming_clients_example_puts_and_gets_as_its_readme_says(cloud, put):
    put = built(put).replace("OCID", "ocid1.stream…")
    printed = cloud.type("sh", f"{put}\n{EXAMPLES / 'streams'} get ocid1.stream… 1\n")
    assert '"key":"a2V5"' in printed


@runs("tests/loadgen/README.md", loads="bronzeworks load -t 4")
def test_loads_are_run_as_the_load_generators_readme_says(cloud, loads):
    """Each load runs for a second, at a rate that the local cloud's two partitions accept."""
    loads = re.sub(r"-d \d+", "-d 1", loads).replace("--rate 5000", "--rate 50").replace("--rollover-ms 5000", "--rollover-ms 500")
    loads = loads.replace("ocid1.stream.oc1..…", "ocid1.stream…").replace("https://…/v1/journals", "http://127.0.0.1:8421/v1/journals")
    (cloud.folder / "records.jsonl").write_text('{"id":1}\n{"id":2}\n')
    for load in loads.splitlines():
        load = load.partition("  #")[0]
        if " -d " not in load:
            load += " -d 1"
        total = json.loads(cloud.type("sh", f"{load} --json 2>/dev/null\n").splitlines()[-1])
        assert total["type"] == "sum" and total["total_data_count"] > 0
