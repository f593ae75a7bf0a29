"""Linux's notifications about a folder, without a package to install."""

import ctypes
import os
import select
import struct

CREATE, MOVED_TO = 0x100, 0x80
HEAD = struct.Struct("iIII")

libc = ctypes.CDLL(None, use_errno=True)


class Watch:
    """Watches for names that appear in a folder from now on."""

    def __init__(self, folder):
        self.fd = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        # A rename into the folder counts as a creation, as it does for the agent.
        added = libc.inotify_add_watch(self.fd, os.fsencode(folder), CREATE | MOVED_TO)
        if self.fd < 0 or added < 0:
            raise OSError(ctypes.get_errno(), f"{folder} cannot be watched")

    def names(self, seconds):
        """Returns the names that have appeared, in order. Waits at most this long for the first one."""
        ready, _, _ = select.select([self.fd], [], [], max(0, seconds))
        data = os.read(self.fd, 65536) if ready else b""
        found, at = [], 0
        while at < len(data):
            length = HEAD.unpack_from(data, at)[3]
            at += HEAD.size
            found.append(os.fsdecode(data[at : at + length].rstrip(b"\0")))
            at += length
        return found

    def close(self):
        os.close(self.fd)
