"""Tests that a bad row costs one row: it is kept as received, with what is wrong and where."""

import base64
import gzip
import json
import pathlib
import shutil
from pathlib import Path

import generated
import lakes
import objects
import pytest


@pytest.fixture(scope="module")
def damaged(run, tmp_path_factory):
    """An object with 3 % bad lines, curated: the generator's report, its lines, the lake, and the receipt."""
    folder = tmp_path_factory.mktemp("damaged")
    source, lake = folder / "in.data.gz", folder / "lake"
    account = generated.make(source, "--megabytes", 5, "--bad", 0.03, "--periods", 3)
    ran = run(source, "--lake", lake, "--json")
    assert ran.code == 0, ran.stderr
    return account, gzip.decompress(source.read_bytes()).split(b"\n")[:-1], lake, ran.result


def original(entry, line):
    """Returns whether an entry still contains its line, byte for byte."""
    text = entry["text"]
    if text.startswith(b'{"raw":'):
        return base64.b64decode(json.loads(text)["raw"]) == line
    return text.startswith(line[:-1] + b',"error":{')


def entries(lake):
    (path,) = lakes.quarantine_objects(lake)
    for text in gzip.decompress(path.read_bytes()).splitlines():
        yield {"text": text, **json.loads(text)["error"]}


def test_every_line_is_a_row_or_in_quarantine(damaged):
    account, lines, lake, receipt = damaged
    lakes.check_receipt(lake, receipt)
    assert account["bad"] > 50
    assert receipt["counts"] == {
        "lines": len(lines),
        "blank": 0,
        "curated": len(lines) - account["bad"],
        "quarantined": account["bad"],
    }
    assert len(lakes.rows(lake)) == len(lines) - account["bad"]


def test_exactly_the_damaged_lines_are_in_quarantine(damaged):
    account, _, lake, _ = damaged
    assert [entry["line"] for entry in entries(lake)] == account["bad_lines"]


def test_every_good_line_is_one_row(damaged):
    account, lines, lake, _ = damaged
    bad = set(account["bad_lines"])
    good = [json.loads(line)["offset"] for number, line in enumerate(lines, 1) if number not in bad]
    assert [row["_offset"] for row in lakes.rows(lake)] == good


def test_quarantined_lines_keep_their_bytes(damaged):
    _, lines, lake, _ = damaged
    for entry in entries(lake):
        assert original(entry, lines[entry["line"] - 1]), entry


def test_an_entry_says_where_its_line_begins(damaged):
    _, lines, lake, _ = damaged
    text = b"\n".join(lines)
    for entry in entries(lake):
        line = lines[entry["line"] - 1]
        assert text[entry["byte"] : entry["byte"] + len(line)] == line
        assert entry["byte"] == 0 or text[entry["byte"] - 1 : entry["byte"]] == b"\n"


def test_the_receipt_counts_by_reason(damaged):
    _, _, lake, receipt = damaged
    counted = {}
    for entry in entries(lake):
        counted[entry["code"]] = counted.get(entry["code"], 0) + 1
    assert receipt["quarantined"] == counted
    assert len(counted) >= 7


JOURNAL_SCHEMA = Path(__file__).resolve().parents[2] / "shared/table/src/schemas/gl-journal.json"
GOOD = objects.envelope(objects.journal())


def without(field):
    return json.dumps({name: value for name, value in GOOD.items() if name != field}).encode()


def with_field(field, value):
    return json.dumps({**GOOD, field: value}).encode()


def with_data(**data):
    return objects.line(objects.journal(**data))


