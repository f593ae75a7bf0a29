"""Tests damaged objects: rows before the damage are curated, and nothing is lost silently."""

import gzip
import json
import random
import struct
import zlib

import lakes
import objects
import pytest

LINES = [objects.line(objects.journal(journal_line_number=at, account_code=f"A{at:05d}"), at) for at in range(400)]
TEXT = b"\n".join(LINES) + b"\n"
WHOLE = gzip.compress(TEXT, mtime=0)


def recovered(data):
    """Returns what a careful reader gets from damaged gzip: the text up to the damage, as zlib returns it byte by byte."""
    text, rest = b"", data
    while rest[:2] == b"\x1f\x8b":
        reader = zlib.decompressobj(31)
        try:
            for at in range(len(rest)):
                text += reader.decompress(rest[at : at + 1])
                if reader.eof:
                    break
        except zlib.error:
            return text
        if not reader.eof:
            return text
        rest = rest[at + 1 :]
    return text


@pytest.fixture
def curated(curate, lake, tmp_path):
    """Curates these bytes as an object, and returns the receipt and the offsets of the rows."""

    def curated(data, name="in.data.gz", *options):
        source = tmp_path / name
        source.write_bytes(data)
        receipt = curate(source, *options).result
        lakes.check_receipt(lake, receipt)
        return receipt, [row["_offset"] for row in lakes.rows(lake)]

    return curated


def check_damage(lake, receipt, code, size):
    """Checks that receipt and quarantine agree about the damage, and that it is inside the object. Returns its position."""
    assert receipt["complete"] is False
    (note,) = receipt["damage"]
    assert note["code"] == code
    assert 0 <= note["byte"] <= size
    remarks = [entry for entry in lakes.quarantine(lake) if "line" not in entry["error"]]
    assert remarks == [{"error": {"code": code, "message": note["message"], "byte": note["byte"]}}]
    return note["byte"]


