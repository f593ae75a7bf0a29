"""Tests that the deployment on OCI is consistent, as far as that can be checked without OCI, and that its check finds mistakes."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/oci"))

from checks import conditions, configuration, settings, terraform, without_terraform  # noqa: E402: the package of a script, so not on the path

SCHEMA = json.loads((ROOT / "deploy/oci/provider_schema.json").read_text())

needs_terraform = pytest.mark.skipif(not terraform.is_installed(), reason="Terraform is not installed")


def check(folder=None, **environment):
    command = [sys.executable, str(ROOT / "deploy/oci/check"), *([str(folder)] if folder else [])]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path):
    """Returns a function that changes one file in a copy of the configuration, and returns the copy's folder."""
    folder = tmp_path / "deploy"
    shutil.copytree(ROOT / "deploy/oci", folder)

    def change(file, old, new):
        text = (folder / file).read_text()
        assert old in text, f"{file} no longer contains: {old}"
        (folder / file).write_text(text.replace(old, new, 1))
        return folder

    return change


def test_the_configuration_has_no_problems():
    ran = check()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "no problems" in ran.stdout


def test_a_missing_terraform_is_reported(tmp_path):
    ran = check(PATH=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert "TERRAFORM IS NOT INSTALLED" in ran.stdout


MISTAKES = {
    "a misspelt argument": ("streaming.tf", "  partitions ", "  partition ", "oci_streaming_stream.records: unknown argument `partition`; did you mean `partitions`?"),
    "a missing required argument": ("streaming.tf", "  partitions         = var.stream_partitions\n", "", "oci_streaming_stream.records: `partitions` is missing"),
    "a misspelt resource": ("logging.tf", '"oci_logging_log_group"', '"oci_logging_loggroup"', "oci_logging_loggroup.bronzeworks: the provider has no such resource type; did you mean `oci_logging_log_group`?"),
    "a misspelt nested block": ("connector_hub.tf", "    cursor {", "    cursors {", "oci_sch_service_connector.bronze.source: unknown nested block `cursors`; did you mean `cursor`?"),
    "an argument of a dynamic block": ("streaming.tf", "      kms_key_id = custom", "      key_id = custom", "oci_streaming_stream_pool.pool.custom_encryption_key: unknown argument `key_id`"),
    "a block instead of an argument": ("streaming.tf", "  freeform_tags  = var.freeform_tags\n", "  freeform_tags {}\n", "oci_streaming_stream_pool.pool: `freeform_tags` must be an argument"),
    "an argument instead of a block": ("connector_hub.tf", "    cursor {\n      kind = \"TRIM_HORIZON\"\n    }", '    cursor = "TRIM_HORIZON"', "oci_sch_service_connector.bronze.source: `cursor` must be a nested block"),
    "a duplicate block": ("functions.tf", "  logging {\n", '  logging {\n    line_format = "JSON"\n  }\n  logging {\n', "oci_functions_application.bronzeworks: more than one `logging`"),
    "an attribute that only the service sets": ("streaming.tf", "  retention_in_hours", "  messages_endpoint  = null\n  retention_in_hours", "oci_streaming_stream.records: unknown argument `messages_endpoint`"),
    "a misspelt attribute": ("outputs.tf", "oci_streaming_stream.records.messages_endpoint", "oci_streaming_stream.records.message_endpoint", "oci_streaming_stream.records has no `message_endpoint`; did you mean `messages_endpoint`?"),
    "a resource that is not declared": ("outputs.tf", "oci_streaming_stream.records.id", "oci_streaming_stream.record.id", "oci_streaming_stream.record is not declared"),
    "a variable that is not declared": ("streaming.tf", "var.stream_partitions", "var.partitions", "variable partitions is used but not declared"),
    "an unused variable": ("variables.tf", "# Network\n", 'variable "spare" {\n  description = "For later."\n  type        = string\n  default     = "later"\n\n  validation {\n    condition     = var.spare != ""\n    error_message = "Expected a string."\n  }\n}\n', "variable spare is never used"),
    "a variable without a description": ("variables.tf", '  description = "Tags of all resources."\n', "", "variable freeform_tags has no description"),
    "an output without a description": ("outputs.tf", '  description = "OCID of the stream."\n', "", "output stream_id has no description"),
    "an example without a required variable": ("terraform.tfvars.example", 'image_version  = "0.1.0"\n', "", "image_version is missing and has no default"),
    "an example that sets an undeclared variable": ("terraform.tfvars.example", "alarm_email", "alarm_mail", "variable alarm_mail is not declared"),
    "a setting that the function does not have": ("functions.tf", "    LAKE_URL ", "    LAKE ", "functions.tf: curate has no setting LAKE"),
    "a missing setting": ("functions.tf", "    LAKE_URL     = local.lake_url\n", "", "functions.tf: curate needs LAKE_URL"),
    "a default that differs from the function's": ("variables.tf", 'read that file."\n  type        = string\n  default     = "lake"', 'read that file."\n  type        = string\n  default     = "readings"', "table_schema defaults to readings, but TABLE_SCHEMA of curate to lake"),
    "a permission for the whole compartment": ("identity.tf", ", target.function.id = '${oci_functions_function.ingest.id}'", "", "identity.tf: a statement is not restricted to one bucket, stream, function or key: Allow any-user to {FN_FUNCTION_READ, FN_INVOCATION}"),
    "a verb instead of single permissions": ("identity.tf", "to {OBJECT_CREATE} ", "to manage objects ", "identity.tf: a statement allows whatever its resource type has, instead of single permissions: Allow any-user to manage objects"),
    "a permission that the guide does not show": ("identity.tf", "to {OBJECT_CREATE} ", "to {OBJECT_CREATE, OBJECT_DELETE} ", "docs/src/guides/deploy-oci.md: the generated permissions differ from identity.tf"),
    "a permission without a reason": ("identity.tf", "    # Commits uploads in parts.\n", "", "identity.tf: no comment says why: Allow dynamic-group bronzeworks-curate to {BUCKET_READ}"),
    "a permission for something unknown": ("identity.tf", "${oci_streaming_stream.records.id}", "${oci_streaming_stream.other.id}", "identity.tf: ${oci_streaming_stream.other.id} is not among the placeholders"),
    "a rule that triggers itself": ("events/curate.json.tftpl", "*.data.gz", "*.gz", "curate.json.tftpl: matches the event about own-prefix.json"),
    "a rule for every bucket": ("events/curate.json.tftpl", ',\n    "additionalDetails": {"bucketName": "${bucket}"}', "", "curate.json.tftpl: matches the event about other-bucket.json"),
    "a rule for deletions": ("events/curate.json.tftpl", ".updateobject", ".deleteobject", "curate.json.tftpl: matches the event about object-deleted.json"),
    "a rule that misses replaced objects": ("events/curate.json.tftpl", ".updateobject", ".update", "curate.json.tftpl: does not match the event about object-updated.json"),
    "a notification for every file": ("events/quarantine.json.tftpl", "*.jsonl.gz", "*", "quarantine.json.tftpl: matches the event about journal/period_code=202406"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_check_finds(mistake, copy):
    file, old, new, problem = MISTAKES[mistake]
    found = without_terraform.problems(configuration.Configuration(copy(file, old, new)), SCHEMA, ROOT)
    assert any(problem in one for one in found), found


def test_an_invalid_file_is_named(copy, tmp_path):
    ran = check(copy("streaming.tf", "resource", "resource {{"), PATH=str(tmp_path))
    assert ran.returncode == 1
    assert ran.stderr.startswith("deploy/oci/check: streaming.tf: ")


@needs_terraform
@pytest.mark.parametrize(
    "file, old, new, problem",
    [
        ("streaming.tf", "  name               = ", "  name = ", "terraform fmt"),
        ("streaming.tf", "partitions         = var.stream_partitions", 'partitions         = "many"', "a number is required"),
        ("variables.tf", 'startswith(var.tenancy_id, "ocid1.tenancy.")', 'startswith(var.tenancy_id, "ocid1.")', "Missing expected failure"),
        ("functions.tf", "KEY             = var.ingest_key", 'KEY             = "none"', "The settings of ingest differ."),
    ],
    ids=["format", "types", "validations", "values"],
)
def test_terraform_reports_a_mistake_in(file, old, new, problem, copy):
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
def test_conditions_match_as_the_events_service_documents(wanted, event, expected):
    assert conditions.matches(wanted, event) is expected


def test_a_missing_tool_is_reported():
    ran = check(BRONZEWORKS_BIN="/nonexistent/bronzeworks")
    assert ran.returncode == 1
    assert "set BRONZEWORKS_BIN" in ran.stderr


def test_the_provider_schema_names_its_source():
    assert "deploy/oci/provider-schema" in SCHEMA["read_from"]


def test_the_guide_mentions_only_declared_variables_and_outputs():
    read = configuration.Configuration(ROOT / "deploy/oci")
    declared = {*read.named("variable"), *read.named("output")}
    text = (ROOT / "docs/src/guides/deploy-oci.md").read_text()
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text)) | set(re.findall(r"output -raw (\w+)", text))
    assert named <= declared
    assert len(named) > 15


def images(*arguments, **environment):
    return subprocess.run(["bash", str(ROOT / "deploy/oci/images"), *arguments], env={**os.environ, **environment}, capture_output=True, text=True)


def test_images_are_built_and_pushed_for_both_processors():
    ran = images("--dry-run", "lhr.ocir.io/mytenancy/bronzeworks", "0.1.0")
    assert ran.returncode == 0, ran.stderr
    create, *builds = ran.stdout.splitlines()
    assert create.startswith("docker buildx create --name bronzeworks --driver docker-container --driver-opt image=moby/buildkit:")
    build = "docker buildx build --builder bronzeworks --platform linux/amd64,linux/arm64 --provenance=mode=max"
    assert builds == [
        f"{build} --build-arg FUNCTION={name} --tag lhr.ocir.io/mytenancy/bronzeworks/{name}:0.1.0 --metadata-file target/{name}.image.json --push ."
        for name in ("curate", "ingest")
    ]


def test_images_can_be_built_without_provenance():
    ran = images("--dry-run", "--no-provenance", "lhr.ocir.io/mytenancy/bronzeworks", "0.1.0")
    assert ran.stdout.count(" --provenance=false ") == 2


# Records its arguments, and reports a digest as buildx does.
DOCKER = """\
#!/usr/bin/env bash
echo "docker $*" >> FOLDER/calls
while [ $# -gt 1 ]; do
    [ "$1" != --metadata-file ] || printf '{\\n  "containerimage.digest": "sha256:%064d",\\n  "image.name": "x"\\n}' 7 > "$2"
    [ "$2" != inspect ] || exit 1
    shift
done
"""


def test_images_prints_the_commands_that_it_runs_and_the_digests(tmp_path):
    docker = tmp_path / "docker"
    docker.write_text(DOCKER.replace("FOLDER", str(tmp_path)))
    docker.chmod(0o755)
    arguments = ("--platform", "linux/arm64", "lhr.ocir.io/mytenancy/bronzeworks", "0.1.0")
    ran = images(*arguments, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert ran.returncode == 0, ran.stderr
    calls = [call for call in (tmp_path / "calls").read_text().splitlines() if " version" not in call and " inspect" not in call]
    assert calls == images("--dry-run", *arguments).stdout.splitlines()
    assert [*calls, *(f'{name} = "sha256:{7:064d}"' for name in ("curate", "ingest"))] == ran.stdout.splitlines()


def test_images_stops_at_the_first_image_that_cannot_be_built(tmp_path):
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
        (("bronzeworks", "0.1.0"), "bronzeworks is not HOST/NAMESPACE/PREFIX"),
        (("lhr.ocir.io/mytenancy/bronzeworks", "latest"), "choose a version other than latest"),
        (("lhr.ocir.io/mytenancy/bronzeworks", "0.1:0"), "0.1:0 is not a valid image tag"),
        (("--platform", "linux/riscv64", "lhr.ocir.io/mytenancy/bronzeworks", "0.1.0"), "not linux/riscv64"),
        (("--platform",), "--platform needs a value"),
        (("--dryrun", "lhr.ocir.io/mytenancy/bronzeworks", "0.1.0"), "unknown option --dryrun"),
    ],
)
def test_images_rejects(arguments, problem):
    ran = images(*arguments)
    assert ran.returncode == 2
    assert ran.stderr.startswith("deploy/oci/images: ") and problem in ran.stderr


def test_only_the_generated_list_shows_policies():
    documents = [ROOT / "README.md", *ROOT.glob("docs/src/**/*.md"), *ROOT.glob("deploy/**/*.md"), *ROOT.glob("functions/*/*.md")]
    assert [path.name for path in documents if re.search(r"(?m)^ *Allow ", path.read_text())] == ["deploy-oci.md"]
