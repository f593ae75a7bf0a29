"""Checks that everything that a release is built from or with is pinned: by hash, or by an exact version where there are no hashes.

    python3 deploy/shipping/pins.py [KIND...]       prints what is not pinned, and exits with 1 if there is anything
"""

import re
import sys
from pathlib import Path

DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")

PROVIDERS_LOCK = "deploy/oci/.terraform.lock.hcl"

LOCK_PROVIDERS = (
    "terraform -chdir=deploy/oci providers lock -platform=linux_amd64 -platform=linux_arm64 -platform=darwin_amd64 -platform=darwin_arm64"
)


def problems(root, kinds=None):
    """Returns what is not pinned, for all kinds or the given ones."""
    return [problem for kind in kinds or KINDS for problem in KINDS[kind](Path(root))]


def images(root):
    """The images that the Dockerfile's stages start from, and those that deploy/oci/images builds with or tells people to run."""
    text = (root / "Dockerfile").read_text()
    arguments = dict(re.findall(r"(?m)^ARG (\w+)=(\S+)$", text))
    stages = set()
    for image, stage in re.findall(r"(?m)^FROM (\S+)(?: AS (\S+))?$", text):
        named = re.sub(r"\$\{?(\w+)\}?", lambda found: arguments.get(found[1], found[0]), image)
        if named != "scratch" and named not in stages and not DIGEST.search(named):
            yield f"Dockerfile: {named} has no digest (docker buildx imagetools inspect {named})"
        stages.add(stage)
    script = (root / "deploy/oci/images").read_text()
    for image in re.findall(r"(?m)(?:^buildkit=|docker run --privileged --rm )(\S+)", script):
        if not DIGEST.search(image):
            yield f"deploy/oci/images: {image} has no digest (docker buildx imagetools inspect {image})"


def requirements(root):
    """The Python packages of the tests and of the release: exact versions, and hashes of all of requirements.in."""
    files = sorted([*root.glob("tests/*requirements*.txt"), *root.glob("*/*/requirements.txt"), root / "deploy/requirements.txt"])
    for path in files:
        name = path.relative_to(root)
        listed = set()
        for entry in re.sub(r"\\\n", " ", re.sub(r"(?m)^ *#.*\n", "", path.read_text())).splitlines():
            package, _, hashes = entry.partition(" ")
            listed.add(normalized(package))
            if not re.fullmatch(r"[\w.-]+==[^=;*]+", package):
                yield f"{name}: {entry.strip()} has no exact version"
            elif not re.search(r"--hash=sha256:[0-9a-f]{64}", hashes):
                yield f"{name}: {package} has no hash (tests/pin)"
        wanted = set(map(normalized, re.findall(r"(?m)^([^#\s]\S*)", path.with_suffix(".in").read_text())))
        yield from (f"{name}: {package} is missing, but is in {path.stem}.in (tests/pin)" for package in sorted(wanted - listed))
        yield from (f"{name}: {package} is not in {path.stem}.in (tests/pin)" for package in sorted(listed - wanted))


def normalized(package):
    """Returns NAME==VERSION with the name as the index writes it, which is how tests/pin writes it."""
    name, operator, version = package.partition("==")
    return re.sub(r"[-_.]+", "-", name).lower() + operator + version


def crates(root):
    """The packages that are linked."""
    for entry in (root / "Cargo.lock").read_text().split("[[package]]")[1:]:
        package = dict(re.findall(r'(?m)^(\w+) = "(.*)"$', entry))
        if "source" in package and not ("checksum" in package and package["source"].startswith("registry+")):
            yield f"Cargo.lock: {package['name']} {package['version']} from {package['source']} has no checksum"


def providers(root):
    """Terraform's providers: an upper bound, and the hashes of one version."""
    required = re.findall(r'source\s*=\s*"([^"]+)"[^}]*?version\s*=\s*"([^"]+)"', (root / "deploy/oci/versions.tf").read_text())
    path = root / PROVIDERS_LOCK
    locked = dict(re.findall(r'(?ms)^provider "[^"/]+/([^"]+)" \{(.*?)^\}', path.read_text())) if path.is_file() else {}
    for source, bounds in required:
        if not re.search(r"<|~>|^= ?\d|^\d", bounds):
            yield f"deploy/oci/versions.tf: {source} {bounds} has no upper bound"
        if not re.search(r'version\s*=\s*"\d[^"]*".*"(h1|zh):', locked.get(source, ""), re.DOTALL):
            yield f"{PROVIDERS_LOCK}: there are no hashes of {source}; commit what this writes: {LOCK_PROVIDERS}"


def actions(root):
    """The actions of the workflows, by commit: a tag can be moved. And their Rust, which is the Dockerfile's."""
    rust = re.search(r"rust:(\d+\.\d+\.\d+)-", (root / "Dockerfile").read_text())
    for path in sorted((root / ".github/workflows").glob("*.yml")):
        text, name = path.read_text(), path.relative_to(root)
        for action in re.findall(r"(?m)^\s*-?\s*uses:\s*(\S+)", text):
            if not action.startswith("./") and not re.search(r"@[0-9a-f]{40}$", action):
                yield f"{name}: {action} is not pinned to a commit"
        for version in re.findall(r"(?m)^\s*RUSTUP_TOOLCHAIN: *(\S+)", text):
            if rust is None or version != rust[1]:
                yield f"{name}: Rust {version} is not the version of the Dockerfile's image"


KINDS = {"images": images, "requirements": requirements, "crates": crates, "providers": providers, "actions": actions}


if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - set(KINDS)
    if unknown:
        sys.exit(f"usage: pins.py [{'|'.join(KINDS)}...]")
    unpinned = problems(Path(__file__).resolve().parents[2], sys.argv[1:])
    for one in unpinned:
        print(one, file=sys.stderr)
    sys.exit(1 if unpinned else 0)
