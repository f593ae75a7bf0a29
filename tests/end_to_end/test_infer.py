"""Tests `bronzeworks infer`, which drafts a schema from samples, and that the samples fit the draft."""

import base64
import gzip
import json
import subprocess

import lakes
import pytest
from conftest import BRONZEWORKS, ROOT, Ran, environment

SAMPLES = ROOT / "tests/fixtures/samples"
SCHEMAS = ROOT / "tests/fixtures/schemas"
INPUTS = {"cloudevents.jsonl": "json", "debezium.jsonl": "connector", "firehose.json": "json", "iot.jsonl": "json", "webhooks.json": "json"}
RECORDS = {"cloudevents.jsonl": 120, "debezium.jsonl": 120, "firehose.json": 110, "iot.jsonl": 150, "webhooks.json": 40}


def infer(*arguments, code=0, env=None):
    command = [str(BRONZEWORKS), "infer", *map(str, arguments)]
    ran = subprocess.run(command, env=environment(env), stdin=subprocess.DEVNULL, capture_output=True)
    assert ran.returncode == code, ran.stderr.decode()
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


@pytest.mark.parametrize("sample", INPUTS)
def test_every_record_of_a_sample_gets_in_with_the_schema_drafted_for_it(sample, run, lake, tmp_path):
    drafted = infer(SAMPLES / sample)
    name = sample.split(".")[0]
    assert drafted.stdout == (SCHEMAS / f"{name}.json").read_text()
    assert f"read {RECORDS[sample]} records in 1 object: {INPUTS[sample]}" in drafted.stderr
    schema = tmp_path / "schema.json"
    schema.write_text(drafted.stdout)
    checked = subprocess.run(
        [str(BRONZEWORKS), "check", schema, SAMPLES / sample, "--input", INPUTS[sample], "--fail-on", "any"],
        env=environment(None), stdin=subprocess.DEVNULL, capture_output=True,
    )
    assert checked.returncode == 0 and f"{RECORDS[sample]} would be curated, 0 quarantined" in checked.stdout.decode(), checked
    ran = run(SAMPLES / sample, "--lake", lake, "--schema", schema, "--input", INPUTS[sample], "--fail-on", "any")
    assert ran.code == 0, ran.stderr
    rows = lakes.rows(lake)
    assert len(rows) == RECORDS[sample]
    assert not any(row["_rescued"] for row in rows)


def test_neither_the_order_of_the_sources_nor_compression_matters(tmp_path):
    lines = (SAMPLES / "iot.jsonl").read_bytes().splitlines(keepends=True)
    parts = [tmp_path / name for name in ("a.jsonl", "b.jsonl.gz", "c.jsonl")]
    parts[0].write_bytes(b"".join(lines[:10]))
    parts[1].write_bytes(gzip.compress(b"".join(lines[10:100])))
    parts[2].write_bytes(b"".join(lines[100:]))
    whole = infer(SAMPLES / "iot.jsonl")
    for sources in (parts, reversed(parts), [tmp_path], [parts[1], tmp_path, parts[0]]):
        assert infer(*sources, "--name", "iot").stdout == whole.stdout


def test_samples_are_read_up_to_the_limit(tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_text('{"a":1}\n' * 1_000_000 + '{"b":2}\n')
    drafted = infer(path, "--limit", "1MB")
    assert [column["name"] for column in json.loads(drafted.stdout)["columns"]] == ["a"]
    assert "only the first 1.0 MB of text was read" in drafted.stderr


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the samples contain no record"),
        (b"\n \n", "the samples contain no record"),
        (b"a,b\n1,2\n", "has neither JSON objects nor a connector's envelopes"),
        (b"\xff\x00\x01" * 100, "has neither JSON objects nor a connector's envelopes"),
        (b"[1, 2]\n", "has neither JSON objects nor a connector's envelopes"),
        (gzip.compress(b'{"a":1}\n' * 9, mtime=0)[:-9], "is damaged: truncated_gzip"),
    ],
)
def test_what_holds_no_records_is_an_error_that_says_so(content, problem, tmp_path):
    path = tmp_path / "sample.json"
    path.write_bytes(content)
    ran = infer(path, code=0 if b"\x1f\x8b" in content[:2] else 1)
    assert problem in ran.stderr


def test_what_cannot_be_read_is_counted(tmp_path):
    path = tmp_path / "sample.jsonl"
    path.write_text('{"a":1}\nbroken\n[1,2]\n{"a":1,"a":2}\n{"a":2}\n')
    (tmp_path / "other.csv").write_text("a,b\n")
    drafted = infer(tmp_path)
    for problem in ("1 value that is not JSON", "2 values that are not an object", "a field occurs twice", "ignored 1 object: 1 .csv"):
        assert problem in drafted.stderr
    assert json.loads(drafted.stdout)["columns"] == [{"name": "a", "type": "int64"}]


def test_an_object_of_another_format_is_left_out_and_named(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"a":1}\n')
    (tmp_path / "b.jsonl").write_text('{"stream":"s","partition":"0","key":null,"value":"e30=","offset":7,"timestamp":1}\n')
    drafted = infer(tmp_path, code=1)
    assert [column["name"] for column in json.loads(drafted.stdout)["columns"]] == ["a"]
    assert "b.jsonl: its format is connector, and that of the objects before is json" in drafted.stderr


def test_of_many_objects_that_cannot_be_read_some_are_named_and_all_are_counted(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"a":1}\n')
    for number in range(25):
        (tmp_path / f"b{number:02}.jsonl").write_text("no JSON\n")
    drafted = infer(tmp_path)
    assert drafted.stderr.count("has neither JSON objects nor") == 20
    assert "5 other objects were left out or are damaged, too" in drafted.stderr


def test_names_do_not_control_the_terminal(tmp_path):
    path = tmp_path / "sample.jsonl"
    path.write_text('{"\\u001b[31mred":1,"a":{"x\\u202ey":1}}\n')
    drafted = infer(path)
    assert "\x1b" not in drafted.stderr and "\u202e" not in drafted.stderr
    assert json.loads(drafted.stdout)["columns"][0] == {"name": "[31mred", "type": "int64", "from": "/\x1b[31mred"}


def test_keys_that_are_not_text_are_binary(run, lake, tmp_path):
    line = {"stream": "s", "partition": "0", "key": "/w==", "value": base64.b64encode(b'{"a":1}').decode(), "offset": 1, "timestamp": 1}
    path = tmp_path / "sample.jsonl"
    path.write_text(json.dumps(line) + "\n")
    schema = tmp_path / "schema.json"
    schema.write_text(infer(path).stdout)
    assert json.loads(schema.read_text())["key"] == "binary"
    assert run(path, "--lake", lake, "--schema", schema, "--fail-on", "any").code == 0


def test_bad_usage_is_told_before_anything_is_read(tmp_path):
    assert "SOURCE is missing" in infer(code=2).stderr
    assert "expected connector, json, kafka-connect or detect" in infer(tmp_path, "--input", "csv", code=2).stderr
    assert "cannot" in infer(tmp_path / "missing", code=1).stderr
    assert "no objects named" in infer(tmp_path, code=1).stderr


def test_a_new_lake_for_json_suggests_to_infer_a_schema(run, lake):
    ran = run(SAMPLES / "iot.jsonl", "--lake", lake, "--input", "json")
    assert ran.code == 2
    assert "bronzeworks infer" in ran.stderr
