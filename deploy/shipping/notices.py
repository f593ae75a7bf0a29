"""The licenses of all software that is linked into a program.

    python3 deploy/shipping/notices.py PROGRAM TARGET       prints them; the Dockerfile runs this
"""

import json
import re
import subprocess
import sys
from pathlib import Path

LICENSE_FILE = re.compile(r"(?i)^(licen[cs]e|copying|copyright|notice|unlicense)([-._].*)?$")

HEAD = """\
THIRD-PARTY NOTICES

{program} {version} contains the software listed here. Each entry names the license that applies and the text below that it refers to.
Software that is offered under Apache-2.0 or another license is used under Apache-2.0.
"""

MIT = """\
Copyright (c) the authors of {name} ({repository})

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""
"""The text for packages that are licensed under MIT but do not contain the license text."""

LIBC = """\
The program is linked statically with the GNU C Library, which is licensed under LGPL-2.1-or-later. The source code of Bronzeworks is
public, so that you can link it with a modified version of that library.
"""


def text(root, program, target):
    """Returns the notices of a workspace package that is built for a target."""
    packages = linked(root, program, target)
    entries, numbers = [], {}
    for package in packages:
        texts = [numbers.setdefault(one, len(numbers) + 1) for one in license_texts(package)]
        entries.append(f"{package['name']} {package['version']}: {chosen(package)}, {references(texts)}")
    standard = [numbers.setdefault(one, len(numbers) + 1) for one in standard_library()]
    entries.append(f"The Rust standard library: Apache-2.0, {references(standard)}")
    version = next(one["version"] for one in metadata(root, target)["packages"] if one["name"] == program)
    parts = [HEAD.format(program=program, version=version), "\n".join(entries) + "\n", LIBC]
    parts += [f"{'=' * 80}\nText {number}\n{'=' * 80}\n\n{one}\n" for one, number in numbers.items()]
    return "\n".join(parts)


def references(numbers):
    return ("text " if len(numbers) == 1 else "texts ") + ", ".join(map(str, sorted(numbers)))


def linked(root, program, target):
    """Returns the registry packages that are linked into the program, without those that only its build, macros or tests use."""
    command = ["cargo", "tree", "--locked", "--package", program, "--target", target, "--edges", "normal,no-proc-macro"]
    tree = subprocess.run([*command, "--prefix", "none", "--format", "{p}"], cwd=root, capture_output=True, check=True, text=True).stdout
    names = {tuple(line.split()[:2]) for line in tree.splitlines() if line.strip()}
    packages = [one for one in metadata(root, target)["packages"] if one["source"] and (one["name"], f"v{one['version']}") in names]
    return sorted(packages, key=lambda one: (one["name"], one["version"]))


def metadata(root, target):
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    return json.loads(subprocess.run(command, cwd=root, capture_output=True, check=True, text=True).stdout)


def chosen(package):
    """Returns Apache-2.0 if the package offers it, otherwise the package's whole license expression."""
    expression = package["license"] or "see its text"
    alternatives = re.split(r" OR |/", expression)
    return "Apache-2.0" if "Apache-2.0" in alternatives and " AND " not in expression else expression


def license_texts(package):
    """Returns the texts of a package's license files.

    For Apache-2.0 alone, that is one text for all packages, plus the package's NOTICE file if there is one.
    """
    folder = Path(package["manifest_path"]).parent
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and LICENSE_FILE.match(path.name)]
    if chosen(package) == "Apache-2.0":
        notices = [path for path in files if path.name.lower().startswith("notice")]
        return [apache(), *map(normalized, notices)]
    # C code that a package contains has its license next to it.
    files += [path for path in sorted(folder.glob("*/*")) if path.is_file() and LICENSE_FILE.match(path.name)]
    if not files and package["license"] == "MIT":
        return [MIT.format(**package)]
    if not files:
        raise LookupError(f"{package['name']} {package['version']} has no license file")
    return list(dict.fromkeys(map(normalized, files)))


def apache():
    """Returns the text of the project's own license, which is the same."""
    return normalized(Path(__file__).resolve().parents[2] / "LICENSE")


def standard_library():
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, check=True, text=True).stdout.strip()
    copyrights = Path(sysroot) / "share/doc/rust/COPYRIGHT"
    return [apache(), normalized(copyrights)] if copyrights.is_file() else [apache()]


def normalized(path):
    """Returns the text without invisible differences, so that equal licenses appear once."""
    lines = [line.rstrip() for line in path.read_text(encoding="utf-8", errors="replace").expandtabs().splitlines()]
    return "\n".join(lines).strip()


if __name__ == "__main__":
    print(text(Path(__file__).resolve().parents[2], *sys.argv[1:]), end="")
