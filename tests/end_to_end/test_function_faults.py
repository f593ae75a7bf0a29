"""Tests a store that fails: in the end, the lake is as if nothing had happened, object by object and byte by byte."""

import pytest

FAULTS = {"429": {"throttle": {}}, "500": "internal_error", "reset before": "reset_before", "reset after": "reset_after"}
SINGLE, PARTS = ["GetObject", "PutObject"], ["GetObject", "PutObject", "CreateMultipartUpload", "UploadPart", "CommitMultipartUpload"]


def rules(operation, fault, deployment):
    """Returns rules by which the fault hits the first attempt at each kind of object, and a later one for parts."""
    rule = {"operation": operation, "fault": fault}
    if operation == "GetObject":
        source = {**rule, "bucket": deployment.bronze.name, "first": 2}
        return [source, {**rule, "bucket": deployment.bucket.name, "object": "*/_receipts/*", "first": 1}]
    lake = {**rule, "bucket": deployment.bucket.name}
    if operation == "CreateMultipartUpload":
        return [{**lake, "first": 2}]  # the object names are in the bodies
    kinds = ["*.parquet", "*/_quarantine/*"] + ["*/_receipts/*"] * (operation == "PutObject")
    return [{**lake, "object": kind, "nth": [1, 3] if operation == "UploadPart" else [1]} for kind in kinds]


def orphans(requests):
    """Returns the number of uploads that were started without a response. Nobody knows their IDs, so nobody can abort them."""
    lost = [request for request in requests if request["operation"] == "CreateMultipartUpload"]
    return len([request for request in lost if request["fault"] in ("reset_after", "truncated_body")])


CASES = [(operation, name, "small_object") for operation in SINGLE for name in FAULTS]
CASES += [(operation, name, "large_object") for operation in PARTS for name in FAULTS]


@pytest.mark.parametrize("operation, name, size", CASES)
def test_no_fault_leaves_a_trace(request, calm, operation, name, size):
    undisturbed = request.getfixturevalue(size)
    calm.forget_requests()
    deployment = undisturbed.again(calm)
    calm.fail(*rules(operation, FAULTS[name], deployment))
    with deployment.start() as agent:
        answer = agent.call(undisturbed.event)
        assert (answer.status, answer.kept) == (200, True), agent.container.stderr()
        assert answer.json == undisturbed.answer
    calm.fail()
    struck = [request for request in calm.requests() if request["fault"]]
    assert deployment.listing() == undisturbed.listing
    assert len(deployment.bucket.uploads()) == orphans(struck)
    assert {request["operation"] for request in struck} == {operation}
    objects_struck = " ".join(request["target"] for request in struck)
    if operation == "PutObject":
        assert "_receipts" in objects_struck
    if operation in ("PutObject", "UploadPart", "CommitMultipartUpload") and (size, operation) != ("large_object", "PutObject"):
        assert ".parquet" in objects_struck and "_quarantine" in objects_struck


def test_the_sample_objects_have_the_sizes_the_tests_need(small_object, large_object):
    assert not [request for request in small_object.requests if request["operation"] == "UploadPart"]
    parts = [request["target"] for request in large_object.requests if request["operation"] == "UploadPart"]
    for kind in (".parquet", "_quarantine"):
        assert len([target for target in parts if kind in target]) > 1


@pytest.mark.parametrize("fault", ["reset_after", "reset_before", "internal_error", "false_not_found", {"truncated_body": {"after_bytes": 100}}])
def test_a_store_that_fails_one_request_in_ten_is_tolerated(calm, large_object, fault):
    deployment = large_object.again(calm)
    calm.fail({"operation": "*", "probability": 0.1, "fault": fault})
    with deployment.start() as agent:
        # An event that still fails is delivered again, as the service would do.
        statuses = []
        while not statuses or statuses[-1] != 200:
            statuses.append(agent.call(large_object.event).status)
            assert statuses[-1] in (200, 502) and len(statuses) < 10, statuses
    calm.fail()
    assert deployment.listing() == large_object.listing
    assert len(deployment.bucket.uploads()) == orphans(calm.requests())


@pytest.mark.parametrize("operation", ["PutObject", "CreateMultipartUpload", "UploadPart", "CommitMultipartUpload"])
def test_a_write_that_is_always_refused_fails_and_leaves_no_upload(calm, large_object, operation):
    deployment = large_object.again(calm)
    calm.fail({"operation": operation, "bucket": deployment.bucket.name, "fault": "expired_token"})
    with deployment.start() as agent:
        answer = agent.call(large_object.event)
        assert (answer.status, answer.said, answer.kept) == (502, 502, True)
        assert [line for line in agent.logs() if line["level"] == "ERROR"]
        assert deployment.bucket.uploads() == []
        assert deployment.bucket.keys("journal/_receipts") == {}
        calm.fail()
        assert agent.call(large_object.event).json["status"] == "curated"
    assert deployment.listing() == large_object.listing
