#!/usr/bin/env python3
"""Run curate and its peers in turn on the same object, and print a table of medians.

    compare.py SOURCE.data.gz --runs 5 -- target/dist/bronzeworks curate {source} --lake {out}

{source} and {out} are filled in; {out} is a new folder each time. The first round warms up and is checked, not timed:
rows are counted in every output, so nobody is fast by leaving rows out, and amounts are compared with the digits sent.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import exact

HERE = Path(__file__).resolve().parent
CURATE = "curate"


def contenders(command):
    def peer(name, *arguments):
        return [sys.executable, str(HERE / f"peer_{name}.py"), "{source}", *arguments]

    return {
        CURATE: command,
        "ClickHouse": peer("clickhouse", "{out}"),
        "DuckDB": peer("duckdb", "{out}"),
        "gunzip alone": peer("gunzip"),
    }


def measure(template, source, out):
    command = [part.format(source=source, out=out) for part in template]
    ran = subprocess.run([sys.executable, "-S", HERE / "measure.py", *command], capture_output=True, text=True)
    if ran.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{ran.stderr[-2000:]}")
    return json.loads(ran.stdout)


def check(source, out):
    """Returns the figures about a contender's output; empty for a contender that writes nothing."""
    files = list(out.rglob("*.parquet"))
    if not files:
        return {}
    query = f"select count(*) from read_parquet('{out}/**/*.parquet', hive_partitioning = false)"
    return {
        "rows": duckdb.execute(query).fetchone()[0],
        "files": len(files),
        "size": sum(file.stat().st_size for file in files),
        "amounts": exact.amounts(source, out),
    }


def compare(source, command, runs):
    measured, checks = {}, {}
    for turn in range(runs + 1):
        for name, template in contenders(command).items():
            with tempfile.TemporaryDirectory(prefix="curate-bench-") as folder:
                out = Path(folder) / "out"
                figures = measure(template, source, out)
                if turn == 0:
                    checks[name] = check(source, out)
                else:
                    measured.setdefault(name, []).append(figures)
    medians = {name: median(figures) for name, figures in measured.items()}
    return medians, checks


def median(figures):
    return {what: statistics.median(figure[what] for figure in figures) for what in figures[0]}


def table(medians, checks):
    base = medians[CURATE]["wall"]
    largest = checks[CURATE]["size"]
    yield "| | wall s | times curate | CPU s | peak MB | rows | files | Parquet MB | times curate's | amounts |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for name, figures in medians.items():
        cells = [f"{figures['wall']:.2f}", f"{figures['wall'] / base:.2f}", f"{figures['cpu']:.2f}", f"{figures['peak'] / 1e6:.0f}"]
        found = checks[name]
        if found:
            cells += [str(found["rows"]), str(found["files"]), f"{found['size'] / 1e6:.1f}", f"{found['size'] / largest:.2f}",
                      kept(found["amounts"])]
        else:
            cells += [""] * 5
        yield f"| {name} | " + " | ".join(cells) + " |"


def kept(amounts):
    return f"{amounts['type']}, {'exact' if amounts['exact'] else 'not exact'}"


def agree(checks):
    """Checks that every output has every row and that curate's amounts are exact. Otherwise the figures mean nothing."""
    counts = {name: found["rows"] for name, found in checks.items() if found}
    if len(set(counts.values())) != 1:
        raise SystemExit(f"the outputs have different numbers of rows: {counts}")
    if not checks[CURATE]["amounts"]["exact"]:
        raise SystemExit("curate's amounts differ from those that were sent")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    medians, checks = compare(options.source.resolve(), options.command, options.runs)
    agree(checks)
    print("\n".join(table(medians, checks)))


if __name__ == "__main__":
    main()
