"""Completes the Python wheel that maturin builds around the program: adds what maturin cannot know, and makes its bytes reproducible."""

import base64
import hashlib
import zipfile

from . import archives


def completed(path, licenses, shared):
    """Returns the wheel with license files (name -> bytes) and data files (path -> bytes), which pip installs below its prefix."""
    with zipfile.ZipFile(path) as wheel:
        entries = {one.filename: (wheel.read(one), one.external_attr >> 16 & 0o777) for one in wheel.infolist() if not one.is_dir()}
    (record,) = (name for name in entries if name.endswith(".dist-info/RECORD"))
    information = record.removesuffix("/RECORD")
    data = information.removesuffix(".dist-info") + ".data/data"
    # maturin's bill of materials names folders of this machine; the release has its own bill.
    entries = {name: entry for name, entry in entries.items() if name != record and f"{information}/sboms/" not in name}
    entries.update({f"{information}/licenses/{name}": (content, 0o644) for name, content in licenses.items()})
    entries.update({f"{data}/{name}": (content, 0o644) for name, content in shared.items()})
    entries = dict(sorted(entries.items()))
    entries[record] = (recorded(entries, record), 0o644)
    return archives.zipped(entries)


def recorded(entries, record):
    """Returns the wheel's list of files with their hashes."""
    lines = []
    for name, (content, _) in entries.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}")
    return "\n".join([*lines, f"{record},,\n"]).encode()