REASONS = {
    "envelope_not_json": [
        b"not json", b"[]", b'"text"', b"1", b"null", with_field("x", 1)[:-1], with_field("x", 1) + b"}", b"\xff",
        b"\xef\xbb\xbf" + with_field("x", 1), with_field("x", "\\").replace(b"\\\\", b"\\q"), with_field("x", 1) + b" 2",
        b'{"stream":"s",}',
    ],
    "envelope_missing_field": [
        *(without(field) for field in ("stream", "partition", "value", "offset", "timestamp")),
        *(with_field(field, None) for field in ("stream", "partition", "value", "offset", "timestamp")),
        b"{}", b'{"a": 1}',
    ],
    "envelope_bad_field": [
        with_field("stream", 1), with_field("partition", "x"), with_field("partition", -1), with_field("partition", ""),
        with_field("partition", 1.5), with_field("offset", "1"), with_field("offset", -1), with_field("offset", 1.5),
        with_field("offset", 2**63), with_field("timestamp", "yesterday"), with_field("timestamp", 1e300),
        with_field("timestamp", "2024-06-28T08:28:42"), with_field("value", 1), with_field("value", {}), with_field("key", 1),
    ],
    "bad_base64": [
        with_field("value", "*==="), with_field("value", "YQ"), with_field("value", "YQ=\n="), with_field("value", "YR=="),
        with_field("value", "_-8="), with_field("key", "*"), with_field("value", GOOD["value"][:-1]),
        with_field("value", GOOD["value"] + "===="),
    ],
    "key_not_utf8": [with_field("key", objects.b64(b"\xff"))],
    "line_too_long": [with_field("x", "y" * 70_000)],
    "partition_value_too_long": [with_data(period_code="x" * 300), with_data(currency_code="/" * 90)],
    "value_not_utf8": [with_field("value", objects.b64(b'{"data": "\xff"}'))],
    "value_not_json": [with_field("value", ""), with_field("value", objects.b64("{")), with_data(account_code=float("nan"))],
    "nesting_too_deep": [with_field("value", objects.b64('{"a":' + "[" * 1000 + "]" * 1000 + "}"))],
    "value_not_object": [with_field("value", objects.b64("[]"))],
    "duplicate_field": [
        with_field("value", objects.b64('{"uuid": "1", "uuid": "1"}')),
        b'{"stream":"a",' + json.dumps(GOOD).encode()[1:],
    ],
    "missing_required": [with_data(period_code=None), with_field("value", objects.b64("{}"))],
    "type_mismatch": [with_data(entered_debit_amount="12,5"), with_data(account_code=315), with_data(journal_line_number=1.5)],
    "out_of_range": [with_data(journal_line_number=2**31)],
    "precision_lost": [with_data(entered_debit_amount=1e-19)],
    "bad_timestamp": [with_data(journal_posted_date="2024-02-30T00:00:00")],
}


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_has_its_code(curate, lake, tmp_path, code):
    good = json.dumps(GOOD).encode()
    lines = [part for bad in REASONS[code] for part in (good, bad)] + [good]
    source = objects.write(tmp_path / "in.data.gz", b"\n".join(lines) + b"\n")
    receipt = curate(source, "--max-line", "64KiB").result
    lakes.check_receipt(lake, receipt)
    assert receipt["quarantined"] == {code: len(REASONS[code])}
    assert receipt["counts"]["curated"] == len(REASONS[code]) + 1
    for number, entry in enumerate(entries(lake)):
        assert entry["line"] == 2 * number + 2
        assert original(entry, lines[entry["line"] - 1]), entry
        assert entry["message"]


def test_reasons_that_need_another_schema_have_their_codes(curate, lake, tmp_path):
    schema = objects.schema(tmp_path / "schema.json", {"day": "date"}, unknown_fields="quarantine")
    text = objects.lines('{"day": "2024-02-30"}', '{"other": 1}', '{"day": "2024-02-29"}')
    receipt = curate(objects.write(tmp_path / "in.jsonl", text), "--schema", schema).result
    assert receipt["quarantined"] == {"bad_date": 1, "unknown_field": 1}
    assert [(entry["code"], entry["field"]) for entry in entries(lake)] == [("bad_date", "day"), ("unknown_field", "/other")]


