"""Measures how much of a partition's megabyte per second Oracle's SDK uses when it sends more than that.

    .venv-sdk/bin/python tests/bench/limits.py [SECONDS] [MESSAGE_BYTES]

The first second does not count, because it uses up a second of saved capacity. Rates are computed from the times that the service gave the
messages.
"""

import base64
import collections
import json
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sdk"))

import streams
from emulator import Emulator
from oci.streaming import models

# Sent ten times per second, this is two and a half times what a partition accepts.
BATCH_BYTES = 250_000


def main(seconds=10, size=1200):
    with tempfile.TemporaryDirectory() as folder:
        emulator = Emulator(Path(folder) / "state", "--stream", "narrow:1")
        stream = streams.named(emulator, "narrow")
        message = models.PutMessagesDetailsEntry(key=streams.encode("k"), value=base64.b64encode(b"v" * (size - 1)).decode())
        details = models.PutMessagesDetails(messages=[message] * (BATCH_BYTES // size))
        stored, outcomes, asked, started = [], collections.Counter(), 0, time.monotonic()
        while time.monotonic() - started < seconds + 1:
            for entry in stream.put_messages(details).data.entries:
                outcomes[entry.error or "stored"] += 1
                asked += size
                if not entry.error:
                    stored.append(entry.timestamp)
            time.sleep(max(0, started + asked / (BATCH_BYTES * 10) - time.monotonic()))
        elapsed = time.monotonic() - started
        emulator.kill()
    # Rates are measured from batch to batch: messages stored exactly at the start arrived before it.
    begin = min(stamp for stamp in stored if stamp >= stored[0] + timedelta(seconds=1))
    counted = [stamp for stamp in stored if stamp > begin]
    rate = len(counted) * size / (counted[-1] - begin).total_seconds()
    result = {"asked MB/s": asked / elapsed / 1e6, "through MB/s": rate / 1e6, "messages": outcomes, "seconds": elapsed - 1}
    print(json.dumps({name: round(value, 3) if isinstance(value, float) else value for name, value in result.items()}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
