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
    metadata, mode = entries[f"{information}/METADATA"]
    entries[f"{information}/METADATA"] = (with_license_files(metadata, licenses), mode)
    entries.update({f"{information}/licenses/{name}": (content, 0o644) for name, content in licenses.items()})
    entries.update({f"{data}/{name}": (content, 0o644) for name, content in shared.items()})
    entries = dict(sorted(entries.items()))
    entries[record] = (recorded(entries, record), 0o644)
    return archives.zipped(entries)


def with_license_files(metadata, licenses):
    """Returns the metadata with a line for each license file that it does not name yet (PEP 639)."""
    headers, separator, text = metadata.decode().partition("\n\n")
    lines = headers.splitlines()
    lines += [line for line in (f"License-File: {name}" for name in licenses) if line not in lines]
    return ("\n".join(lines) + separator + text).encode()


def recorded(entries, record):
    """Returns the wheel's list of files with their hashes."""
    lines = []
    for name, (content, _) in entries.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}")
    return "\n".join([*lines, f"{record},,\n"]).encode()
