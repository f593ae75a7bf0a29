"""What a person or a script sees: exit codes, settings, and output."""

import json

import lakes
import objects
import pytest


@pytest.fixture
def source(tmp_path):
    return objects.write(tmp_path / "in/0/a.data.gz", objects.lines(objects.journal(), objects.journal(currency_code="USD")))


def test_json_prints_one_object_per_source_and_nothing_else(run, bronze, lake):
    ran = run(bronze, "--lake", lake, "--json")
    assert ran.code == 0
    assert len(ran.results) == 4
    assert {result["status"] for result in ran.results} == {"curated"}
    for result in ran.results:
        receipt = json.loads((lake / result["receipt_key"]).read_bytes())
        assert {**receipt, "status": "curated", "receipt_key": result["receipt_key"]} == result


def summed(lake):
    """Rows and files of each partition, over all receipts."""
    sums = {}
    for receipt in lakes.receipts(lake):
        for partition, count in receipt["partitions"].items():
            before = sums.get(partition, {"rows": 0, "files": 0})
            sums[partition] = {name: before[name] + count[name] for name in before}
    return sums


def test_the_table_is_for_people(run, bronze, lake):
    ran = run(bronze, "--lake", lake)
    assert (ran.code, ran.stderr) == (0, "")
    words = ran.stdout
    assert "4 curated, 0 unchanged" in words
    assert "MB/s" in words
    for partition, count in summed(lake).items():
        (row,) = (line for line in words.splitlines() if line.startswith(partition + " "))
        assert row.split()[1:3] == [str(count["rows"]), str(count["files"])]
    assert len(words.splitlines()) < 30


def test_the_table_counts_what_is_in_quarantine_by_reason(run, tmp_path, lake):
    source = objects.write(tmp_path / "in.jsonl", b"x\ny\n" + objects.lines(objects.journal(account_code=1)))
    ran = run(source, "--lake", lake)
    assert ran.code == 0
    assert "0 curated, 3 quarantined, of 3 lines" in ran.stdout
    assert ["2", "envelope_not_json"] in [line.split() for line in ran.stdout.splitlines()]


def test_the_main_job_needs_nothing_else(run, bronze, tmp_path):
    ran = run(bronze, "--lake", "./lake", cwd=tmp_path)
    assert ran.code == 0
    assert len(lakes.receipts(tmp_path / "lake")) == 4


def test_every_setting_is_a_variable_too(run, source, lake, tmp_path):
    schema = objects.schema(tmp_path / "schema.json", {"uuid": "string"}, name="narrow")
    settings = {"LAKE_URL": str(lake), "TABLE_SCHEMA": str(schema), "MEMORY": "200MB", "JOBS": "1", "MAX_LINE": "1MB", "MAX_RATIO": "50"}
    ran = run(source, "--json", env=settings)
    assert ran.code == 0, ran.stderr
    assert ran.result["schema"]["name"] == "narrow"
    assert [path.parent for path in lakes.files(lake)] == [lake]


def test_an_option_goes_before_its_variable(run, source, lake, tmp_path):
    ran = run(source, "--lake", lake, env={"LAKE_URL": str(tmp_path / "other")})
    assert ran.code == 0
    assert lakes.receipts(lake) and not (tmp_path / "other").exists()


def test_an_empty_variable_counts_as_not_given(run, source, lake):
    assert run(source, env={"LAKE_URL": str(lake), "MEMORY": "", "JOBS": ""}).code == 0


def test_settings_limits_take_effect(curate, source, lake):
    assert curate(source, env={"MAX_LINE": "100B"}).result["quarantined"] == {"line_too_long": 2}


def test_everything_wrong_with_the_settings_is_told_at_once(run, source):
    ran = run(source, env={"LAKE_ULR": "/x", "MEMORY": "plenty", "JOBS": "0", "MAX_LINE": "5", "TABLE_SCHEMA": "/nowhere.json"})
    assert (ran.code, ran.stdout) == (2, "")
    for name in ("LAKE_URL is not set", "LAKE_ULR is not a setting; did you mean LAKE_URL?", 'MEMORY "plenty"', 'JOBS "0"', 'MAX_LINE "5"',
                 'TABLE_SCHEMA "/nowhere.json"'):
        assert name in ran.stderr


