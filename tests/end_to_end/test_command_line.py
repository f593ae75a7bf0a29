"""Tests what a person or a script sees of `bronzeworks curate`: exit codes, settings, and output."""

import json
import os
import subprocess

import lakes
import objects
import pytest
from conftest import BRONZEWORKS, ROOT, environment


@pytest.fixture
def source(tmp_path):
    return objects.write(tmp_path / "in/0/a.data.gz", objects.lines(objects.journal(), objects.journal(currency_code="USD")))


def test_json_prints_one_object_per_source_and_nothing_else(run, bronze, lake):
    ran = run(bronze, "--lake", lake, "--json")
    assert (ran.code, ran.stderr) == (0, "")
    assert len(ran.results) == 4
    assert {result["status"] for result in ran.results} == {"curated"}
    for result in ran.results:
        receipt = json.loads((lake / result["receipt_key"]).read_bytes())
        assert {**receipt, "status": "curated", "receipt_key": result["receipt_key"]} == result


def test_curating_needs_only_sources_and_a_lake(run, bronze, tmp_path):
    ran = run(bronze, "--lake", "./lake", cwd=tmp_path)
    assert ran.code == 0
    assert len(lakes.receipts(tmp_path / "lake")) == 4


def test_help_and_version_are_not_errors(run):
    for flag in ("--help", "-h"):
        ran = run(flag)
        assert (ran.code, ran.stderr) == (0, "")
    ran = subprocess.run([BRONZEWORKS, "--version"], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("bronzeworks ")


def test_help_is_grouped_and_has_variables_examples_and_exit_codes(run):
    text = run("--help").stdout
    on_one_line = " ".join(text.split())
    for name in ("LAKE_URL", "TABLE_SCHEMA", "MEMORY", "ROW_BUFFER", "JOBS", "MAX_LINE", "MAX_RATIO", "LOG_LEVEL"):
        assert f"[env: {name}]" in on_one_line
    for heading in ("Arguments:", "Options:", "Limits:", "Output:", "Examples:", "Exit codes:"):
        assert f"\n{heading}\n" in text
    for code in range(4):
        assert f"\n  {code}  " in text


def test_the_functions_program_has_help_and_version_and_needs_its_platform():
    from functions import CURATE

    def call(*arguments, **env):
        return subprocess.run([CURATE, *arguments], capture_output=True, text=True, env=environment(env))

    assert call("--version").stdout.startswith("curate ")
    ran = call("--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "LAKE_URL" in ran.stdout
    ran = call()
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error: ") and "FN_LISTENER" in ran.stderr
    assert "hint: " in ran.stderr and "bronzeworks curate" in ran.stderr
    assert call("in.gz", "--lake", "x").returncode == 2
    assert call(FN_LISTENER="tcp://x").returncode == 2


def test_the_tool_serves_the_functions_only_for_a_platform():
    for name in ("curate", "ingest"):
        ran = subprocess.run([BRONZEWORKS, "function", name], capture_output=True, text=True, env=environment())
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr.startswith("error: ") and "FN_LISTENER" in ran.stderr
    assert "function" not in subprocess.run([BRONZEWORKS, "--help"], capture_output=True, text=True).stdout.split("Commands:")[1].split("Options:")[0]


@pytest.mark.parametrize("place", ["missing.data.gz", "missing/", "nowhere/at/all"])
def test_a_missing_source_is_exit_1_and_named_and_the_others_are_curated(run, source, lake, tmp_path, place):
    ran = run(tmp_path / place, source, "--lake", lake, "--json")
    assert ran.code == 1
    assert ran.stderr.startswith("error: ")
    assert place.rstrip("/") in ran.stderr
    assert sorted(result["status"] for result in ran.results) == ["curated", "failed"]
    assert len(lakes.receipts(lake)) == 1


def test_folders_are_searched_for_names(run, tmp_path, lake):
    text = objects.lines(objects.journal())
    for name in ("in/a.data.gz", "in/deep/er/b.GZ", "in/c.jsonl", "in/.hidden/d.json", "in/with space/é%20.ndjson"):
        objects.write(tmp_path / name, text)
    for name in ("in/e.txt", "in/f.txt", "in/g.gz.tmp", "in/gz"):
        (tmp_path / name).write_bytes(text)
    ran = run(tmp_path / "in", "--lake", lake, "--json")
    assert ran.code == 0, ran.stderr
    assert len(ran.results) == len(lakes.receipts(lake)) == 5
    assert len(lakes.rows(lake)) == 5
    assert "ignored      4 files: 2 .txt, 1 .tmp, 1 other\n" in run(tmp_path / "in", "--lake", lake).stdout
    chosen = run(tmp_path / "in", "--lake", tmp_path / "other", "--names", "*.TXT ?.jsonl", "--json")
    assert sorted(result["source"]["url"][-5:] for result in chosen.results) == ["e.txt", "f.txt", "jsonl"]


def test_a_named_object_may_have_any_name(curate, tmp_path, lake):
    for at, name in enumerate(["data", "x.json", "a b.txt", "ü.data", "100%.x", "q?#&=+.y"]):
        source = tmp_path / name
        source.write_bytes(objects.line(objects.journal(), at))
        assert curate(source).result["counts"]["curated"] == 1
    assert len({row["_source"] for row in lakes.rows(lake)}) == 6


def test_a_file_url_is_a_path(curate, tmp_path, lake):
    source = objects.write(tmp_path / "with space.jsonl", objects.lines(objects.journal()))
    curate(source.as_uri())
    assert curate(source).result["status"] == "unchanged"
    assert lakes.rows(lake)[0]["_source"] == source.as_uri()


def test_a_source_under_two_names_is_one_source(curate, source, lake):
    curate(source.parent / "../0/./a.data.gz")
    assert curate(source).result["status"] == "unchanged"


def test_overlapping_sources_are_curated_once(curate, source):
    assert len(curate(source.parent, source, source.parent.parent).results) == 1


def test_a_folder_without_objects_is_an_error_and_the_others_are_curated(run, source, tmp_path, lake):
    objects.write(tmp_path / "empty/a.txt", b"x")
    ran = run(tmp_path / "empty", source, "--lake", lake, "--json")
    assert ran.code == 1
    problem = f"error: no objects named *.gz *.zst *.jsonl *.json *.ndjson at {tmp_path / 'empty'}, only 1 .txt\nhint: "
    assert ran.stderr.startswith(problem)
    assert sorted(result["status"] for result in ran.results) == ["curated", "failed"]
    ran = run(tmp_path / "empty", "--lake", lake)
    assert (ran.code, ran.stdout) == (1, "nothing curated: 1 source failed\n")


def test_a_name_that_is_not_text_matters_only_if_it_is_one_to_curate(run, tmp_path, lake):
    objects.write(tmp_path / "in/a.jsonl", objects.lines(objects.journal()))
    folder = os.fsencode(tmp_path / "in")
    for name, code in ((b"\xff.txt", 0), (b"\xff.jsonl", 1)):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"x")
        assert run(tmp_path / "in", "--lake", lake).code == code


def test_the_json_of_a_lake_is_not_a_source(run, tmp_path):
    lake = tmp_path / "all/lake"
    source = objects.write(tmp_path / "all/in.jsonl", b"bad line\n" + objects.lines(objects.journal()))
    assert run(source, "--lake", lake).code == 0
    # Of the lake itself, only the quarantine is read, and of another lake nothing.
    assert [result["status"] for result in run(lake, "--lake", lake, "--json").results] == ["skipped"]
    other = run(tmp_path / "all", "--lake", tmp_path / "other", "--json")
    assert [result["source"]["url"] for result in other.results] == [source.as_uri()]


def test_a_folder_with_nothing_but_the_lakes_own_output_is_no_failure(run, tmp_path):
    source = objects.write(tmp_path / "in.jsonl", b"bad line\n")
    assert run(source, "--lake", tmp_path / "all/lake").code == 0
    ran = run(tmp_path / "all", "--lake", tmp_path / "all/lake")
    assert (ran.code, ran.stdout) == (0, "")
    assert ran.stderr.startswith("warning: ")


@pytest.mark.parametrize("place, word", [("-", "stdin"), ("in/*.gz", "without quotes"), ("in/[ab].gz", "without quotes")])
def test_a_source_that_only_a_shell_understands_gets_a_hint(run, lake, tmp_path, place, word):
    ran = run(place, "--lake", lake, cwd=tmp_path)
    assert ran.code == 1
    assert word in ran.stderr.split("hint: ")[1]


def test_a_lake_inside_the_sources_is_not_curated_again(run, tmp_path):
    folder = tmp_path / "all"
    objects.write(folder / "a.jsonl", b"bad line\n" + objects.lines(objects.journal()))
    for _ in range(2):
        ran = run(folder, "--lake", folder / "lake", "--json")
        assert ran.code == 0
        assert len(ran.results) == 1
    assert len(lakes.receipts(folder / "lake")) == 1


def test_a_folder_beside_the_lake_with_a_similar_name_is_curated(run, tmp_path):
    objects.write(tmp_path / "lake2/a.jsonl", objects.lines(objects.journal()))
    ran = run(tmp_path, "--lake", tmp_path / "lake", "--json")
    assert [result["status"] for result in ran.results] == ["curated"]


def test_another_version_alone_changes_nothing_but_redo_does(run, curate, source, lake, tmp_path):
    curate(source)
    table = json.loads((ROOT / "shared/table/src/schemas/gl-journal.json").read_text())
    table["columns"] = [column for column in table["columns"] if column["name"] != "scenario"]
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps({**table, "version": 7}))
    ran = run(source, "--lake", lake, "--schema", schema, "--json")
    assert ran.result["status"] == "unchanged"
    assert "hint: 1 object was curated under another schema; use --redo" in ran.stderr
    result = curate(source, "--schema", schema, "--redo").result
    assert (result["status"], result["schema"]["version"]) == ("curated", 7)
    assert all("scenario" not in row for row in lakes.rows(lake))


