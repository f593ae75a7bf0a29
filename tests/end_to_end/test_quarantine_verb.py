"""Tests `bronzeworks quarantine`, which lists the refused records of a lake."""

import base64
import gzip
import json
import re
import subprocess

import lakes
import objects
import pytest
from conftest import BRONZEWORKS, Ran, environment, watch


@pytest.fixture
def refused(lake):
    """Runs `bronzeworks quarantine` on the test's lake, or on what is given as `at`."""

    def refused(*arguments, at=lake, code=0):
        command = [BRONZEWORKS, "quarantine", at, *arguments]
        ran = subprocess.run(list(map(str, command)), env=environment(), stdin=subprocess.DEVNULL, capture_output=True)
        assert ran.returncode == code, ran.stderr.decode()
        return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())

    return refused


@pytest.fixture
def mixed(curate, tmp_path):
    """Two objects with good and bad lines in the test's lake."""
    bad = objects.lines(objects.journal(), objects.journal(journal_line_number="5"), objects.journal(journal_line_number="6"))
    first = objects.write(tmp_path / "in/a.jsonl", bad + b"x\x1b[31m\n" + b"\xff\x00\n")
    second = objects.write(tmp_path / "in/b.jsonl", objects.lines(objects.journal(entered_debit_amount=True)))
    curate(second, first)
    return first, second


def test_a_record_has_its_value_reason_and_place(mixed, refused):
    first, second = mixed
    results = refused("--json").results
    assert [(each["source"], each["line"], each["code"]) for each in results] == [
        (first.as_uri(), 2, "type_mismatch"),
        (first.as_uri(), 3, "type_mismatch"),
        (first.as_uri(), 4, "envelope_not_json"),
        (first.as_uri(), 5, "envelope_not_json"),
        (second.as_uri(), 1, "type_mismatch"),
    ]
    assert results[0]["value_json"] == objects.journal(journal_line_number="5")
    assert (results[0]["field"], results[0]["message"]) == ("journal_line_number", "expected int32, found a string")
    assert (results[0]["stream"], results[0]["partition"], results[0]["offset"]) == ("ledger", "0", 1)
    assert results[2]["line_text"] == "x\x1b[31m"
    assert base64.b64decode(results[3]["line_base64"]) == b"\xff\x00"
    assert all(each["open"] and each["quarantine"].startswith("_quarantine/file/") for each in results)


def test_people_see_a_summary_and_the_first_records(mixed, refused):
    first, _ = mixed
    shown = refused("--limit", 1).stdout
    assert shown.startswith("5 refused records\n")
    assert shown.index("2  type_mismatch  journal_line_number") < shown.index("1  type_mismatch  entered_debit_amount")
    assert f"\n{first.as_uri()}\n  line 2  type_mismatch  journal_line_number\n" in shown
    assert shown.endswith("\nand 4 more: list them with --limit all\n")
    everything = refused("--limit", "all").stdout
    assert "more" not in everything and len(re.findall(r"^  line ", everything, re.MULTILINE)) == 5


def test_no_value_controls_the_terminal(mixed, refused):
    shown = refused().stdout
    assert "x\\u{1b}[31m" in shown and "\\xff\\x00" in shown
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)


@pytest.mark.parametrize(
    ("filters", "lines"),
    [
        (["--reason", "type_mismatch"], [2, 3, 1]),
        (["--reason", "envelope_not_json", "--reason", "bad_date"], [4, 5]),
        (["--field", "journal_line_number"], [2, 3]),
        (["--source", "in/b."], [1]),
        (["--source", "file://*/a.jsonl"], [2, 3, 4, 5]),
        (["--source", "*/a"], []),
        (["--limit", 2], [2, 3]),
        (["--limit", 0], [2, 3, 4, 5, 1]),
    ],
)
def test_filters(mixed, refused, filters, lines):
    assert [each["line"] for each in refused("--json", *filters).results] == lines


def test_values_without_an_envelope(run, refused, tmp_path, lake):
    schema = objects.schema(tmp_path / "schema.json", {"n": "int32"})
    source = objects.write(tmp_path / "in.json", b'{"n":1}\n{"n":\n12345678901234567890.10}\n{"n"\n')
    assert run(source, "--lake", lake, "--schema", schema, "--input", "json").code == 0
    printed = refused("--json")
    first, broken = printed.results
    assert '"value_json":{"n": 12345678901234567890.10}' in printed.stdout
    assert (first["field"], first["offset"]) == ("n", 1)
    assert broken["code"] == "value_not_json" and broken["value_text"].startswith('{"n"')


def test_a_line_that_was_too_long(curate, refused, tmp_path):
    long = objects.journal(account_code="x" * 10_000)
    curate(objects.write(tmp_path / "in.jsonl", objects.lines(long)), "--max-line", "1kB")
    (result,) = refused("--json").results
    assert result["code"] == "line_too_long" and result["value_json"] == long
    assert "… (10." in refused().stdout


def test_a_line_that_does_not_fit_into_memory_shows_its_beginning(curate, refused, tmp_path):
    curate(objects.write(tmp_path / "in.jsonl", b"x" * (40 << 20) + b"\n" + objects.lines(objects.journal(account_code=1))))
    long, after = refused("--json").results
    assert (long["code"], long["line"], long["truncated"]) == ("line_too_long", 1, True)
    assert set(long["line_text"]) == {"x"}
    assert after["line"] == 2 and "truncated" not in after
    assert "x… (too long to show)" in refused().stdout


