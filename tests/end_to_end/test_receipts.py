"""Tests that receipts can be queried, whatever the partitions are called."""

import re

import lakes
import objects
import pytest
from documents import BOOK, DOCUMENTS, blocks

QUERIES = [each for document in DOCUMENTS if document.startswith(BOOK) for each in blocks(document) if each.kind == "sql" and "/_receipts/" in each.text]


@pytest.fixture(scope="module")
def lake(run, tmp_path_factory):
    """A lake with partitions whose names differ only in case, in one object and in several, with quarantine and a damaged object."""
    folder = tmp_path_factory.mktemp("receipts")
    both = objects.lines(objects.journal(currency_code="EUR"), objects.journal(currency_code="eur"))
    objects.write(folder / "in/both.jsonl", both + b"bad\n")
    objects.write(folder / "in/upper.jsonl", objects.lines(objects.journal(currency_code="USD")))
    objects.write(folder / "in/lower.jsonl", objects.lines(objects.journal(currency_code="usd")))
    damaged = objects.write(folder / "in/damaged.data.gz", both)
    damaged.write_bytes(damaged.read_bytes()[:-9])
    assert run(folder / "in", "--lake", folder / "lake").code == 0
    return folder / "lake"


def test_there_are_queries_of_receipts():
    assert len(QUERIES) >= 4


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: f"{query.document}:{query.start}")
def test_a_documented_query_works_if_partitions_differ_only_in_case(lake, query):
    text = re.sub(r"'[\w-]+/(?=_receipts/|' \|\|)", f"'{lake}/", query.text)
    assert str(lake) in text
    assert lakes.duck().execute(text).fetchall()


def test_partitions_are_a_list_sorted_by_path(lake):
    (both,) = (receipt for receipt in lakes.receipts(lake) if receipt["source"]["url"].endswith("both.jsonl"))
    assert both["format"] == 2
    assert [(partition["path"], partition["rows"], partition["files"]) for partition in both["partitions"]] == [
        ("period_code=202406/currency_code=EUR", 1, 1),
        ("period_code=202406/currency_code=eur", 1, 1),
    ]


def test_partitions_can_be_queried(lake):
    query = f"select p.path, sum(p.rows) from (select unnest(partitions) as p from read_json('{lake}/_receipts/**/*.json')) group by all order by all"
    found = lakes.duck().execute(query).fetchall()
    assert [path for path, _ in found] == [f"period_code=202406/currency_code={code}" for code in ("EUR", "USD", "eur", "usd")]
    assert sum(rows for _, rows in found) == sum(receipt["counts"]["curated"] for receipt in lakes.receipts(lake))