@pytest.mark.parametrize("name", ["LAKE_URI", "CURATE_MEMORY", "TABLE_SHEMA", "MAX_LINES", "MAX_RATOI", "MEMROY"])
def test_a_misspelt_variable_is_told(run, source, lake, name):
    ran = run(source, "--lake", lake, env={name: "x"})
    assert (ran.code, ran.stdout) == (2, "")
    assert f"{name} is not a setting" in ran.stderr


def test_other_peoples_variables_are_none_of_our_business(run, source, lake):
    assert run(source, "--lake", lake, env={"MEMORY_LIMIT": "x", "JOB": "1", "SCHEMA": "x", "COLUMNS": "80"}).code == 0


@pytest.mark.parametrize("memory", ["0", "64MB", "127MB", "-1", "1e9", "512", "MB", "512 parsecs"])
def test_a_memory_too_small_or_meaningless_is_refused(run, source, lake, memory):
    ran = run(source, "--lake", lake, f"--memory={memory}")
    assert ran.code == 2
    assert "--memory" in ran.stderr


@pytest.mark.parametrize("memory", ["128MB", "128MiB", "1GB", "0.5 GiB"])
def test_a_memory_with_its_unit_is_taken(run, source, lake, memory):
    assert run(source, "--lake", lake, "--memory", memory).code == 0


@pytest.mark.parametrize("arguments", [[], ["--lake", "x"], ["a", "--lake", "x", "--nonsense"], ["a", "--lake"], ["a"]])
def test_wrong_usage_is_exit_2(run, arguments, tmp_path):
    ran = run(*arguments, cwd=tmp_path)
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr


@pytest.mark.parametrize("lake", ["ftp://x/y", "s3://", "http://x", ""])
def test_a_lake_that_is_no_place_is_wrong_usage(run, source, lake):
    ran = run(source, f"--lake={lake}")
    assert (ran.code, ran.stdout) == (2, "")


def test_help_and_version_are_no_errors(run):
    for flag in ("--help", "--version"):
        ran = run(flag)
        assert (ran.code, ran.stderr) == (0, "")
    assert run("--version").stdout.startswith("curate ")


def test_help_names_every_variable(run):
    text = run("--help").stdout
    for name in ("LAKE_URL", "TABLE_SCHEMA", "MEMORY", "JOBS", "MAX_LINE", "MAX_RATIO"):
        assert f"[{name}]" in text


@pytest.mark.parametrize("place", ["missing.data.gz", "missing/", "nowhere/at/all"])
def test_a_missing_source_is_exit_1_and_named_and_the_others_are_curated(run, source, lake, tmp_path, place):
    ran = run(tmp_path / place, source, "--lake", lake, "--json")
    assert ran.code == 1
    assert place.rstrip("/") in ran.stderr
    assert sorted(result["status"] for result in ran.results) == ["curated", "failed"]
    assert len(lakes.receipts(lake)) == 1


def test_a_source_of_an_unknown_scheme_is_wrong_usage(run, lake):
    ran = run("ftp://x/y.gz", "--lake", lake)
    assert ran.code == 2
    assert "ftp://x/y.gz" in ran.stderr


def test_folders_are_walked_for_gz_and_jsonl(run, tmp_path, lake):
    text = objects.lines(objects.journal())
    for name in ("in/a.data.gz", "in/deep/er/b.gz", "in/c.jsonl", "in/.hidden/d.gz", "in/with space/é%20.gz"):
        objects.write(tmp_path / name, text)
    for name in ("in/e.json", "in/f.txt", "in/g.gz.tmp", "in/gz"):
        (tmp_path / name).write_bytes(text)
    ran = run(tmp_path / "in", "--lake", lake, "--json")
    assert ran.code == 0, ran.stderr
    assert len(ran.results) == len(lakes.receipts(lake)) == 5
    assert len(lakes.rows(lake)) == 5


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


def test_the_same_source_by_two_names_is_one_source(curate, source, lake):
    curate(source.parent / "../0/./a.data.gz")
    assert curate(source).result["status"] == "unchanged"


