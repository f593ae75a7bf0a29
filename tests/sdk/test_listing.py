"""Tests listings: prefix, bounds, delimiter, fields, and pages."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor

import oci
import pytest
from buckets import refused

TREE = ["a", "a/1", "a/2", "a/b/1", "a/b/2", "a0", "b/1", "c", "c//1", "d/"]
FIELDS = "name,size,etag,md5,timeCreated,timeModified,storageTier,archivalState"


@pytest.fixture
def tree(bucket):
    bucket.holds(*TREE)
    return bucket


def test_an_empty_bucket_lists_nothing(bucket):
    listing = bucket.list_objects().data
    assert listing.objects == []
    assert listing.next_start_with is None


def test_a_listing_is_ordered_and_shows_only_names(tree):
    listing = tree.list_objects().data
    assert [entry.name for entry in listing.objects] == sorted(TREE)
    entry = listing.objects[0]
    assert (entry.size, entry.etag, entry.md5, entry.time_created, entry.time_modified) == (None,) * 5


@pytest.mark.parametrize(
    "asked",
    [
        {"prefix": "a/"},
        {"prefix": "a"},
        {"prefix": "nothing"},
        {"prefix": ""},
        {"start": "a/2"},
        {"start": "a/15"},
        {"end": "a/2"},
        {"start": "a/1", "end": "b/1"},
        {"start_after": "a/2"},
        {"start_after": "zzz"},
        {"prefix": "a/", "start": "a/b/1"},
        {"prefix": "a/", "start_after": "a/1", "end": "a/b/2"},
        {"prefix": "b", "start": "a"},
    ],
    ids=str,
)
def test_bounds_select_names(tree, asked):
    def wanted(name):
        return (
            name.startswith(asked.get("prefix", ""))
            and name >= asked.get("start", "")
            and name > asked.get("start_after", "")
            and ("end" not in asked or name < asked["end"])
        )

    assert tree.names(**asked) == sorted(filter(wanted, TREE))


@pytest.mark.parametrize(
    "prefix, objects, prefixes",
    [
        (None, ["a", "a0", "c"], ["a/", "b/", "c/", "d/"]),
        ("a", ["a", "a0"], ["a/"]),
        ("a/", ["a/1", "a/2"], ["a/b/"]),
        ("a/b/", ["a/b/1", "a/b/2"], []),
        ("c/", [], ["c//"]),
        ("d/", ["d/"], []),
        ("nothing/", [], []),
    ],
)
def test_a_delimiter_folds_deeper_names_into_prefixes(tree, prefix, objects, prefixes):
    listing = tree.list_objects(delimiter="/", **({"prefix": prefix} if prefix else {})).data
    assert [entry.name for entry in listing.objects] == objects
    assert (listing.prefixes or []) == prefixes


@pytest.mark.parametrize("limit", [1, 2, 3, 7, len(TREE), 1000])
@pytest.mark.parametrize("delimiter", [None, "/"])
def test_pages_together_equal_the_listing(tree, limit, delimiter):
    folded = {"delimiter": delimiter} if delimiter else {}
    names, prefixes, start = [], [], {}
    for _ in range(2 * len(TREE)):
        page = tree.list_objects(limit=limit, **folded, **start).data
        assert len(page.objects) + len(page.prefixes or []) <= limit
        names += [entry.name for entry in page.objects]
        prefixes += page.prefixes or []
        if page.next_start_with is None:
            break
        start = {"start": page.next_start_with}
    whole = tree.list_objects(**folded).data
    assert names == [entry.name for entry in whole.objects]
    assert prefixes == (whole.prefixes or [])


def test_the_sdks_own_paging_finds_everything(bucket):
    names = [f"{number:04}" for number in range(25)]
    bucket.holds(*names)
    every = oci.pagination.list_call_get_all_results(
        bucket.client.list_objects, bucket.namespace, bucket.name, limit=10
    )
    assert [entry.name for entry in every.data.objects] == names


def test_a_page_has_at_most_a_thousand_objects(bucket):
    names = [f"{number:04}" for number in range(1005)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: bucket.put_object(name, b""), names))
    page = bucket.list_objects().data
    assert len(page.objects) == 1000
    assert page.next_start_with == names[1000]
    assert bucket.names(start=page.next_start_with) == names[1000:]


def test_fields_show_what_was_put(bucket):
    put = bucket.put_object("object", b"content")
    (entry,) = bucket.list_objects(fields=FIELDS).data.objects
    assert (entry.name, entry.size, entry.etag) == ("object", 7, put.headers["etag"])
    assert entry.md5 == base64.b64encode(hashlib.md5(b"content").digest()).decode()
    assert entry.storage_tier == "Standard"
    assert entry.archival_state is None
    assert entry.time_created.tzinfo is not None
    assert entry.time_created <= entry.time_modified


def test_only_the_requested_fields_are_shown(bucket):
    bucket.holds("object")
    (entry,) = bucket.list_objects(fields="size,timeCreated").data.objects
    assert entry.name == "object", "the name is always there"
    assert entry.size == 6 and entry.time_created
    assert (entry.etag, entry.md5, entry.time_modified) == (None,) * 3


def test_field_names_are_case_insensitive(bucket):
    bucket.holds("object")
    (entry,) = bucket.list_objects(fields="NAME,Size,TIMEcreated").data.objects
    assert entry.size == 6 and entry.time_created


@pytest.mark.parametrize("asked", [{"fields": "name,colour"}, {"delimiter": "-"}], ids=str)
def test_invalid_parameters_of_a_listing_are_rejected(bucket, asked):
    with refused(400):
        bucket.list_objects(**asked)


@pytest.mark.parametrize("prefix", ["a b", "a+b", "a%20b", "ü/日本", 'q"', "a&limit=1", "a#b", "\t"])
def test_odd_prefixes_and_bounds_work_in_the_query(bucket, prefix):
    bucket.holds(prefix + "/1", prefix + "/2", "\x01", "~~~")
    expected = [prefix + "/1", prefix + "/2"]
    assert bucket.names(prefix=prefix) == expected
    assert bucket.names(start=prefix + "/1", end=prefix + "/3") == expected
    assert bucket.names(prefix=prefix, start_after=prefix + "/1") == expected[1:]
    page = bucket.list_objects(prefix=prefix, limit=1).data
    assert page.next_start_with == expected[1]


def test_a_listing_shows_every_change_immediately(bucket):
    for number in range(5):
        bucket.holds(f"{number}")
        assert bucket.names() == [f"{n}" for n in range(number + 1)]
    bucket.delete_object("2")
    assert bucket.names() == ["0", "1", "3", "4"]
