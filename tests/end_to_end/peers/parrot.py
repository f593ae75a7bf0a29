"""A function that responds with the bytes of the request's body, whatever they are, to show how the agent handles them.

Its argument determines how it creates its socket: correctly, or wrong in one way.
"""

import os
import re
import socket
import sys
import time

way = sys.argv[1]
path = os.environ["FN_LISTENER"].removeprefix("unix:")
folder, name = os.path.split(path)
phony = f"{folder}/phony{name}"


def link(target):
    os.symlink(target, path)


listener = socket.socket(socket.AF_UNIX)
if way == "exits":
    sys.exit(0)
if way == "sleeps":
    time.sleep(60)
if way == "file":
    open(path, "w").close()
else:
    listener.bind(phony)
    os.chmod(phony, 0o644 if way == "closed to others" else 0o666)
    if way != "deaf":
        listener.listen()
    link(phony if way == "absolute" else os.path.basename(phony))

while True:
    connection, _ = listener.accept()
    request = b""
    while not request.endswith((b"\r\n0\r\n\r\n", b"Content-Length: 0\r\n\r\n")):
        request += connection.recv(65536)
    chunks = request.split(b"\r\n\r\n", 1)[1]
    body = b""
    while size := int(re.match(rb"[0-9a-f]*", chunks)[0] or b"0", 16):
        chunks = chunks.split(b"\r\n", 1)[1]
        body, chunks = body + chunks[:size], chunks[size + 2 :]
    said, _, wish = body.partition(b"<then>")
    connection.sendall(said)
    while wish == b"more headers":
        try:
            connection.sendall(b"X-More: header\r\n" * 5000)
        except OSError:
            break
    if wish == b"exit":
        os._exit(0)
    if wish == b"stay":
        time.sleep(60)
    connection.close()
