"""Fn's agent for one container: it starts a function, invokes it, and handles the response as the open-source agent does."""

import gzip
import json
import os
import shutil
import stat
import tempfile
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from inotify import Watch
from wire import Broken, HeadTooLarge, Late, Short, Wire

INIT_SECONDS = 5
IDLE_SECONDS = 1

NAME = "lsnr.sock"
HOP = {
    *("connection", "proxy-connection", "keep-alive", "proxy-authenticate", "proxy-authorization"),
    *("trailer", "transfer-encoding", "upgrade"),
}

NOT_INITIALIZED = "Container failed to initialize, please ensure you are using the latest fdk and check the logs"
TOO_SLOW = "Container initialization timed out, please ensure you are using the latest fdk and check the logs"


class InitError(Exception):
    """The error if the container never becomes ready: what a caller gets, and what the program left behind."""

    def __init__(self, status, message, container):
        self.status, self.message = status, message
        self.code, self.stdout, self.stderr = container.ended(), container.stdout(), container.stderr()
        super().__init__(f"{status} {message}; exit code {self.code}\n{self.stderr}")


@dataclass
class Answer:
    """The response that the caller of an invocation gets, and what happened to the container."""

    status: int
    body: bytes
    headers: list
    kept: bool
    call_id: str
    deadline: float
    """The deadline that the function was given, in seconds since 1970."""
    arrived: float
    """When the response was complete, in seconds since 1970."""
    said: int | None = None
    """The status that the function responded with."""

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def message(self):
        return self.json["message"]

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Agent:
    """The agent's side of a container's life."""

    def __init__(self, container, config=None, memory=128, freezes=False, leftovers=()):
        self.container, self.freezes = container, freezes
        # The path is short, whatever the test is called, because the length of a socket's path is limited.
        self.folder = Path(tempfile.mkdtemp(prefix="iofs", dir="/tmp"))
        self.folder.chmod(0o777)
        for name in leftovers:
            (self.folder / name).write_text("left over")
        inside = container.inside(self.folder)
        self.environment = {
            **(config or {}),
            "FN_LISTENER": f"unix:{inside}/{NAME}",
            "FN_FORMAT": "http-stream",
            "FN_MEMORY": str(memory),
            "FN_TYPE": "sync",
            "FN_FN_ID": "01ARYZ6S41TSV4RRFFQ69G5FAV",
            "FN_APP_ID": "01ARYZ6S41TSV4RRFFQ69G5FAW",
        }
        self.environment = {name: value for name, value in self.environment.items() if value is not None}
        self.wire, self.used, self.alive, self.frozen = None, 0.0, True, False
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Kills the container without warning, and removes its folder."""
        self.drop()
        self.container.remove()
        shutil.rmtree(self.folder)
        self.alive = False

    def _start(self):
        watch = Watch(self.folder)
        try:
            self.container.start(self.folder, self.environment)
            self._await(watch, time.monotonic() + INIT_SECONDS)
        finally:
            watch.close()
        self._check_socket()

    def _await(self, watch, end):
        while NAME not in watch.names(0.01):
            if self.container.ended() is not None and NAME not in watch.names(0):
                raise self._init_error(502, NOT_INITIALIZED)
            if time.monotonic() > end:
                self.container.kill()
                raise self._init_error(504, TOO_SLOW)

    def _check_socket(self):
        """Makes the agent's own checks and those in its documentation, and checks that the first attempt to connect succeeds."""
        link = self.folder / NAME
        try:
            relative = os.path.dirname(os.readlink(link)) == ""
            mode = os.stat(link).st_mode
            good = relative and stat.S_ISSOCK(mode) and mode & 0o666 == 0o666
            if good:
                self._connect()
        except OSError:
            good = False
        if not good:
            self.container.kill()
            raise self._init_error(502, NOT_INITIALIZED)

    def _init_error(self, status, message):
        return InitError(status, message, self.container)

    def _connect(self):
        self.wire, self.used = Wire(self.folder / NAME), time.monotonic()

    def drop(self):
        """Closes the connection, as the agent does after a second without requests."""
        if self.wire:
            self.wire.close()
        self.wire = None

    def freeze(self):
        self.container.freeze()
        self.frozen = True

    def thaw(self):
        self.container.thaw()
        self.frozen = False

    def kill(self):
        self.container.kill()
        self.alive = False

    def call(self, body=b"", headers=None, timeout=30, deadline=None):
        """Makes one invocation. `deadline`, if given, is the text that the function gets instead of the real deadline."""
        assert self.alive, "the container was killed"
        if self.frozen:
            self.thaw()
        end = time.time() + timeout
        whole = datetime.fromtimestamp(int(end), timezone.utc)
        call_id = uuid.uuid4().hex.upper()[:26]
        head, unzips = request_head(headers or {}, call_id, deadline or whole.strftime("%Y-%m-%dT%H:%M:%SZ"))
        outcome = self._outcome(head, body, end, unzips)
        answer = Answer(**outcome, call_id=call_id, deadline=whole.timestamp(), arrived=time.time())
        if not answer.kept:
            self.drop()
            self.kill()
        elif self.freezes:
            self.freeze()
        return answer

    def _outcome(self, head, body, end, unzips):
        """Makes the invocation, and maps its result according to the agent's table of responses."""
        try:
            if self.wire and (time.monotonic() - self.used > IDLE_SECONDS or not self.wire.is_open()):
                self.drop()
            if not self.wire:
                self._connect()
            reply = self.wire.ask(head, body, end)
        except Late:
            return refusal(504, "Timed out", kept=False)
        except (Broken, OSError):
            return refusal(502, "error receiving function response", kept=False)
        except HeadTooLarge:
            return refusal(502, "function response header too large", kept=False)
        except Short:
            self.drop()
            return refusal(500, "internal server error", kept=True)
        self.used = time.monotonic()
        if not reply.reusable:
            self.drop()
        return judge(reply, unzips)

    def stdout(self):
        return self.container.stdout()

    def logs(self):
        """Returns the function's log, and checks that every line of its stderr is a JSON object."""
        lines = [json.loads(line) for line in self.container.stderr().splitlines()]
        assert all(isinstance(line, dict) for line in lines), lines
        return lines


