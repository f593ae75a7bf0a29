"""Tests what is refused and what is stored: JSON is strict, and values are stored exactly as sent."""

import json
from datetime import date, datetime, timezone
from decimal import Decimal

import lakes
import objects
import pytest

UTC = timezone.utc


@pytest.fixture
def judge(curate, lake, tmp_path):
    """Curates values under the built-in or another schema. Returns the rows, and (offset, code, field) of the other values."""

    def judge(*values, schema=None):
        source = objects.write(tmp_path / "in.jsonl", objects.lines(*values))
        options = ["--schema", schema] if schema else []
        result = curate(source, *options).result
        lakes.check_receipt(lake, result)
        assert result["counts"]["lines"] == len(values)
        refused = [(entry.get("offset"), entry["error"]["code"], entry["error"].get("field")) for entry in lakes.quarantine(lake)]
        return lakes.rows(lake), refused

    return judge


@pytest.fixture
def column(judge, tmp_path):
    """Curates texts of one field of one type. Returns what is stored for each text, or the code of the reason for its refusal."""

    def column(kind, *texts, name="x", **options):
        schema = objects.schema(tmp_path / "schema.json", {name: {"type": kind, **options}})
        rows, refused = judge(*(f'{{"{name}": {text}}}' for text in texts), schema=schema)
        outcome = {row["_offset"]: row[name] for row in rows} | {offset: code for offset, code, _ in refused}
        assert all(field == name for _, _, field in refused)
        return [outcome[offset] for offset in range(len(texts))]

    return column


BAD_VALUES = {
    "leading zero": b"007",
    "bare point": b"7.",
    "no digit before the point": b".7",
    "plus sign": b"+7",
    "empty exponent": b"7e",
    "two minus signs": b"--7",
    "hexadecimal": b"0x7",
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "minus Infinity": b"-Infinity",
    "Python's None": b"None",
    "capital True": b"True",
    "cut literal": b"tru",
    "single quotes": b"'a'",
    "raw newline in a string": b'"a\nb"',
    "raw tab in a string": b'"a\tb"',
    "raw NUL in a string": b'"a\x00b"',
    "unknown escape": b'"\\x41"',
    "cut escape": b'"\\u00"',
    "lone high surrogate": b'"\\ud800"',
    "lone low surrogate": b'"\\udc00"',
    "surrogates in the wrong order": b'"\\udc00\\ud800"',
    "high surrogate before another character": b'"\\ud800\\u0041"',
    "byte order mark": b"\xef\xbb\xbf7",
    "unclosed string": b'"a',
    "comment": b"7 /* seven */",
    "no-break space": b"\xc2\xa07",
    "vertical tab": b"\x0b7",
    "nothing": b"",
    "trailing comma in an array": b"[1,]",
    "missing comma in an array": b"[1 2]",
    "leading comma in an array": b"[,1]",
    "trailing comma in an object": b'{"a":1,}',
    "key without quotes": b"{a:1}",
    "key without value": b'{"a"}',
    "number as a key": b"{1:1}",
    "unclosed array": b"[1",
    "closed by the wrong bracket": b"[1}",
}


@pytest.mark.parametrize("place", ["named", "unknown", "inside an unknown one", "top level"])
def test_a_field_that_is_not_json_costs_one_row(judge, place):
    good = json.dumps(objects.journal()).encode()
    forms = {
        "named": lambda bad: good.replace(b'"account_code": "A315"', b'"account_code": ' + bad),
        "unknown": lambda bad: good.replace(b'"account_code"', b'"nobody_knows": ' + bad + b', "account_code"'),
        "inside an unknown one": lambda bad: good.replace(b'"account_code"', b'"new": {"a": [' + bad + b']}, "account_code"'),
        "top level": lambda bad: good.replace(b'"data"', b'"extra": ' + bad + b', "data"'),
    }
    # An array may be empty, so an empty text is not an error inside an array.
    bads = {name: bad for name, bad in BAD_VALUES.items() if bad or not place.startswith("inside")}
    values = [part for bad in bads.values() for part in (good, forms[place](bad))]
    rows, refused = judge(*values)
    found = {offset: (code, field) for offset, code, field in refused}
    for at, name in enumerate(bads):
        assert found.pop(2 * at + 1, "curated")[0] == "value_not_json", name
    assert found == {}
    assert [row["_offset"] for row in rows] == list(range(0, len(values), 2))


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-1],
        lambda text: text + b"}",
        lambda text: text + b" {}",
        lambda text: text + b",",
        lambda text: text + b"\x00",
        lambda text: text[:-1] + b",}",
        lambda text: text.replace(b", ", b" ", 1),
        lambda text: text.replace(b", ", b",, ", 1),
        lambda text: text.replace(b": ", b" ", 1),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: b"",
        lambda text: b" ",
        lambda text: text.replace(b'"data"', b'"da\nta"'),
    ],
)
def test_a_value_that_is_not_one_json_text_is_refused(judge, damage):
    good = json.dumps(objects.journal()).encode()
    rows, refused = judge(good, damage(good), good)
    assert [(offset, code) for offset, code, _ in refused] == [(1, "value_not_json")]
    assert [row["_offset"] for row in rows] == [0, 2]


