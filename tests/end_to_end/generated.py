"""Large and damaged objects from the benchmark's generator. The same arguments give the same object."""

import json
import subprocess
import sys
from pathlib import Path

MAKER = Path(__file__).resolve().parents[1] / "bench/make_bronze.py"


def make(path, *arguments):
    """Writes an object, and returns the generator's report on it."""
    command = [sys.executable, MAKER, path, "--list-bad", *map(str, arguments)]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(made.stderr)
