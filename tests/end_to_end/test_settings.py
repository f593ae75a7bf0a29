"""Tests the settings of `bronzeworks curate`: options, variables, and the errors in them."""

import json
import subprocess

import lakes
import objects
import pytest
from conftest import BRONZEWORKS, environment


@pytest.fixture
def source(tmp_path):
    return objects.write(tmp_path / "in/0/a.data.gz", objects.lines(objects.journal(), objects.journal(currency_code="USD")))


def test_every_setting_is_also_a_variable(run, source, lake, tmp_path):
    schema = objects.schema(tmp_path / "schema.json", {"uuid": "string"}, name="narrow")
    settings = {"LAKE_URL": str(lake), "TABLE_SCHEMA": str(schema), "MEMORY": "200MB", "ROW_BUFFER": "20MB", "JOBS": "1", "MAX_LINE": "1MB", "MAX_RATIO": "50", "LOG_LEVEL": "warn"}
    ran = run(source, "--json", env=settings)
    assert ran.code == 0, ran.stderr
    assert ran.result["schema"]["name"] == "narrow"
    assert [path.parent for path in lakes.files(lake)] == [lake]


def test_an_option_wins_over_its_variable(run, source, lake, tmp_path):
    ran = run(source, "--lake", lake, env={"LAKE_URL": str(tmp_path / "other")})
    assert ran.code == 0
    assert lakes.receipts(lake) and not (tmp_path / "other").exists()


def test_an_empty_variable_counts_as_not_given(run, source, lake):
    assert run(source, env={"LAKE_URL": str(lake), "MEMORY": "", "JOBS": ""}).code == 0


def test_limits_take_effect(curate, source, lake):
    assert curate(source, env={"MAX_LINE": "100B"}).result["quarantined"] == {"line_too_long": 2}


def test_limits_that_do_not_fit_into_the_memory_are_refused(run, source, lake):
    ran = run(source, "--lake", lake, "--memory", "128MB", "--row-buffer", "200MB")
    assert (ran.code, ran.stdout) == (2, "")
    assert "rows of 200MB (ROW_BUFFER) and lines of up to 4MB (MAX_LINE) need 287MB" in ran.stderr
    assert run(source, "--lake", lake, "--memory", "287MB", "--row-buffer", "200MB").code == 0


def test_all_configuration_errors_are_reported_together(run, source):
    ran = run(source, env={"LAKE_ULR": "/x", "MEMORY": "plenty", "JOBS": "0", "MAX_LINE": "5", "TABLE_SCHEMA": "/nowhere.json"})
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error: ")
    for name in ("LAKE_URL is not set", "LAKE_ULR is not a setting; did you mean LAKE_URL?", 'MEMORY "plenty"', 'JOBS "0"', 'MAX_LINE "5"',
                 'TABLE_SCHEMA "/nowhere.json"'):
        assert name in ran.stderr


@pytest.mark.parametrize("name", ["CURATE_MEMORY", "BRONZEWORKS_LAKE", "OCI_CLI_PROFIL"])
def test_a_misspelled_variable_that_is_clearly_meant_for_the_tool_is_an_error(run, source, lake, name):
    ran = run(source, "--lake", lake, env={name: "x"})
    assert (ran.code, ran.stdout) == (2, "")
    assert f"{name} is not a setting" in ran.stderr
    assert not lake.exists()


@pytest.mark.parametrize("name, meant", [("JOB", "JOBS"), ("memory", "MEMORY"), ("MAX_LINES", "MAX_LINE"), ("LAKE_URI", "LAKE_URL")])
def test_a_near_miss_of_a_name_without_a_prefix_of_ours_is_a_warning(run, source, lake, name, meant):
    ran = run(source, "--lake", lake, env={name: "2"})
    assert ran.code == 0
    assert ran.stderr == f"warning: {name} is ignored; did you mean {meant}?\n"


def test_variables_of_other_programs_are_ignored(run, source, lake):
    ran = run(source, "--lake", lake, env={"MEMORY_LIMIT": "x", "SCHEMA": "x", "COLUMNS": "80", "LAKE_HOUSE": "x"})
    assert (ran.code, ran.stderr) == (0, "")


def test_variables_that_kubernetes_injects_are_ignored(run, source, lake):
    services = {
        "INGEST_SERVICE_HOST": "10.0.0.1", "INGEST_SERVICE_PORT": "8080", "INGEST_PORT": "tcp://10.0.0.1:8080",
        "LAKE_SERVICE_HOST": "10.0.0.2", "LAKE_SERVICE_PORT_HTTP": "80", "LAKE_PORT_80_TCP_ADDR": "10.0.0.2",
        "CURATE_SERVICE_HOST": "10.0.0.3", "CURATE_PORT_80_TCP": "tcp://10.0.0.3:80",
    }
    ran = run(source, "--lake", lake, env=services)
    assert (ran.code, ran.stderr) == (0, "")


