"""Tests that a release refuses to be built from or with anything that is not pinned, and says what it was built from."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy"))

from shipping import archives, pins, provenance, wheel  # noqa: E402: the package of a script, so not on the path

# What pins are read from. Terraform's lock file is not among them, because it can only be written with access to Terraform's registry.
PINNED = ["Dockerfile", "Cargo.lock", "deploy", "tests/requirements*", "tests/sdk/requirements*", "tests/bench/requirements*", ".github"]

LOCK = """\
provider "registry.terraform.io/oracle/oci" {
  version     = "8.14.0"
  constraints = ">= 7.32.0, < 9.0.0"
  hashes = [
    "zh:0000000000000000000000000000000000000000000000000000000000000000",
  ]
}
"""


@pytest.fixture
def tree(tmp_path):
    """A copy of everything that is pinned, with a lock file."""
    for path in [path for pattern in PINNED for path in ROOT.glob(pattern)]:
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if path.is_dir() else shutil.copy)(path, copy)
    (tmp_path / pins.PROVIDERS_LOCK).write_text(LOCK)
    return tmp_path


def test_everything_but_terraforms_provider_is_pinned():
    kinds = set(pins.KINDS) - {"providers"}
    assert pins.problems(ROOT, kinds) == []


def test_a_tree_with_a_lock_file_is_pinned(tree):
    assert pins.problems(tree) == []


UNPINNED = {
    "an image by tag": ("Dockerfile", "@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1", "", "Dockerfile: rust:1.95.0-bookworm has no digest"),
    "an image that the builder names": ("Dockerfile", "ARG RUST=", "ARG RUST\nARG OTHER=", "Dockerfile: ${RUST} has no digest"),
    "a last stage by tag": ("Dockerfile", "\nFROM scratch\n", "\nFROM debian:bookworm\n", "Dockerfile: debian:bookworm has no digest"),
    "the image that builds": ("deploy/oci/images", "buildkit:v0.29.0@sha256:0039c1d47e8748b5afea56f4e85f14febaf34452bd99d9552d2daa82262b5cc5", "buildkit:v0.29.0", "deploy/oci/images: moby/buildkit:v0.29.0 has no digest"),
    "the image of another processor's emulator": ("deploy/oci/images", "@sha256:400a4873b838d1b89194d982c45e5fb3cda4593fbfd7e08a02e76b03b21166f0", "", "deploy/oci/images: tonistiigi/binfmt:qemu-v10.2.3 has no digest"),
    "a package without a hash": ("tests/requirements.txt", "zstandard==0.25.0 \\\n    --hash=sha256:", "zstandard==0.25.0\nother==1 \\\n    --hash=sha256:", "tests/requirements.txt: zstandard==0.25.0 has no hash"),
    "a package without a version": ("deploy/requirements.txt", "maturin==1.16.0", "maturin>=1.16.0", "deploy/requirements.txt: maturin>=1.16.0"),
    "a package of any patch version": ("deploy/requirements.txt", "maturin==1.16.0", "maturin==1.16.*", "deploy/requirements.txt: maturin==1.16.*"),
    "a package that was added without tests/pin": ("tests/sdk/requirements.in", "oci==", "newcomer==1.0\noci==", "tests/sdk/requirements.txt: newcomer==1.0 is missing"),
    "a package that was removed without tests/pin": ("tests/requirements-spark.in", "py4j==0.10.9.9\n", "", "tests/requirements-spark.txt: py4j==0.10.9.9 is not in requirements-spark.in"),
    "a crate from Git": ("Cargo.lock", "registry+https://github.com/rust-lang/crates.io-index", "git+https://example.com/crate", "from git+https://example.com/crate has no checksum"),
    "a provider without an upper bound": ("deploy/oci/versions.tf", ">= 7.32, < 9.0", ">= 7.32", "deploy/oci/versions.tf: oracle/oci >= 7.32 has no upper bound"),
    "a provider without hashes": (pins.PROVIDERS_LOCK, "zh:", "", f"{pins.PROVIDERS_LOCK}: there are no hashes of oracle/oci"),
    "another provider's hashes": (pins.PROVIDERS_LOCK, "oracle/oci", "hashicorp/random", f"{pins.PROVIDERS_LOCK}: there are no hashes of oracle/oci"),
    "an action by tag": (".github/workflows/release.yml", "actions/checkout@34e114876b0b11c390a56381ad16ebd13914f8d5", "actions/checkout@v4", ".github/workflows/release.yml: actions/checkout@v4 is not pinned to a commit"),
    "another Rust in the workflow": (".github/workflows/release.yml", "RUSTUP_TOOLCHAIN: 1.95.0", "RUSTUP_TOOLCHAIN: stable", ".github/workflows/release.yml: Rust stable is not the version of the Dockerfile's image"),
}


@pytest.mark.parametrize("kind", UNPINNED)
def test_a_release_refuses(kind, tree):
    file, old, new, problem = UNPINNED[kind]
    text = (tree / file).read_text()
    assert old in text, f"{file} no longer contains: {old}"
    (tree / file).write_text(text.replace(old, new, 1))
    ran = run(tree / "deploy/release")
    assert ran.returncode == 1
    assert problem in ran.stderr
    assert ran.stderr.splitlines()[-1].startswith("deploy/release: refusing to build a release")
    assert not (tree / "dist").exists()


def test_a_release_refuses_a_missing_lock_file_and_says_how_to_make_it(tree):
    (tree / pins.PROVIDERS_LOCK).unlink()
    ran = run(tree / "deploy/release")
    assert ran.returncode == 1
    assert "providers lock -platform=linux_amd64" in ran.stderr


def test_images_are_not_pushed_if_their_base_is_not_pinned(tree):
    dockerfile = tree / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("@sha256:", "-"))
    ran = run(tree / "deploy/oci/images", "--dry-run", "lhr.ocir.io/mytenancy/bronzeworks", "0.1.0")
    assert ran.returncode == 2
    assert ran.stderr.startswith("deploy/oci/images: refusing to build with what is not pinned:\nDockerfile: rust:")
    assert ran.stdout == ""


def test_the_provenance_names_the_sources_and_every_file(tmp_path):
    (tmp_path / "curate.tar").write_bytes(b"an image")
    made = json.loads(provenance.statement(ROOT, [tmp_path / "curate.tar"], "x86_64-unknown-linux-gnu", 0, ["a crate"]))
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    build = made["predicate"]["buildDefinition"]
    assert made["subject"] == [{"name": "curate.tar", "digest": {"sha256": "a5df3fde7b200c3fa2791144c7e05c5c2bced4c6ad863d3a4cf76c972c1712f9"}}]
    assert build["resolvedDependencies"][0]["digest"] == {"gitCommit": commit}
    assert {one["name"] for one in build["resolvedDependencies"] if "name" in one} == {"bronzeworks", *provenance.LOCKS}
    assert build["internalParameters"]["unpinned"] == ["a crate"]
    assert str(ROOT) not in json.dumps(made)


def test_the_wheel_names_and_holds_the_notices(tmp_path):
    info = "bronzeworks-0.1.0.dist-info"
    metadata = b"Metadata-Version: 2.4\nName: bronzeworks\nVersion: 0.1.0\nLicense-File: LICENSE\n\nReads: bronze\n"
    tags = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {f"{info}/METADATA": (metadata, 0o644), f"{info}/WHEEL": (tags, 0o644), f"{info}/RECORD": (b"", 0o644)}
    path = tmp_path / "bronzeworks-0.1.0-py3-none-any.whl"
    path.write_bytes(archives.zipped(files))
    path.write_bytes(wheel.completed(path, {"LICENSE": b"Apache", "THIRD-PARTY-NOTICES": b"notices"}, {}))
    with zipfile.ZipFile(path) as made:
        assert made.read(f"{info}/licenses/THIRD-PARTY-NOTICES") == b"notices"
        named = made.read(f"{info}/METADATA").decode()
    assert named.split("\n\n")[0].splitlines()[3:] == ["License-File: LICENSE", "License-File: THIRD-PARTY-NOTICES"]
    assert named.endswith("\n\nReads: bronze\n")
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--target", tmp_path / "installed", path], check=True)


def run(script, *arguments):
    command = [sys.executable, script] if script.name == "release" else ["bash", script]
    return subprocess.run([*command, *arguments], capture_output=True, text=True)