def test_an_entry_names_the_field(curate, lake, tmp_path):
    lines = [without("offset"), with_field("value", "*"), with_data(entered_debit_amount="12,5"), b"x"]
    curate(objects.write(tmp_path / "in.jsonl", b"\n".join(lines)))
    assert [entry.get("field") for entry in entries(lake)] == ["offset", "value", "entered_debit_amount", None]


@pytest.mark.parametrize(
    "changes",
    [
        {"partition": 7}, {"key": None}, {"key": ""}, {"timestamp": "2024-06-28T08:28:42.261Z"}, {"new_field": [1, {}]},
        {"timestamp": "2024-06-28T10:28:42.261+02:00"}, {"offset": 2**63 - 1}, {"offset": 0}, {"stream": "a/b 'é'"}, {"error": "mine"},
    ],
)
def test_everything_the_connector_may_write_is_accepted(curate, lake, tmp_path, changes):
    curate(objects.write(tmp_path / "in.jsonl", json.dumps({**GOOD, **changes}).encode()))
    (row,) = lakes.rows(lake)
    record = {**GOOD, **changes}
    assert row["_partition"] == str(record["partition"])
    assert row["_key"] == (None if record["key"] is None else base64.b64decode(record["key"]).decode())
    assert (row["_stream"], row["_offset"]) == (record["stream"], record["offset"])
    assert row["_enqueued_at"].isoformat() == "2024-06-28T08:28:42.261000+00:00"
    others = {name: value for name, value in record.items() if name not in GOOD}
    assert json.loads(row["_headers"] or "{}") == others


def test_base64_with_escaped_slashes_is_base64(curate, lake, tmp_path):
    value = objects.journal(account_code="???")
    line = objects.line(value)
    assert b"/" in line.split(b'"value":')[1]
    curate(objects.write(tmp_path / "in.jsonl", line.replace(b"/", b"\\/")))
    assert lakes.rows(lake)[0]["account_code"] == "???"


def test_without_a_good_row_there_is_a_receipt_but_no_parquet(curate, lake, tmp_path):
    receipt = curate(objects.write(tmp_path / "in.jsonl", b"x\ny\n")).result
    assert lakes.files(lake) == []
    assert receipt["counts"] == {"lines": 2, "blank": 0, "curated": 0, "quarantined": 2}
    assert lakes.receipts(lake)[0]["counts"] == receipt["counts"]



def test_quarantined_rows_appear_after_the_schema_is_fixed(curate, lake, tmp_path):
    lines = [with_data(journal_line_number="15"), objects.line(objects.journal(), 1), objects.line(objects.journal(project_code=7), 2)]
    curate(objects.write(tmp_path / "in.data.gz", b"\n".join(lines) + b"\n"))
    assert [row["_offset"] for row in lakes.rows(lake)] == [1]

    relaxed = tmp_path / "relaxed.json"
    relaxed.write_text(relaxed_schema())
    before = lakes.quarantine(lake)
    (source,) = lakes.quarantine_objects(lake)
    receipt = curate(source, "--schema", relaxed).result
    assert receipt["counts"] == {"lines": 2, "blank": 0, "curated": 1, "quarantined": 1}
    assert receipt["schema"]["version"] == 2

    found = lakes.rows(lake)
    assert [row["_offset"] for row in found] == [0, 1]
    assert found[0]["journal_line_number"] == 15
    again = [entry for path in lakes.quarantine_objects(lake) if path != source for entry in read_entries(path)]
    assert without_error(again) == without_error([entry for entry in before if entry["offset"] == 2])
    assert again[0]["error"]["code"] == "type_mismatch"
    assert "error" not in again[0]["error"]


def relaxed_schema():
    """Returns the journal's schema, changed so that it accepts line numbers in quotes."""
    table = json.loads(JOURNAL_SCHEMA.read_text())
    (number,) = (column for column in table["columns"] if column["name"] == "journal_line_number")
    number["from_string"] = True
    return json.dumps({**table, "version": 2})


