"""Archives whose bytes depend only on their content: the names are sorted, all times are the same, and there is no owner."""

import gzip
import io
import tarfile
import zipfile


def tar(entries, time):
    """Returns a tar archive of the entries: name -> (bytes, mode)."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, (content, mode) in sorted(entries.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(content), mode, time
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def compressed(content):
    return gzip.compress(content, 9, mtime=0)


def zipped(entries):
    """Returns a zip archive of the entries in the given order: name -> (bytes, mode)."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, (content, mode) in entries.items():
            # The earliest time that the format can represent.
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.compress_type, member.external_attr, member.create_system = zipfile.ZIP_DEFLATED, (0o100000 | mode) << 16, 3
            archive.writestr(member, content)
    return made.getvalue()
