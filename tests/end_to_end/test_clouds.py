"""Tests curating in cloud stores: sources and lake in buckets of an S3 server and of the OCI emulator."""

import itertools
import json
import pathlib
import random
import re
import subprocess

import clouds
import generated
import lakes
import objects
import pytest
from clouds import download
from conftest import BRONZEWORKS, environment

NUMBERS = itertools.count()


@pytest.fixture(scope="module", params=[clouds.S3, clouds.Oci], ids=["s3", "oci"])
def cloud(request, tmp_path_factory):
    cloud = request.param(tmp_path_factory.mktemp("cloud"))
    yield cloud
    cloud.process.kill()
    cloud.process.wait()


@pytest.fixture
def env(cloud):
    return cloud.env


@pytest.fixture
def bucket(cloud, request):
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    return cloud.bucket(f"{name[:55].strip('-')}-{next(NUMBERS)}")


@pytest.fixture
def curate_cloud(run, env):
    def curate_cloud(*arguments, code=0):
        ran = run(*arguments, "--json", env=env)
        assert ran.code == code, ran.stderr
        return ran

    return curate_cloud


def without_place(rows):
    return [{name: value for name, value in row.items() if name != "_source"} for row in rows]


def test_a_run_from_bucket_to_bucket_gives_the_rows_of_a_local_run(curate_cloud, curate, bucket, bronze, lake, tmp_path):
    for path in bronze.rglob("*.gz"):
        bucket.put(f"landing/{path.relative_to(bronze)}", path.read_bytes())
    ran = curate_cloud(bucket.url("landing"), "--lake", bucket.url("tables/journal"))
    assert len(ran.results) == 4
    copy = download(bucket, tmp_path / "copy", "tables/journal/")
    for receipt in ran.results:
        lakes.check_receipt(copy, receipt)
        assert receipt["source"]["url"].startswith(bucket.url("landing/"))
    curate(bronze)
    assert without_place(lakes.rows(copy)) == without_place(lakes.rows(lake))
    assert {path.parent.relative_to(copy) for path in lakes.files(copy)} == {path.parent.relative_to(lake) for path in lakes.files(lake)}


def test_a_second_run_writes_nothing(curate_cloud, bucket):
    source = bucket.put("in/a.data.gz", objects.lines(objects.journal()))
    assert curate_cloud(source, "--lake", bucket.url("lake")).result["status"] == "curated"
    before = bucket.keys()
    assert curate_cloud(source, "--lake", bucket.url("lake")).result["status"] == "unchanged"
    assert bucket.keys() == before


def test_a_replaced_object_replaces_its_outputs(curate_cloud, bucket, tmp_path):
    source = bucket.put("in/a.jsonl", b"bad\n" + objects.lines(objects.journal(currency_code="USD")))
    curate_cloud(source, "--lake", bucket.url("lake"))
    old = set(bucket.keys("lake/period")) | set(bucket.keys("lake/_quarantine"))
    assert len(old) == 2
    bucket.put("in/a.jsonl", objects.lines(objects.journal(), objects.journal()))
    assert curate_cloud(source, "--lake", bucket.url("lake")).result["counts"]["curated"] == 2
    copy = download(bucket, tmp_path / "copy", "lake/")
    assert not old & set(bucket.keys())
    assert len(lakes.rows(copy)) == 2
    assert len(bucket.keys("lake/")) == 3  # the file, the receipt, and the description of the table


def test_the_same_content_put_again_is_the_same_source_where_the_etag_depends_on_content(curate_cloud, bucket):
    text = objects.lines(objects.journal())
    source = bucket.put("in/a.data.gz", text)
    curate_cloud(source, "--lake", bucket.url("lake"))
    bucket.put("in/a.data.gz", text)
    # S3's ETag is a hash of the content. OCI creates a new one with each write, so its object is another version of the source.
    status = "unchanged" if isinstance(bucket, clouds.S3Bucket) else "curated"
    before = set(bucket.keys("lake/period"))
    assert curate_cloud(source, "--lake", bucket.url("lake")).result["status"] == status
    assert len(bucket.keys("lake/period")) == len(before)


def test_odd_names_and_values_are_escaped_once(curate_cloud, bucket, tmp_path):
    names = ["a b", "a%20b", "a+b", "é", "a=b&c", "a#b", "a?b", "a'b"]
    for name in names:
        bucket.put(f"in/{name}.jsonl", objects.lines(objects.journal(period_code=name, currency_code="a/b%2F")))
    curate_cloud(bucket.url("in"), "--lake", bucket.url("lake"))
    copy = download(bucket, tmp_path / "copy", "lake/")
    found = lakes.rows(copy, order="period_code")
    assert [row["period_code"] for row in found] == sorted(names)
    assert {row["currency_code"] for row in found} == {"a/b%2F"}
    assert len({row["_source"] for row in found}) == len(names)


def test_an_object_of_many_parts_is_complete_and_no_upload_stays_open(curate_cloud, bucket, tmp_path):
    rng = random.Random(9)
    lines = [objects.line(objects.journal(account_code=rng.randbytes(2000).hex()), at) for at in range(6000)]
    url = bucket.put("in.jsonl", b"\n".join([*lines, *(line[:-9] for line in lines)]))
    receipt = curate_cloud(url, "--lake", bucket.url("lake")).result
    copy = download(bucket, tmp_path / "copy", "lake/")
    lakes.check_receipt(copy, receipt)
    assert (receipt["counts"]["curated"], receipt["counts"]["quarantined"]) == (6000, 6000)
    assert min(output["bytes"] for output in receipt["outputs"]) > 5 << 20
    assert [row["_offset"] for row in lakes.rows(copy)] == list(range(6000))
    assert bucket.uploads() == []


