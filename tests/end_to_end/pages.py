"""Reads through a page: runs its blocks one after the other, and compares what they print with what the page shows."""

import re

from documents import BOOK, DOCUMENTS, block, blocks

MEASURE = re.compile(r"(?<![\w.])\d[\d.,]* ?(µs|ms|s|B|kB|MB|GB|B/s|kB/s|MB/s|GB/s|KiB|MiB|GiB)\b")
"""Measurements: times, sizes and rates differ from machine to machine."""
CHANCE = re.compile(
    r'"(?:bytes|size)": ?\d+'
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
    r"|\d{8}T\d{6}Z"
    r"|ocid1\.[\w.-]+"
    r"|\b[0-9a-f]{16,}\b"
    r"|\b[0-9a-f]+(?:-[0-9a-f]+){2,4}\b"
)
"""Numbers of bytes, current times, OCIDs, hashes and ETags, which differ from run to run."""


MEASURING = "bronzeworks load"
"""The beginning of a command whose numbers are all measured."""


def plain(text, command=""):
    """Returns the words and numbers to compare: without those that differ from run to run, and without the alignment of columns."""
    text = MEASURE.sub("#", CHANCE.sub("#", text))
    if command.startswith(MEASURING):
        text = re.sub(r"\d[\d.,]*|–", "#", text)
    lines = [re.sub(r"[ ─━═]+", " ", line).strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line)


def agrees(shown, printed, command=""):
    """Returns whether a command has printed what is shown; `…` stands for any text."""
    parts = [re.escape(part) for part in re.split(r"\s?…\s?", plain(shown, command))]
    return re.fullmatch(r".*?".join(parts), plain(printed, command), re.DOTALL) is not None


FILES = {
    f"{BOOK}/tutorial/your-data.md": {"orders.jsonl": '{"order_id":"A-1001"', "orders.json": '{\n  "name": "orders"'},
    f"{BOOK}/guides/schema.md": {"readings.json": '{\n  "name": "readings"', "readings-by-day.json": '{\n  "name": "readings-by-day"', "webhooks.json": '{\n  "name": "webhooks"'},
    f"{BOOK}/guides/ddl.md": {"readings-by-day.json": '{\n  "name": "readings-by-day"'},
    f"{BOOK}/guides/own-functions.md": {"functions.json": '[{"name": "books"'},
}
"""Files that a page tells its reader to save, and how their blocks begin."""


def read_through(document, terminal, update=False):
    """Saves a page's files and runs its blocks in order. With `update`, puts what they print into the page where the page shows something else."""
    for name, beginning in FILES.get(document, {}).items():
        (terminal.folder / name).write_text(block(document, beginning).text)
    text, moved, command, printed = DOCUMENTS[document].read_text(), 0, None, None
    try:
        for each in blocks(document):
            if each.is_output and agrees(each.text, printed, command):
                continue
            if each.is_output:
                assert update, f"{document} shows\n{each.text}\nand this is printed:\n{printed}"
                indent = " " * each.indent
                new = "".join(f"{indent}{line}".rstrip() + "\n" for line in printed.strip("\n").splitlines())
                text = text[: each.start + moved] + new + text[each.end + moved :]
                moved += len(new) - (each.end - each.start)
            elif each.is_command and not each.reason:
                command, printed = each.text, terminal.type(each.kind, each.text)
    finally:
        if update:
            DOCUMENTS[document].write_text(text)
