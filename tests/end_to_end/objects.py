"""Bronze objects made by hand: the connector's envelopes as JSON Lines, compressed or not."""

import base64
import gzip
import json

JOURNAL = {
    "period_code": "202406",
    "currency_code": "EUR",
    "journal_line_number": 1,
    "journal_posted_date": "2024-06-28T00:00:00",
    "entered_debit_amount": 8043.517930780035,
    "account_code": "A315",
}


def b64(data):
    if isinstance(data, str):
        data = data.encode()
    return base64.b64encode(data).decode()


def journal(**data):
    """Returns the value of a journal line, with some data fields changed."""
    value = {"uuid": "e7c8b394", "run_id": "r1", "scenario": "stream", "timestamp": "2024-06-28T08:28:42.253667"}
    return {**value, "data": {**JOURNAL, **data}}


def envelope(value, offset=0, **fields):
    """Returns an envelope around a value, which is a dict, text or bytes."""
    if isinstance(value, dict):
        value = json.dumps(value)
    record = {
        "stream": "ledger",
        "partition": "0",
        "key": b64("K1"),
        "value": b64(value),
        "offset": offset,
        "timestamp": 1719563322261,
    }
    return {**record, **fields}


def line(value, offset=0, **fields):
    return json.dumps(envelope(value, offset, **fields), separators=(",", ":")).encode()


def lines(*values):
    """Returns the text of an object with these values, with offsets from 0."""
    return b"".join(line(value, offset) + b"\n" for offset, value in enumerate(values))


def write(path, text):
    """Writes an object, compressed if its name ends in .gz, and returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text, mtime=0) if path.name.endswith(".gz") else text)
    return path


def schema(path, columns, **table):
    """Writes a schema file for values whose fields are at the top level, and returns its path."""
    columns = [{"name": name, **(kind if isinstance(kind, dict) else {"type": kind})} for name, kind in columns.items()]
    table = {"name": "sample", "version": 1, "columns": columns, **table}
    path.write_text(json.dumps(table))
    return path