def read_entries(path):
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def without_error(entries):
    return [{name: value for name, value in entry.items() if name != "error"} for entry in entries]


def test_still_bad_rows_are_quarantined_again_with_the_envelope_unchanged(curate, tmp_path):
    bad = [with_data(account_code=7), b"no envelope", with_field("error", {"code": "mine"})[:-1] + b',"stream":"again"}', without("value"),
           b'{"odd": 1}']
    source = objects.write(tmp_path / "in.data.gz", b"\n".join(bad) + b"\n")
    driven = [source]
    for turn in range(3):
        lake = tmp_path / f"lake{turn}"
        receipt = curate(driven[-1], into=lake).result
        assert receipt["counts"] == {"lines": len(bad), "blank": 0, "curated": 0, "quarantined": len(bad)}
        for entry, line in zip(entries(lake), bad):
            assert original(entry, line), entry
            assert entry["text"].count(b'"raw"') <= 1
        driven.append(lakes.quarantine_objects(lake)[0])
    first, second = (gzip.decompress(path.read_bytes()) for path in driven[2:4])
    assert first == second


def test_a_raw_line_that_is_a_good_envelope_becomes_a_row(curate, lake, tmp_path):
    raw = {"raw": objects.b64(objects.line(objects.journal(), 5)), "error": {"code": "line_too_long"}}
    # Members of a source's own that look like a quarantine's mean nothing.
    assert curate(objects.write(tmp_path / "in.jsonl", json.dumps(raw).encode()), into=tmp_path / "other").result["counts"]["curated"] == 0
    curate(objects.write(tmp_path / "_quarantine/in.jsonl", json.dumps(raw).encode()))
    assert [row["_offset"] for row in lakes.rows(lake)] == [5]


def test_a_line_that_was_too_long_is_complete_after_the_limit_is_raised(curate, tmp_path, lake):
    value = objects.journal(account_code="x" * 3_000_000)
    source = objects.write(tmp_path / "in.data.gz", objects.line(value) + b"\n")
    small = tmp_path / "small"
    assert curate(source, "--max-line", "1MB", into=small).result["quarantined"] == {"line_too_long": 1}
    # In quarantine, the line is base64 in base64.
    curate(*lakes.quarantine_objects(small), "--max-line", "12MB")
    assert lakes.rows(lake)[0]["account_code"] == "x" * 3_000_000


def test_a_line_that_was_too_long_is_reprocessed_under_the_same_schema_after_the_limit_is_raised(curate, tmp_path, lake):
    value = objects.journal(account_code="x" * 3_000_000)
    curate(objects.write(tmp_path / "in.jsonl", objects.line(value) + b"\n"), "--max-line", "1MB")
    assert curate(lake / "_quarantine", "--max-line", "1MB").result["status"] == "skipped"
    assert curate(lake / "_quarantine").result["counts"]["curated"] == 1
    assert lakes.rows(lake)[0]["account_code"] == "x" * 3_000_000


def test_a_note_on_damage_is_kept_and_counted(curate, tmp_path, lake):
    source = tmp_path / "in.data.gz"
    source.write_bytes(gzip.compress(objects.lines(objects.journal()))[:-8])
    first = tmp_path / "first"
    curate(source, into=first)
    (remark,) = lakes.quarantine(first)
    assert remark["error"]["code"] == "truncated_gzip"
    receipt = curate(*lakes.quarantine_objects(first)).result
    assert receipt["quarantined"] == {"object_remark": 1}
    assert receipt["complete"] is True
    assert lakes.quarantine(lake) == [remark]


def test_reprocessing_under_the_same_schema_changes_nothing(curate, lake, tmp_path):
    curate(objects.write(tmp_path / "in.jsonl", b"x\n" + objects.lines(objects.journal())))
    (source,) = lakes.quarantine_objects(lake)
    curate(source)
    before = lakes.listing(lake)
    again = curate(source).result
    assert again["status"] == "skipped" and "the same schema" in again["reason"]
    assert lakes.listing(lake) == before