# Exit codes.

BAD_LINE = b"x\n" + objects.lines(objects.journal())


@pytest.fixture
def states(tmp_path):
    """A good object, one with a bad line, and a damaged one."""
    good = objects.write(tmp_path / "good.data.gz", objects.lines(objects.journal()))
    bad = objects.write(tmp_path / "bad.data.gz", BAD_LINE)
    damaged = objects.write(tmp_path / "damaged.data.gz", objects.lines(objects.journal()))
    damaged.write_bytes(damaged.read_bytes()[:-4])
    return {"good": good, "bad": bad, "damaged": damaged}


@pytest.mark.parametrize(
    "name, codes",
    [
        ("good", {None: 0, "quarantine": 0, "damage": 0, "any": 0}),
        ("bad", {None: 0, "quarantine": 3, "damage": 0, "any": 3}),
        ("damaged", {None: 0, "quarantine": 0, "damage": 3, "any": 3}),
    ],
)
def test_fail_on_decides_whether_bad_data_is_exit_3(run, states, lake, name, codes):
    for fail_on, code in codes.items():
        options = ["--fail-on", fail_on] if fail_on else []
        # The object is curated first and then unchanged, but its data is as bad as before.
        for _ in range(2):
            assert run(states[name], "--lake", lake, *options).code == code, fail_on


