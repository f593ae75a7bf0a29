"""Tests streams and stream pools through Oracle's SDK."""

import itertools

import oci
import pytest
import streams
from buckets import refused
from oci.streaming import models

NUMBERS = itertools.count(1)
WAIT = {"max_interval_seconds": 1, "max_wait_seconds": 20}


@pytest.fixture
def client(emulator):
    return streams.admin(emulator)


@pytest.fixture
def tenancy(emulator):
    return emulator.config()["tenancy"]


@pytest.fixture
def fresh_name():
    return f"stream-{next(NUMBERS)}"


@pytest.fixture
def pool(client, tenancy, fresh_name):
    """A pool for one test."""
    details = models.CreateStreamPoolDetails(name=f"pool-{fresh_name}", compartment_id=tenancy)
    return client.create_stream_pool(details).data


@pytest.fixture
def make(client, pool):
    def make(name, partitions=1, **more):
        details = models.CreateStreamDetails(name=name, partitions=partitions, stream_pool_id=pool.id, **more)
        return client.create_stream(details)

    return make


def test_a_stream_is_created_and_deleted(client, emulator, tenancy, fresh_name):
    details = models.CreateStreamDetails(
        name=fresh_name, partitions=3, compartment_id=tenancy, retention_in_hours=48, freeform_tags={"a": "b"}
    )
    made = streams.waiting(client).create_stream_and_wait_for_state(details, ["SUCCEEDED"], waiter_kwargs=WAIT).data
    assert (made.operation_type, made.percent_complete) == ("CREATE_STREAM", 100)
    (resource,) = made.resources
    answer = client.get_stream(resource.identifier)
    stream = answer.data
    assert (stream.name, stream.partitions, stream.retention_in_hours) == (fresh_name, 3, 48)
    assert (stream.lifecycle_state, stream.compartment_id, stream.freeform_tags) == ("ACTIVE", tenancy, {"a": "b"})
    assert stream.messages_endpoint == emulator.endpoint
    assert client.get_stream_pool(stream.stream_pool_id).data.name == "DefaultPool"
    assert [entry.message for entry in client.list_work_request_logs(made.id).data.items]
    assert client.list_work_request_errors(made.id).data.items == []
    assert made.id in [request.id for request in client.list_work_requests(compartment_id=tenancy).data.items]
    waiting = streams.waiting(client)
    gone = waiting.delete_stream_and_wait_for_state(stream.id, ["SUCCEEDED"], waiter_kwargs=WAIT).data
    assert gone.operation_type == "DELETE_STREAM"
    assert client.get_stream(stream.id).data.lifecycle_state == "DELETED"
    with refused(404, "NotAuthorizedOrNotFound"):
        streams.Stream(emulator, stream).cursor()


def test_a_new_stream_is_creating_at_first(client, make, fresh_name):
    made = make(fresh_name)
    assert made.data.lifecycle_state in ("CREATING", "ACTIVE")
    state = oci.wait_until(client, client.get_stream(made.data.id), "lifecycle_state", "ACTIVE", **WAIT)
    assert state.data.name == fresh_name


@pytest.mark.parametrize(
    "wrong, code",
    [
        ({"name": None}, "MissingParameter"),
        ({"name": "a b"}, "InvalidParameter"),
        ({"partitions": None}, "MissingParameter"),
        ({"partitions": 0}, "InvalidParameter"),
        ({"partitions": 201}, "LimitExceeded"),
        ({"retention_in_hours": 23}, "InvalidParameter"),
        ({"retention_in_hours": 169}, "InvalidParameter"),
        ({"stream_pool_id": None}, "MissingParameter"),
        ({"compartment_id": "ocid1.compartment.oc1..x"}, "InvalidParameter"),
    ],
    ids=str,
)
def test_an_invalid_stream_is_rejected(client, pool, fresh_name, wrong, code):
    details = {"name": fresh_name, "partitions": 1, "stream_pool_id": pool.id, **wrong}
    with refused(400, code):
        client.create_stream(models.CreateStreamDetails(**details))
    assert client.list_streams(stream_pool_id=pool.id).data == []


def test_a_name_is_unique_within_a_pool(client, make, tenancy, fresh_name):
    made = make(fresh_name).data
    with refused(409, "Conflict"):
        make(fresh_name)
    details = models.CreateStreamDetails(name=fresh_name, partitions=1, compartment_id=tenancy)
    elsewhere = client.create_stream(details).data
    with refused(409, "Conflict"):
        client.update_stream(elsewhere.id, models.UpdateStreamDetails(stream_pool_id=made.stream_pool_id))
    client.delete_stream(made.id)
    moved = client.update_stream(elsewhere.id, models.UpdateStreamDetails(stream_pool_id=made.stream_pool_id)).data
    assert moved.stream_pool_id == made.stream_pool_id


