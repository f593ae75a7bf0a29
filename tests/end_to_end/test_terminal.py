"""Tests what `bronzeworks curate` writes on a terminal and elsewhere: the summary, messages, logs, and the progress bar."""

import fcntl
import gzip
import json
import os
import pty
import re
import select
import socket
import struct
import subprocess
import termios

import generated
import lakes
import objects
import pytest
from conftest import CURATE, environment


@pytest.fixture
def source(tmp_path):
    return objects.write(tmp_path / "in/0/a.data.gz", objects.lines(objects.journal(), objects.journal(currency_code="USD")))


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """An object that takes long enough for a bar to be drawn."""
    path = tmp_path_factory.mktemp("large") / "in.data.gz"
    generated.make(path, "--megabytes", 20)
    return path


def at_terminal(*arguments, env=None, until=None):
    """Runs the command with stderr on a terminal. Returns the exit code, stdout, and everything that was sent to the terminal.

    With `until`, a regular expression, the command is killed as soon as the expression matches what was sent.
    """
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
    kept = {name: value for name, value in environment().items() if name not in ("NO_COLOR", "TERM")}
    process = subprocess.Popen(
        [*CURATE, *map(str, arguments)], env={**kept, "TERM": "xterm-256color", **(env or {})}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=follower,
    )
    os.close(follower)
    sent = b""
    while until is None or not re.search(until, sent):
        try:
            if part := os.read(leader, 1 << 16):
                sent += part
                continue
        except OSError:  # how Linux reports that the other side was closed
            pass
        break
    else:
        process.kill()
    os.close(leader)
    stdout = process.communicate()[0]
    return process.returncode, stdout.decode(), sent.decode().replace("\r\n", "\n")


# The summary.


def summed(lake):
    """Returns the rows and files of each partition, summed over all receipts."""
    sums = {}
    for receipt in lakes.receipts(lake):
        for count in receipt["partitions"]:
            partition = count["path"]
            before = sums.get(partition, {"rows": 0, "files": 0})
            sums[partition] = {name: before[name] + count[name] for name in before}
    return sums


def test_the_summary_has_partitions_counts_and_speed(run, bronze, lake):
    ran = run(bronze, "--lake", lake)
    assert (ran.code, ran.stderr) == (0, "")
    assert "4 curated\n" in ran.stdout
    assert "MB/s" in ran.stdout
    for partition, count in summed(lake).items():
        (row,) = (line for line in ran.stdout.splitlines() if line.startswith(partition + " "))
        assert row.split()[1:3] == [f"{count['rows']:,}", str(count["files"])]
    assert len(ran.stdout.splitlines()) < 30


def test_the_summary_counts_quarantined_lines_by_reason(run, tmp_path, lake):
    source = objects.write(tmp_path / "in.jsonl", b"x\ny\n" + objects.lines(objects.journal(account_code=1)))
    ran = run(source, "--lake", lake)
    assert ran.code == 0
    assert "0 curated, 3 quarantined, of 3 lines" in ran.stdout
    assert ["2", "envelope_not_json"] in [line.split() for line in ran.stdout.splitlines()]


def test_the_summary_is_about_this_run_only(run, bronze, source, lake):
    run(bronze, "--lake", lake)
    ran = run(bronze, source, "--lake", lake)
    assert "1 curated, 4 unchanged" in ran.stdout
    assert "2 curated, 0 quarantined, of 2 lines" in ran.stdout


def test_a_run_with_nothing_to_do_says_so_and_nothing_else(run, bronze, lake):
    run(bronze, "--lake", lake)
    ran = run(bronze, "--lake", lake)
    assert (ran.code, ran.stdout, ran.stderr) == (0, "nothing to do: 4 objects unchanged\n", "")


def test_one_is_singular_and_a_small_object_has_no_speed(run, tmp_path, lake):
    source = objects.write(tmp_path / "in.jsonl", objects.lines(objects.journal()))
    ran = run(source, "--lake", lake)
    assert "of 1 line\n" in ran.stdout
    assert "1 objects" not in ran.stdout and "1 rows" not in ran.stdout
    assert "MB/s" not in ran.stdout
    assert run(source, "--lake", lake).stdout == "nothing to do: 1 object unchanged\n"


def test_the_summary_shows_where_receipts_and_quarantine_are(run, tmp_path):
    source = objects.write(tmp_path / "in.jsonl", b"x\n" + objects.lines(objects.journal()))
    ran = run(source, "--lake", "./my lake", cwd=tmp_path)
    shown = dict(line.split(maxsplit=1) for line in ran.stdout.splitlines() if line.startswith(("quarantine ", "receipt ")))
    assert (tmp_path / shown["quarantine"]).is_dir()
    assert json.loads((tmp_path / shown["receipt"]).read_bytes())["counts"]["quarantined"] == 1
    commands = [line.split("show it: ")[1] for line in ran.stdout.splitlines() if "show it: " in line]
    assert commands == ["bronzeworks quarantine './my lake'", f"jq . '{shown['receipt']}'"]


