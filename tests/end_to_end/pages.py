"""A reader at a terminal: runs the blocks of a page one after the other, and compares what they print with what the page shows."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

from documents import DOCUMENTS, ROOT, blocks

BRONZEWORKS = Path(os.environ.get("BRONZEWORKS_BIN", ROOT / "target/debug/bronzeworks")).resolve()
SDK = Path(os.environ.get("SDK_PYTHON", ROOT / ".venv-sdk/bin/python"))
PATIENCE = 120
"""Seconds after which a command or a server that does not come is taken to hang."""

# What readers see of the project, linked into the folder that they work in.
SEEN = ("deploy", "functions", "shared", "tests")
TYPED = {"cargo run --release -- ": "bronzeworks ", "cargo run --release -q -- ": "bronzeworks "}
PORTS = (8420, 8421, 8080)
SERVERS = ("bronzeworks local", "bronzeworks ingest")

# Statements in DuckDB, each with what its console shows of it.
QUERY = """
import sys, duckdb
connection = duckdb.connect()
connection.execute("SET timezone = 'UTC'")
for statement in connection.extract_statements(sys.stdin.read()):
    rows = connection.sql(statement.query)
    if rows is not None:
        print(rows)
"""


class Terminal:
    """A shell in a folder of its own that looks like the project's root, with DuckDB and Python at hand."""

    def __init__(self, folder, environment):
        self.folder = folder
        for name in SEEN:
            (folder / name).symlink_to(ROOT / name)
        programs = folder / ".programs"
        programs.mkdir()
        (programs / "bronzeworks").symlink_to(BRONZEWORKS)
        self.ports = {port: free_port() for port in PORTS}
        path = f"{programs}:{SDK.parent}:{os.environ['PATH']}"
        self.environment = environment({"PATH": path, "HOME": str(folder), "SUPPRESS_LABEL_WARNING": "True", "PYTHONWARNINGS": "ignore"})
        options = {"cwd": folder, "env": self.environment, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.shell = subprocess.Popen(["bash", "--norc"], stderr=subprocess.STDOUT, start_new_session=True, **options)
        self.server = None
        self.servers = []

    def type(self, block):
        """Runs a block of a document, and gives what it prints."""
        if block.kind == "sql":
            return self._python(QUERY, block.text)
        if block.kind == "python":
            return self._python("import sys; exec(sys.stdin.read())", block.text)
        text = self._here(block.text)
        if text.startswith(SERVERS) and not text.rstrip().endswith("&") and text.rstrip().count("\n") == text.count("\\\n"):
            return self._serve(text)
        self._settle()
        return self._there(self._run(text))

    def _here(self, text):
        """A command with what is different here: programs that are built already, and ports that are free."""
        for written, program in TYPED.items():
            text = text.replace(written, program)
        for port, free in self.ports.items():
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{free}")
        if text.startswith("bronzeworks local"):
            listen = f"--listen 127.0.0.1:{self.ports[8420]} --gateway-listen 127.0.0.1:{self.ports[8421]}"
            text = f"{text.rstrip()} {listen}\n"
        if self.server and "ocid1.stream…" in text:
            text = text.replace("ocid1.stream…", self._stream())
        return text

    def _there(self, text):
        """What was printed, with the ports and the folder of a reader."""
        for port, free in self.ports.items():
            text = text.replace(f"127.0.0.1:{free}", f"127.0.0.1:{port}")
        return text.replace(str(self.folder), "/home/you/bronzeworks")

    def _run(self, text):
        mark = f"-- {time.monotonic_ns()} --"
        self.shell.stdin.write(f"{text}\nprintf '\\n%s%s\\n' '{mark}' $?\n")
        self.shell.stdin.flush()
        lines = []
        watch = threading.Timer(PATIENCE, self.shell.kill)
        watch.start()
        try:
            for line in self.shell.stdout:
                if line.startswith(mark):
                    break
                lines.append(line)
            else:
                raise AssertionError(f"it did not end within {PATIENCE} s, or the shell did:\n{text}\n{''.join(lines)}")
        finally:
            watch.cancel()
        code = int(line.removeprefix(mark))
        output = "".join(lines).removesuffix("\n")
        assert code == 0, f"exit code {code}:\n{text}\n{output}"
        return output

    def _python(self, program, text):
        folder = self._run("pwd").strip()
        run = subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, text=True, cwd=folder, env=self.environment)
        assert run.returncode == 0, f"{text}\n{run.stderr}"
        return run.stdout

    def _serve(self, text):
        """Starts a server as in another terminal, where the reader has ended the one before it."""
        self._end_server()
        folder, exports = self._run("pwd").strip(), self._run("export -p")
        # Whatever ports it names must be there before the reader goes on.
        ports = {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", text)}
        log = self.folder / f".server-{len(self.servers)}.log"
        self.servers.append(log)
        command = ["bash", "-c", f"{exports}\nexec {text}"]
        with log.open("w") as out:
            server = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        if "bronzeworks local" in text:
            self.server = server
        self.running = getattr(self, "running", []) + [server]
        deadline = time.monotonic() + PATIENCE
        while not all(listens(port) for port in ports):
            assert server.poll() is None, f"it ended:\n{text}\n{log.read_text()}"
            assert time.monotonic() < deadline, f"it does not listen:\n{text}\n{log.read_text()}"
            time.sleep(0.05)
        if self.server is server:
            self._control("requests")
            while "Ctrl-C" not in log.read_text():
                assert time.monotonic() < deadline, f"it does not say that it is ready:\n{text}\n{log.read_text()}"
                time.sleep(0.05)
        return self._there(log.read_text())

    def _control(self, what):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[8420]}/_emulator/{what}") as response:
            return response.read().decode()

    def _stream(self):
        return re.search(r"ocid1\.stream\.[\w.]+", self._control("streams"))[0]

    def _settle(self):
        """Waits until the functions have dealt with every event: the moment that a reader takes to read on."""
        while self.server and '"pending":0' not in self._control("events"):
            time.sleep(0.05)

    def _end_server(self):
        for server in getattr(self, "running", []):
            if server.poll() is None:
                server.send_signal(signal.SIGINT)
                server.wait(PATIENCE)
        self.running, self.server = [], None

    def close(self):
        self._end_server()
        try:
            os.killpg(self.shell.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.shell.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# Times, sizes and rates differ from machine to machine.
MEASURE = re.compile(r"(?<![\w.])\d[\d.,]*( ?)(µs|ms|s|B|kB|MB|GB|B/s|kB/s|MB/s|GB/s)\b")


def plain(text):
    """What is compared: words and numbers, without what is measured and how columns are aligned."""
    text = MEASURE.sub("#", text)
    lines = [re.sub(r"[ ─━═]+", " ", line).strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line)


def agrees(shown, printed):
    """Whether a program has printed what is shown; `…` stands for anything."""
    parts = [re.escape(part) for part in re.split(r" ?… ?", plain(shown))]
    return re.fullmatch(r".*?".join(parts), plain(printed), re.DOTALL) is not None


def read_through(document, terminal, update=False):
    """Runs a page's blocks in their order. With `update` writes what they print into the page."""
    text, moved, printed = DOCUMENTS[document].read_text(), 0, None
    for block in blocks(document):
        if block.is_output:
            if update and not agrees(block.text, printed):
                new = printed.strip("\n") + "\n"
                text = text[: block.start + moved] + new + text[block.end + moved :]
                moved += len(new) - (block.end - block.start)
            elif not update:
                assert agrees(block.text, printed), f"{document} shows\n{block.text}\nand this is printed:\n{printed}"
        elif block.is_command and not block.reason:
            printed = terminal.type(block)
    if update:
        DOCUMENTS[document].write_text(text)
