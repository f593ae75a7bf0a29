"""Tests columns whose values a jq filter computes: with the filters that people bring along, the same values as from jq itself."""

import json
import math

import jq
import lakes
import objects
import pytest

# Each has at most one output for each of the records.
FILTERS = [
    ".customer_id",
    ".type.device",
    '.event_timestamp|strftime("%Y")',
    '.event_timestamp|strftime("%m")',
    '.event_timestamp|strftime("%d")',
    '.event_timestamp|strftime("%H")',
    '.event_timestamp | strftime("%Y-%m-%dT%H:%M:%SZ")',
    ".event_timestamp | todate",
    ".event_timestamp | gmtime | mktime",
    ".at | fromdate",
    '.at | fromdateiso8601 | strftime("%Y/%m/%d/%H")',
    '.at | strptime("%Y-%m-%dT%H:%M:%SZ") | mktime',
    '.at | strptime("%Y-%m-%dT%H:%M:%SZ")',
    ".at[0:10]",
    '.at | split("T")[0]',
    '.at | split("-") | .[1]',
    '.at | test("^2024-")',
    '.at | capture("(?<year>\\\\d{4})-(?<month>\\\\d{2})")',
    '.at | sub("T.*"; "")',
    '.at | gsub("[-:TZ]"; "")',
    '.missing // "none"',
    '.type.device // "none" | ascii_downcase',
    ".nothing",
    ".type[\"device\"] | ascii_upcase",
    ".name | length",
    ".name | ltrimstr(\"Dr. \")",
    ".name | rtrimstr(\"son\")",
    ".name | startswith(\"Dr.\")",
    ".name | endswith(\"son\")",
    ".name | split(\" \") | last",
    ".name | @base64",
    ".name | @uri",
    ".encoded | @base64d",
    ".encoded | @base64d | fromjson | .a",
    ".amount | tostring",
    "\"\\(.type.device)-\\(.customer_id)\"",
    "@base64 \"name:\\(.name)\"",
    ".text_amount | tonumber",
    ".amount * 2 + 1",
    ".customer_id % 7",
    ".amount | floor",
    "-.customer_id",
    ".amount / 2",
    "if .amount > 10 then \"large\" elif .amount > 1 then \"medium\" else \"small\" end",
    "select(.type.device == \"Phone\") | .name",
    ".items | map(.qty) | add",
    "[.items[] | select(.qty > 1) | .sku]",
    ".items[0].sku",
    ".items[-1]?.sku",
    ".items | map(.sku) | join(\",\")",
    ".items | sort_by(.qty) | map(.sku)",
    ".items | group_by(.qty) | map(length)",
    ".items | length",
    "any(.items[]; .qty > 2)",
    "[.items[].sku] | unique",
    "first(.items[] | .sku)",
    ".tags | to_entries | map(.key) | sort",
    ".tags | with_entries(select(.value != null))",
    ".tags | has(\"env\")",
    ".tags | keys",
    "{id: .customer_id, device: .type.device}",
    ".customer_id | type",
    ".a?.b?",
    ".type | tojson",
    ".amount == 12.5 and (.missing | not)",
    ".name | index(\" \")",
]

RECORDS = [
    {
        "customer_id": 1234567,
        "event_timestamp": 1719563322,
        "at": "2024-06-28T08:28:42Z",
        "type": {"device": "Phone", "os": None},
        "name": "Dr. Åsa Wilson",
        "encoded": "eyJhIjogWzEsIDJdfQ==",
        "amount": 12.5,
        "text_amount": "1e3",
        "nothing": None,
        "items": [{"sku": "x", "qty": 2}, {"sku": "y", "qty": 1}, {"sku": "x", "qty": 3}],
        "tags": {"env": "prod", "team": None},
    },
    {
        "customer_id": 0,
        "event_timestamp": 0,
        "at": "1999-12-31T23:59:59Z",
        "type": {"device": "TV \"big\"\n"},
        "name": "x y",
        "encoded": "eyJhIjogInoifQ==",
        "amount": 0.25,
        "text_amount": "-7",
        "nothing": None,
        "items": [{"sku": "ü", "qty": 1}],
        "tags": {},
    },
]