def test_streams_are_listed_in_order_and_by_page(client, make, pool):
    names = ["b", "d", "a", "c", "e"]
    ids = {name: make(name).data.id for name in names}
    client.delete_stream(ids["e"])

    def listed(**options):
        return [stream.name for stream in oci.pagination.list_call_get_all_results(
            client.list_streams, stream_pool_id=pool.id, **options
        ).data]

    assert listed(sort_by="NAME") == ["a", "b", "c", "d", "e"]
    assert listed(sort_by="NAME", sort_order="DESC", limit=2) == ["e", "d", "c", "b", "a"]
    assert sorted(listed(limit=1)) == ["a", "b", "c", "d", "e"]
    assert listed(name="c") == ["c"]
    assert listed(id=ids["d"]) == ["d"]
    gone = oci.wait_until(client, client.get_stream(ids["e"]), "lifecycle_state", "DELETED", **WAIT)
    assert listed(lifecycle_state=gone.data.lifecycle_state) == ["e"]
    assert client.list_streams(stream_pool_id=pool.id, limit=5).headers.get("opc-next-page") is None
    assert len(client.list_streams(stream_pool_id=pool.id).data) == 5
    summary = client.list_streams(stream_pool_id=pool.id, name="a").data[0]
    assert (summary.partitions, summary.messages_endpoint is not None) == (1, True)
    with refused(400, "InvalidParameter"):
        client.list_streams(stream_pool_id=pool.id, limit=51)
    with refused(400, "MissingParameter"):
        client.list_streams()


def test_a_change_applies_only_to_the_version_that_the_client_knows(client, make, fresh_name):
    made = make(fresh_name)
    etag = made.headers["etag"]
    changed = client.update_stream(made.data.id, models.UpdateStreamDetails(freeform_tags={"x": "y"}), if_match=etag)
    assert changed.data.freeform_tags == {"x": "y"}
    assert changed.headers["etag"] not in (None, etag)
    for change in (
        lambda: client.update_stream(made.data.id, models.UpdateStreamDetails(), if_match=etag),
        lambda: client.delete_stream(made.data.id, if_match=etag),
    ):
        with refused(412, "NoEtagMatch"):
            change()
    client.delete_stream(made.data.id, if_match=changed.headers["etag"])


def test_a_stream_moves_to_another_compartments_default_pool(client, make, fresh_name):
    made = make(fresh_name).data
    other = "ocid1.compartment.oc1..aaaaaaaaother"
    details = models.ChangeStreamCompartmentDetails(compartment_id=other)
    waiting = streams.waiting(client)
    waiting.change_stream_compartment_and_wait_for_state(made.id, details, ["SUCCEEDED"], waiter_kwargs=WAIT)
    moved = client.get_stream(made.id).data
    assert moved.compartment_id == other
    assert client.get_stream_pool(moved.stream_pool_id).data.compartment_id == other
    assert made.id in [stream.id for stream in client.list_streams(compartment_id=other).data]


def test_a_pool_has_settings_and_deletes_its_streams_with_it(client, tenancy, fresh_name):
    kafka = models.KafkaSettings(auto_create_topics_enable=True, log_retention_hours=72, num_partitions=4)
    details = models.CreateStreamPoolDetails(name=fresh_name, compartment_id=tenancy, kafka_settings=kafka)
    waiting = streams.waiting(client)
    made = waiting.create_stream_pool_and_wait_for_state(details, ["SUCCEEDED"], waiter_kwargs=WAIT).data
    pool = client.get_stream_pool(made.resources[0].identifier).data
    assert (pool.lifecycle_state, pool.is_private, pool.custom_encryption_key.key_state) == ("ACTIVE", False, "NONE")
    told = pool.kafka_settings
    assert (told.auto_create_topics_enable, told.log_retention_hours, told.num_partitions) == (True, 72, 4)
    assert told.bootstrap_servers.endswith(":9092")
    changed = client.update_stream_pool(pool.id, models.UpdateStreamPoolDetails(name="renamed-" + fresh_name)).data
    assert (changed.name, changed.kafka_settings.num_partitions) == ("renamed-" + fresh_name, 4)
    assert pool.id in [entry.id for entry in client.list_stream_pools(tenancy, name=changed.name).data]
    create = models.CreateStreamDetails(name="inside", partitions=1, stream_pool_id=pool.id)
    stream = client.create_stream(create).data
    waiting.delete_stream_pool_and_wait_for_state(pool.id, ["SUCCEEDED"], waiter_kwargs=WAIT)
    assert client.get_stream_pool(pool.id).data.lifecycle_state == "DELETED"
    assert client.get_stream(stream.id).data.lifecycle_state in ("DELETING", "DELETED")


def test_the_default_pool_cannot_be_deleted(client, tenancy, emulator):
    pool = client.get_stream(streams.named(emulator, "ledger").id).data.stream_pool_id
    with refused(409, "IncorrectState"):
        client.delete_stream_pool(pool)


def test_a_retry_token_creates_one_pool(client, tenancy, fresh_name):
    details = models.CreateStreamPoolDetails(name=fresh_name, compartment_id=tenancy)
    first = client.create_stream_pool(details, opc_retry_token=fresh_name).data
    assert client.create_stream_pool(details, opc_retry_token=fresh_name).data.id == first.id
    details.name = "other-" + fresh_name
    with refused(409, "InvalidatedRetryToken"):
        client.create_stream_pool(details, opc_retry_token=fresh_name)


def test_missing_streams_and_pools_are_not_found(client):
    for ask in (client.get_stream, client.get_stream_pool, client.delete_stream, client.get_work_request):
        with refused(404, "NotAuthorizedOrNotFound"):
            ask("ocid1.absent.oc1..x")
