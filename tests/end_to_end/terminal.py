"""A reader at a terminal in the project's root, who types what the documents show and uses other terminals for servers."""

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

from conftest import BRONZEWORKS, environment
from documents import ROOT

SDK = Path(os.environ.get("SDK_PYTHON", ROOT / ".venv-sdk/bin/python"))
PATIENCE = 120
"""Seconds after which a command that has not ended, or a server that is not ready, counts as hanging."""

FOLDERS = ("deploy", "functions", "shared", "tests")
"""Folders of the project that the documents' commands use."""
RUST = ("cargo", "rustc")
"""Programs that nothing may call, because whoever has installed the tool may not have them."""
TYPED = {"cargo run --release -- ": "bronzeworks "}
PORTS = (8420, 8421, 8080)
"""Ports in the documents. Free ports take their place here."""

# Runs statements in DuckDB, and prints what its console shows.
QUERY = """
import sys, duckdb
connection = duckdb.connect()
connection.execute("SET timezone = 'UTC'")
for statement in connection.extract_statements(sys.stdin.read()):
    rows = connection.sql(statement.query)
    if statement.type == duckdb.StatementType.SELECT:
        rows.show(max_width=120)
"""
RUN = "import sys; exec(sys.stdin.read())"


class Server:
    """A program in a terminal of its own."""

    def __init__(self, command, log, **options):
        self.log = log
        with log.open("w") as out:
            streams = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": subprocess.STDOUT}
            self.process = subprocess.Popen(["bash", "-c", f"exec {command}"], start_new_session=True, **streams, **options)
        ports = {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", command)}
        self.wait_until(lambda: all(listens(port) for port in ports), "it does not listen")

    @property
    def output(self):
        return self.log.read_text()

    def wait_until(self, ready, problem):
        deadline = time.monotonic() + PATIENCE
        while not ready():
            assert self.process.poll() is None, f"{self.process.args}: it ended\n{self.output}"
            assert time.monotonic() < deadline, f"{self.process.args}: {problem}\n{self.output}"
            time.sleep(0.05)

    def stop(self):
        """Presses Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE) == 0, self.output


class Terminal:
    """A shell in a folder that looks like the project's root, with DuckDB and Python available, but no Rust."""

    def __init__(self, folder, program=BRONZEWORKS):
        self.folder = folder
        for name in FOLDERS:
            (folder / name).symlink_to(ROOT / name)
        programs = folder / ".programs"
        programs.mkdir()
        (programs / "bronzeworks").symlink_to(program)
        for name in RUST:
            (programs / name).write_text(f"#!/bin/sh\necho '{name} was called' >&2\nexit 127\n")
            (programs / name).chmod(0o755)
        # curl would show a progress meter because its output is a pipe here. On a terminal, it shows none.
        (folder / ".curlrc").write_text("silent\nshow-error\n")
        path = f"{programs}:{SDK.parent}:{os.environ['PATH']}"
        settings = {"PATH": path, "HOME": str(folder), "TZ": "UTC", "SUPPRESS_LABEL_WARNING": "True", "PYTHONWARNINGS": "ignore"}
        self.environment = environment(settings)
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        self.shell = subprocess.Popen(["bash", "--norc"], cwd=folder, env=self.environment, start_new_session=True, **streams)
        self.ports = {port: free_port() for port in PORTS}
        self.servers = {}

    def type(self, kind, text):
        """Runs a block, and returns what it prints. A server is started in another terminal."""
        if kind == "sql":
            return self._python(QUERY, text)
        if kind == "python":
            return self._python(RUN, text)
        text = self._here(text)
        server = re.match(r"bronzeworks (local|ingest) (?:.*\\\n)*.*(?<!&)\n\Z", text)
        output = self._serve(server[1], text) if server else self._run(text)
        return self._there(output)

    def _here(self, text):
        """Adapts a command to this machine: the program is already built, and other ports are free."""
        for written, typed in TYPED.items():
            text = text.replace(written, typed)
        if text.startswith("bronzeworks local"):
            text = f"{text.rstrip()} --listen 127.0.0.1:8420 --gateway-listen 127.0.0.1:8421\n"
        for port, free in self.ports.items():
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{free}")
        if "ocid1.stream…" in text:
            text = text.replace("ocid1.stream…", re.search(r"ocid1\.stream\.[\w.-]+", self._cloud("streams"))[0])
        return text

    def _there(self, text):
        """Returns an output as the reader sees it, with the documents' ports and folders."""
        for port, free in self.ports.items():
            text = text.replace(f"127.0.0.1:{free}", f"127.0.0.1:{port}")
        for folder in (self.folder, ROOT):
            text = text.replace(str(folder).lstrip("/"), "home/you/bronzeworks")
        return text

    def _run(self, text):
        self._read_on()
        mark = f"-- {time.monotonic_ns()} --"
        self.shell.stdin.write(f"{text}\nprintf '\\n%s%s\\n' '{mark}' $?\n")
        self.shell.stdin.flush()
        lines = []
        watch = threading.Timer(PATIENCE, self.shell.kill)
        watch.start()
        for line in self.shell.stdout:
            if line.startswith(mark):
                watch.cancel()
                break
            lines.append(line)
        else:
            raise AssertionError(f"the shell ended, or this did not within {PATIENCE} s:\n{text}\n{''.join(lines)}")
        output = "".join(lines).removesuffix("\n")
        code = int(line.removeprefix(mark))
        assert code == 0, f"exit code {code}:\n{text}\n{output}"
        return output

    def _python(self, program, text):
        streams = {"input": text, "capture_output": True, "text": True}
        ran = subprocess.run([sys.executable, "-c", program], cwd=self._run("pwd").strip(), env=self.environment, **streams)
        assert ran.returncode == 0, f"{text}\n{ran.stderr}"
        return ran.stdout

    def _serve(self, name, text):
        """Starts a server, after stopping the servers that it replaces, as the reader would."""
        for running in [*self.servers] if name == "local" else [name]:
            self._stop(running)
        exported = dict(line.split("=", 1) for line in self._run("env").splitlines() if "=" in line)
        server = Server(text, self.folder / f".{name}.log", cwd=self._run("pwd").strip(), env=exported)
        self.servers[name] = server
        if name == "local":
            server.wait_until(lambda: "Ctrl-C" in server.output, "it does not say that it is ready")
        return server.output

    def _stop(self, name):
        server = self.servers.pop(name, None)
        if server:
            server.stop()

    def _cloud(self, what):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[8420]}/_emulator/{what}") as response:
            return response.read().decode()

    def _read_on(self):
        """Waits while the reader reads on, until the functions have handled every event."""
        while "local" in self.servers and '"pending":0' not in self._cloud("events").replace(" ", ""):
            time.sleep(0.05)

    def close(self):
        for name in [*self.servers]:
            self._stop(name)
        os.killpg(self.shell.pid, signal.SIGKILL)
        self.shell.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