@pytest.mark.parametrize("memory", ["0", "64MB", "127MB", "-1", "1e9", "512", "MB", "512 parsecs"])
def test_a_memory_size_that_is_too_small_or_meaningless_is_refused(run, source, lake, memory):
    ran = run(source, "--lake", lake, f"--memory={memory}")
    assert ran.code == 2
    assert "--memory" in ran.stderr


@pytest.mark.parametrize("memory", ["128MB", "128MiB", "1GB", "0.5 GiB"])
def test_a_memory_size_with_a_unit_is_accepted(run, source, lake, memory):
    assert run(source, "--lake", lake, "--memory", memory).code == 0


@pytest.mark.parametrize("arguments", [[], ["--lake", "x"], ["a", "--lake", "x", "--nonsense"], ["a", "--lake"], ["a"]])
def test_wrong_usage_is_exit_2(run, arguments, tmp_path):
    ran = run(*arguments, cwd=tmp_path)
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error: ")


def test_everything_that_is_missing_is_reported_together(run, tmp_path):
    ran = run(cwd=tmp_path)
    assert ran.code == 2
    assert "SOURCE" in ran.stderr and "--lake" in ran.stderr
    assert "--lake" in run("--help").stdout.split("Usage: ")[1].splitlines()[0]


@pytest.mark.parametrize(
    "options, env",
    [
        (["--jobs", "0"], {}), (["--memory", "1MB"], {}), (["--max-line", "100GB"], {}), (["--schema", "nowhere.json"], {}), (["--log-level", "loud"], {}),
        (["--log-format", "xml"], {}), (["--fail-on", "x"], {}), (["--nonsense"], {}), ([], {"CURATE_SPEED": "x"}),
    ],
)
def test_a_usage_error_creates_nothing(run, source, tmp_path, options, env):
    ran = run(source, "--lake", "typo", *options, cwd=tmp_path, env=env)
    assert ran.code == 2, ran.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_wrong_source_creates_nothing(run, lake):
    ran = run("ftp://x/y.gz", "s3:x", "--lake", lake)
    assert ran.code == 2
    assert "ftp://x/y.gz" in ran.stderr and "s3:x" in ran.stderr
    assert not lake.exists()


@pytest.mark.parametrize("lake", ["ftp://x/y", "s3://", "http://x", ""])
def test_a_lake_that_is_neither_a_path_nor_a_known_url_is_wrong_usage(run, source, lake):
    ran = run(source, f"--lake={lake}")
    assert (ran.code, ran.stdout) == (2, "")


def test_a_lake_that_cannot_be_a_folder_says_why(run, source, tmp_path):
    (tmp_path / "file").write_text("x")
    for place, problem in [("file", "is a file, not a folder"), ("file/lake", "cannot create the folder: ")]:
        ran = run(source, "--lake", tmp_path / place)
        assert (ran.code, ran.stdout) == (2, "")
        assert problem in ran.stderr


def test_a_cloud_that_is_not_configured_gets_a_hint(run, source, lake, tmp_path):
    for arguments in (["oci://bronze@ns/", "--lake", lake], [source, "--lake", "oci://lake@ns/"]):
        for known in ({}, {"OCI_CLI_CONFIG_FILE": "nowhere"}):
            ran = run(*arguments, cwd=tmp_path, env={"HOME": str(tmp_path), **known})
            assert ran.code == 2
            hint = ran.stderr.split("hint: for a local cloud, set ")[1]
            assert "OCI_OBJECT_STORAGE_ENDPOINT" in hint and ("OCI_CLI_CONFIG_FILE" in hint) == (not known)


def test_a_local_cloud_whose_functions_could_not_start_does_not_start(tmp_path):
    (tmp_path / "bad.json").write_text(json.dumps({**SCHEMA, "columns": [{"name": "a", "type": "int"}]}))
    for option, problem in [(["--schema", "bad.json"], "did you mean int32"), (["--key", "/a"], "did you mean pointer:/a?")]:
        command = [BRONZEWORKS, "local", "--listen", "127.0.0.1:0", *option]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment())
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr.startswith("error: invalid configuration: " + option[0]) and problem in ran.stderr
        assert not (tmp_path / "cloud").exists()


@pytest.mark.parametrize("schema", ["gl_journal", "nowhere.json", "s3://"])
def test_an_unknown_schema_is_wrong_usage(run, source, lake, schema):
    ran = run(source, "--lake", lake, "--schema", schema)
    assert ran.code == 2
    assert schema in ran.stderr


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
def test_all_problems_of_a_schema_file_are_reported_together(run, source, lake, tmp_path, text, named):
    schema = tmp_path / "schema.json"
    schema.write_text(text)
    ran = run(source, "--lake", lake, "--schema", schema)
    assert (ran.code, ran.stdout) == (2, "")
    assert str(schema) in ran.stderr
    for name in named:
        assert name in ran.stderr
    assert not lake.exists()
