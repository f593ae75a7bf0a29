"""Tests `bronzeworks check`, which shows what `curate` would do and writes nothing."""

import json
import random
import subprocess

import lakes
import objects
import pytest
from conftest import BRONZEWORKS, Ran, environment, watch

COLUMNS = {"device": {"type": "string", "required": True}, "celsius": "decimal(5,2)", "day": "date"}


@pytest.fixture
def schema(tmp_path):
    return objects.schema(tmp_path / "readings.json", COLUMNS, name="readings", partition_by=["day"])


@pytest.fixture
def readings(tmp_path):
    """A folder of two objects, with three good values and two bad ones."""
    good = [{"device": f"d{number}", "celsius": number, "day": "2024-06-28"} for number in range(3)]
    text = [json.dumps(value) for value in [good[0], {"device": "d7", "celsius": "warm\x1b[31m"}, good[1]]]
    objects.write(tmp_path / "in/a.jsonl", "\n".join(text).encode())
    objects.write(tmp_path / "in/b.jsonl.gz", (json.dumps(good[2]) + '{"device": "d8", "day": "yesterday"}').encode())
    objects.write(tmp_path / "in/notes.csv", b"1,2\n")
    return tmp_path / "in"


def check(*arguments, code=0, env=None):
    command = list(map(str, [BRONZEWORKS, "check", *arguments]))
    ran = subprocess.run(command, env=environment(env), stdin=subprocess.DEVNULL, capture_output=True)
    assert ran.returncode == code, ran.stderr.decode()
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def totals(receipts):
    """Returns what the receipts of a run add up to, in the form of a check."""
    counts, reasons, partitions = {"lines": 0, "curated": 0, "quarantined": 0}, {}, {}
    for receipt in receipts:
        for name in counts:
            counts[name] += receipt["counts"][name]
        for reason, number in receipt["quarantined"].items():
            reasons[reason] = reasons.get(reason, 0) + number
        for partition in receipt["partitions"]:
            sums = partitions.setdefault(partition["path"], {"path": partition["path"], "rows": 0, "files": 0, "bytes": 0})
            for name in ("rows", "files", "bytes"):
                sums[name] += partition[name]
    return {"counts": counts, "quarantined": reasons, "partitions": sorted(partitions.values(), key=lambda each: each["path"])}


def assert_agrees(checked, curated):
    """Checks that a check and a run say the same, to the byte."""
    expected = totals(curated)
    assert {name: checked[name] for name in expected} == expected
    assert checked["files"] == sum(partition["files"] for partition in expected["partitions"])
    assert checked["bytes"] == sum(partition["bytes"] for partition in expected["partitions"])
    assert checked["objects"]["checked"] == len(curated)
    assert checked["objects"]["damaged"] == sum(not receipt["complete"] for receipt in curated)
    assert sum(group["records"] for group in checked["refused"]) == expected["counts"]["quarantined"]


def test_the_fixtures_are_checked_as_they_are_curated(curate, bronze):
    checked = check("gl-journal", bronze, "--json").result
    assert_agrees(checked, curate(bronze).results)
    assert checked["counts"]["curated"] > 100 and len(checked["partitions"]) > 1


def test_refused_values_are_counted_as_by_curate(curate, readings, schema):
    checked = check(schema, readings, "--input", "json", "--json").result
    assert_agrees(checked, curate(readings, "--schema", schema, "--input", "json").results)
    assert checked["objects"] == {"checked": 2, "damaged": 0, "skipped": 0, "failed": 0, "ignored": 1}


