"""Tests `bronzeworks load` as people and scripts see it: its output, its progress bar, and its exit codes."""

import json
import os
import pty
import re
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import environment
from terminal import BRONZEWORKS

QUICK = ["--duration", "0.3", "--rollover-ms", "200"]


def load(*arguments, **variables):
    command = [BRONZEWORKS, "load", *arguments]
    return subprocess.run(command, env=environment(variables), capture_output=True, text=True, timeout=60)


def test_a_load_prints_a_table_with_a_row_per_worker(tmp_path):
    ran = load("--bronze", tmp_path / "bronze", "--threads", "2", *QUICK)
    assert (ran.returncode, ran.stderr) == (0, "")
    header, *rows = [line.split() for line in ran.stdout.splitlines()]
    assert header[:4] == ["worker", "stored", "lost", "throttled"]
    assert [row[0] for row in rows] == ["1", "2", "total"]
    stored = [int(row[1].replace(",", "")) for row in rows]
    assert stored[2] == stored[0] + stored[1] > 0


def test_json_has_a_line_per_worker_and_one_for_the_total(tmp_path):
    ran = load("--bronze", tmp_path / "bronze", "--threads", "2", "--json", *QUICK)
    details, total = [json.loads(line) for line in ran.stdout.splitlines()][:2], json.loads(ran.stdout.splitlines()[-1])
    assert [detail["type"] for detail in details] == ["detail", "detail"]
    assert total["type"] == "sum"
    assert total["total_data_count"] == sum(detail["total_data_count"] for detail in details)


def test_records_that_cannot_be_stored_are_counted_as_lost_with_the_reason():
    class Wrong(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(404)
            self.end_headers()
            self.wfile.write(b'{"code":404,"message":"Not Found"}')

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Wrong) as server:
        threading.Thread(target=server.serve_forever).start()
        ran = load("--url", f"http://127.0.0.1:{server.server_port}/", "--duration", "0.1", "--retries", "0")
        server.shutdown()
    assert ran.returncode == 1
    total = re.search(r"^total +0 +([\d,]+)", ran.stdout, re.MULTILINE)
    assert int(total[1].replace(",", "")) > 0
    assert re.search(r"^reasons\n +[\d,]+  404: Not Found$", ran.stdout, re.MULTILINE)


def test_a_load_to_a_host_that_cannot_be_reached_ends_at_once(tmp_path):
    # Nothing listens on the discard port.
    begin = time.monotonic()
    ran = load("--url", "http://127.0.0.1:9/")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "error: cannot reach http://127.0.0.1:9/: Connection refused" in ran.stderr
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "required"),
        (["--bronze", "b", "--url", "http://127.0.0.1:9/"], "cannot be used with"),
        (["--url", "ftp://host/"], "error: ftp://host/ is not an http or https URL"),
        (["--bronze", "b", "--template", "{{nothing}}"], "error: {{nothing}} is not a placeholder"),
        (["--bronze", "b", "-x", "10", "-y", "5"], "error: --minrec 10 is more than --maxrec 5"),
        (["--bronze", "b", "-d", "0"], "expected more than 0"),
        (["--bronze", "b", "--form", "json"], "cannot be used with"),
        (["--bronze", "b", "--file", "nope"], "error: cannot read nope"),
        (["--topic", "ocid1.stream.x"], "error: cannot read the credentials for --topic"),
    ],
)
def test_wrong_usage_is_reported_with_code_2_and_creates_nothing(tmp_path, monkeypatch, arguments, problem):
    monkeypatch.chdir(tmp_path)
    ran = load(*arguments, HOME=str(tmp_path))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert problem in ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["OCI_CLI_PROFIL", "OCI_STREAMING_ENDPONT", "OCI_CLI_CONFIG_FIL"])
def test_a_misspelled_variable_is_an_error_if_the_load_reads_it(tmp_path, name):
    ran = load("--topic", "ocid1.stream.x", **{name: "x"})
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"error: invalid configuration: {name} is not a setting; did you mean" in ran.stderr
    assert load("--bronze", tmp_path / "bronze", *QUICK, **{name: "x"}).returncode == 0


def test_missing_credentials_come_with_a_hint(tmp_path):
    assert "\nhint: " in load("--topic", "ocid1.stream.x", HOME=str(tmp_path)).stderr


def test_the_progress_bar_is_drawn_on_a_terminal_and_removed(tmp_path):
    controller, terminal = pty.openpty()
    arguments = ["--bronze", str(tmp_path / "bronze"), "--duration", "1"]
    ran = subprocess.Popen(
        [BRONZEWORKS, "load", *arguments], env=environment({"TERM": "xterm"}), stdout=subprocess.DEVNULL, stderr=terminal
    )
    os.close(terminal)
    drawn = b""
    while True:
        try:
            chunk = os.read(controller, 4096)
        except OSError:
            break
        if not chunk:
            break
        drawn += chunk
    assert ran.wait() == 0
    text = drawn.decode()
    assert "records/s" in text and "%" in text
    assert text.endswith("\x1b[2K")


def test_a_closed_pipe_ends_quietly(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    command = [BRONZEWORKS, "load", "--bronze", tmp_path / "bronze", *QUICK]
    ran = subprocess.run(command, env=environment({}), stdout=writer, stderr=subprocess.PIPE, timeout=60)
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_the_help_has_groups_examples_and_exit_codes():
    help = load("--help").stdout
    for part in ("Target:", "Traffic:", "Records:", "Bronze objects:", "Result:", "Examples:", "Exit codes:"):
        assert f"{part}\n" in help