def test_a_quarantine_in_a_bucket_is_reprocessed(curate_cloud, bucket, tmp_path):
    source = bucket.put("in.jsonl", b"bad\n" + objects.lines(objects.journal()))
    curate_cloud(source, "--lake", bucket.url("lake"))
    schema = json.loads((pathlib.Path(__file__).parents[2] / "shared/table/src/schemas/gl-journal.json").read_text())
    other = objects.write(tmp_path / "second.json", json.dumps({**schema, "version": 2}).encode())
    (receipt,) = curate_cloud(bucket.url("lake/_quarantine"), "--lake", bucket.url("lake"), "--schema", other).results
    assert receipt["counts"] == {"lines": 1, "blank": 0, "curated": 0, "quarantined": 1}


def test_the_refused_records_of_a_lake_in_a_bucket_are_listed(curate_cloud, env, bucket):
    source = bucket.put("in.jsonl", b"bad\n" + objects.lines(objects.journal()))
    curate_cloud(source, "--lake", bucket.url("lake"))
    command = [BRONZEWORKS, "quarantine", bucket.url("lake"), "--json"]
    listed = subprocess.run(command, env=environment(env), capture_output=True, text=True, check=True)
    assert (json.loads(listed.stdout)["source"], json.loads(listed.stdout)["line_text"]) == (source, "bad")
    command[2] = bucket.url("nothing-here")
    missing = subprocess.run(command, env=environment(env), capture_output=True, text=True)
    assert missing.returncode == 1 and "there is no lake at" in missing.stderr


def test_a_local_source_goes_to_a_bucket_and_back(curate_cloud, bucket, bronze, lake):
    ran = curate_cloud(bronze, "--lake", bucket.url())
    assert sum(result["counts"]["curated"] for result in ran.results) > 0
    assert any(key.startswith("period_code=") for key in bucket.keys())
    source = bucket.put("elsewhere/in.jsonl", objects.lines(objects.journal()))
    assert curate_cloud(source, "--lake", lake).result["counts"]["curated"] == 1
    assert len(lakes.rows(lake)) == 1


def test_a_schema_may_be_in_a_bucket(curate_cloud, bucket, tmp_path, lake):
    schema = objects.schema(tmp_path / "schema.json", {"uuid": "string"}, name="elsewhere")
    url = bucket.put("schemas/t.json", schema.read_bytes())
    source = bucket.put("in.jsonl", objects.lines({"uuid": "1"}))
    assert curate_cloud(source, "--lake", lake, "--schema", url).result["schema"]["name"] == "elsewhere"


@pytest.mark.parametrize("key", ["missing.data.gz", "missing/"])
def test_a_missing_object_is_named_and_fails_the_run(run, env, bucket, lake, key):
    ran = run(bucket.url(key), "--lake", lake, env=env)
    assert ran.code == 1
    assert key in ran.stderr


def test_a_missing_bucket_fails_the_run_and_is_named(run, cloud, env, tmp_path):
    source = objects.write(tmp_path / "in.jsonl", objects.lines(objects.journal()))
    ran = run(source, "--lake", cloud.url("nobody-made-this-bucket"), "--json", env=env)
    assert ran.code == 1
    assert cloud.url("nobody-made-this-bucket") in ran.stderr and ran.stdout == ""
    ran = run(cloud.url("nobody-made-this-bucket", "in.data.gz"), "--lake", tmp_path / "lake", env=env)
    assert ran.code == 1
    assert cloud.url("nobody-made-this-bucket", "in.data.gz") in ran.stderr


def test_concurrent_runs_write_what_one_writes(launch, env, bucket, tmp_path):
    text = objects.lines(*[objects.journal(period_code=f"{at % 10}") for at in range(500)])
    source = bucket.put("in.jsonl", b"bad\n" + text)
    processes = [launch(source, "--lake", bucket.url("lake"), "--json", env=env) for _ in range(3)]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], errors
    assert len(bucket.keys("lake/")) == 13  # ten files, the quarantine, the receipt, and the description of the table
    assert len(lakes.rows(download(bucket, tmp_path / "copy", "lake/"))) == 500
    assert bucket.uploads() == []


def test_memory_stays_below_the_ceiling_in_a_cloud_too(watched, env, bucket, tmp_path):
    path = tmp_path / "in.data.gz"
    generated.make(path, "--megabytes", 60, "--periods", 24, "--currencies", 150, "--seed", 3)
    source = bucket.put("in.data.gz", path.read_bytes())
    ran, peak = watched(source, "--lake", bucket.url("lake"), "--memory", "128MB", "--json", env=env)
    assert ran.code == 0, ran.stderr
    assert peak < 128_000_000


@pytest.mark.parametrize("cloud", [clouds.Oci], ids=["oci"], indirect=True)
def test_uploads_and_downloads_hold_a_few_parts_in_memory(watched, env, bucket, tmp_path):
    size, part = 300_000_000, 8 << 20
    path = objects.write(tmp_path / "big", random.Random(1).randbytes(1 << 20) * (size >> 20))
    url, copy = bucket.url("big"), tmp_path / "copy"
    put, put_peak = watched("put-multipart", url, path, "--part-size", part, env=env, command=[clouds.OBJECTS])
    get, get_peak = watched("get", url, copy, env=env, command=[clouds.OBJECTS])
    assert (put.code, get.code) == (0, 0), put.stderr + get.stderr
    assert copy.read_bytes() == path.read_bytes()
    assert put_peak < 8 * part and get_peak < 32 << 20