def test_when_every_line_is_refused_for_one_reason_the_hint_names_it_and_the_setting(run, tmp_path, lake):
    schema = objects.schema(tmp_path / "schema.json", {"uuid": {"type": "string", "required": True}, "x": {"type": "int32", "required": True}})
    source = objects.write(tmp_path / "in.jsonl", objects.lines(objects.journal(), objects.journal()))
    ran = run(source, "--lake", lake, "--schema", schema)
    assert ran.code == 0
    assert ran.stderr.startswith("hint: all 2 lines were quarantined for the same reason, missing_required")
    assert "--schema (TABLE_SCHEMA)" in ran.stderr
    ran = run(source, "--lake", lake, "--max-line", "10B", "--redo")
    assert "line_too_long" in ran.stderr and "--max-line (MAX_LINE)" in ran.stderr


def test_a_decompression_bomb_gets_a_hint_about_its_own_limit(run, tmp_path, lake):
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(bytes(80 << 20)))
    ran = run(tmp_path / "bomb.gz", "--lake", lake)
    assert "--max-ratio" in ran.stderr and "--max-line" not in ran.stderr


def test_when_every_line_is_refused_for_different_reasons_there_is_one_hint(run, tmp_path, lake):
    mixed = objects.write(tmp_path / "mixed.jsonl", b"x\n" + objects.lines(*2 * [objects.journal(account_code=1)]))
    hint = run(mixed, "--lake", lake).stderr
    assert hint.startswith("hint: all 3 lines were quarantined, 2 of them for ") and "--schema (TABLE_SCHEMA)" in hint
    plain = objects.write(tmp_path / "plain.jsonl", b'{"id": 1}\n{"id": 2}\n{"id": ')
    hint = run(plain, "--lake", lake).stderr
    assert hint.startswith("hint: all 3 lines were quarantined, 2 of them for envelope_") and "--input json" in hint


def test_a_row_is_enough_to_get_no_hint(run, tmp_path, lake):
    source = objects.write(tmp_path / "in.jsonl", b"x\n" + objects.lines(objects.journal()))
    assert run(source, "--lake", lake).stderr == ""


def test_damage_is_a_warning_and_not_a_failure(run, tmp_path, lake):
    source = objects.write(tmp_path / "in.data.gz", objects.lines(objects.journal()))
    source.write_bytes(source.read_bytes()[:-4])
    ran = run(source, "--lake", lake)
    assert ran.code == 0
    assert ran.stderr.startswith("warning: ")
    assert source.name in ran.stderr and "truncated_gzip at byte" in ran.stderr
    assert "1 of them damaged" in ran.stdout


# Errors and logs.


def test_an_error_has_its_causes_indented(run, source, tmp_path, lake):
    lake.mkdir()
    (lake / "_receipts").write_text("in the way")
    ran = run(source, "--lake", lake)
    assert ran.code == 1
    first, *causes = ran.stderr.splitlines()
    assert first.startswith("error: cannot curate file://")
    assert causes and all(cause.startswith("  ") for cause in causes)


