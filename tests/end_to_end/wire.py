"""HTTP/1.1 over the function's socket as Go's client speaks it, written by hand so that no library forgives a mistake."""

import re
import select
import socket
import threading
import time
from dataclasses import dataclass

CHUNK = 32 << 10
MAX_HEAD = 10 << 20

STATUS = re.compile(rb"HTTP/1\.([01]) (\d{3})(?: [^\r\n]*)?")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", re.DOTALL)
SIZE = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;.*)?")


class Late(Exception):
    """The deadline passed before the response was complete."""


class Broken(Exception):
    """The function closed the connection, or sent something that is not HTTP."""


class HeadTooLarge(Exception):
    """The headers exceed their limit."""


class Short(Exception):
    """The body ended before its announced end."""


@dataclass
class Reply:
    """A function's response."""

    status: int
    headers: list
    body: bytes
    reusable: bool

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Wire:
    """A connection to a function."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(str(path))
        self.buffer = b""

    def close(self):
        self.socket.close()

    def is_open(self):
        """Returns whether the function has neither closed the connection nor sent anything unsolicited."""
        return not self.buffer and not select.select([self.socket], [], [], 0)[0]

    def ask(self, head, body, deadline):
        """Sends a request (`head` without its framing), and returns the response, which must be complete by the deadline."""
        sender = threading.Thread(target=self._send, args=(head, body), daemon=True)
        sender.start()
        try:
            reply = self.reply(deadline)
        finally:
            # If the response came before the end of the request, the connection cannot be reused.
            sender.join(0.05)
            if sender.is_alive():
                self.socket.shutdown(socket.SHUT_RDWR)
                sender.join()
        return reply

    def _send(self, head, body):
        try:
            if not body:
                return self.socket.sendall(head + b"Content-Length: 0\r\n\r\n")
            self.socket.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
            for start in range(0, len(body), CHUNK):
                piece = body[start : start + CHUNK]
                self.socket.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.socket.sendall(b"0\r\n\r\n")
        except OSError:
            pass  # the reading side reports it

    def _more(self, deadline):
        """Returns some more bytes; empty at the end of the stream."""
        if not select.select([self.socket], [], [], max(0, deadline - time.time()))[0]:
            raise Late
        try:
            return self.socket.recv(1 << 16)
        except ConnectionError:
            return b""

    def _until(self, mark, limit, deadline, end):
        """Returns the bytes before a mark. Raises `end` if the stream ends first."""
        searched = 0
        while (at := self.buffer.find(mark, searched)) < 0:
            if len(self.buffer) > limit:
                raise HeadTooLarge
            searched = max(0, len(self.buffer) - len(mark))
            more = self._more(deadline)
            if not more:
                raise end
            self.buffer += more
        found, self.buffer = self.buffer[:at], self.buffer[at + len(mark) :]
        return found

    def _exactly(self, size, deadline):
        pieces, held = [self.buffer], len(self.buffer)
        while held < size:
            more = self._more(deadline)
            if not more:
                raise Short
            pieces.append(more)
            held += len(more)
        data = b"".join(pieces)
        self.buffer = data[size:]
        return data[:size]

    def reply(self, deadline):
        """Returns the next response on this connection."""
        status = 100
        while status < 200:  # informational responses, which the agent ignores
            first, *fields = self._until(b"\r\n\r\n", MAX_HEAD, deadline, Broken("closed")).split(b"\r\n")
            line, parsed = STATUS.fullmatch(first), [FIELD.fullmatch(field) for field in fields]
            if not line or None in parsed:
                raise Broken(f"no HTTP: {first[:80]!r}")
            status = int(line[2])
        headers = [(field[1].decode(), field[2].decode("latin-1")) for field in parsed]
        reply = Reply(status, headers, b"", line[1] == b"1")
        reply.reusable &= (reply.header("connection") or "").lower() != "close"
        self._read_body(reply, deadline)
        reply.reusable &= not self.buffer
        return reply

    def _read_body(self, reply, deadline):
        if status_has_none(reply.status):
            return
        if (reply.header("transfer-encoding") or "").lower() == "chunked":
            reply.body = b"".join(self._chunks(deadline))
        elif (length := reply.header("content-length")) is not None:
            if not length.isascii() or not length.isdigit():
                raise Broken(f"a length of {length!r}")
            reply.body = self._exactly(int(length), deadline)
        else:
            reply.reusable = False
            pieces = [self.buffer]
            while more := self._more(deadline):
                pieces.append(more)
            self.buffer, reply.body = b"", b"".join(pieces)

    def _chunks(self, deadline):
        while True:
            line = SIZE.fullmatch(self._until(b"\r\n", 4096, deadline, Short()))
            if not line:
                raise Short
            size = int(line[1], 16)
            if size == 0:
                while self._until(b"\r\n", MAX_HEAD, deadline, Short()):
                    pass
                return
            yield self._exactly(size, deadline)
            if self._exactly(2, deadline) != b"\r\n":
                raise Short


def status_has_none(status):
    return status in (204, 304)
