"""What is in deploy/ holds by what can be known without OCI, and its check finds what would not."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy"))

from checks import conditions, configuration, settings, terraform, without_terraform  # noqa: E402: it is a script's package, and on no path

SCHEMA = json.loads((ROOT / "deploy/provider_schema.json").read_text())

needs_terraform = pytest.mark.skipif(not terraform.is_installed(), reason="Terraform is not installed")


def check(folder=None, **environment):
    command = [sys.executable, str(ROOT / "deploy/check"), *([str(folder)] if folder else [])]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path):
    """A copy of the configuration, in which a file is changed."""
    folder = tmp_path / "deploy"
    shutil.copytree(ROOT / "deploy", folder)

    def change(file, old, new):
        text = (folder / file).read_text()
        assert old in text, f"{file} has changed: {old} is not in it"
        (folder / file).write_text(text.replace(old, new, 1))
        return folder

    return change


def test_nothing_is_wrong():
    ran = check()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "nothing is wrong" in ran.stdout


def test_a_missing_terraform_is_said_aloud(tmp_path):
    ran = check(PATH=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert "TERRAFORM IS NOT INSTALLED" in ran.stdout


MISTAKES = {
    "a misspelt argument": ("streaming.tf", "  partitions ", "  partition ", "oci_streaming_stream.records: no argument `partition`; is `partitions` meant?"),
    "a required argument left out": ("streaming.tf", "  partitions         = var.stream_partitions\n", "", "oci_streaming_stream.records: `partitions` is missing"),
    "a misspelt resource": ("logging.tf", '"oci_logging_log_group"', '"oci_logging_loggroup"', "oci_logging_loggroup.bronzeworks: the provider has no such resource; is `oci_logging_log_group` meant?"),
    "a misspelt nested block": ("connector_hub.tf", "    cursor {", "    cursors {", "oci_sch_service_connector.bronze.source: no nested block `cursors`; is `cursor` meant?"),
    "an argument of a dynamic block": ("streaming.tf", "      kms_key_id = custom", "      key_id = custom", "oci_streaming_stream_pool.pool.custom_encryption_key: no argument `key_id`"),
    "a block in place of an argument": ("streaming.tf", "  freeform_tags  = var.freeform_tags\n", "  freeform_tags {}\n", "oci_streaming_stream_pool.pool: `freeform_tags` is an argument"),
    "an argument in place of a block": ("connector_hub.tf", "    cursor {\n      kind = \"TRIM_HORIZON\"\n    }", '    cursor = "TRIM_HORIZON"', "oci_sch_service_connector.bronze.source: `cursor` is a nested block"),
    "a block too many": ("functions.tf", "  logging {\n", '  logging {\n    line_format = "JSON"\n  }\n  logging {\n', "oci_functions_application.bronzeworks: more than one `logging`"),
    "something that only the service sets": ("streaming.tf", "  retention_in_hours", "  messages_endpoint  = null\n  retention_in_hours", "oci_streaming_stream.records: no argument `messages_endpoint`"),
    "a misspelt attribute": ("outputs.tf", "oci_streaming_stream.records.messages_endpoint", "oci_streaming_stream.records.message_endpoint", "oci_streaming_stream.records has no `message_endpoint`; is `messages_endpoint` meant?"),
    "a resource that is not there": ("outputs.tf", "oci_streaming_stream.records.id", "oci_streaming_stream.record.id", "there is no oci_streaming_stream.record"),
    "a variable that is not there": ("streaming.tf", "var.stream_partitions", "var.partitions", "there is no variable partitions"),
    "a variable that nobody uses": ("variables.tf", "# Network\n", 'variable "spare" {\n  description = "For later."\n  type        = string\n  default     = "later"\n\n  validation {\n    condition     = var.spare != ""\n    error_message = "Expected a text."\n  }\n}\n', "variable spare is used nowhere"),
    "a variable without a description": ("variables.tf", '  description = "Tags of all that is made."\n', "", "variable freeform_tags has no description"),
    "an output without a description": ("outputs.tf", '  description = "OCID of the stream."\n', "", "output stream_id has no description"),
    "an example that lacks something": ("terraform.tfvars.example", 'image_version  = "0.1.0"\n', "", "image_version has no default, and is missing"),
    "an example of what is not there": ("terraform.tfvars.example", "alarm_email", "alarm_mail", "there is no variable alarm_mail"),
    "a setting that the function does not have": ("functions.tf", "    LAKE_URL ", "    LAKE ", "functions.tf: curate has no setting LAKE"),
    "a setting left out": ("functions.tf", "    LAKE_URL     = local.lake_url\n", "", "functions.tf: curate needs LAKE_URL"),
    "a rule that fires itself": ("events/curate.json.tftpl", "*.data.gz", "*.gz", "curate.json.tftpl: matches the event about own-prefix.json"),
    "a rule about every bucket": ("events/curate.json.tftpl", ',\n    "additionalDetails": {"bucketName": "${bucket}"}', "", "curate.json.tftpl: matches the event about other-bucket.json"),
    "a rule about deletions": ("events/curate.json.tftpl", ".updateobject", ".deleteobject", "curate.json.tftpl: matches the event about object-deleted.json"),
    "a rule that misses replaced objects": ("events/curate.json.tftpl", ".updateobject", ".update", "curate.json.tftpl: does not match the event about object-updated.json"),
    "a notification about every file": ("events/quarantine.json.tftpl", "*.jsonl.gz", "*", "quarantine.json.tftpl: matches the event about journal/period_code=202406"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_check_finds(mistake, copy):
    file, old, new, problem = MISTAKES[mistake]
    found, _ = without_terraform.problems(configuration.Configuration(copy(file, old, new)), SCHEMA, ROOT)
    assert any(problem in one for one in found), found


def test_a_file_that_is_no_hcl_is_named(copy, tmp_path):
    ran = check(copy("streaming.tf", "resource", "resource {{"), PATH=str(tmp_path))
    assert ran.returncode == 1
    assert ran.stderr.startswith("deploy/check: streaming.tf: ")


@needs_terraform
@pytest.mark.parametrize(
    "file, old, new, problem",
    [
        ("streaming.tf", "  name               = ", "  name = ", "terraform fmt"),
        ("streaming.tf", "partitions         = var.stream_partitions", 'partitions         = "many"', "a number is required"),
        ("variables.tf", 'startswith(var.tenancy_id, "ocid1.tenancy.")', 'startswith(var.tenancy_id, "ocid1.")', "Missing expected failure"),
        ("functions.tf", "KEY             = var.ingest_key", 'KEY             = "none"', "The settings of ingest are others."),
    ],
    ids=["format", "types", "validations", "values"],
)
def test_terraform_finds_what_is_wrong_with(file, old, new, problem, copy):
    ran = check(copy(file, old, new))
    assert ran.returncode == 1, ran.stdout
    assert problem in ran.stderr


@pytest.mark.parametrize(
    "wanted, event, expected",
    [
        ({}, {"a": 1}, True),
        ({"a": "x"}, {"a": "x", "b": 1}, True),
        ({"a": "x"}, {}, False),
        ({"a": {"b": "x"}}, {"b": "x"}, False),
        ({"a": ["x", "y"]}, {"a": "y"}, True),
        ({"a": ["x", "y"]}, {"a": "z"}, False),
        ({"a": "*.gz"}, {"a": "b/c.gz"}, True),
        ({"a": "*.gz"}, {"a": "b.gz.json"}, False),
        ({"a": "b*z"}, {"a": "bz"}, True),
        ({"a": "b.z"}, {"a": "bxz"}, False),
        ({"a": "*"}, {"a": ""}, True),
        ({"a": "*"}, {"a": None}, False),
    ],
)
def test_a_condition_matches_as_the_events_service_documents_it(wanted, event, expected):
    assert conditions.matches(wanted, event) is expected


def test_settings_are_found_by_name_and_by_constant():
    source = """
        Setting { name: "KEY", flag: "--key", default: None, about: "the key" },
        Setting {
            name: STREAM,
            flag: "--stream",
            default: Some(LOOK_UP),
        },
        const STREAM: &str = "STREAM_ID";
    """
    assert settings.settings(source) == {"KEY": False, "STREAM_ID": True}


def test_the_functions_tables_of_settings_are_found():
    curate = settings.settings((ROOT / "functions/curate/src/config.rs").read_text())
    assert (curate["LAKE_URL"], curate["TABLE_SCHEMA"]) == (False, True)


def test_the_schema_says_what_it_was_read_from():
    assert "deploy/provider-schema" in SCHEMA["read_from"]


def test_the_readme_speaks_of_variables_and_outputs_that_there_are():
    read = configuration.Configuration(ROOT / "deploy")
    there = {*read.named("variable"), *read.named("output")}
    text = (ROOT / "deploy/README.md").read_text()
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text)) | set(re.findall(r"output -raw (\w+)", text))
    assert named <= there
    assert len(named) > 20


def images(*arguments, **environment):
    return subprocess.run(["bash", str(ROOT / "deploy/images"), *arguments], env={**os.environ, **environment}, capture_output=True, text=True)


def test_images_are_built_and_pushed_for_both_processors():
    ran = images("--dry-run", "lhr.ocir.io/mytenancy/bronzeworks", "0.1.0")
    assert ran.returncode == 0, ran.stderr
    build = "docker buildx build --builder bronzeworks --platform linux/amd64,linux/arm64 --provenance=false"
    assert ran.stdout.splitlines() == [
        "docker buildx create --name bronzeworks --driver docker-container",
        f"{build} --build-arg FUNCTION=curate --tag lhr.ocir.io/mytenancy/bronzeworks/curate:0.1.0 --push .",
        f"{build} --build-arg FUNCTION=ingest --tag lhr.ocir.io/mytenancy/bronzeworks/ingest:0.1.0 --push .",
    ]


def test_what_images_prints_is_what_it_runs(tmp_path):
    """With a `docker` that writes down how it is called."""
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\necho "docker $*" >> {tmp_path}/calls\n[ "$2" != inspect ]\n')
    docker.chmod(0o755)
    arguments = ("--platform", "linux/arm64", "lhr.ocir.io/mytenancy/bronzeworks", "0.1.0")
    ran = images(*arguments, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert ran.returncode == 0, ran.stderr
    calls = [call for call in (tmp_path / "calls").read_text().splitlines() if " version" not in call and " inspect" not in call]
    assert calls == images("--dry-run", *arguments).stdout.splitlines()
    assert calls == ran.stdout.splitlines()


def test_the_first_image_that_cannot_be_built_ends_it(tmp_path):
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\n[ "$2" != build ]\n')
    docker.chmod(0o755)
    ran = images("lhr.ocir.io/mytenancy/bronzeworks", "0.1.0", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert ran.returncode != 0
    assert "FUNCTION=ingest" not in ran.stdout


@pytest.mark.parametrize(
    "arguments, problem",
    [
        ((), "usage:"),
        (("lhr.ocir.io/mytenancy/bronzeworks",), "usage:"),
        (("bronzeworks", "0.1.0"), "bronzeworks is no HOST/NAMESPACE/PREFIX"),
        (("lhr.ocir.io/mytenancy/bronzeworks", "latest"), "latest is no version"),
        (("lhr.ocir.io/mytenancy/bronzeworks", "0.1:0"), "0.1:0 is no tag"),
        (("--platform", "linux/riscv64", "lhr.ocir.io/mytenancy/bronzeworks", "0.1.0"), "not on linux/riscv64"),
        (("--platform",), "--platform wants"),
        (("--dryrun", "lhr.ocir.io/mytenancy/bronzeworks", "0.1.0"), "there is no option --dryrun"),
    ],
)
def test_images_refuses(arguments, problem):
    ran = images(*arguments)
    assert ran.returncode == 2
    assert ran.stderr.startswith("deploy/images: ") and problem in ran.stderr
