"""Tests the `ingest` image in a container with the limits that the agent sets."""

import json
import os
from pathlib import Path

import engine
import ledger
import pytest
from agent import Agent
from container import Process
from functions import CURATE

INGEST = Path(os.environ.get("INGEST_BIN", CURATE.with_name("ingest"))).resolve()
IMAGE = os.environ.get("INGEST_IMAGE")

MEGABYTES = 10
PEAK = 32_000_000
LINES = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def settings(oci):
    """The settings for the stream that exists from the start, as the platform would pass them."""
    (stream,) = oci.control("GET", "streams")
    return {**oci.principal(), "STREAM_ID": stream["id"], "STREAM_ENDPOINT": oci.address, "KEY": "pointer:/data/journal_external_reference"}


@pytest.fixture(scope="module")
def body():
    """Journal lines of nearly the maximum size that a gateway passes on."""
    text = b""
    for _, value in ledger.lines(seed=1, count=10_000):
        if len(text) + len(value.encode()) + 1 > 6 << 20:
            return text
        text += value.encode() + b"\n"


@pytest.mark.skipif(not IMAGE, reason="no Docker engine answered: the image is neither built nor run")
def test_the_image_is_small_and_needs_nothing():
    (image,) = json.loads(engine.docker("image", "inspect", IMAGE).stdout)
    assert image["Size"] <= MEGABYTES * 1_000_000, f"{image['Size']:,} bytes"
    assert image["Config"]["User"] == "1000:1000"
    assert not image["Config"].get("Volumes"), "the agent rejects images with volumes"


@pytest.mark.skipif(not IMAGE, reason="no Docker engine answered: the image is neither built nor run")
def test_a_body_of_six_megabytes_passes_in_the_smallest_container(oci, settings, body):
    container = engine.Container(IMAGE, 128, settings)
    with Agent(container, settings, memory=128, freezes=True) as agent:
        answer = agent.call(body, headers=LINES, timeout=120)
        assert answer.status == 200, container.stderr()
        assert answer.json["counts"]["stored"] == body.count(b"\n")
        assert not container.killed_for_memory()
        again = agent.call(body[:5000].rpartition(b"\n")[0], headers=LINES)
        assert again.json["counts"]["stored"] == again.json["counts"]["records"] > 0


def test_with_a_body_of_six_megabytes_the_process_stays_small(oci, settings, body):
    container = Process(INGEST)
    with Agent(container, settings, memory=128) as agent:
        answer = agent.call(body, headers=LINES, timeout=120)
        assert answer.status == 200, container.stderr()
        assert answer.json["counts"]["stored"] == body.count(b"\n")
        print(f"{container.peak():,} bytes at most")
        assert container.peak() <= PEAK
        assert container.threads() <= 16