@pytest.mark.parametrize("value", [b"[]", b"1", b'"text"', b"null", b"true", b'[{"data": {}}]'])
def test_json_that_is_not_an_object_is_distinguished_from_text_that_is_not_json(judge, value):
    assert judge(value) == ([], [(0, "value_not_object", None)])


@pytest.mark.parametrize("bad", [b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82"])
@pytest.mark.parametrize("place", [b'"account_code": "', b'"nobody_knows": "'])
def test_invalid_utf8_is_refused_wherever_it_is(judge, bad, place):
    value = b'{"data": {"period_code": "1", "currency_code": "2", ' + place + bad + b'"}}'
    assert judge(value) == ([], [(0, "value_not_utf8", None)])


def test_white_space_around_a_value_is_json_and_escapes_are_resolved(judge):
    value = '\r\n\t {"data": {"period_code": "1", "currency_code" :"2",\n"account_code":"\\u00e9\\ud83d\\ude00\\/\\"\\\\\\n"}} \n'
    rows, refused = judge(value)
    assert refused == []
    assert rows[0]["account_code"] == 'é😀/"\\\n'


def test_a_key_written_with_escapes_is_the_same_key(judge):
    rows, refused = judge(
        r'{"data": {"period\u005fcode": "1", "currency_code": "2", "account_cod\u0065": "A"}}',
        r'{"data": {"period_code": "1", "period\u005fcode": "1", "currency_code": "2"}}',
    )
    assert [row["account_code"] for row in rows] == ["A"]
    assert refused == [(1, "duplicate_field", "period_code")]


def test_nesting_is_limited_and_has_its_own_code(judge):
    def nested(depth):
        return '{"data": {"period_code": "1", "currency_code": "2", "deep": ' + "[" * depth + "]" * depth + "}}"

    rows, refused = judge(nested(100), nested(126), nested(127), nested(500), nested(200_000), nested(1))
    assert [(offset, code) for offset, code, _ in refused] == [(at, "nesting_too_deep") for at in (2, 3, 4)]
    assert [row["_offset"] for row in rows] == [0, 1, 5]


@pytest.mark.parametrize("other", ['"A"', '"B"', "null", "[]"])
def test_a_named_field_occurs_once_even_when_the_values_agree(judge, other):
    value = f'{{"data": {{"period_code": "1", "currency_code": "2", "account_code": "A", "account_code": {other}}}}}'
    assert judge(value) == ([], [(0, "duplicate_field", "account_code")])


def test_an_object_on_the_way_to_named_fields_occurs_once(judge):
    value = '{"data": {"period_code": "1"}, "data": {"currency_code": "2"}}'
    assert judge(value) == ([], [(0, "duplicate_field", "/data")])


def test_unknown_fields_may_repeat_and_are_all_rescued(judge):
    value = '{"data": {"period_code": "1", "currency_code": "2", "new": 1.50, "new": {"a":  "b"}}, "top": "\\u00e9"}'
    rows, refused = judge(value)
    assert refused == []
    rescued = json.loads(rows[0]["_rescued"], object_pairs_hook=lambda pairs: pairs)
    assert rescued == [("top", "é"), ("data", [("new", 1.5), ("new", [("a", "b")])])]
    assert "1.50" in rows[0]["_rescued"]


@pytest.mark.parametrize("field", ["period_code", "currency_code"])
@pytest.mark.parametrize("form", ["missing", "null"])
def test_a_required_field_must_be_present(judge, field, form):
    value = objects.journal(**{field: None})
    if form == "missing":
        del value["data"][field]
    assert judge(value) == ([], [(0, "missing_required", field)])


def test_a_missing_object_lacks_its_required_fields(judge):
    assert judge({}, {"data": None}) == ([], [(at, "missing_required", "period_code") for at in (0, 1)])


def test_a_value_where_an_object_belongs_is_a_mismatch(judge):
    assert judge({"data": []}, {"data": "x"}) == ([], [(at, "type_mismatch", "/data") for at in (0, 1)])


def test_null_and_missing_are_null_where_nothing_is_required(judge):
    rows, refused = judge(objects.journal(account_code=None, entered_debit_amount=None, journal_posted_date=None))
    assert refused == []
    assert [rows[0][name] for name in ("account_code", "entered_debit_amount", "journal_posted_date", "project_code")] == [None] * 4


def test_an_empty_string_is_not_null(judge):
    rows, _ = judge(objects.journal(account_code=""))
    assert rows[0]["account_code"] == ""


@pytest.mark.parametrize("kind, limit", [("int32", 2**31), ("int64", 2**63)])
def test_an_integer_column_accepts_whole_numbers_in_range_however_written(column, kind, limit):
    texts = ["5", "5.0", "5e0", "50e-1", "0.5E+1", "-0", "-0.0", "0e99999", str(limit - 1), str(-limit), f"{limit - 1}.000"]
    assert column(kind, *texts) == [5, 5, 5, 5, 5, 0, 0, 0, limit - 1, -limit, limit - 1]


@pytest.mark.parametrize("kind, limit", [("int32", 2**31), ("int64", 2**63)])
def test_an_integer_column_refuses_everything_else(column, kind, limit):
    mismatch = ["5.7", "5e-1", '"42"', '""', "true", "[]", "{}", "0.0000001", "1e-99999999999999999999"]
    beyond = [str(limit), str(-limit - 1), "1e99", "1e99999999999999999999", "9" * 5000]
    assert column(kind, *mismatch, *beyond) == ["type_mismatch"] * len(mismatch) + ["out_of_range"] * len(beyond)


def test_a_decimal_comes_from_the_digits_in_the_text(column):
    texts = ["8043.517930780035", "0.1", "1e-18", "123456789012345678.5e1", "99999999999999999999.999999999999999999",
             "-99999999999999999999.999999999999999999", "1.000000000000000000000000", "12E3", "-0.0", "0.30000000000000004",
             "9007199254740993", "1.5E-2", "100000000000000000000000000e-20"]
    assert column("decimal(38,18)", *texts) == [Decimal(text) for text in texts]


def test_a_decimal_that_would_lose_a_digit_is_refused(column):
    lost = ["1e-19", "0.1234567890123456789", "1.0000000000000000001", "1e-99999"]
    beyond = ["100000000000000000000", "1e20", "-1e20", "1e99999999999999999999"]
    mismatch = ['"1.5"', '"12,5"', "true", "{}"]
    expected = ["precision_lost"] * 4 + ["out_of_range"] * 4 + ["type_mismatch"] * 4
    assert column("decimal(38,18)", *lost, *beyond, *mismatch) == expected


def test_a_narrow_decimal_has_its_own_limits(column):
    outcome = column("decimal(9,2)", "1234567.89", "-9999999.99", "1234567.80e0", "12345678", "0.001", "1e6", "1.10")
    assert outcome == [Decimal("1234567.89"), Decimal("-9999999.99"), Decimal("1234567.80"), "out_of_range", "precision_lost",
                       Decimal("1000000.00"), Decimal("1.10")]


def test_half_even_rounds_if_the_schema_says_so(column):
    texts = ["0.125", "0.135", "0.1250000000000000000000001", "-0.125", "2.5e-3", "0.005", "0.015", "1e-400", "9999999.994",
             "9999999.995", "1.999"]
    outcome = column("decimal(9,2)", *texts, round="half_even")
    wanted = ["0.12", "0.14", "0.13", "-0.12", "0.00", "0.00", "0.02", "0.00", "9999999.99", None, "2.00"]
    assert outcome == ["out_of_range" if text is None else Decimal(text) for text in wanted]


def test_half_even_agrees_with_python(column):
    import random

    rng = random.Random(7)
    texts = [f"{rng.choice(['', '-'])}{rng.randrange(10**4)}.{rng.randrange(10**5):05d}" for _ in range(300)]
    texts += [f"{rng.randrange(1000)}.{rng.randrange(100):02d}5" for _ in range(300)]
    outcome = column("decimal(9,2)", *texts, round="half_even")
    assert outcome == [Decimal(text).quantize(Decimal("0.01"), rounding="ROUND_HALF_EVEN") for text in texts]


def test_numbers_in_quotes_are_accepted_if_the_schema_says_so(column):
    texts = ['"42"', "43", '"4.5"', '"042"', '" 42"', '"42 "', '""', '"NaN"', '"1e2"', '"99999999999"', '"+1"']
    bad = "type_mismatch"
    assert column("int32", *texts, from_string=True) == [42, 43, bad, bad, bad, bad, bad, bad, 100, "out_of_range", bad]


def test_decimals_in_quotes_are_accepted_if_the_schema_says_so(column):
    assert column("decimal(9,2)", '"12.50"', '"12,5"', '"0.001"', from_string=True) == [
        Decimal("12.50"), "type_mismatch", "precision_lost",
    ]


def test_booleans_in_quotes_are_accepted_if_the_schema_says_so(column):
    assert column("boolean", '"true"', '"false"', "true", '"True"', '"1"', "1", from_string=True) == [
        True, False, True, "type_mismatch", "type_mismatch", "type_mismatch",
    ]


def test_a_boolean_is_true_or_false(column):
    texts = ["true", "false", "null", '"true"', "1", "0", '"yes"']
    assert column("boolean", *texts) == [True, False, None] + ["type_mismatch"] * 4


def test_a_float_is_the_nearest_and_finite(column):
    texts = ["0.1", "1e308", "-1.5", "5e-324", "123456789012345678901234567890", "0e999", "-0.0"]
    assert column("float64", *texts) == [float(text) for text in texts]


def test_a_float_beyond_the_format_is_refused(column):
    assert column("float64", "1e309", "-1e309", "1e-400", '"1.5"', "true") == ["out_of_range"] * 3 + ["type_mismatch"] * 2


def test_a_string_column_accepts_only_strings(column):
    assert column("string", '"x"', "1", "1.5", "true", "{}", "[]", "null") == ["x"] + ["type_mismatch"] * 5 + [None]


def test_timestamps_are_calendar_times_in_microseconds(column):
    texts = ["2024-02-29T23:59:59.999999", "2024-06-28T08:28:42", "2024-06-28T08:28:42.5", "0001-01-01T00:00:00",
             "9999-12-31T23:59:59.999999", "1969-12-31T23:59:59.999999"]
    outcome = column("timestamp", *(f'"{text}"' for text in texts))
    assert outcome == [datetime.fromisoformat(text) for text in texts]


BAD_TIMES = {
    "30 February": "2024-02-30T00:00:00",
    "29 February of a common year": "2023-02-29T00:00:00",
    "31 April": "2024-04-31T00:00:00",
    "month 13": "2024-13-01T00:00:00",
    "month 0": "2024-00-01T00:00:00",
    "day 0": "2024-01-00T00:00:00",
    "hour 24": "2024-01-01T24:00:00",
    "minute 60": "2024-01-01T00:60:00",
    "second 60": "2024-06-30T23:59:60",
    "nanoseconds": "2024-01-01T00:00:00.123456789",
    "seven digits": "2024-01-01T00:00:00.1234567",
    "no digit after the point": "2024-01-01T00:00:00.",
    "date alone": "2024-01-01",
    "no seconds": "2024-01-01T00:00",
    "slashes": "2024/01/01T00:00:00",
    "two-digit year": "24-01-01T00:00:00",
    "five-digit year": "12024-01-01T00:00:00",
    "year 0": "0000-01-01T00:00:00",
    "white space": " 2024-01-01T00:00:00",
    "empty": "",
    "words": "yesterday",
    "other digits": "٢٠٢٤-01-01T00:00:00",
}


def test_invalid_times_are_refused(column):
    texts = list(BAD_TIMES.values())
    assert column("timestamp", *(json.dumps(text) for text in texts)) == ["bad_timestamp"] * len(texts)


def test_a_zone_where_none_belongs_is_refused(column):
    zones = ["Z", "z", "+00:00", "+02:00", "-0800", " UTC", "[Europe/Berlin]"]
    assert column("timestamp", *(f'"2024-01-01T00:00:00{zone}"' for zone in zones)) == ["bad_timestamp"] * len(zones)


def test_a_timestamp_column_refuses_numbers(column):
    assert column("timestamp", "1719563322261", "true", "{}") == ["type_mismatch"] * 3


def test_timestamp_utc_needs_an_offset_and_stores_utc(column):
    texts = ["2024-06-28T08:28:42Z", "2024-06-28T08:28:42.123456+02:00", "2024-01-01T00:30:00-05:30"]
    bad = ["2024-06-28T08:28:42", "2024-02-30T00:00:00Z", "2024-06-28T08:28:42+24:00", "2024-06-28T08:28:42.1234567Z"]
    outcome = column("timestamp_utc", *(f'"{text}"' for text in texts + bad))
    assert outcome == [datetime.fromisoformat(text).astimezone(UTC) for text in texts] + ["bad_timestamp"] * len(bad)


def test_epoch_numbers_become_utc_times(column):
    wanted = datetime(2024, 6, 28, 8, 28, 42, 261000, tzinfo=UTC)
    assert column("timestamp_millis", "1719563322261", "1719563322261.0", "17195633222.61e2") == [wanted] * 3


def test_epoch_seconds_may_have_microseconds_and_no_more(column):
    outcome = column("timestamp_seconds", "1719563322.000001", "-1", "1719563322.0000001", '"1719563322"', "1e15")
    assert outcome == [datetime(2024, 6, 28, 8, 28, 42, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
                       "bad_timestamp", "type_mismatch", "out_of_range"]


def test_a_date_is_a_valid_calendar_day(column):
    texts = ["2024-02-29", "0001-01-01", "9999-12-31"]
    bad = ["2024-02-30", "2023-02-29", "2024-01-01T00:00:00", "20240101", "2024-1-1", ""]
    outcome = column("date", *(f'"{text}"' for text in texts + bad), "20240101")
    assert outcome == [date.fromisoformat(text) for text in texts] + ["bad_date"] * len(bad) + ["type_mismatch"]


def test_a_json_column_keeps_the_text_of_any_value(column):
    texts = ['{"b": 1.50,  "a": [1, 2]}', "[1e5]", '"x"', "1.10", "true", '{"a":1,"a":2}']
    assert column("json", *texts, "null") == [*texts, None]


def test_a_json_column_must_be_json(judge, tmp_path):
    schema = objects.schema(tmp_path / "schema.json", {"x": "json"})
    assert judge('{"x": {"a": 01}}', schema=schema) == ([], [(0, "value_not_json", None)])


@pytest.mark.parametrize("policy", ["rescue", "ignore", "quarantine"])
def test_unknown_fields_are_treated_as_the_schema_says(judge, tmp_path, policy):
    schema = objects.schema(tmp_path / "schema.json", {"x": "int32"}, unknown_fields=policy)
    rows, refused = judge('{"x": 1}', '{"x": 2, "a/b~": 3}', schema=schema)
    if policy == "quarantine":
        assert [row["x"] for row in rows] == [1]
        assert refused == [(1, "unknown_field", "/a~1b~0")]
    else:
        assert [row["x"] for row in rows] == [1, 2]
        assert refused == []
        assert [row.get("_rescued") for row in rows] == [None, '{"a/b~":3}' if policy == "rescue" else None]
    assert ("_rescued" in rows[0]) == (policy == "rescue")


def test_a_pointer_reaches_into_objects_and_past_odd_names(judge, tmp_path):
    schema = objects.schema(tmp_path / "schema.json", {"x": {"type": "string", "from": "/a~1b/c~0d/é/"}})
    rows, refused = judge('{"a/b": {"c~d": {"é": {"": "found"}}}}', schema=schema)
    assert (rows[0]["x"], refused) == ("found", [])


def test_keys_that_are_bytes_are_kept_if_the_schema_says_so(curate, lake, tmp_path):
    schema = objects.schema(tmp_path / "schema.json", {"x": "int32"}, key="binary")
    text = b"".join(objects.line({"x": at}, at, key=key) + b"\n" for at, key in enumerate(["/+8=", "", None]))
    curate(objects.write(tmp_path / "in.jsonl", text), "--schema", schema)
    assert [row["_key"] for row in lakes.rows(lake)] == [b"\xff\xef", b"", None]
