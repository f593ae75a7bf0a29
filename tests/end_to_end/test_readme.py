"""The commands of the documents, as they stand there; programs are those that were built before."""

import base64
import gzip
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

import clouds
import lakes
import objects
import polars
import pyarrow.dataset
import pytest
from conftest import environment
from documents import DOCUMENTS, ROOT, block, runs
from functions import CURATE
from local_cloud import SDK

INGEST = Path(os.environ.get("INGEST_BIN", ROOT / "target/release/ingest")).resolve()
LOADGEN = Path(os.environ.get("LOADGEN_BIN", ROOT / "target/release/loadgen")).resolve()
README = DOCUMENTS["README.md"].read_text()
STREAMING = "export OCI_CLI_CONFIG_FILE=$PWD/cloud/credentials/config OCI_STREAMING_ENDPOINT=http://127.0.0.1:8420"
BUILT = {
    "cargo run --release -p emulator": f"{clouds.EMULATOR} --programs {CURATE.parent}",
    "cargo run --release -p curate --": str(CURATE),
    "cargo run --release -p curate": str(CURATE),
    "cargo run --release -p ingest --": str(INGEST),
    "cargo run --release -q -p oci-object-store --example objects --": str(clouds.OBJECTS),
    "cargo run -p oci-object-store --example objects --": str(clouds.OBJECTS),
    "cargo run -p oci-streaming --example streams --": str(clouds.OBJECTS.parent / "streams"),
    "cargo run -p fdk --example echo": str(clouds.OBJECTS.parent / "echo"),
}


def built(text):
    """The commands with what cargo would compile replaced by what it has."""
    for written, program in BUILT.items():
        text = text.replace(written, program)
    assert "cargo" not in text, text
    return text


