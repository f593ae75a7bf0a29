"""Tests the image in a container with the agent's restrictions, between an agent and the emulator."""

import gzip
import json

import engine
import events
import generated
import lakes
import objects
import pytest
from agent import Agent, InitError

pytestmark = pytest.mark.skipif(not engine.image(), reason="no Docker engine answered: the image is neither built nor run")

MEGABYTES = 15


@pytest.fixture
def start(deployment):
    """Starts containers of the function, whose agents are closed after the test."""
    agents = []

    def start(memory=128, freezes=False, **config):
        container = engine.Container(engine.image(), memory, deployment.config)
        agents.append(Agent(container, {**deployment.config, **config}, memory=memory, freezes=freezes))
        return agents[-1]

    yield start
    for agent in agents:
        agent.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """The 52 MB object: 550 MB of text, a third of a million lines."""
    path = tmp_path_factory.mktemp("large") / "in.data.gz"
    generated.make(path, "--megabytes", 550)
    return path.read_bytes()


def test_the_image_is_small_and_needs_nothing():
    (image,) = json.loads(engine.docker("image", "inspect", engine.image()).stdout)
    assert image["Size"] <= MEGABYTES * 1_000_000, f"{image['Size']:,} bytes"
    assert image["Config"]["User"] == "1000:1000"
    assert not image["Config"].get("Volumes"), "an agent refuses images with volumes"


def test_the_image_prints_its_version():
    ran = engine.docker("run", "--rm", engine.image(), "--version")
    assert ran.stdout.startswith("curate ")


def test_the_image_has_the_licenses_of_what_is_linked_into_it(tmp_path):
    container = engine.docker("create", engine.image()).stdout.strip()
    try:
        engine.docker("cp", f"{container}:/THIRD-PARTY-NOTICES.gz", tmp_path)
    finally:
        engine.docker("rm", container)
    notices = gzip.decompress((tmp_path / "THIRD-PARTY-NOTICES.gz").read_bytes()).decode()
    assert notices.startswith("THIRD-PARTY NOTICES\n\ncurate ")
    assert "\nparquet " in notices and "Apache License" in notices


def test_every_fixture_event_gets_a_response_and_the_object_is_curated(deployment, start, bronze):
    (path, *_) = sorted(bronze.rglob("*.gz"))
    event = deployment.put(str(path.relative_to(bronze)), path.read_bytes())
    agent = start(freezes=True)
    assert agent.call(event).json["status"] == "curated", agent.container.stderr()
    assert agent.call(event).json["status"] == "unchanged"
    for fixture in sorted(events.FOLDER.iterdir()):
        answer = agent.call(fixture.read_bytes())
        assert (answer.status, answer.json["status"] in ("skipped", "rejected")) == (200, True), fixture
    with deployment.lake() as lake:
        receipt = lakes.receipt(lake)
        lakes.check_receipt(lake, receipt)
        assert len(lakes.rows(lake)) == receipt["counts"]["lines"] > 0


@pytest.mark.parametrize("memory", [128, 256])
def test_a_small_container_curates_a_large_object(deployment, start, large, memory):
    event = deployment.put("in.data.gz", large)
    agent = start(memory=memory)
    answer = agent.call(event, timeout=300)
    assert (answer.status, answer.json["status"]) == (200, "curated"), agent.container.stderr()
    assert answer.json["counts"]["curated"] == answer.json["counts"]["lines"] > 300_000
    assert not agent.container.killed_for_memory()
    # The kernel can reclaim the part of this that is page cache.
    print(f"{memory} MB: {agent.container.peak():,} bytes at most, {answer.header('content-length')} bytes of response")
    with deployment.lake() as lake:
        lakes.check_receipt(lake, lakes.receipt(lake))


def test_a_paused_container_continues(deployment, start):
    agent = start()
    for at in range(3):
        event = deployment.put(f"{at}.jsonl", objects.lines(objects.journal()))
        assert agent.call(event).json["status"] == "curated"
        agent.freeze()
        agent.thaw()


def test_invalid_settings_end_the_container_before_it_is_ready(start):
    with pytest.raises(InitError) as error:
        start(LAKE_URL=None, SOURCE_URL="bronze", MAX_LINE="much")
    assert error.value.code == 2
    for name in ("LAKE_URL", "SOURCE_URL", "MAX_LINE"):
        assert name in error.value.stderr