def request_head(headers, call_id, deadline):
    """Returns the head of the request without the framing, and whether the agent decompresses gzip itself."""
    kept = {name: value for name, value in headers.items() if name.lower() not in HOP}
    names = {name.lower() for name in kept}
    unzips = "accept-encoding" not in names
    if unzips:
        kept["Accept-Encoding"] = "gzip"
    kept = {name: value for name, value in kept.items() if name.lower() not in ("fn-call-id", "fn-deadline")}
    kept |= {"Fn-Call-Id": call_id, "Fn-Deadline": deadline}
    lines = ["POST /call HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in kept.items())]
    return ("\r\n".join(lines) + "\r\n").encode("latin-1"), unzips


def refusal(status, message, kept, said=None):
    """Returns the agent's own response with this message."""
    headers = [("Content-Type", "application/json; charset=utf-8")]
    return {"status": status, "body": json.dumps({"message": message}).encode(), "headers": headers, "kept": kept, "said": said}


def judge(reply, unzips):
    """Returns the response that the agent derives from a complete response of the function."""
    if reply.status == 502:
        return refusal(502, "function failed", kept=True, said=502)
    if reply.status == 504:
        return refusal(504, "Timed out", kept=True, said=504)
    if reply.status != 200:
        return refusal(502, "invalid function response", kept=False, said=reply.status)
    body = reply.body
    if unzips and reply.header("content-encoding") == "gzip":
        body = gzip.decompress(body)
    headers = [(name, value) for name, value in reply.headers if name.lower() not in HOP]
    return {"status": 200, "body": body, "headers": headers, "kept": True, "said": 200}