class Shell:
    """A shell in a folder of its own that looks like the project's, with Oracle's command line on its path, as a user has it."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("tests", "deploy"):
            (folder / name).symlink_to(ROOT / name)
        programs = folder / "programs"
        programs.mkdir()
        for program in (CURATE, LOADGEN):
            (programs / program.name).symlink_to(program)
        path = f"{programs}:{SDK.parent}:{os.environ['PATH']}"
        self.options = {"cwd": folder, "env": environment({"PATH": path, "SUPPRESS_LABEL_WARNING": "True"})}

    def __call__(self, text):
        # Commands that wait for a server wait for ever where its port is somebody else's.
        ran = subprocess.run(["bash", "-euc", text], capture_output=True, text=True, timeout=300, **self.options)
        assert ran.returncode == 0, (text, ran.stdout, ran.stderr)
        return ran.stdout

    def with_a_server(self, text):
        """Runs commands that leave a server in the background, and ends it behind them."""
        program = re.search(r"^.* &$", text, re.MULTILINE)[0]
        text = text.replace(program, f"{program.removesuffix(' &')} >server.log 2>&1 &")
        end = 'if [ -n "${!:-}" ]; then kill $!; wait $! || true; fi'
        return self(f"trap '{end}' EXIT\n{text}")


@pytest.fixture
def shell(tmp_path):
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """The local cloud, started as the README says, and the shell beside it."""
    shell = Shell(tmp_path_factory.mktemp("tour"))
    start = built(block("README.md", "cargo run --release -p emulator").text)
    process = subprocess.Popen(["bash", "-euc", f"exec {start}"], stdout=subprocess.PIPE, text=True, **shell.options)
    try:
        shell.greeting = ""
        for line in process.stdout:
            shell.greeting += line
            if line.startswith("Ready"):
                break
        else:
            pytest.fail("the emulator did not start: is one of the README's ports, 8420 and 8421, in use?")
        shell.exports = block("README.md", "export OCI_CLI_CONFIG_FILE=$PWD/cloud/credentials/config OCI_CLI_ENDPOINT").text.splitlines()[0]
        shell.stream = re.search(r"ocid1\.stream\.\S+", shell.greeting)[0]
        yield shell
    finally:
        process.terminate()
        assert process.wait() == 0


def shown(document, beginning):
    """What a document shows as an answer."""
    return block(document, beginning).text


# The README


@runs("README.md", curate="cargo run --release -p curate -- tests/fixtures/bronze")
def test_curate_prints_what_the_readme_shows(shell, curate):
    told = shell(built(curate))
    numbers = re.compile(r"^(\S+=\S+) +(\d+) +(\d+) |^(objects|rows) +(.*)$", re.MULTILINE)
    assert numbers.findall(told) == numbers.findall(shown("README.md", "partition                                     rows"))
    again = re.search(r"Run it again: `([^`]*)`", README)[1]
    assert again in shell(built(curate))


@runs(
    "README.md",
    start="cargo run --release -p emulator",
    send="curl http://127.0.0.1:8421/v1/journals",
    look="export OCI_CLI_CONFIG_FILE=$PWD/cloud/credentials/config OCI_CLI_ENDPOINT",
)
def test_the_tour_of_the_local_cloud_shows_what_the_readme_says(cloud, start, send, look):
    tour = README[README.index("### Five minutes on a local cloud") : README.index("\n## Deploy on OCI")]
    answer, told = json.loads(cloud(send)), json.loads(shown("README.md", '{"counts"'))
    assert answer["counts"] == told["counts"]
    assert answer["results"][0].keys() == told["results"][0].keys()
    # At once, as the README says, and not when the connector's time is up.
    (flush,) = re.findall(r"`(curl\n?\s*-X POST [^`]*flush)`", tour)
    cloud(flush.replace("\n", " "))
    while not cloud("curl -s http://127.0.0.1:8420/_emulator/events | grep -c '\"pending\":0' || true").startswith("1"):
        pass
    found = cloud(built(look))
    assert found.count("journal/period_code=202406/currency_code=EUR/") == 2, "once in each listing"
    again = re.search(r"`(cargo run --release -p curate -- oci[^`]*)`", tour)[1]
    assert "1 curated, 0 quarantined, of 1 lines" in cloud(f"{cloud.exports}\n{built(again)} 2>&1")
    fault = re.search(r"`(curl -X PUT [^`]*)`", tour)[1]
    cloud(fault)
    assert json.loads(cloud("curl -s http://127.0.0.1:8420/_emulator/faults"))[0]["fault"] == "forget"
    cloud("curl -X PUT http://127.0.0.1:8420/_emulator/faults -d '[]'")


def test_functions_of_your_own_are_deployed_as_the_readme_says(shell):
    definition = shown("README.md", '[{"name": "books"')
    (shell.folder / "functions.json").write_text(definition)
    (shell.folder / "my-function").write_text("#!/bin/sh\n")
    command = f"{clouds.EMULATOR} --bare --in-memory --listen 127.0.0.1:0 --functions functions.json"
    cloud = subprocess.Popen(["bash", "-euc", f"exec {command}"], stdout=subprocess.PIPE, text=True, **shell.options)
    greeting = []
    for line in cloud.stdout:
        greeting.append(line)
        if line.startswith("Ready"):
            break
    cloud.terminate()
    assert cloud.wait() == 0
    assert any("books/mine" in line for line in greeting)


@runs("README.md", call="name=ocid1.serviceconnector")
def test_the_function_answers_the_fixture_as_the_readme_says(cloud, call):
    with tempfile.TemporaryDirectory(prefix="fn", dir="/tmp") as socket:
        call = f"{cloud.exports}\n{built(call)}".replace("/tmp/fn", socket)
        answer, told = json.loads(cloud.with_a_server(call).splitlines()[-1]), json.loads(shown("README.md", '{"status":"curated"'))
        assert list(answer) == list(told)
        # An ETag is the service's own, and how well rows are compressed is no promise.
        for chance in ("etag", "bytes"):
            assert type(answer.pop(chance)) is type(told.pop(chance))
        assert answer == told
        begin, curl = call.replace("oci os object put", ": ").split("curl ")
        curl = f"curl {curl.strip()}".replace("object-created.json", "$name")
        answers = fixtures_answers()
        told = cloud.with_a_server(f"{begin}for name in {' '.join(answers)}; do {curl}; echo; done")
        for (name, answer), line in zip(answers.items(), told.splitlines(), strict=True):
            assert line.startswith(answer.partition("…")[0]), name
        begin = begin.replace("curate &", "curate &\noci os object delete --force --namespace bronzeworks --bucket-name bronze --name $name")
        assert cloud.with_a_server(f"{begin}name=object-created.json\n{curl}").startswith('{"status":"gone",')


def fixtures_answers():
    """What the README says that each fixture is answered when its object was curated before."""
    lines = README[README.index("| fixture | answer |") :].splitlines()
    answers = {}
    for line in lines[2 : lines.index("")]:
        names, answer = line.strip("|").split("|")
        for name in re.findall(r"`([^`]+)`", names):
            answers[name] = re.search(r"`([^`]+)`", answer)[1]
    assert answers.keys() == {path.name for path in (ROOT / "tests/fixtures/events").iterdir()}
    return answers


@runs("README.md", serve="export OCI_CLI_CONFIG_FILE=$PWD/cloud/credentials/config OCI_STREAMING_ENDPOINT")
def test_ingest_serves_as_the_readme_says(cloud, serve):
    told = cloud.with_a_server(built(serve).replace("ocid1.stream…", cloud.stream))
    assert '"stored":1' in told
    assert 'ingest_records_total{outcome="stored"} 1' in told


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """A folder in which the fixtures' lake is, with a damaged object besides."""
    folder = tmp_path_factory.mktemp("ledger")
    text = gzip.compress(objects.lines(objects.journal()) * 100)[:-30]
    (folder / "cut.data.gz").write_bytes(text)
    sources = [ROOT / "tests/fixtures/bronze", folder / "cut.data.gz"]
    subprocess.run([CURATE, *sources, "--lake", folder / "lake"], env=environment(), check=True, capture_output=True)
    return folder


