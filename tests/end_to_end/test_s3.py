"""The same in a cloud's store: sources and lake in buckets of a server that speaks S3."""

import json
import pathlib
import random
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3
import lakes
import objects
import pytest


@pytest.fixture(scope="module")
def server():
    """The address of moto's server, on a port that was free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, process)
        yield address
    finally:
        process.kill()
        process.wait()


def wait_for(address, process):
    while process.poll() is None:
        try:
            return urllib.request.urlopen(address + "/moto-api/").close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError(f"moto's server ended with {process.returncode}")


@pytest.fixture(scope="module")
def env(server):
    return {
        "AWS_ENDPOINT": server,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "anyone",
        "AWS_SECRET_ACCESS_KEY": "anything",
        "AWS_REGION": "us-east-1",
    }


class Bucket:
    """A bucket, looked at with Amazon's own client."""

    def __init__(self, server, name):
        self.name = name
        self.client = boto3.client(
            "s3", endpoint_url=server, region_name="us-east-1", aws_access_key_id="anyone", aws_secret_access_key="anything"
        )
        self.client.create_bucket(Bucket=name)

    def url(self, key=""):
        return f"s3://{self.name}/{key}"

    def put(self, key, data):
        self.client.put_object(Bucket=self.name, Key=key, Body=data)
        return self.url(key)

    def keys(self, prefix=""):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return {item["Key"]: (item["ETag"], item["LastModified"]) for page in pages for item in page.get("Contents", [])}

    def download(self, folder, prefix=""):
        """A copy of everything under a prefix, as a local lake."""
        for key in self.keys(prefix):
            path = folder / key.removeprefix(prefix).lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            self.client.download_file(self.name, key, str(path))
        return folder

    def uploads(self):
        """Uploads that were begun and neither ended nor given up: they cost money for ever."""
        return self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", [])


@pytest.fixture
def bucket(server, request):
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:60].strip("-")
    return Bucket(server, name)


@pytest.fixture
def curate_s3(run, env):
    def curate_s3(*arguments, code=0):
        ran = run(*arguments, "--json", env=env)
        assert ran.code == code, ran.stderr
        return ran

    return curate_s3


def without_place(rows):
    return [{name: value for name, value in row.items() if name != "_source"} for row in rows]


def test_a_run_from_bucket_to_bucket_gives_the_rows_of_a_local_run(curate_s3, curate, bucket, bronze, lake, tmp_path):
    for path in bronze.rglob("*.gz"):
        bucket.put(f"landing/{path.relative_to(bronze)}", path.read_bytes())
    ran = curate_s3(bucket.url("landing"), "--lake", bucket.url("tables/journal"))
    assert len(ran.results) == 4
    copy = bucket.download(tmp_path / "copy", "tables/journal/")
    for receipt in ran.results:
        lakes.check_receipt(copy, receipt)
        assert receipt["source"]["url"].startswith(bucket.url("landing/"))
    curate(bronze)
    assert without_place(lakes.rows(copy)) == without_place(lakes.rows(lake))
    assert {path.parent.relative_to(copy) for path in lakes.files(copy)} == {path.parent.relative_to(lake) for path in lakes.files(lake)}


def test_a_second_run_writes_nothing(curate_s3, bucket):
    source = bucket.put("in/a.data.gz", objects.lines(objects.journal()))
    assert curate_s3(source, "--lake", bucket.url("lake")).result["status"] == "curated"
    before = bucket.keys()
    assert curate_s3(source, "--lake", bucket.url("lake")).result["status"] == "unchanged"
    assert bucket.keys() == before


def test_a_replaced_object_takes_its_outputs_along(curate_s3, bucket, tmp_path):
    source = bucket.put("in/a.jsonl", b"bad\n" + objects.lines(objects.journal(currency_code="USD")))
    curate_s3(source, "--lake", bucket.url("lake"))
    old = set(bucket.keys("lake/period")) | set(bucket.keys("lake/_quarantine"))
    assert len(old) == 2
    bucket.put("in/a.jsonl", objects.lines(objects.journal(), objects.journal()))
    assert curate_s3(source, "--lake", bucket.url("lake")).result["counts"]["curated"] == 2
    copy = bucket.download(tmp_path / "copy", "lake/")
    assert not old & set(bucket.keys())
    assert len(lakes.rows(copy)) == 2
    assert len(bucket.keys("lake/")) == 2


def test_the_same_content_put_again_is_the_same_source(curate_s3, bucket):
    text = objects.lines(objects.journal())
    source = bucket.put("in/a.data.gz", text)
    curate_s3(source, "--lake", bucket.url("lake"))
    bucket.put("in/a.data.gz", text)
    assert curate_s3(source, "--lake", bucket.url("lake")).result["status"] == "unchanged"


