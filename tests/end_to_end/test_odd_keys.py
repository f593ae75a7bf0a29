"""Tests keys that are not paths. In S3 each fails alone, by name; OCI Object Storage reads them all."""

import clouds
import lakes
import objects
import pytest

TEXT = objects.lines(objects.journal())

ODD = {
    "b//x.gz": "b//x.gz: the key contains //",
    "/lead.gz": "/lead.gz: the key begins with /",
    "/x.gz": "/x.gz: the key begins with /",
    "b/full.gz/": "b/full.gz/: the key ends in /",
    "b/./dot.gz": "b/./dot.gz: the key has a segment . or ..",
    "b/../up.gz": "b/../up.gz: the key has a segment . or ..",
    "b/tab\t.gz": "b/tab%09.gz: the key contains a control character",
}
GOOD = ["a.gz", "b/good.gz", "x.gz", "z.gz"]


@pytest.fixture(scope="module", params=[clouds.S3, clouds.Oci], ids=["s3", "oci"])
def cloud(request, tmp_path_factory):
    cloud = request.param(tmp_path_factory.mktemp("cloud"))
    yield cloud
    cloud.process.kill()
    cloud.process.wait()


@pytest.fixture
def bucket(cloud):
    bucket = cloud.bucket("odd")
    for key in [*GOOD, *ODD]:
        bucket.put(key, TEXT)
    for marker in ["b/", "empty.gz/"]:
        bucket.put(marker, b"")
    bucket.put("b//ignored.csv", b"1")
    return bucket


def test_only_the_odd_keys_fail_and_the_others_are_read(run, cloud, bucket, lake):
    ran = run(bucket.url(), "--lake", lake, "--json", env=cloud.env)
    read = {result["source"]["url"] for result in ran.results if result["status"] == "curated"}
    keys = GOOD
    if isinstance(bucket, clouds.OciBucket):
        # What follows the last slash of the other one is empty, and matches no pattern of names.
        keys = [*GOOD, *(key for key in ODD if not key.endswith("/"))]
    assert len(read) == len(keys), ran.stderr
    assert {bucket.url(key) for key in GOOD} <= read
    assert len(lakes.rows(lake)) == len(keys)
    if keys is GOOD:
        assert ran.code == 1
        for expected in ODD.values():
            assert f"cannot read {bucket.url()}{expected}, which is not supported" in ran.stderr
        assert ran.stderr.count("cannot read") == len(ODD)
        assert "empty.gz" not in ran.stderr and "was replaced" not in ran.stderr
    else:
        assert ran.code == 0, ran.stderr