def query(text):
    """The rows of each statement."""
    connection = lakes.duck()
    statements = [statement for statement in re.sub(r"--.*", "", text).split(";") if statement.strip()]
    return [connection.execute(statement).fetchall() for statement in statements]


@runs("README.md", receipts="SET VARIABLE files", total="SELECT currency_code, sum", once="SELECT * FROM read_parquet")
def test_duckdb_reads_the_lake_as_the_readme_says(ledger, receipts, total, once, monkeypatch):
    monkeypatch.chdir(ledger)
    rows = len(lakes.rows(ledger / "lake"))
    _, ((counted,),), damaged = query(receipts)
    assert counted == rows
    ((url, damage),) = damaged
    assert url.endswith("cut.data.gz") and "truncated_gzip" in str(damage)
    ((*totals,),) = query(total)
    assert {currency for currency, _ in totals} == {"USD", "EUR", "CHF", "GBP", "JPY"}
    (found,) = query(once)
    assert len(found) == len({(row["_stream"], row["_partition"], row["_offset"]) for row in lakes.rows(ledger / "lake")})


@runs("README.md", read="import pyarrow as pa")
def test_pyarrow_and_polars_read_the_lake_as_the_readme_says(ledger, read, monkeypatch):
    monkeypatch.chdir(ledger)
    results = []
    for statement in ("ds.dataset(", "pl.scan_parquet("):
        assert f"\n{statement}" in read
        read = read.replace(f"\n{statement}", f"\nresults += [0]; results[-1] = {statement}")
    exec(read, {"results": results})
    dataset, frame = results
    assert isinstance(dataset, pyarrow.dataset.Dataset) and isinstance(frame, polars.LazyFrame)
    assert dataset.to_table()["period_code"].type == pyarrow.string()
    assert frame.select("period_code").collect().schema["period_code"] == polars.String
    assert dataset.count_rows() == frame.collect().height == len(lakes.rows(ledger / "lake"))


@runs("README.md", curate="curate tests/fixtures/iot", look="SELECT device, day")
def test_readings_become_the_rows_that_the_readme_shows(shell, curate, look, monkeypatch):
    (shell.folder / "readings.json").write_text(shown("README.md", '{\n  "name": "readings"'))
    told, expected = shell(curate), shown("README.md", "partition               rows   files        size\nday=")
    numbers = re.compile(r"^(\S+=\S+) +(\d+) +(\d+) |^(objects|rows| +\d+) +(.*)$", re.MULTILINE)
    assert numbers.findall(told) == numbers.findall(expected)
    monkeypatch.chdir(shell.folder)
    (found,) = query(look)
    lines = README[README.index("| device | day |") :].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[: len(found)]]
    assert [["NULL" if value is None else printed(value) for value in row] for row in found] == rows
    assert lakes.codes(shell.folder / "readings") == ["bad_date"]
    line = (ROOT / "tests/fixtures/iot/readings.jsonl").read_text().splitlines()[0]
    assert base64.b64decode(json.loads(line)["value"]).decode() == shown("README.md", '{"device":"d1"').strip()


def printed(value):
    """A value as DuckDB prints it, which leaves out the zeros of a fraction of a second."""
    return re.sub(r"(\.\d{3})0{3}", r"\1", str(value))


