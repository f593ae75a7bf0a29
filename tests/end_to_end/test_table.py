"""Tests that a lake holds one table: the first run says which one in `_table.json`, and every other run fits it or is refused."""

import json

import lakes
import objects
import pyarrow.parquet
import pytest

COLUMNS = {"device": {"type": "string", "required": True}, "celsius": "decimal(9,3)", "day": "date"}


@pytest.fixture
def readings(tmp_path):
    text = objects.lines(*({"device": f"d{at}", "celsius": 20.5 + at, "day": "2024-06-28"} for at in range(3)))
    return objects.write(tmp_path / "in/1.jsonl", text)


@pytest.fixture
def schema(tmp_path):
    """Returns a function that writes a schema file with these changes."""

    def schema(columns=None, **changes):
        return objects.schema(tmp_path / "schema.json", {**COLUMNS, **(columns or {})}, **{"name": "readings", "partition_by": ["day"], **changes})

    return schema


@pytest.fixture
def lake(run, tmp_path, readings, schema):
    """A lake with three readings."""
    assert run(readings, "--schema", schema(), "--lake", tmp_path / "lake").code == 0
    return tmp_path / "lake"


def table(lake):
    return json.loads((lake / "_table.json").read_bytes())


def test_the_first_run_says_which_table_it_is(lake):
    found = table(lake)
    assert (found["format"], found["name"], found["version"], found["last_id"]) == (1, "readings", 1, 3)
    assert [(field["id"], field["path"], field["type"]) for field in found["fields"]] == [
        (1, ["device"], "string"),
        (2, ["celsius"], "decimal(9,3)"),
        (3, ["day"], "date"),
    ]
    assert (found["schema"]["partition_by"], found["schema"]["unknown_fields"], found["schema"]["key"]) == (["day"], "rescue", "string")


@pytest.mark.parametrize(
    "changes, problem",
    [
        ({"name": "orders"}, "name: the lake's is readings, and the schema's is orders"),
        ({"partition_by": []}, 'partition_by: the lake\'s is ["day"], and the schema\'s is []'),
        ({"key": "binary"}, "key: the lake's is string, and the schema's is binary"),
        ({"columns": {"celsius": "string"}}, "column \"celsius\": the lake's is decimal(9,3), and the schema's is string"),
        ({"columns": {"celsius": "decimal(12,3)"}}, "column \"celsius\": the lake's is decimal(9,3), and the schema's is decimal(12,3)"),
        ({"columns": {"celsius": {"type": "decimal(9,3)", "required": True}}}, "it is nullable in the lake, and required in the schema"),
        ({"columns": {"room": {"type": "string", "required": True}}}, "it is new, and must be nullable"),
    ],
)
def test_another_table_is_refused_and_nothing_is_written(run, lake, schema, readings, tmp_path, changes, problem):
    before = lakes.listing(lake)
    more = objects.write(tmp_path / "in/2.jsonl", objects.lines({"device": "d9"}))
    ran = run(more, "--lake", lake, "--schema", schema(version=2, **changes), "--json")
    assert (ran.code, ran.stdout) == (2, "")
    assert problem in ran.stderr and "use a lake of its own for it" in ran.stderr
    assert lakes.listing(lake) == before


def test_without_a_schema_a_lake_uses_its_own(run, lake, tmp_path):
    more = objects.write(tmp_path / "in/2.jsonl", objects.lines({"device": "d9", "day": "2024-06-29"}))
    assert run(more, "--lake", lake, "--json").result["schema"]["name"] == "readings"
    assert len(lakes.rows(lake)) == 4


def test_a_new_lake_without_a_schema_is_a_ledger_and_the_summary_says_so(run, tmp_path):
    source = objects.write(tmp_path / "in.jsonl", objects.lines(objects.journal()))
    said = "table        gl-journal 1, the default for a new lake (--schema, TABLE_SCHEMA)\n"
    assert said in run(source, "--lake", tmp_path / "new").stdout
    assert table(tmp_path / "new")["name"] == "gl-journal"
    assert "table   " not in run(source, "--lake", tmp_path / "new", "--redo").stdout
    assert "table   " not in run(source, "--lake", tmp_path / "other", "--schema", "gl-journal").stdout


def test_a_run_that_writes_nothing_leaves_no_table(run, tmp_path, schema):
    assert run(tmp_path / "missing", "--lake", tmp_path / "new", "--schema", schema()).code == 1
    assert not (tmp_path / "new").exists()


def test_a_newer_version_adds_and_drops_columns_and_readers_see_null(run, lake, schema, tmp_path):
    more = objects.write(tmp_path / "in/2.jsonl", objects.lines({"device": "d9", "room": "attic", "day": "2024-06-29"}))
    newer = objects.schema(
        tmp_path / "schema.json", {"device": COLUMNS["device"], "room": "string", "day": "date"}, name="readings", version=2, partition_by=["day"]
    )
    assert run(more, "--schema", newer, "--lake", lake).code == 0
    found = {row["device"]: (row["celsius"] is None, row["room"]) for row in lakes.rows(lake)}
    assert found == {"d0": (False, None), "d1": (False, None), "d2": (False, None), "d9": (True, "attic")}
    assert [(field["id"], field.get("dropped", False)) for field in table(lake)["fields"]] == [(1, False), (2, True), (3, False), (4, False)]

    # An older version goes on, and one line reports all objects that were curated under another one.
    ran = run(tmp_path / "in", "--lake", lake, "--schema", schema())
    assert ran.code == 0 and ran.stderr.count("another schema") == 1
    assert table(lake)["version"] == 2


def test_a_reprocessed_quarantine_follows_the_same_rules(run, lake, schema, tmp_path):
    bad = objects.write(tmp_path / "in/bad.jsonl", objects.lines({"device": "d9", "day": "yesterday"}))
    assert run(bad, "--lake", lake, "--schema", schema()).code == 0
    before = lakes.listing(lake)
    (quarantine,) = lakes.quarantine_objects(lake)
    ran = run(quarantine, "--lake", lake, "--schema", schema({"day": "string"}, version=2))
    assert ran.code == 2
    assert "column \"day\": the lake's is date, and the schema's is string" in ran.stderr
    assert lakes.listing(lake) == before


def test_a_lake_of_an_earlier_version_gets_its_table_from_its_receipts(run, lake, schema, readings):
    described = (lake / "_table.json").read_bytes()
    (lake / "_table.json").unlink()
    ran = run(readings, "--lake", lake, "--schema", schema(version=2), "--redo")
    assert ran.code == 2 and "names readings 1" in ran.stderr and "run once with the schema of the receipts" in ran.stderr
    assert run(readings, "--lake", lake, "--schema", schema(), "--redo").code == 0
    assert (lake / "_table.json").read_bytes() == described


def test_every_column_has_the_id_of_the_lake(lake):
    (path,) = lakes.files(lake)
    schema = pyarrow.parquet.ParquetFile(path).schema_arrow
    ids = {field.name: int(field.metadata[b"PARQUET:field_id"]) for field in schema}
    assert {name: ids[name] for name in ("device", "celsius")} == {"device": 1, "celsius": 2}
    assert all(2_000_000_000 < identity < 2**31 - 201 for name, identity in ids.items() if name.startswith("_"))
