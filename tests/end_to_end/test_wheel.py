"""The wheel in a fresh environment without Rust: it is installed, and the tutorial is read with the program in it."""

import os
import subprocess
import venv
from pathlib import Path

import pages
import pytest
from documents import BOOK
from terminal import Terminal


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    wheel = os.environ.get("WHEEL")
    assert wheel, "WHEEL is not set: build a wheel with deploy/release, or as tests/run does, and set WHEEL to its path"
    folder = tmp_path_factory.mktemp("wheel")
    venv.create(folder, with_pip=True)
    pip = [folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    subprocess.run([*pip, Path(wheel).resolve()], check=True)
    return folder / "bin/bronzeworks"


@pytest.fixture
def terminal(tmp_path, program):
    terminal = Terminal(tmp_path, program)
    yield terminal
    terminal.close()


@pytest.mark.parametrize("part", ["laptop", "local-cloud", "your-data"])
def test_the_tutorial_works_with_the_wheel(part, terminal):
    pages.read_through(f"{BOOK}/tutorial/{part}.md", terminal)


def test_the_wheel_says_who_it_is(program):
    ran = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, env={})
    assert ran.stdout.startswith("bronzeworks ")
