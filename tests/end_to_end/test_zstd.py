"""Tests objects compressed with zstd, as pyarrow writes it: what gzip's rules say holds for them, too."""

import gzip
import random

import lakes
import objects
import pyarrow
import pytest

LINES = [objects.line(objects.journal(journal_line_number=at, account_code=f"A{at:05d}"), at) for at in range(400)]
TEXT = b"\n".join(LINES) + b"\n"
SKIPPABLE = b"\x5e\x2a\x4d\x18\x03\0\0\0abc"


def zstd(text, level=3):
    return pyarrow.Codec("zstd", compression_level=level).compress(text, asbytes=True)


@pytest.fixture
def curated(curate, lake, tmp_path):
    """Curates these bytes as an object, and returns the receipt and the offsets of the rows."""

    def curated(data, name="in.jsonl.zst"):
        source = tmp_path / name
        source.write_bytes(data)
        receipt = curate(source).result
        lakes.check_receipt(lake, receipt)
        return receipt, [row["_offset"] for row in lakes.rows(lake)]

    return curated


@pytest.mark.parametrize("level", [-5, 1, 3, 19])
def test_zstd_has_the_rows_of_its_text(curated, level):
    receipt, offsets = curated(zstd(TEXT, level))
    assert (receipt["complete"], offsets) == (True, list(range(400)))


def test_all_frames_are_read_and_lines_may_span_them(curated):
    cuts = [0, 10, 10, 5000, 20_000, len(TEXT)]
    frames = [zstd(TEXT[start:end]) for start, end in zip(cuts, cuts[1:])]
    receipt, offsets = curated(SKIPPABLE.join([b"", *frames, b""]))
    assert (receipt["complete"], receipt["counts"]["curated"], offsets) == (True, 400, list(range(400)))


@pytest.mark.parametrize("name", ["in.gz", "in.zst", "in.jsonl", "in.GZ"])
@pytest.mark.parametrize("data", [zstd(TEXT), gzip.compress(TEXT), TEXT], ids=["zstd", "gzip", "text"])
def test_the_first_bytes_decide_and_not_the_name(curated, name, data):
    receipt, offsets = curated(data, name)
    assert (receipt["complete"], offsets) == (True, list(range(400)))


def test_files_are_named_without_the_endings_of_the_source(curated, lake):
    curated(zstd(TEXT), "readings.json.zst")
    assert {path.name.split("-")[0] for path in lakes.files(lake)} == {"readings"}
    assert not any(".json" in path.name or ".zst" in path.name for path in lakes.files(lake))


def test_rows_before_a_cut_are_curated(run, tmp_path):
    data = zstd(TEXT[:20_000]) + zstd(TEXT[20_000:])
    folder, lake = tmp_path / "in", tmp_path / "lake"
    folder.mkdir()
    first = len(zstd(TEXT[:20_000]))
    cuts = {1, 3, 4, 9, first - 1, first, first + 2, first + 5, len(data) - 1}
    for cut in cuts:
        (folder / f"{cut}.zst").write_bytes(data[:cut])
    ran = run(*folder.iterdir(), "--lake", lake, "--json")
    assert ran.code == 0, ran.stderr
    found = {}
    for receipt in ran.results:
        lakes.check_receipt(lake, receipt)
        found[int(receipt["source"]["url"].rsplit("/", 1)[1].split(".")[0])] = receipt
    assert set(found) == cuts
    whole = TEXT[:20_000].count(b"\n")
    for cut, receipt in found.items():
        code = {first: None, first + 2: "trailing_garbage"}.get(cut, "truncated_zstd")
        assert [note["code"] for note in receipt["damage"]] == ([code] if code else [])
        assert receipt["complete"] is (code is None)
        # The last cut leaves the first block of the second frame whole.
        curated = receipt["counts"]["curated"]
        assert curated > whole if cut == len(data) - 1 else curated == (whole if cut >= first else 0)


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", "truncated_zstd"),
        (b"PK\x03\x04", "not_zstd"),
        (zstd(TEXT) + b"\n", "trailing_garbage"),
        (b"\x28\xb5\x2f\xfd\x00\x70" + zstd(TEXT)[6:], "unsupported_zstd"),
        (b"\x28\xb5\x2f\xfd\x08" + zstd(TEXT)[5:], "corrupt_zstd"),
    ],
)
def test_other_damage_has_its_code(curated, lake, data, code):
    receipt, _ = curated(data)
    (note,) = receipt["damage"]
    assert note["code"] == code
    assert [entry["error"]["code"] for entry in lakes.quarantine(lake) if "line" not in entry["error"]] == [code]
    if code == "unsupported_zstd":
        assert "a window of 16777216 bytes; the limit is 8388608" in note["message"]


def test_a_bomb_is_stopped(curated):
    receipt, _ = curated(zstd(b" " * (80 << 20)))
    assert [note["code"] for note in receipt["damage"]] == ["decompression_bomb"]


def test_a_full_window_stays_below_the_ceiling(watched, lake, tmp_path):
    rng, count = random.Random(4), 12_000
    lines = (objects.line(objects.journal(period_code=f"{at % 50}", account_code=rng.randbytes(300).hex()), at) for at in range(count))
    source = tmp_path / "in.zst"
    data = zstd(b"\n".join(lines), 19)
    assert data[5] >> 3 == 23 - 10, "the frame's header announces a window of 8 MiB"
    source.write_bytes(data)
    ran, peak = watched(source, "--lake", lake, "--memory", "128MB", "--json")
    assert ran.code == 0, ran.stderr
    assert ran.result["counts"]["curated"] == count
    assert peak < 128_000_000