def test_an_empty_folder_is_said_to_hold_nothing(run, tmp_path, lake):
    (tmp_path / "in").mkdir()
    ran = run(tmp_path / "in", "--lake", lake)
    assert ran.code == 0
    assert "no .gz or .jsonl object" in ran.stderr


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


def test_a_reader_that_goes_away_does_not_crash_the_program(launch, bronze, lake):
    process = launch(bronze, "--lake", lake)
    process.stdout.close()
    assert process.wait() in (0, 1)
    assert b"panicked" not in process.stderr.read()


def test_damage_is_told_on_stderr_and_is_no_failure(run, tmp_path, lake):
    source = objects.write(tmp_path / "in.data.gz", objects.lines(objects.journal()))
    source.write_bytes(source.read_bytes()[:-4])
    ran = run(source, "--lake", lake)
    assert ran.code == 0
    assert source.name in ran.stderr and "truncated_gzip at byte" in ran.stderr
    assert "1 damaged" in ran.stdout


SCHEMA = {"name": "t", "version": 1, "columns": [{"name": "a", "type": "string"}]}


@pytest.mark.parametrize(
    "text, named",
    [
        ("", ["schema"]),
        ("{", ["schema"]),
        ("[]", ["schema"]),
        (json.dumps({**SCHEMA, "colums": []}), ["colums"]),
        (json.dumps({**SCHEMA, "version": "1"}), ["line 1 column"]),
        (json.dumps({"name": "t", "version": 1}), ["columns"]),
        (json.dumps({**SCHEMA, "unknown_fields": "drop"}), ["drop"]),
        (json.dumps({**SCHEMA, "columns": [{"name": "a", "type": "string", "nullable": True}]}), ["nullable"]),
        (
            json.dumps({
                **SCHEMA, "name": "", "partition_by": ["nobody", "f", "g", "g"], "columns": [
                    {"name": "a", "type": "varchar"},
                    {"name": "b", "type": "decimal(39,2)"},
                    {"name": "c", "type": "decimal(5,6)"},
                    {"name": "d", "type": "string", "round": "half_even"},
                    {"name": "e", "type": "string", "from_string": True},
                    {"name": "f", "type": "float64"},
                    {"name": "g", "type": "string", "from": "no/pointer"},
                    {"name": "h", "type": "string", "from": "/h~2"},
                    {"name": "_i", "type": "string"},
                    {"name": "J", "type": "string"},
                    {"name": "j", "type": "string", "from": "/other"},
                    {"name": "k", "type": "string", "from": "/m"},
                    {"name": "l", "type": "string", "from": "/m/n"},
                ],
            }),
            ["name is empty", "varchar", "decimal(39,2)", "decimal(5,6)", '"d"', '"e"', '"f"', "no/pointer", "/h~2", "_i", '"j"',
             '"k"', '"l"', "nobody", '"g" twice'],
        ),
    ],
)
def test_a_bad_schema_file_is_wrong_usage_and_all_of_it_is_told(run, source, lake, tmp_path, text, named):
    schema = tmp_path / "schema.json"
    schema.write_text(text)
    ran = run(source, "--lake", lake, "--schema", schema)
    assert (ran.code, ran.stdout) == (2, "")
    assert str(schema) in ran.stderr
    for name in named:
        assert name in ran.stderr
    assert not lakes.listing(lake)


@pytest.mark.parametrize("schema", ["gl_journal", "nowhere.json", "s3://"])
def test_an_unknown_schema_is_wrong_usage(run, source, lake, schema):
    ran = run(source, "--lake", lake, "--schema", schema)
    assert ran.code == 2
    assert schema in ran.stderr


def test_another_schema_alone_does_not_do_it_again_but_redo_does(run, curate, source, lake, tmp_path):
    curate(source)
    schema = objects.schema(tmp_path / "schema.json", {"uuid": "string"}, version=7)
    ran = run(source, "--lake", lake, "--schema", schema, "--json")
    assert ran.result["status"] == "unchanged"
    assert "--redo" in ran.stderr
    result = curate(source, "--schema", schema, "--redo").result
    assert (result["status"], result["schema"]["version"]) == ("curated", 7)
    assert [path.parent for path in lakes.files(lake)] == [lake]

