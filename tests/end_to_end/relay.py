"""A TCP relay to the store, whose connections can be cut."""

import contextlib
import socket
import struct
import threading

RESET = struct.pack("ii", 1, 0)


class Relay:
    """Listens on a port of its own, and relays connections to another address, byte for byte."""

    def __init__(self, address):
        host, port = address.removeprefix("http://").split(":")
        self.target, self.pairs, self.lock = (host, int(port)), [], threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(self.target)
                with self.lock:
                    self.pairs.append((near, far))
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=pass_on, args=(source, sink), daemon=True).start()

    def cut(self):
        """Resets every connection, and returns how many there were."""
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for near, far in pairs:
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            for end in (near, far):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RD)
                end.close()
        return len(pairs)

    def close(self):
        # This also wakes the thread that waits for the next connection, which would otherwise still accept it.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()


def pass_on(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