CUTS = sorted({*range(1, 30), *range(40, len(WHOLE), len(WHOLE) // 40), *range(len(WHOLE) - 10, len(WHOLE))})


def test_a_truncated_object_keeps_its_complete_rows(run, tmp_path):
    folder, lake = tmp_path / "in", tmp_path / "lake"
    folder.mkdir()
    for cut in CUTS:
        (folder / f"{cut}.data.gz").write_bytes(WHOLE[:cut])
    ran = run(folder, "--lake", lake, "--json")
    assert ran.code == 0, ran.stderr
    rows = {}
    for row in lakes.rows(lake):
        rows.setdefault(row["_source"], []).append(row["_offset"])
    assert len(ran.results) == len(CUTS)
    for receipt in ran.results:
        lakes.check_receipt(lake, receipt)
        cut = int(receipt["source"]["url"].rsplit("/", 1)[1].split(".")[0])
        text = recovered(WHOLE[:cut])
        whole = text.count(b"\n")
        assert rows.get(receipt["source"]["url"], []) == list(range(whole))
        assert receipt["complete"] is False
        assert [(note["code"], note["byte"]) for note in receipt["damage"]] == [("truncated_gzip", cut)]
        rest = text.rsplit(b"\n", 1)[-1]
        assert receipt["counts"]["quarantined"] == bool(rest)


def test_the_cut_line_before_the_damage_is_quarantined(curated, lake):
    data = gzip.compress(TEXT, compresslevel=0, mtime=0)[:5000]
    receipt, offsets = curated(data)
    check_damage(lake, receipt, "truncated_gzip", len(data))
    text = recovered(data)
    assert offsets == list(range(text.count(b"\n")))
    kept = [entry for entry in lakes.quarantine(lake) if "raw" in entry]
    assert [objects.b64(text.rsplit(b"\n", 1)[1])] == [entry["raw"] for entry in kept]


def corrupted(seed):
    """Returns the object with one byte changed, somewhere after the header."""
    rng = random.Random(seed)
    at = rng.randrange(10, len(WHOLE))
    return WHOLE[:at] + bytes([WHOLE[at] ^ rng.randrange(1, 256)]) + WHOLE[at + 1 :]


def test_a_corrupt_byte_is_always_reported_and_costs_nothing_before_it(run, tmp_path):
    folder, lake = tmp_path / "in", tmp_path / "lake"
    folder.mkdir()
    for seed in range(150):
        (folder / f"{seed}.data.gz").write_bytes(corrupted(seed))
    ran = run(folder, "--lake", lake, "--json")
    assert ran.code == 0, ran.stderr
    rows = {}
    for row in lakes.rows(lake):
        rows.setdefault(row["_source"], []).append(row["_offset"])
    assert len(ran.results) == 150
    for receipt in ran.results:
        lakes.check_receipt(lake, receipt)
        assert receipt["complete"] is False
        assert receipt["damage"][0]["code"] in ("corrupt_gzip", "truncated_gzip", "trailing_garbage")
        seed = int(receipt["source"]["url"].rsplit("/", 1)[1].split(".")[0])
        lines = recovered(corrupted(seed)).split(b"\n")
        same = next((at for at, (line, sent) in enumerate(zip(lines, LINES)) if line != sent), len(LINES))
        assert set(range(same)) <= set(rows.get(receipt["source"]["url"], []))


@pytest.mark.parametrize("field", ["checksum", "length"])
def test_a_failed_checksum_is_damage(curated, lake, field):
    at = -8 if field == "checksum" else -4
    data = bytearray(WHOLE)
    data[at] ^= 1
    receipt, offsets = curated(bytes(data))
    check_damage(lake, receipt, "corrupt_gzip", len(data))
    assert offsets == list(range(400))


@pytest.mark.parametrize("garbage", [b"\x00", b"\x00" * 512, b"\x1f", b"\x1fx", b"\n", b"PK\x03\x04", TEXT])
def test_garbage_after_the_last_member_is_reported(curated, lake, garbage):
    receipt, offsets = curated(WHOLE + garbage)
    assert check_damage(lake, receipt, "trailing_garbage", len(WHOLE) + len(garbage)) == len(WHOLE)
    assert offsets == list(range(400))


@pytest.mark.parametrize("size", [1, 7, 100, 1000, 70_000])
def test_all_members_are_read_wherever_they_end(curated, size):
    members = [gzip.compress(TEXT[at : at + size], mtime=0) for at in range(0, len(TEXT), size)][:3000]
    text = TEXT[: 3000 * size]
    receipt, offsets = curated(b"".join(members))
    whole = len([line for line in text.split(b"\n") if line in set(LINES)])
    assert receipt["complete"] is True
    assert offsets == list(range(whole))


def test_empty_members_are_ignored(curated):
    empty = gzip.compress(b"", mtime=0)
    receipt, offsets = curated(empty * 3 + WHOLE + empty * 1000)
    assert (receipt["complete"], offsets) == (True, list(range(400)))


def test_an_object_of_an_empty_member_has_a_receipt(curated, lake):
    receipt, offsets = curated(gzip.compress(b"", mtime=0))
    assert (receipt["complete"], receipt["counts"]["lines"], offsets) == (True, 0, [])
    assert lakes.quarantine_objects(lake) == []


def header(flags, *fields):
    """Returns gzip with these header fields in front of the same compressed data."""
    head = b"\x1f\x8b\x08" + bytes([flags]) + struct.pack("<IBB", 1719563322, 2, 3) + b"".join(fields)
    if flags & 2:
        head += struct.pack("<H", zlib.crc32(head) & 0xFFFF)
    return head + WHOLE[10:]


EXTRA = struct.pack("<H", 8) + b"BC" + struct.pack("<H", 4) + b"\x00\x00\x00\x00"


@pytest.mark.parametrize(
    "data",
    [
        header(8, b"in.jsonl\x00"),
        header(16, b"a comment\x00"),
        header(4, EXTRA),
        header(2),
        header(1),
        header(4 | 8 | 16 | 2, EXTRA, b"name\x00", b"comment\x00"),
        header(8, b"n" * 100_000 + b"\x00"),
        header(4, struct.pack("<H", 65535) + b"\x00" * 65535),
    ],
    ids=["name", "comment", "extra", "hcrc", "text", "all", "long name", "long extra"],
)
def test_any_header_fields_are_fine(curated, data):
    receipt, offsets = curated(data + data)
    assert (receipt["complete"], len(offsets)) == (True, 800)


def test_a_wrong_header_checksum_is_damage(curated, lake):
    data = bytearray(header(2))
    data[10] ^= 1
    receipt, _ = curated(bytes(data))
    check_damage(lake, receipt, "corrupt_gzip", len(data))


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04 a zip", b"hello", b"\x00" * 100, b"1", b"\x1f", b"\x1f\x8c", b"\x28\xb5\x2f\xfc", b"\xff" * 5000]
)
def test_an_object_that_is_not_gzip_is_reported_and_not_curated(curated, lake, data):
    receipt, offsets = curated(data)
    code = "truncated_gzip" if data == b"\x1f" else "not_gzip"
    check_damage(lake, receipt, code, len(data))
    assert offsets == []


@pytest.mark.parametrize("method", [0, 7, 9, 255])
def test_an_unknown_compression_method_is_damage(curated, lake, method):
    receipt, offsets = curated(WHOLE[:2] + bytes([method]) + WHOLE[3:])
    check_damage(lake, receipt, "corrupt_gzip", len(WHOLE))
    assert offsets == []


@pytest.mark.parametrize("name", ["in.data.gz", "in.jsonl", "in"])
@pytest.mark.parametrize("data", [TEXT, WHOLE], ids=["plain", "gzip"])
def test_gzip_is_recognized_by_its_content_not_its_name(curated, name, data):
    receipt, offsets = curated(data, name)
    assert (receipt["complete"], offsets) == (True, list(range(400)))


def test_a_complete_last_line_without_a_newline_is_a_record(curated):
    receipt, offsets = curated(gzip.compress(TEXT[:-1]))
    assert (receipt["complete"], offsets) == (True, list(range(400)))


def test_a_cut_last_line_is_quarantined(curated, lake):
    receipt, offsets = curated(gzip.compress(TEXT[:-20]))
    assert (receipt["complete"], offsets) == (True, list(range(399)))
    assert [(entry["error"]["code"], entry["error"]["line"]) for entry in lakes.quarantine(lake)] == [("envelope_not_json", 400)]


def test_an_empty_object_named_gz_is_truncated(curated, lake):
    receipt, offsets = curated(b"")
    assert check_damage(lake, receipt, "truncated_gzip", 0) == 0
    assert offsets == []


def test_an_empty_object_of_plain_lines_is_complete(curated, lake):
    receipt, offsets = curated(b"", "in.jsonl")
    assert (receipt["complete"], receipt["counts"]["lines"], offsets) == (True, 0, [])
    assert lakes.receipt(lake)["source"]["size"] == 0


def test_blank_lines_are_only_counted(curated, lake):
    receipt, offsets = curated(b"\n \n" + LINES[0] + b"\n\n\t\r\n" + LINES[1] + b"\n" + b"x\n", "in.jsonl")
    assert receipt["counts"] == {"lines": 3, "blank": 4, "curated": 2, "quarantined": 1}
    assert offsets == [0, 1]
    assert lakes.quarantine(lake)[0]["error"]["line"] == 7


def test_lines_may_end_in_crlf(curated):
    receipt, offsets = curated(TEXT.replace(b"\n", b"\r\n"), "in.jsonl")
    assert (receipt["counts"]["quarantined"], offsets) == (0, list(range(400)))


def test_a_byte_order_mark_in_front_costs_one_line(curated, lake):
    receipt, offsets = curated(b"\xef\xbb\xbf" + TEXT, "in.jsonl")
    assert offsets == list(range(1, 400))
    assert lakes.codes(lake) == ["envelope_not_json"]


def test_random_bytes_are_accounted_for(run, tmp_path, lake):
    rng = random.Random(11)
    for at in range(60):
        noise = rng.randbytes(rng.randrange(1, 20_000))
        head = rng.choice([b"", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", b"{", WHOLE[: rng.randrange(len(WHOLE))]])
        objects.write(tmp_path / f"in/{at}.jsonl", head + noise)
        (tmp_path / f"in/{at}.gz").write_bytes(head + noise)
    ran = run(tmp_path / "in", "--lake", lake, "--json")
    assert ran.code == 0, ran.stderr
    assert len(ran.results) == 120
    for receipt in ran.results:
        lakes.check_receipt(lake, receipt)
        assert receipt["complete"] is False or receipt["counts"]["lines"] > 0


def write_plain(path, block):
    with path.open("wb") as text:
        for part in [LINES[0], b"\n", *[block] * 1001, b"\n", LINES[1], b"\n"]:
            text.write(part)


def write_packed(path, block):
    """Writes the same content as gzip. The block is compressed once; with a full flush before and after it, it can be repeated."""
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
    head = squeeze.compress(LINES[0] + b"\n") + squeeze.flush(zlib.Z_FULL_FLUSH)
    middle = squeeze.compress(block) + squeeze.flush(zlib.Z_FULL_FLUSH)
    tail = squeeze.compress(b"\n" + LINES[1] + b"\n") + squeeze.flush()
    checksum, size = 0, 0
    with path.open("wb") as gz:
        gz.write(WHOLE[:10] + head + middle * 1001 + tail)
        for part in [LINES[0] + b"\n", *[block] * 1001, b"\n" + LINES[1] + b"\n"]:
            checksum, size = zlib.crc32(part, checksum), size + len(part)
        gz.write(struct.pack("<II", checksum, size & 0xFFFFFFFF))


@pytest.fixture(scope="module")
def long_line(tmp_path_factory):
    """A line of 1 GB between two good ones, plain and in gzip."""
    folder = tmp_path_factory.mktemp("long")
    plain, packed = folder / "in.jsonl", folder / "in.data.gz"
    # A tenth of it is digits that hardly compress. Otherwise it would be a bomb, which has a test of its own.
    block = random.Random(3).randbytes(50_000).hex().encode() + b"y" * 900_000
    write_plain(plain, block)
    write_packed(packed, block)
    assert plain.stat().st_size > 1e9
    yield {"in.jsonl": plain, "in.data.gz": packed}
    plain.unlink(), packed.unlink()


@pytest.mark.parametrize("name", ["in.jsonl", "in.data.gz"])
def test_a_line_of_a_gigabyte_costs_one_line_and_no_memory(watched, lake, long_line, name):
    ran, peak = watched(long_line[name], "--lake", lake, "--memory", "128MB", "--json")
    assert ran.code == 0, ran.stderr
    assert ran.result["counts"] == {"lines": 3, "blank": 0, "curated": 2, "quarantined": 1}
    assert ran.result["quarantined"] == {"line_too_long": 1}
    assert [row["_offset"] for row in lakes.rows(lake)] == [0, 1]
    assert peak < 128e6
    assert size_of_text(*lakes.quarantine_objects(lake)) > 1_000_000 * 1001 * 4 // 3


def size_of_text(path):
    """Returns the size of a gzip file's text, without holding the text in memory."""
    with gzip.open(path) as text:
        return sum(len(part) for part in iter(lambda: text.read(1 << 20), b""))


def test_a_bomb_is_stopped_and_rows_before_it_are_curated(watched, lake, tmp_path):
    source = tmp_path / "in.data.gz"
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = squeeze.compress(TEXT) + squeeze.flush(zlib.Z_FULL_FLUSH)
    zeros = squeeze.compress(bytes(1 << 20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    source.write_bytes(head + zeros * 2000)
    ran, peak = watched(source, "--lake", lake, "--memory", "128MB", "--json")
    assert ran.code == 0, ran.stderr
    check_damage(lake, ran.result, "decompression_bomb", source.stat().st_size)
    assert [row["_offset"] for row in lakes.rows(lake)] == list(range(400))
    assert peak < 128e6


def test_a_higher_ratio_lets_a_repetitive_object_through(curate, tmp_path, lake):
    line = LINES[0] + b" " * 200_000 + b"\n"
    source = tmp_path / "in.data.gz"
    source.write_bytes(gzip.compress(line * 400, 9))
    refused = tmp_path / "refused"
    assert curate(source, into=refused).result["complete"] is False
    receipt = curate(source, "--max-ratio", "2000").result
    assert (receipt["complete"], receipt["counts"]["curated"]) == (True, 400)


def test_a_note_on_damage_is_one_line_of_json(curated, lake):
    curated(WHOLE[:100])
    (path,) = lakes.quarantine_objects(lake)
    for line in gzip.decompress(path.read_bytes()).splitlines():
        assert json.loads(line)["error"]["code"]