def silent_port():
    """Returns a port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def unreachable():
    """Returns the environment for an S3 endpoint that refuses connections."""
    return {
        "AWS_ENDPOINT": f"http://127.0.0.1:{silent_port()}", "AWS_ALLOW_HTTP": "true", "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1",
    }


def first_line(process):
    """Returns the first line that a process writes to stderr, whether or not the process is still running."""
    assert select.select([process.stderr], [], [], 60)[0]
    return process.stderr.readline().decode()


def test_an_unreachable_host_is_reported_at_once(launch, lake):
    env = unreachable()
    process = launch("s3://bucket/in.gz", "--lake", lake, env=env)
    line = first_line(process)
    process.kill()
    process.communicate()
    assert env["AWS_ENDPOINT"].removeprefix("http://") in line
    assert "refused" in line


def test_an_unreachable_schema_is_reported_at_once_and_with_its_cause(launch, source, lake):
    env = unreachable()
    process = launch(source, "--lake", lake, "--schema", "s3://bucket/schema.json", env=env)
    line = first_line(process)
    assert env["AWS_ENDPOINT"].removeprefix("http://") in line and "refused" in line
    process.kill()
    process.communicate()


def test_names_with_control_characters_are_escaped(run, source, tmp_path, lake):
    name = tmp_path / "a\nerror: b\x1b[31m.gz"
    name.symlink_to("nowhere")
    ran = run(tmp_path, "--lake", lake)
    assert ran.code == 1
    assert "\x1b" not in ran.stderr and "\nerror: b" not in ran.stderr


def test_logs_are_json_lines_where_stderr_is_no_terminal(launch, lake):
    process = launch("s3://bucket/in.gz", "--lake", lake, env=unreachable())
    line = json.loads(first_line(process))
    process.kill()
    process.communicate()
    assert line["level"] == "WARN"


def test_the_log_format_can_be_chosen(launch, lake):
    process = launch("s3://bucket/in.gz", "--lake", lake, "--log-format", "text", env=unreachable())
    line = first_line(process)
    process.kill()
    process.communicate()
    assert re.match(r"\d\d:\d\d:\d\d WARN  ", line)


# Pipes.


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_closed_pipe_ends_quietly(launch, bronze, lake, options):
    process = launch(bronze, "--lake", lake, *options)
    process.stdout.close()
    assert process.wait() == 0
    assert process.stderr.read() == b""


def test_a_reader_that_stops_early_changes_neither_the_work_nor_the_exit_code(launch, tmp_path, lake):
    sources = tmp_path / "many"
    sources.mkdir()
    for number in range(12):
        (sources / f"{number}.jsonl").write_text("no envelope\n")
    process = launch(sources, "--lake", lake, "--json", "--fail-on", "any")
    process.stdout.readline()
    process.stdout.close()
    assert process.wait() == 3
    assert b"cannot write" not in process.stderr.read()
    assert len(list((lake / "_receipts").rglob("*.json"))) == 12


def test_output_that_cannot_be_written_is_exit_1_after_all_work(launch, bronze, lake):
    with open("/dev/full", "w") as full:
        for arguments in [(bronze, "--lake", lake), (bronze, "--lake", lake, "--json"), ("--help",)]:
            process = launch(*arguments, stdout=full)
            assert process.wait() == 1
            assert b"error: cannot write to stdout\n  No space left" in process.stderr.read()
    assert list((lake / "_receipts").rglob("*.json"))


# The progress bar.

BAR = re.compile(r"([\d.]+ [kM]?i?B) of ([\d.]+ [kM]?i?B) \(\d+ %\), [\d.]+ \w+/s")


def test_a_terminal_gets_a_bar_with_bytes_rate_and_remaining_time(large, lake):
    code, stdout, sent = at_terminal(large, "--lake", lake)
    assert code == 0
    assert "1 curated" in stdout
    bars = BAR.findall(sent)
    assert bars, sent
    assert " left" in sent
    # The bytes are those of the object as it is stored, whose total is known.
    size = large.stat().st_size
    totals = {total for _, total in bars}
    assert any(abs(amount(total) - size) < 0.02 * size for total in totals), (totals, size)
    # The bar moves while this single object is read.
    assert len({done for done, _ in bars}) > 1
    assert "\x1b[" in sent


def amount(text):
    number, unit = text.split()
    return float(number) * {"B": 1, "kB": 1000, "MB": 1e6, "KiB": 1 << 10, "kiB": 1 << 10, "MiB": 1 << 20}[unit]


def test_the_bar_counts_all_objects(large, lake, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.data.gz").write_bytes(large.read_bytes())
    code, _, sent = at_terminal(folder, "--lake", lake)
    assert code == 0
    size = 3 * large.stat().st_size
    assert any(abs(amount(total) - size) < 0.02 * size for _, total in BAR.findall(sent))
    assert "objects, " in sent or "1 object, " in sent


def test_the_bar_is_gone_at_the_end(large, lake):
    _, _, sent = at_terminal(large, "--lake", lake)
    assert BAR.search(sent.rsplit("\x1b[2K", 1)[-1]) is None


def test_without_a_terminal_there_is_no_bar(run, large, lake):
    assert run(large, "--lake", lake).stderr == ""


def test_a_dumb_terminal_gets_no_bar_and_no_colors(large, lake, tmp_path):
    code, _, sent = at_terminal(large, tmp_path / "missing.gz", "--lake", lake, env={"TERM": "dumb"})
    assert code == 1
    assert sent.startswith("error: ") and "\x1b" not in sent


def test_no_color_is_respected(tmp_path, lake):
    colored = re.compile(r"\x1b\[[\d;]+m")
    _, _, sent = at_terminal(tmp_path / "missing.gz", "--lake", lake)
    assert colored.search(sent)
    _, _, sent = at_terminal(tmp_path / "missing.gz", "--lake", lake, env={"NO_COLOR": "1"})
    assert not colored.search(sent)
    assert "error: " in sent


def test_logs_on_a_terminal_are_text(lake):
    _, _, sent = at_terminal("s3://bucket/in.gz", "--lake", lake, env=unreachable(), until=rb"refused[^\n]*\n")
    assert re.search(r"\d\d:\d\d:\d\d WARN  [^\n]*refused", sent), sent
