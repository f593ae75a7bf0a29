"""Builds the programs so that their bytes depend on the sources, and not on the folder or the time."""

import os
import re
import subprocess
from pathlib import Path


def environment(root, time):
    """Returns the variables for Cargo, maturin and C compilers: the Dockerfile's flags, without names of folders in the programs."""
    dockerfile = (root / "Dockerfile").read_text()
    flags = re.search(r'(?m)^ENV RUSTFLAGS="(.*)"$', dockerfile)[1]
    cargo_home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    folders = ((root, "/src"), (cargo_home, "/cargo"))
    return {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(time),
        "RUSTFLAGS": " ".join([flags, *(f"--remap-path-prefix={folder}={name}" for folder, name in folders)]),
        "CFLAGS": " ".join(f"-ffile-prefix-map={folder}={name}" for folder, name in folders),
        "CARGO_PROFILE_DIST_STRIP": "symbols",  # for the wheel; Cargo ignores it for packages whose profile the workspace overrides
        "CARGO_INCREMENTAL": "0",
        "CARGO_TARGET_DIR": str(root / "target/shipping"),
    }


def host():
    printed = subprocess.run(["rustc", "-vV"], capture_output=True, check=True, text=True).stdout
    return re.search(r"(?m)^host: (.+)$", printed)[1]


def build(root, settings, target, *arguments):
    command = ["cargo", "build", "--profile", "dist", "--locked", "--target", target, *arguments]
    subprocess.run(command, cwd=root, env=settings, check=True)
    return Path(settings["CARGO_TARGET_DIR"]) / target / "dist"


def stripped(path):
    """Returns a program without symbols and debug information."""
    subprocess.run(["strip", path], check=True)
    return path.read_bytes()