def test_odd_names_and_values_are_escaped_once(curate_s3, bucket, tmp_path):
    names = ["a b", "a%20b", "a+b", "é", "a=b&c", "a#b", "a?b", "a'b"]
    for name in names:
        bucket.put(f"in/{name}.jsonl", objects.lines(objects.journal(period_code=name, currency_code="a/b%2F")))
    curate_s3(bucket.url("in"), "--lake", bucket.url("lake"))
    copy = bucket.download(tmp_path / "copy", "lake/")
    found = lakes.rows(copy, order="period_code")
    assert [row["period_code"] for row in found] == sorted(names)
    assert {row["currency_code"] for row in found} == {"a/b%2F"}
    assert len({row["_source"] for row in found}) == len(names)


def test_an_object_of_many_parts_is_whole_and_no_upload_stays_open(curate_s3, bucket, tmp_path):
    rng = random.Random(9)
    lines = [objects.line(objects.journal(account_code=rng.randbytes(2000).hex()), at) for at in range(6000)]
    url = bucket.put("in.jsonl", b"\n".join([*lines, *(line[:-9] for line in lines)]))
    receipt = curate_s3(url, "--lake", bucket.url("lake")).result
    copy = bucket.download(tmp_path / "copy", "lake/")
    lakes.check_receipt(copy, receipt)
    assert (receipt["counts"]["curated"], receipt["counts"]["quarantined"]) == (6000, 6000)
    assert min(output["bytes"] for output in receipt["outputs"]) > 5 << 20
    assert [row["_offset"] for row in lakes.rows(copy)] == list(range(6000))
    assert bucket.uploads() == []


def test_a_quarantine_in_a_bucket_is_driven_again(curate_s3, bucket, tmp_path):
    source = bucket.put("in.jsonl", b"bad\n" + objects.lines(objects.journal()))
    curate_s3(source, "--lake", bucket.url("lake"))
    schema = json.loads((pathlib.Path(__file__).parents[2] / "shared/table/src/schemas/gl-journal.json").read_text())
    other = objects.write(tmp_path / "second.json", json.dumps({**schema, "version": 2}).encode())
    (receipt,) = curate_s3(bucket.url("lake/_quarantine"), "--lake", bucket.url("lake"), "--schema", other).results
    assert receipt["counts"] == {"lines": 1, "blank": 0, "curated": 0, "quarantined": 1}


def test_a_local_source_goes_to_a_bucket_and_back(curate_s3, bucket, bronze, lake):
    ran = curate_s3(bronze, "--lake", bucket.url())
    assert sum(result["counts"]["curated"] for result in ran.results) > 0
    assert any(key.startswith("period_code=") for key in bucket.keys())
    source = bucket.put("elsewhere/in.jsonl", objects.lines(objects.journal()))
    assert curate_s3(source, "--lake", lake).result["counts"]["curated"] == 1
    assert len(lakes.rows(lake)) == 1


def test_a_schema_may_lie_in_a_bucket(curate_s3, bucket, tmp_path, lake):
    schema = objects.schema(tmp_path / "schema.json", {"uuid": "string"}, name="elsewhere")
    url = bucket.put("schemas/t.json", schema.read_bytes())
    source = bucket.put("in.jsonl", objects.lines({"uuid": "1"}))
    assert curate_s3(source, "--lake", lake, "--schema", url).result["schema"]["name"] == "elsewhere"


@pytest.mark.parametrize("key", ["missing.data.gz", "missing/"])
def test_what_is_not_there_is_named_and_fails_the_run(run, env, bucket, lake, key):
    ran = run(bucket.url(key), "--lake", lake, env=env)
    assert ran.code == 1
    assert key in ran.stderr


def test_a_bucket_that_is_not_there_fails_the_run_and_is_named(run, env, tmp_path):
    source = objects.write(tmp_path / "in.jsonl", objects.lines(objects.journal()))
    ran = run(source, "--lake", "s3://nobody-made-this-bucket", "--json", env=env)
    assert ran.code == 1
    assert source.as_uri() in ran.stderr and json.loads(ran.stdout)["status"] == "failed"
    ran = run("s3://nobody-made-this-bucket/in.data.gz", "--lake", tmp_path / "lake", env=env)
    assert ran.code == 1
    assert "s3://nobody-made-this-bucket/in.data.gz" in ran.stderr


def test_two_at_once_write_what_one_writes(launch, env, bucket, tmp_path):
    text = objects.lines(*[objects.journal(period_code=f"{at % 10}") for at in range(500)])
    source = bucket.put("in.jsonl", b"bad\n" + text)
    processes = [launch(source, "--lake", bucket.url("lake"), "--json", env=env) for _ in range(3)]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], errors
    assert len(bucket.keys("lake/")) == 12
    assert len(lakes.rows(bucket.download(tmp_path / "copy", "lake/"))) == 500
    assert bucket.uploads() == []