def test_fail_on_says_what_counts_as_a_failure(run, states, lake):
    for unchanged in ("", "unchanged "):
        ran = run(states["bad"], "--lake", lake, "--fail-on", "quarantine")
        assert ran.stderr == f"error: 1 {unchanged}object has 1 quarantined line (--fail-on quarantine)\n"


def test_a_failure_is_exit_1_whatever_the_data_is(run, states, lake, tmp_path):
    assert run(states["bad"], tmp_path / "missing.gz", "--lake", lake, "--fail-on", "any").code == 1


def test_fail_on_accepts_only_known_words(run, source, lake):
    ran = run(source, "--lake", lake, "--fail-on", "quarantin")
    assert ran.code == 2
    assert "quarantine" in ran.stderr
    assert not lake.exists()


def test_a_link_to_a_folder_above_is_not_followed(run, bronze, source, lake, tmp_path):
    folder = tmp_path / "b"
    folder.mkdir()
    (folder / source.name).write_bytes(source.read_bytes())
    (folder / "loop").symlink_to("..")
    (folder / "self").symlink_to(".")
    ran = run(folder, "--lake", lake, "--json")
    assert (ran.code, ran.stderr, len(ran.stdout.splitlines())) == (0, "", 1)


def test_a_source_that_cannot_be_read_creates_no_lake(run, tmp_path):
    assert run(tmp_path / "nowhere", "--lake", "typo", cwd=tmp_path).code == 1
    ran = run("oci://bucket@namespace/", "--lake", "typo", cwd=tmp_path, env={"HOME": str(tmp_path)})
    assert ran.code == 2 and "oci://bucket@namespace/" in ran.stderr
    assert not (tmp_path / "typo").exists()
