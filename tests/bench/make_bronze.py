#!/usr/bin/env python3
"""Write one bronze object: gzip JSON Lines in the stream connector's envelope, holding journal lines of a general ledger.

The same arguments give the same bytes of JSON. Only the standard library is needed.

    make_bronze.py OUT.data.gz --megabytes 550                                  # 5 partitions
    make_bronze.py OUT.data.gz --megabytes 550 --periods 24 --currencies 150 --seed 3    # 2,450 partitions
    make_bronze.py OUT.data.gz --megabytes 2 --bad 0.01                         # 1 % of the lines damaged, in ten ways
"""

import argparse
import base64
import gzip
import json
import random
import string
import sys
import uuid

UPPER, LOWER, DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits

FIRST_OFFSET = 1919522
FIRST_TIME = 1719563322261


def currencies(count):
    """Returns currency codes: a few are distributed as unevenly as in a ledger; many are spread over the alphabet."""
    if count <= 5:
        return ["EUR", "EUR", "EUR", "USD", "USD", "USD", "GBP", "CHF", "JPY"]
    codes = [a + b + c for a in UPPER for b in UPPER for c in UPPER]
    return codes[:: len(codes) // count][:count]


def periods(count):
    return [f"{2023 + month // 12:04d}{month % 12 + 1:02d}" for month in range(count)]


def word(rng, alphabet, low, high):
    return "".join(rng.choices(alphabet, k=rng.randint(low, high)))


def header(rng, period_codes, currency_codes):
    period = rng.choice(period_codes)
    day = f"{period[:4]}-{period[4:]}-28"
    return {
        "journal_header_source_code": word(rng, UPPER, 3, 3),
        "journal_external_reference": word(rng, UPPER + DIGITS, 20, 20),
        "journal_header_description": word(rng, LOWER, 10, 80),
        "period_code": period,
        "period_date": f"{day}T00:00:00",
        "currency_code": rng.choice(currency_codes),
        "journal_category_code": word(rng, UPPER, 3, 3),
        "journal_posted_date": f"{day}T00:00:00",
        "journal_created_date": f"{day}T00:00:00",
        "journal_created_timestamp": f"{day}T08:28:42.{rng.randrange(1, 10**6):06d}",
        "journal_actual_flag": "Y",
        "journal_status": word(rng, UPPER, 3, 3),
        "journal_header_name": word(rng, LOWER, 10, 40),
        "reversal_flag": "N",
        "reversal_journal_header_source_code": "",
    }


def journal(rng, period_codes, currency_codes, low, high):
    """Yields the lines of one journal, which share its header."""
    common = header(rng, period_codes, currency_codes)
    for number in range(1, rng.randint(low, high) + 1):
        is_credit = rng.random() < 0.5
        amount = rng.uniform(1, 10000)
        debit, credit = (0, amount) if is_credit else (amount, 0)
        yield {
            **common,
            "journal_line_number": number,
            "account_code": "A" + word(rng, DIGITS, 3, 3),
            "organization_code": "R" + word(rng, DIGITS, 3, 3),
            "project_code": "P" + word(rng, DIGITS, 3, 3),
            "journal_line_type": "CR" if is_credit else "DR",
            "entered_debit_amount": debit,
            "entered_credit_amount": credit,
            "accounted_debit_amount": debit,
            "accounted_credit_amount": credit,
            "journal_line_description": word(rng, LOWER, 10, 80),
        }


def compact(record):
    return json.dumps(record, separators=(",", ":")).encode()


def damage(rng, line, record, value):
    """Returns a damaged form of a good line. Every form belongs in quarantine."""

    def with_value(data):
        return compact({**record, "value": base64.b64encode(data).decode()})

    def with_field(name, data):
        return with_value(json.dumps({**value, "data": {**value["data"], name: data}}).encode())

    text = json.dumps(value).encode()
    not_utf8 = b'"\xff\xfe"'
    forms = [
        lambda: line[: len(line) // 2],
        lambda: b"not json at all",
        lambda: json.dumps({**record, "value": record["value"][:-3] + "*=="}).encode(),
        lambda: with_value(text[:-7]),
        lambda: with_value(text + b"}"),
        lambda: with_value(text.replace(b'"CR"', not_utf8).replace(b'"DR"', not_utf8)),
        lambda: with_field("entered_debit_amount", "12,5"),
        lambda: with_field("journal_line_number", 1.5),
        lambda: with_field("journal_posted_date", "2024-02-30T00:00:00"),
        lambda: with_value(b"[" + text + b"]"),
    ]
    return rng.choice(forms)()


def records(rng, options):
    """Yields an endless supply of values and their envelopes."""
    period_codes, currency_codes = periods(options.periods), currencies(options.currencies)
    count = 0
    while True:
        for data in journal(rng, period_codes, currency_codes, *options.lines):
            value = {
                "uuid": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
                "run_id": "20240628_082841_9009",
                "scenario": "stream",
                "timestamp": "2024-06-28T08:28:42.253667",
                "data": data,
            }
            record = {
                "stream": options.stream,
                "partition": options.partition,
                "key": base64.b64encode(data["journal_external_reference"].encode()).decode(),
                "value": base64.b64encode(json.dumps(value).encode()).decode(),
                "offset": options.offset + count,
                "timestamp": FIRST_TIME + count,
            }
            count += 1
            yield value, record


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--megabytes", type=float, default=100, help="uncompressed size of the JSON Lines")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--periods", type=int, default=1)
    parser.add_argument("--currencies", type=int, default=5)
    parser.add_argument("--lines", type=int, nargs=2, default=(60, 100), metavar=("LOW", "HIGH"), help="lines per journal")
    parser.add_argument("--stream", default="ledger")
    parser.add_argument("--partition", default="0")
    parser.add_argument("--offset", type=int, default=FIRST_OFFSET)
    parser.add_argument("--bad", type=float, default=0, help="share of lines to damage")
    parser.add_argument("--list-bad", action="store_true", help="also print the numbers of the damaged lines, from 1")
    return parser.parse_args()


def main():
    options = parse()
    rng = random.Random(options.seed)
    target, size, count, bad = int(options.megabytes * 1e6), 0, 0, []
    with (
        open(options.out, "wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as out,
    ):
        for value, record in records(rng, options):
            if value["data"]["journal_line_number"] == 1 and size >= target:
                break  # a journal is never cut off
            line = compact(record)
            if options.bad and rng.random() < options.bad:
                line = damage(rng, line, record, value)
                bad.append(count + 1)
            out.write(line + b"\n")
            size, count = size + len(line) + 1, count + 1
    summary = {"out": options.out, "records": count, "bad": len(bad), "bytes": size}
    if options.list_bad:
        summary["bad_lines"] = bad
    print(json.dumps(summary), file=sys.stderr)


if __name__ == "__main__":
    main()
