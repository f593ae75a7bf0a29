"""A function for tests: it creates its socket as its argument says, and follows the instructions in the body of each invocation."""

import json
import os
import socket
import sys
import time

mode = sys.argv[1]
path = os.environ["FN_LISTENER"].removeprefix("unix:")
folder, name = os.path.split(path)
phony = os.path.join(folder, "phony" + name)
listener = socket.socket(socket.AF_UNIX)


def bind(place, permissions=0o666):
    listener.bind(place)
    os.chmod(place, permissions)
    listener.listen()


print("up", flush=True)
print(json.dumps({"level": "info", "pad": "x" * 70_000}), file=sys.stderr, flush=True)
if mode == "exit":
    sys.exit(3)
elif mode == "link":
    bind(phony)
    os.symlink(os.path.basename(phony), path)
elif mode == "absolute":
    bind(phony)
    os.symlink(phony, path)
elif mode == "rename":
    bind(phony)
    os.rename(phony, path)
elif mode == "file":
    open(path, "w").close()
elif mode == "private":
    bind(phony, 0o600)
    os.symlink(os.path.basename(phony), path)
elif mode == "never":
    bind(phony)
    time.sleep(1000)


def read_request(stream):
    """Reads a request: the lines of its head, its body, and the sizes of its chunks. Returns None at the end of the connection."""
    lines = []
    while (line := stream.readline().decode("latin-1")) not in ("\r\n", ""):
        lines.append(line.rstrip("\r\n"))
    if not lines:
        return None
    body, chunks = b"", []
    if "Transfer-Encoding: chunked" in lines:
        while size := int(stream.readline(), 16):
            chunks.append(size)
            body += stream.read(size)
            stream.readline()
        stream.readline()
    return lines, body, chunks


def answer(status, body, headers=""):
    return f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def record(lines, body):
    """Appends an invocation to the file RECORD as one line, and returns the status that STATUSES has for it, or 200."""
    with open(os.environ["RECORD"], "a+") as calls:
        calls.seek(0)
        before = len(calls.readlines())
        calls.write(json.dumps({"head": lines, "body": body.decode()}) + "\n")
    statuses = os.environ.get("STATUSES", "").split()
    return int(statuses[before]) if before < len(statuses) else 200


calls, connections = 0, 0
while True:
    connection, _ = listener.accept()
    connections += 1
    stream = connection.makefile("rb")
    while request := read_request(stream):
        lines, body, chunks = request
        calls += 1
        told = json.loads(body) if body.startswith(b"{") else {}
        if "RECORD" in os.environ:
            told["status"] = record(lines, body)
        if "hog" in told:
            hoard = [bytearray(b"x" * (1 << 20)) for _ in range(told["hog"])]
        if "arrived" in told:
            open(os.path.join(told["arrived"], str(os.getpid())), "w").close()
        while "until" in told and not os.path.exists(told["until"]):
            time.sleep(0.005)
        time.sleep(told.get("sleep", 0))
        if told.get("child"):
            os.system("sleep 1000 &")
        if told.get("exit"):
            os._exit(1)
        if "status" in told:
            connection.sendall(answer(told["status"], b"the function's own words"))
        elif "raw" in told:
            connection.sendall(told["raw"].encode("latin-1"))
        elif "large" in told:
            connection.sendall(answer(200, b"y" * told["large"]))
        elif "head" in told:
            connection.sendall(answer(200, b"", "X-Large: " + "z" * told["head"] + "\r\n"))
        else:
            about = {
                "head": lines,
                "body": len(body),
                "chunks": chunks,
                "pid": os.getpid(),
                "calls": calls,
                "connections": connections,
                "environment": dict(os.environ),
                "folder": oct(os.stat(folder).st_mode & 0o777),
            }
            connection.sendall(answer(200, json.dumps(about).encode(), "X-Own: a\r\nX-Own: b\r\nKeep-Alive: 1\r\n"))
        if told.get("close"):
            break
    stream.close()
    connection.close()
