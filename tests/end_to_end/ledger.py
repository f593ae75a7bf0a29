"""The ledger's journal lines, as they are sent and as rows."""

import base64
import json
import random
from datetime import datetime, timedelta, timezone
from decimal import Decimal

AMOUNTS = ["entered_debit_amount", "entered_credit_amount", "accounted_debit_amount", "accounted_credit_amount"]
TIMESTAMPS = ["period_date", "journal_posted_date", "journal_created_date", "journal_created_timestamp"]
PARTITIONS = ["period_code", "currency_code"]
SYSTEM = ["_stream", "_partition", "_offset", "_sequence", "_key", "_headers", "_enqueued_at", "_source"]
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

# Amounts that a float or a careless reader would change.
DIGITS = ["8043.517930780035", "0.000000000000000001", "99999999999999999999.999999999999999999", "-0.10", "1e3", "5.7", "0"]


def lines(seed, count):
    """Yields keys and values of this many journal lines, as a producer sends them. The same seed gives the same lines."""
    draw = random.Random(seed)
    while count > 0:
        reference = f"{draw.getrandbits(96):024X}"
        period, currency = draw.choice(["202405", "202406", "202407"]), draw.choice(["EUR", "USD", "GBP", "JPY", "CHF"])
        for number in range(1, min(count, draw.randint(60, 100)) + 1):
            yield reference, line(draw, reference, period, currency, number)
            count -= 1


def line(draw, reference, period, currency, number):
    text = lambda length: "".join(draw.choices("abcdefghijklmnopqrstuvwxyzäß€ ", k=length))
    data = {
        "journal_header_source_code": "STP",
        "journal_external_reference": reference,
        "journal_header_description": text(68),
        "period_code": period,
        "period_date": f"{period[:4]}-{period[4:]}-28T00:00:00",
        "currency_code": currency,
        "journal_category_code": "DWA",
        "journal_posted_date": "2024-06-28T00:00:00",
        "journal_created_date": "2024-06-28T00:00:00",
        "journal_created_timestamp": "2024-06-28T08:28:42.252957",
        "journal_actual_flag": "Y",
        "journal_status": "NPS",
        "journal_header_name": text(36),
        "reversal_flag": "N",
        "reversal_journal_header_source_code": "",
        "journal_line_number": number,
        "account_code": f"A{draw.randint(100, 999)}",
        "organization_code": f"R{draw.randint(100, 999)}",
        "project_code": f"P{draw.randint(100, 999)}",
        "journal_line_type": draw.choice(["DR", "CR"]),
        "journal_line_description": text(56),
    }
    # Numbers are sent as text, because Python's floats would not keep their digits.
    amounts = ", ".join(f'"{name}": {draw.choice(DIGITS)}' for name in AMOUNTS)
    head = {
        "uuid": f"{draw.getrandbits(128):032x}",
        "run_id": "20240628_082841_9009",
        "scenario": "stream",
        "timestamp": "2024-06-28T08:28:42.253667",
    }
    return f'{json.dumps(head)[:-1]}, "data": {json.dumps(data)[:-1]}, {amounts}}}}}'


def encode(text):
    """Returns the text in base64, as the connector writes keys and values."""
    return base64.b64encode(text.encode()).decode()


def expected_row(record, source):
    """Returns the row that a connector's record becomes, computed by Python alone."""
    value = json.loads(base64.b64decode(record["value"]), parse_float=Decimal, parse_int=Decimal)
    data = value["data"]
    for name in AMOUNTS:
        data[name] = Decimal(data[name])
    for name in TIMESTAMPS:
        data[name] = datetime.fromisoformat(data[name])
    data["journal_line_number"] = int(data["journal_line_number"])
    return {
        "uuid": value["uuid"],
        "run_id": value["run_id"],
        "scenario": value["scenario"],
        "sent_at": datetime.fromisoformat(value["timestamp"]),
        **data,
        "_rescued": None,
        "_stream": record["stream"],
        "_partition": record["partition"],
        "_offset": record["offset"],
        "_sequence": None,
        "_key": base64.b64decode(record["key"]).decode(),
        "_headers": None,
        "_enqueued_at": EPOCH + timedelta(milliseconds=record["timestamp"]),
        "_source": source,
    }


def position(row):
    """Returns what identifies a record permanently: stream, partition and offset."""
    return row["_stream"], row["_partition"], row["_offset"]


def assert_same(rows, expected):
    assert len(rows) == len(expected)
    for row in rows:
        assert row == expected[position(row)]