def test_a_damaged_object_is_reported_as_by_curate(curate, bronze, tmp_path):
    whole = sorted(bronze.rglob("*.gz"))[0].read_bytes()
    damaged = tmp_path / "in/x.data.gz"
    damaged.parent.mkdir()
    damaged.write_bytes(whole[: len(whole) // 2])
    ran = check("gl-journal", damaged, "--json", "--fail-on", "damage", code=3)
    assert "is damaged: truncated_gzip" in ran.stderr and "1 object is damaged" in ran.stderr
    assert_agrees(ran.result, curate(damaged).results)


def test_an_example_has_value_field_message_and_place(readings, schema):
    refused = {group["code"]: group for group in check(schema, readings, "--input", "json", "--json").result["refused"]}
    wrong = refused["type_mismatch"]
    assert (wrong["field"], wrong["records"], wrong["line"]) == ("celsius", 1, 2)
    assert wrong["source"] == (readings / "a.jsonl").as_uri()
    assert "expected decimal(5,2)" in wrong["message"]
    # As it was sent: JSON escapes the control character.
    assert wrong["example"] == '{"device": "d7", "celsius": "warm\\u001b[31m"}'
    assert refused["bad_date"]["example"] == '{"device": "d8", "day": "yesterday"}'


def test_people_see_rows_files_and_an_example_of_each_refusal(readings, schema):
    shown = check(schema, readings, "--input", "json").stdout
    for text in (
        "partition ",
        "day=2024-06-28 ",
        "schema       readings 1\n",
        "objects      2 checked\n",
        "ignored      1 file: 1 .csv\n",
        "rows         3 would be curated, 2 quarantined, of 5 lines\n",
        "files        2, ",
        "on average, in a local lake\n",
        "nothing was written\n",
        "1  type_mismatch  celsius\n",
        "1  bad_date  day\n",
        '{"device": "d8", "day": "yesterday"}\n',
    ):
        assert text in shown, shown


def test_control_characters_in_values_and_names_do_not_reach_the_terminal(schema, tmp_path):
    text = b'{"device": "\x1b[2Jd"}\n' + '{"device": "d\u202e", "day": 5}\n'.encode()
    source = objects.write(tmp_path / "in/x.jsonl", text)
    ran = check(schema, source, "--input", "json")
    assert "\x1b" not in ran.stdout and "\u202e" not in ran.stdout
    assert r"\u{1b}[2Jd" in ran.stdout and r"\u{202e}" in ran.stdout


def test_nothing_is_written(curate, lake, readings, schema, tmp_path):
    curate(readings / "a.jsonl", "--schema", schema, "--input", "json")
    before = lakes.listing(tmp_path)
    checked = check(schema, readings, "--input", "json", "--lake", lake, "--json").result
    assert checked["lake"] == {"address": str(lake), "table": "readings 1"}
    assert checked["objects"]["checked"] == 2, "also what has been curated"
    check(schema, readings, "--input", "json", "--lake", tmp_path / "new")
    assert lakes.listing(tmp_path) == before
    assert not (tmp_path / "new").exists() and not list(tmp_path.glob(".bronzeworks-*"))


def test_a_lake_without_a_table_is_named_as_such(readings, schema, tmp_path):
    ran = check(schema, readings, "--input", "json", "--lake", tmp_path / "new")
    assert f"lake         {tmp_path / 'new'} has no table yet; the first run creates it\n" in ran.stdout


def test_a_schema_that_the_lake_refuses_is_reported_with_both_sides(curate, lake, readings, schema, tmp_path):
    curate(readings, "--schema", schema, "--input", "json")
    before = lakes.listing(lake)
    other = objects.schema(
        tmp_path / "other.json", {**COLUMNS, "celsius": "string"}, name="readings", version=2, partition_by=["day"]
    )
    ran = check(other, readings, "--input", "json", "--lake", lake, "--json", code=2)
    assert ran.stdout == ""
    for text in ("the lake holds the table readings 1", "the schema readings 2", "the lake's is decimal(5,2), and the schema's is string"):
        assert text in ran.stderr, ran.stderr
    assert lakes.listing(lake) == before


def test_the_schema_can_be_that_of_the_lake(curate, lake, readings, schema):
    curate(readings, "--schema", schema, "--input", "json")
    checked = check("lake", readings, "--input", "json", "--lake", lake, "--json").result
    assert (checked["schema"], checked["counts"]["curated"]) == ("readings 1", 3)
    assert "there is no --lake" in check("lake", readings, code=2).stderr


def test_a_quarantine_is_checked_under_a_new_schema(curate, lake, readings, schema, tmp_path):
    curate(readings, "--schema", schema, "--input", "json")
    newer = objects.schema(tmp_path / "newer.json", {"device": COLUMNS["device"], "day": "date"}, name="readings", version=2, partition_by=["day"])
    before = lakes.listing(lake)
    for more in ((), ("--lake", lake)):
        checked = check(newer, lake / "_quarantine", "--input", "json", "--json", *more).result
        assert checked["counts"] == {"lines": 2, "curated": 1, "quarantined": 1}, more
    skipped = check(schema, lake / "_quarantine", "--input", "json", "--lake", lake, "--json")
    assert skipped.result["objects"]["skipped"] == 2 and "same schema" in skipped.stderr
    assert lakes.listing(lake) == before


def test_refused_records_do_not_fail_a_check_unless_asked(readings, schema):
    check(schema, readings, "--input", "json")
    ran = check(schema, readings, "--input", "json", "--fail-on", "quarantine", code=3)
    assert "2 objects have 2 quarantined lines (--fail-on quarantine)" in ran.stderr


def test_values_without_envelopes_get_a_hint(readings, schema):
    ran = check(schema, readings)
    assert "use --input json" in ran.stderr and "--redo" not in ran.stderr


def test_many_small_files_get_a_hint(schema, tmp_path):
    days = [f"20{year}-{month:02}-01" for year in range(10, 20) for month in range(1, 13)]
    text = "".join(json.dumps({"device": "d", "day": day}) for day in days)
    source = objects.write(tmp_path / "in/x.jsonl", text.encode())
    ran = check(schema, source, "--input", "json", "--json")
    assert ran.result["files"] == 120
    assert "120 files of" in ran.stderr and "partition_by" in ran.stderr


def test_bad_inputs_have_clear_errors(schema, readings, tmp_path):
    (tmp_path / "broken.json").write_text('{"name": "x", "version": 1, "columns": [{"name": "a", "type": "int31"}]}')
    (tmp_path / "empty").mkdir()
    for arguments, code, message in [
        ((), 2, "SCHEMA is missing"),
        ((schema,), 2, "SOURCE is missing"),
        ((tmp_path / "none.json", readings), 2, "neither a built-in schema"),
        ((readings, readings), 2, "is a folder, not a schema file"),
        ((tmp_path / "broken.json", readings), 2, "int31"),
        ((schema, readings, "--input", "xml"), 2, "xml"),
        ((schema, readings, "--lake", schema), 2, "is a file, not a folder"),
        ((schema, tmp_path / "missing"), 1, "missing"),
        ((schema, tmp_path / "empty"), 1, "no objects named"),
    ]:
        ran = check(*arguments, code=code)
        assert message in ran.stderr and ran.stderr.startswith("error: "), (arguments, ran.stderr)
        assert ran.stdout == ("" if code == 2 else "nothing checked: 1 source failed\n"), (arguments, ran.stdout)


def test_a_check_is_the_same_each_time(bronze, readings, schema):
    first = check(schema, bronze, readings, "--json").stdout
    assert all(check(schema, bronze, readings, "--json", "--jobs", jobs).stdout == first for jobs in (1, 2, 8))


def test_many_objects_take_no_more_memory_than_few(schema, tmp_path):
    def peak(number):
        folder = tmp_path / str(number)
        for at in range(number):
            # Random bytes, so that the quarantine cannot be compressed.
            bad = objects.b64(random.Random(at).randbytes(30_000))
            objects.write(folder / f"{at}.jsonl", json.dumps({"device": 5, "noise": bad}).encode())
        ran, peak = watch(schema, folder, "--input", "json", "--json", command=[str(BRONZEWORKS), "check"])
        assert ran.code == 0 and ran.result["counts"]["quarantined"] == number, ran.stderr
        return peak

    # All quarantines together would take 60 MB.
    assert peak(2000) < peak(20) + 30_000_000
