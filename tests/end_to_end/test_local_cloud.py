"""Tests the whole loop: journal lines are put on the stream with Oracle's SDK, and become rows, value by value."""

import collections

import lakes
import ledger
import pytest
from local_cloud import STREAM, LocalCloud, rows, send

# Rate limits are lifted, because these tests are about what is stored, not how fast.
LIFTED = ["--stream", f"{STREAM}:3", "--stream-unlimited"]


@pytest.fixture
def start(tmp_path):
    running = []

    def start(*arguments):
        running.append(LocalCloud(tmp_path / "cloud", *LIFTED, *arguments))
        return running[-1]

    yield start
    for cloud in running:
        cloud.kill()


def check(cloud, sent, places, folder):
    """Checks that every record is in bronze as sent, that every record in bronze is a row, and that there are no other rows."""
    records, written = cloud.bronze()
    put = {(STREAM, partition, offset): line for (partition, offset), line in zip(places, sent, strict=True)}
    assert set(written) == set(put)
    expected = collections.defaultdict(list)
    for record, url in records:
        row = ledger.expected_row(record, url)
        key, value = put[ledger.position(row)]
        assert (row["_key"], record["value"]) == (key, ledger.encode(value))
        expected[ledger.position(row), url].append(row)
    found = rows(lake := cloud.lake(folder))
    for row in found:
        assert row in expected[ledger.position(row), row["_source"]]
    # There are duplicates where the connector wrote a record twice, and nowhere else.
    assert collections.Counter(map(ledger.position, found)) == written
    for receipt in lakes.receipts(lake):
        lakes.check_receipt(lake, receipt)
    return written


@pytest.mark.parametrize(
    ("rollover", "flushes"),
    [(["--rollover-ms", "400"], False), (["--rollover-ms", "600000", "--rollover-mb", "1"], True), (["--rollover-ms", "600000"], True)],
    ids=["by time", "by size", "by hand"],
)
def test_records_on_the_stream_become_rows_value_by_value(start, tmp_path, rollover, flushes):
    cloud = start(*rollover)
    sent = list(ledger.lines(seed=5, count=20_000 if "--rollover-mb" in rollover else 3_000))
    places = cloud.put(sent)
    cloud.flush() if flushes else cloud.settle()
    written = check(cloud, sent, places, tmp_path / "lake")
    assert set(written.values()) == {1}
    objects = cloud.bucket("bronze").keys()
    assert {name.split("/")[1] for name in objects} == {"0", "1", "2"}
    if "--rollover-mb" in rollover:
        assert len(objects) > 3, "some were full before they were flushed"


def test_records_sent_to_the_gateway_become_rows_value_by_value(start, tmp_path):
    cloud = start("--rollover-ms", "600000")
    sent = list(ledger.lines(seed=10, count=2_000))
    answer = send(cloud, sent)
    assert answer["counts"] == {"records": 2_000, "stored": 2_000, "refused": 0, "failed": 0, "unknown": 0}
    assert [result["index"] for result in answer["results"]] == list(range(2_000))
    places = [(result["partition"], result["offset"]) for result in answer["results"]]
    cloud.flush()
    written = check(cloud, sent, places, tmp_path / "lake")
    assert set(written.values()) == {1}
    # The lines of a journal are in one partition, in the order in which they were sent.
    for reference in {key for key, _ in sent}:
        (partition,) = {place[0] for place, line in zip(places, sent) if line[0] == reference}
        offsets = [place[1] for place, line in zip(places, sent) if line[0] == reference]
        assert offsets == sorted(offsets), (reference, partition)


def test_under_all_faults_nothing_is_lost_and_only_the_connector_duplicates(start, tmp_path):
    cloud = start("--rollover-ms", "300", "--seed", "7")
    cloud.fail(
        {"operation": "WriteBatch", "every": 3, "fault": {"rewind": {"messages": 40}}},
        {"operation": "WriteBatch", "nth": [2, 7], "fault": "forget"},
        {"operation": "WriteBatch", "nth": [4], "fault": "internal_error"},
        {"operation": "DeliverEvent", "every": 4, "fault": {"redeliver": {"times": 2}}},
        {"operation": "DeliverEvent", "every": 3, "fault": {"delay": {"milliseconds": 500}}},
        {"operation": "CallFunction", "every": 3, "fault": {"kill_function": {"after_milliseconds": 15}}},
        {"operation": "PutObject", "bucket": "lake", "every": 5, "fault": "reset_after"},
        {"operation": "GetObject", "every": 6, "fault": "reset_before"},
    )
    sent = list(ledger.lines(seed=6, count=6_000))
    places = []
    for at in range(0, len(sent), 500):
        places += cloud.put(sent[at : at + 500])
    cloud.settle()
    # Faults must not hit the requests that inspect the outcome.
    cloud.control("DELETE", "faults")
    written = check(cloud, sent, places, tmp_path / "lake")
    assert set(written.values()) > {1}, "the connector did redeliver"
    struck = {invocation["status"] for invocation in cloud.control("GET", "functions")["invocations"]}
    assert {200, 502} <= struck


def test_a_killed_cloud_continues_where_it_was(start, tmp_path):
    cloud = start("--rollover-ms", "400")
    sent, places = list(ledger.lines(seed=8, count=4_000)), []
    for at in range(0, len(sent), 1_000):
        places += cloud.put(sent[at : at + 1_000])
        cloud.kill()
        cloud.restart()
    cloud.settle()
    check(cloud, sent, places, tmp_path / "lake")


def test_bad_records_are_in_quarantine_with_their_positions(start, tmp_path):
    cloud = start("--rollover-ms", "200")
    good = list(ledger.lines(seed=9, count=50))
    bad = [("K", "not json"), ("K", '{"data":{"period_code":"202406"}}'), (None, "{}")]
    places = cloud.put([*good, *bad])
    cloud.settle()
    lake = cloud.lake(tmp_path / "lake")
    assert len(rows(lake)) == len(good)
    held = {(entry["partition"], entry["offset"]): entry["error"]["code"] for entry in lakes.quarantine(lake)}
    assert set(held) == set(places[len(good) :])
