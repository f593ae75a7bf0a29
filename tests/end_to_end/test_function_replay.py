"""Tests the same event again, concurrently, and after a kill at any point: the result is always the same.

A kill leaves an unfinished multipart upload behind. It is not visible in the bucket, and the bucket's lifecycle rule removes it.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import lakes
import objects
import pytest
from functions import Deployment

POINTS = 8

NEW = objects.lines(objects.journal(), objects.journal(currency_code="USD"))
OLD = b"bad\n" + objects.lines(*[objects.journal(currency_code=code) for code in ("EUR", "GBP", "CHF")])


@pytest.fixture(params=["small_object", "large_object"])
def undisturbed(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def took():
    """The seconds that an undisturbed invocation took, by object."""
    return {}


def measure(undisturbed, cloud, took):
    key = id(undisturbed)
    if key not in took:
        with undisturbed.again(cloud).start() as agent:
            begun = time.monotonic()
            assert agent.call(undisturbed.event).status == 200
            took[key] = time.monotonic() - begun
    return took[key]


def test_concurrent_invocations_write_what_one_writes(undisturbed, calm, took):
    seconds = measure(undisturbed, calm, took)
    for turn in range(3):
        deployment = undisturbed.again(calm)
        with deployment.start() as first, deployment.start() as second, ThreadPoolExecutor(2) as pool:
            calls = [pool.submit(first.call, undisturbed.event)]
            time.sleep(seconds * turn / 3)
            calls.append(pool.submit(second.call, undisturbed.event))
            answers = [call.result() for call in calls]
            assert [answer.status for answer in answers] == [200, 200], first.container.stderr() + second.container.stderr()
        assert {answer.json["status"] for answer in answers} <= {"curated", "unchanged"}
        assert "curated" in {answer.json["status"] for answer in answers}
        assert deployment.listing() == undisturbed.listing
        assert deployment.bucket.uploads() == []


def kill_after(agent, event, seconds):
    """Invokes the function, and kills the container during the invocation. Returns whether the kill came in time."""
    timer = threading.Timer(seconds, agent.container.process.kill)
    timer.start()
    answer = agent.call(event)
    timer.join()
    assert answer.status == 200 or (answer.status, answer.message) == (502, "error receiving function response")
    return answer.status == 502


def check_receipts(deployment):
    """Checks that everything that a receipt names exists."""
    with deployment.lake() as lake:
        for receipt in lakes.receipts(lake):
            lakes.check_receipt(lake, receipt)


def test_after_a_kill_at_any_point_the_redelivery_completes_the_work(undisturbed, calm, took):
    seconds, killed = measure(undisturbed, calm, took), 0
    for point in range(POINTS):
        deployment = undisturbed.again(calm)
        with deployment.start() as agent:
            killed += kill_after(agent, undisturbed.event, seconds * point / POINTS)
        check_receipts(deployment)
        with deployment.start() as agent:
            answer = agent.call(undisturbed.event)
            assert (answer.status, answer.json["status"] in ("curated", "unchanged")) == (200, True), agent.container.stderr()
        assert deployment.listing() == undisturbed.listing
    assert killed >= POINTS // 3


def test_after_many_kills_in_one_lake_one_redelivery_completes_the_work(undisturbed, calm, took):
    seconds, deployment = measure(undisturbed, calm, took), undisturbed.again(calm)
    for point in range(POINTS // 2):
        with deployment.start() as agent:
            kill_after(agent, undisturbed.event, seconds * point / POINTS)
    with deployment.start() as agent:
        assert agent.call(undisturbed.event).status == 200
        assert agent.call(undisturbed.event).json["status"] == "unchanged"
    assert deployment.listing() == undisturbed.listing


def test_a_kill_does_not_affect_another_invocation(undisturbed, calm, took):
    seconds = measure(undisturbed, calm, took)
    for turn in range(3):
        deployment = undisturbed.again(calm)
        with deployment.start() as survivor, deployment.start() as victim, ThreadPoolExecutor(1) as pool:
            call = pool.submit(survivor.call, undisturbed.event)
            kill_after(victim, undisturbed.event, seconds * (turn + 1) / 4)
            assert call.result().status == 200, survivor.container.stderr()
        assert deployment.listing() == undisturbed.listing


def test_an_invocation_that_the_agent_abandons_is_completed_by_the_redelivery(undisturbed, calm):
    """A function that is stuck is killed at its deadline, without a response."""
    deployment = undisturbed.again(calm)
    with deployment.start() as agent:
        agent.freeze()
        agent.frozen = False  # so nobody thaws it
        answer = agent.call(undisturbed.event, timeout=0.3)
        assert (answer.status, answer.kept, answer.said) == (504, False, None)
    with deployment.start() as agent:
        assert agent.call(undisturbed.event).json["status"] == "curated"
    assert deployment.listing() == undisturbed.listing


def outputs(deployment):
    """Returns the listing without receipts, which also contain what they have replaced."""
    return {name: digest for name, digest in deployment.listing().items() if not name.startswith("_receipts/")}


class Replaced:
    """A lake with an old version of an object, and the event about the new version."""

    def __init__(self, cloud):
        self.deployment = Deployment(cloud)
        with self.deployment.start() as agent:
            assert agent.call(self.deployment.put("in.jsonl", OLD)).status == 200
        self.event = self.deployment.put("in.jsonl", NEW, "object-updated.json")

    def check(self):
        """Checks that the lake is like one that never saw the old version."""
        fresh = Deployment(self.deployment.cloud, bronze=self.deployment.bronze)
        with fresh.start() as agent:
            assert agent.call(self.event).json["status"] == "curated"
        assert outputs(self.deployment) == outputs(fresh)
        assert self.deployment.receipt()["source"]["etag"] == self.deployment.bronze.etag("in.jsonl")


def test_after_a_kill_while_an_object_is_replaced_the_redelivery_completes_the_work(calm):
    replaced = Replaced(calm)
    with replaced.deployment.start() as agent:
        begun = time.monotonic()
        assert agent.call(replaced.event).status == 200
        seconds = time.monotonic() - begun
    for point in range(5):
        replaced = Replaced(calm)
        with replaced.deployment.start() as agent:
            kill_after(agent, replaced.event, seconds * (point + 1) / 6)
        with replaced.deployment.start() as agent:
            assert agent.call(replaced.event).status == 200
        replaced.check()


@pytest.mark.parametrize("operation", ["HeadObject", "DeleteObject"])
@pytest.mark.parametrize("fault", [{"throttle": {}}, "internal_error", "reset_before", "reset_after"], ids=["429", "500", "before", "after"])
def test_a_fault_while_an_object_is_replaced_leaves_no_trace(calm, operation, fault):
    replaced = Replaced(calm)
    calm.fail({"operation": operation, "first": 2, "fault": fault})
    with replaced.deployment.start() as agent:
        assert agent.call(replaced.event).status == 200
    calm.fail()
    assert len([request for request in calm.requests() if request["fault"]]) == 2
    replaced.check()


def test_of_two_concurrent_versions_the_last_one_stays(calm):
    """The invocation for the first version is still running when the second one begins, and may end after it."""
    old = objects.lines(*[objects.journal(period_code=f"{at % 7}", account_code=f"{at}") for at in range(10_000)])
    for turn in range(4):
        deployment = Deployment(calm)
        event = deployment.put("in.jsonl", b"bad\n" + old)
        with deployment.start() as first, deployment.start() as second, ThreadPoolExecutor(1) as pool:
            call = pool.submit(first.call, event)
            time.sleep(0.03 * turn)
            answer = second.call(deployment.put("in.jsonl", NEW, "object-updated.json"))
            assert answer.status == 200, second.container.stderr()
            # If the first one is overtaken between its check and its receipt, it fails and is delivered again.
            assert call.result().said in (200, 502), first.container.stderr()
            assert first.call(event).json["status"] == "unchanged"
        receipt = deployment.receipt()
        assert receipt["source"]["etag"] == deployment.bronze.etag("in.jsonl")
        # The one that is overtaken leaves its files: a twin could have committed them.
        assert set(outputs(deployment)) >= {output["key"] for output in receipt["outputs"]}
