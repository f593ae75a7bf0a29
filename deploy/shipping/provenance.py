"""States what the release's files were built from and with, as an in-toto statement with SLSA's predicate (https://slsa.dev/spec/v1.0/provenance).

It names no time and no machine, so that two builds of a commit have the same statement. It is not signed: whoever publishes the release signs
it, together with SHA256SUMS.
"""

import hashlib
import json
import re
import subprocess

BUILD_TYPE = "urn:bronzeworks:deploy/release"

# The files that pin what a build downloads.
LOCKS = ("Cargo.lock", "deploy/requirements.txt", "Dockerfile")


def statement(root, files, target, time, unpinned):
    """Returns the statement about the files, as JSON. `unpinned` is what a draft was built with although it is not pinned."""
    source = {"name": "bronzeworks", "digest": {"gitCommit": output(root, "git", "rev-parse", "HEAD").strip()}}
    rust = re.search(r"(?m)^commit-hash: (\S+)$", output(root, "rustc", "-vV"))[1]
    compiler = {"uri": "git+https://github.com/rust-lang/rust", "digest": {"gitCommit": rust}}
    locks = [{"name": name, "digest": {"sha256": digest(root / name)}} for name in LOCKS]
    changed = bool(output(root, "git", "status", "--porcelain", "--untracked-files=no").strip())
    predicate = {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"target": target, "SOURCE_DATE_EPOCH": time},
            "internalParameters": {"uncommittedChanges": changed, "unpinned": unpinned},
            "resolvedDependencies": [source, compiler, *locks],
        },
        "runDetails": {"builder": {"id": BUILD_TYPE}},
    }
    made = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": path.name, "digest": {"sha256": digest(path)}} for path in files],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": predicate,
    }
    return json.dumps(made, indent=1).encode() + b"\n"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def output(root, *command):
    return subprocess.run(command, cwd=root, capture_output=True, check=True, text=True).stdout