def same(ours, theirs):
    if isinstance(theirs, float) or isinstance(ours, float):
        return isinstance(ours, (int, float)) and math.isclose(ours, theirs, rel_tol=1e-15)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in theirs)
    return ours == theirs


def test_filters_have_the_outputs_that_jq_gives(curate, lake, tmp_path):
    columns = {f"c{number}": {"type": "json", "jq": text} for number, text in enumerate(FILTERS)}
    schema = objects.schema(tmp_path / "schema.json", columns, unknown_fields="ignore")
    curate(objects.write(tmp_path / "in.jsonl", objects.lines(*RECORDS)), "--schema", schema)
    assert lakes.quarantine(lake) == []
    rows = lakes.rows(lake)
    assert len(rows) == len(RECORDS)
    different = []
    for record, row in zip(RECORDS, rows):
        for number, text in enumerate(FILTERS):
            ours = row[f"c{number}"]
            ours = None if ours is None else json.loads(ours)
            theirs = (jq.compile(text).input(record).all() or [None])[0]
            if not same(ours, theirs):
                different.append((text, ours, theirs))
    assert different == []


def test_a_row_whose_filter_fails_is_quarantined_and_comes_in_when_the_filter_is_fixed(curate, lake, tmp_path):
    def schema(version, text):
        columns = {"device": {"type": "string", "required": True, "jq": text}, "celsius": "decimal(9,3)"}
        return objects.schema(tmp_path / "schema.json", columns, version=version, partition_by=["device"], unknown_fields="ignore")

    values = [
        {"body": {"device": "D7"}, "celsius": 20.5},
        {"body": {"device": 7}, "celsius": 1},
        {"body": {"device": "D8", "celsius": 2}, "celsius": "warm"},
    ]
    source = objects.write(tmp_path / "in.jsonl", objects.lines(*values))
    first = curate(source, "--schema", schema(1, ".body.device | ascii_downcase")).result
    assert (first["counts"]["curated"], first["quarantined"]) == (1, {"jq_failed": 1, "type_mismatch": 1})
    failed = next(entry["error"] for entry in lakes.quarantine(lake) if entry["error"]["code"] == "jq_failed")
    assert (failed["field"], failed["message"]) == ("device", "cannot use 7 as string")
    assert [row["device"] for row in lakes.rows(lake)] == ["d7"]

    (quarantined,) = lakes.quarantine_objects(lake)
    fixed = schema(2, ".body.device | tostring | ascii_downcase")
    second = curate(quarantined, "--schema", fixed).result
    assert (second["counts"]["curated"], second["quarantined"]) == (1, {"type_mismatch": 1})
    assert sorted(row["device"] for row in lakes.rows(lake)) == ["7", "d7"]
    table = json.loads((lake / "_table.json").read_text())
    assert table["schema"]["columns"][0]["jq"] == ".body.device | tostring | ascii_downcase"


@pytest.mark.parametrize(
    "text, problem",
    [
        ("now", 'column "x": jq: now is not allowed: its result depends on more than the record'),
        ("[range(1e12)]", 'column "x": jq: range is not allowed: its work cannot be bounded in advance'),
    ],
)
def test_a_filter_that_is_not_allowed_is_named(run, tmp_path, text, problem):
    schema = objects.schema(tmp_path / "schema.json", {"x": {"type": "json", "jq": text}})
    source = objects.write(tmp_path / "in.jsonl", objects.lines({"x": 1}))
    ran = run(source, "--schema", schema, "--lake", tmp_path / "lake")
    assert ran.code == 2 and problem in ran.stderr, ran.stderr
    assert not (tmp_path / "lake").exists()


def test_a_record_with_two_outputs_is_quarantined(curate, lake, tmp_path):
    schema = objects.schema(tmp_path / "schema.json", {"x": {"type": "json", "jq": ".x[]"}}, unknown_fields="ignore")
    curate(objects.write(tmp_path / "in.jsonl", objects.lines({"x": [1]}, {"x": [1, 2]}, {"x": []})), "--schema", schema)
    assert lakes.codes(lake) == ["jq_not_one"]
    assert [row["x"] for row in lakes.rows(lake)] == ["1", None]