def test_the_record_of_the_deployments_tour_is_a_row_of_the_ledger_and_has_its_key(shell):
    record = re.search(r"echo '(.*)' > record.json", DOCUMENTS["deploy/oci/README.md"].read_text())[1]
    objects.write(shell.folder / "in.jsonl", objects.line(record) + b"\n")
    assert "1 curated, 0 quarantined, of 1 lines" in shell("curate in.jsonl --lake ./lake")
    assert list((shell.folder / "lake/period_code=202406/currency_code=EUR").iterdir())
    example = (ROOT / "deploy/oci/terraform.tfvars.example").read_text()
    assert 'ingest_key = "pointer:/data/journal_external_reference"' in example
    assert json.loads(record)["data"]["journal_external_reference"]


def test_the_part_of_the_ledgers_schema_that_is_shown_is_a_part_of_it():
    part = json.loads(shown("README.md", '{\n  "name": "gl-journal"'))
    whole = json.loads((ROOT / "shared/table/src/schemas/gl-journal.json").read_text())
    assert all(column in whole["columns"] for column in part.pop("columns"))
    assert whole.pop("columns") and part == whole


@runs("README.md", again="curate lake/_quarantine")
def test_a_quarantine_is_driven_again_as_the_readme_says(shell, again):
    objects.write(shell.folder / "in.jsonl", objects.lines(objects.journal(journal_line_number=5.7), objects.journal()))
    shell("curate in.jsonl --lake ./lake")
    assert lakes.codes(shell.folder / "lake") == ["type_mismatch"]
    schema = (ROOT / "shared/table/src/schemas/gl-journal.json").read_text()
    mended, changes = re.subn(r'("journal_line_number", +"type": )"int32"', r'\1"decimal(9,1)"', schema)
    assert changes == 1
    (shell.folder / "mended.json").write_text(mended)
    assert "1 curated, 0 quarantined, of 1 lines" in shell(again)
    assert "0 curated, 1 unchanged" in shell(again)


def test_both_readmes_have_the_same_settings_of_ingest():
    text = DOCUMENTS["functions/ingest/README.md"].read_text()
    rows = text[text.index("| setting | option |") :].strip()
    assert rows.count("\n") > 10 and rows in README


# The crates


@runs("shared/fdk/README.md", echo="mkdir -p /tmp/iofs")
def test_the_function_kits_example_is_called_as_its_readme_says(shell, echo):
    with tempfile.TemporaryDirectory(prefix="fn", dir="/tmp") as socket:
        assert shell.with_a_server(built(echo).replace("/tmp/iofs", socket)) == "hello"


@runs("shared/oci-object-store/README.md", put="cargo run -p oci-object-store")
def test_the_object_stores_example_puts_an_object_as_its_readme_says(cloud, put):
    put = built(put).replace("oci://bucket@namespace/name FILE", "oci://lake@bronzeworks/name gone.json")
    (cloud.folder / "gone.json").write_text("{}")
    cloud(f"{cloud.exports}\n{put}")
    assert "name" in cloud(f"{cloud.exports}\noci os object list --namespace bronzeworks --bucket-name lake --query 'data[].name'")


@runs("shared/oci-streaming/README.md", put="echo '{")
def test_the_streaming_clients_example_puts_and_gets_as_its_readme_says(cloud, put):
    lines = cloud(f"{STREAMING}\n{built(put).replace('OCID', cloud.stream)}").splitlines()
    other = cloud(f"{STREAMING}\n{clouds.OBJECTS.parent / 'streams'} get {cloud.stream} 1").splitlines()
    assert '"key":"a2V5"' in "".join(lines + other)


@runs("tests/loadgen/README.md", loads="loadgen stream -t 4 -d 60 -o")
def test_loads_are_run_as_the_load_generators_readme_says(cloud, loads):
    """For a second, and at a rate that the emulator's two partitions take."""
    loads = re.sub(r"-d \d+", "-d 1", loads).replace("--rate 5000", "--rate 50").replace("--rollover-ms 5000", "--rollover-ms 500")
    loads = loads.replace("ocid1.stream.oc1..…", cloud.stream).replace("https://…/v1/journals", "http://127.0.0.1:8421/v1/journals")
    (cloud.folder / "records.jsonl").write_text('{"id":1}\n{"id":2}\n')
    told = [json.loads(line) for line in cloud(f"{STREAMING}\n{loads}").splitlines()]
    assert len([line for line in told if line.get("type") == "sum"]) == len(loads.splitlines())