def test_memory_does_not_grow_with_the_quarantine(curate, tmp_path, lake):
    curate(objects.write(tmp_path / "in.jsonl", (b"x" * 1000 + b"\n") * 100_000))
    for option in ("--json", "--limit=all"):
        ran, peak = watch(lake, option, command=[str(BRONZEWORKS), "quarantine"])
        assert ran.code == 0 and ran.stdout.count("x" * 100) >= 100_000
        assert peak < 100e6, option


def test_a_remark_about_damage(curate, refused, tmp_path):
    path = tmp_path / "in.gz"
    path.write_bytes(gzip.compress(objects.lines(objects.journal()) * 100)[:-10])
    curate(path)
    (remark,) = [each for each in refused("--json").results if each["code"] == "truncated_gzip"]
    assert remark["line"] is None and remark["byte"] > 0
    assert not any(name.startswith(("value_", "line_")) for name in remark)
    assert f"byte {remark['byte']}  truncated_gzip" in refused().stdout


def test_reprocessed_objects_are_hidden(curate, refused, tmp_path, lake):
    source = objects.write(tmp_path / "in.jsonl", objects.lines(objects.journal(journal_line_number="5")) + b"x\n")
    curate(source)
    schema = json.loads((BRONZEWORKS.parents[2] / "shared/table/src/schemas/gl-journal.json").read_text())
    for column in schema["columns"]:
        if column["name"] == "journal_line_number":
            column["from_string"] = True
    (tmp_path / "fixed.json").write_text(json.dumps(schema))
    curate(lake / "_quarantine", "--schema", tmp_path / "fixed.json")
    (still,) = refused("--json").results
    assert (still["code"], still["open"], still["line"]) == ("envelope_not_json", True, 2)
    assert still["source"].startswith("lake:///_quarantine/")
    assert refused().stdout.startswith("1 refused record; 2 records of reprocessed objects not counted (--all)\n")
    assert [each["open"] for each in refused("--json", "--all").results] == [False, False, True]
    assert "in.jsonl  (reprocessed)\n" in refused("--all").stdout


def test_an_entry_that_cannot_be_read_is_listed(mixed, refused, lake):
    path = lakes.quarantine_objects(lake)[0]
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()) + b"garbage\n"))
    (result,) = refused("--json", "--reason", "unreadable_entry").results
    assert (result["line_text"], result["line"]) == ("garbage", None)
    assert "somewhere  unreadable_entry" in refused().stdout


def test_a_quarantine_object_that_is_missing_or_damaged_is_a_failure_and_the_others_follow(mixed, refused, lake):
    first, second = lakes.quarantine_objects(lake)
    first.write_bytes(first.read_bytes()[:-9])
    ran = refused("--json", code=1)
    assert "_quarantine/file/" in ran.stderr and "is damaged: truncated_gzip" in ran.stderr
    assert len(ran.results) == 5
    first.unlink()
    ran = refused("--json", code=1)
    assert "cannot read _quarantine/file/" in ran.stderr
    assert [each["line"] for each in ran.results] == [1]
    assert refused(code=1).stdout.startswith("1 refused record\n")


def test_a_receipt_that_cannot_be_read_is_a_failure_and_the_others_follow(mixed, refused, lake):
    (lake / "_receipts/file/x.json").write_text("{")
    ran = refused("--json", code=1)
    assert "_receipts/file/x.json is not a receipt" in ran.stderr and len(ran.results) == 5


def test_an_object_that_no_receipt_names_does_not_count(mixed, refused, lake):
    path = lakes.quarantine_objects(lake)[0]
    path.with_name(path.name.replace("jsonl.", "jsonl.0", 1)).write_bytes(path.read_bytes())
    assert len(refused("--json").results) == 5


def test_a_lake_without_refused_records(curate, refused, tmp_path):
    curate(objects.write(tmp_path / "in.jsonl", objects.lines(objects.journal())))
    assert refused().stdout == "no refused records\n"
    assert refused("--json").stdout == ""


def test_a_closed_pipe_is_no_failure(curate, tmp_path, lake):
    curate(objects.write(tmp_path / "in.jsonl", b"x\n" * 50_000))
    for option in ("--json", "--limit=all"):
        process = subprocess.Popen([BRONZEWORKS, "quarantine", lake, option], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.readline()
        process.stdout.close()
        assert (process.wait(), process.stderr.read()) == (0, b""), option


def test_what_is_no_lake_is_an_error_and_stays_as_it_is(refused, tmp_path):
    assert "does not exist" in refused(at=tmp_path / "none", code=2).stderr
    assert not (tmp_path / "none").exists()
    folder = tmp_path / "folder"
    folder.mkdir()
    assert "there is no lake at" in refused(at=folder, code=1).stderr
    (tmp_path / "file").touch()
    assert "is a file, not a folder" in refused(at=tmp_path / "file", code=2).stderr
    assert not any(folder.iterdir())
    assert "invalid value" in refused("--reason", "type_mismach", at=folder, code=2).stderr
    assert "expected a number or all" in refused("--limit", "some", at=folder, code=2).stderr


def test_the_lake_may_be_in_a_cloud_with_the_settings_of_curate(refused):
    assert "oci://bucket" in refused(at="oci://bucket", code=2).stderr