def test_a_quarantine_is_reprocessed_once_under_another_schema(curate, lake, tmp_path):
    curate(objects.write(tmp_path / "in.jsonl", b"x\n" + objects.lines(objects.journal())))
    other = second_version(tmp_path)
    first = curate(lake / "_quarantine", "--schema", other)
    assert first.result["counts"] == {"lines": 1, "blank": 0, "curated": 0, "quarantined": 1}
    before = lakes.listing(lake)
    again = curate(lake / "_quarantine", "--schema", other)
    assert sorted(result["status"] for result in again.results) == ["skipped", "unchanged"]
    assert lakes.listing(lake) == before


def test_a_copied_lakes_quarantine_is_still_known(curate, lake, tmp_path):
    lines = [with_data(journal_line_number="15"), objects.line(objects.journal(project_code=7), 2)]
    curate(objects.write(tmp_path / "in.jsonl", b"\n".join(lines) + b"\n"))
    relaxed = tmp_path / "relaxed.json"
    relaxed.write_text(relaxed_schema())
    curate(lake / "_quarantine", "--schema", relaxed)

    # A copy's files have other times and inodes, and thus other ETags.
    copy = tmp_path / "copy"
    shutil.copytree(lake, copy)
    third = tmp_path / "third.json"
    third.write_text(relaxed_schema().replace('"version": 2', '"version": 3'))
    again = curate(copy / "_quarantine", "--schema", third, into=copy)
    assert sorted(result["status"] for result in again.results) == ["curated", "unchanged"]
    assert [row["_offset"] for row in lakes.rows(copy)] == [0]


def test_a_quarantine_object_that_no_receipt_names_is_left_alone(curate, lake, tmp_path):
    curate(objects.write(tmp_path / "in.jsonl", b"x\n" + objects.lines(objects.journal())))
    for receipt in (lake / "_receipts").rglob("*.json"):
        receipt.unlink()
    result = curate(lake / "_quarantine", "--schema", second_version(tmp_path)).result
    assert result["status"] == "skipped" and "no receipt names" in result["reason"]


def test_a_quarantine_is_not_redone(run, lake, tmp_path):
    run(objects.write(tmp_path / "in.jsonl", b"x\n" + objects.lines(objects.journal())), "--lake", lake)
    ran = run(lake / "_quarantine", "--lake", lake, "--schema", second_version(tmp_path), "--redo")
    assert ran.code == 1 and "which is a quarantine object" in ran.stderr


def second_version(folder):
    built_in = pathlib.Path(__file__).parents[2] / "shared/table/src/schemas/gl-journal.json"
    schema = json.loads(built_in.read_text())
    path = folder / "second.json"
    path.write_text(json.dumps({**schema, "version": 2}))
    return path


def test_many_short_bad_lines_do_not_stall_the_run(curate, lake, tmp_path):
    count = 400_000
    source = objects.write(tmp_path / "in.jsonl", b"{}\n" * count)
    result = curate(source, "--memory", "128MB").result
    assert result["quarantined"] == {"envelope_missing_field": count}


def test_a_replaced_source_replaces_what_its_quarantine_became(curate, lake, tmp_path):
    source = objects.write(tmp_path / "in.jsonl", b"x\n" + objects.lines(objects.journal()))
    curate(source)
    (entry,) = lakes.quarantine_objects(lake)
    curate(entry, "--schema", second_version(tmp_path))
    objects.write(source, objects.lines(objects.journal(), objects.journal()))
    curate(source)
    fresh = tmp_path / "fresh"
    curate(source, "--schema", second_version(tmp_path), into=fresh)
    assert lakes.listing(lake).keys() == lakes.listing(fresh).keys()
