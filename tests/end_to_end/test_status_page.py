"""Tests the status page as a browser shows it."""

import os
import shutil
import struct
import subprocess

import ledger
import pytest
from local_cloud import STREAM, LocalCloud

NAMES = ["chromium-headless-shell", "chromium", "google-chrome"]
BROWSER = os.environ.get("BROWSER_BIN") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture
def cloud(tmp_path):
    cloud = LocalCloud(tmp_path / "cloud", "--stream", f"{STREAM}:2", "--stream-write-messages", "300", "--rollover-ms", "200")
    yield cloud
    cloud.kill()


def browse(url, *options):
    assert BROWSER, f"there is none of {NAMES}: apt-get install chromium-headless-shell, or name one in BROWSER_BIN"
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,1600", *options, url]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_browser_shows_everything(cloud, tmp_path):
    # More messages than the limit of a second arrive at once, so some are throttled.
    cloud.put(ledger.lines(seed=4, count=1500))
    cloud.settle()
    cloud.fail({"operation": "PutMessages", "every": 1000, "fault": "internal_error"})
    page = browse(cloud.address + "/", "--dump-dom")
    for shown in [
        "Faults in force",
        "ledger-to-bronze",
        ".data.gz",
        "journal/period_code=2024",
        "_receipts/",
        "createobject",
        "bronze-to-lake: succeeded 200",
        "bronzeworks/curate",
        "journals",
        "/v1",
    ]:
        assert shown in page, shown
    (streams,) = cloud.control("GET", "streams")
    throttled = max(partition["throttled_messages"] for partition in streams["partitions"])
    assert throttled > 0 and f", {throttled} in total<" in page.replace("\n", "")

    picture = tmp_path / "status.png"
    browse(cloud.address + "/", f"--screenshot={picture}")
    content = picture.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == (1200, 1600)
    # A blank page or an error page compresses to a tenth of this size.
    assert len(content) > 60_000


def test_names_cannot_become_markup(cloud):
    bucket = cloud.bucket("bronze")
    bucket.put("<script>alert(1)</script>&amp;.txt", b"x")
    page = browse(cloud.address + "/", "--dump-dom")
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;.txt" in page
