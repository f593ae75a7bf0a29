"""The software bill of materials, made with cargo-cyclonedx."""

import json
import subprocess


def of_materials(root, tool, target, environment):
    """The bill of the tool, which contains both functions, as CycloneDX JSON. It names no folder of this machine."""
    manifest = root / "functions/bronzeworks/Cargo.toml"
    command = [tool, "cyclonedx", "--manifest-path", manifest, "--format", "json", "--spec-version", "1.5", "--target", target]
    subprocess.run([*command, "--override-filename", "bill"], cwd=root, env=environment, check=True)
    bills = sorted(root.glob("*/*/bill.json"))
    text = manifest.with_name("bill.json").read_text()
    for one in bills:
        one.unlink()
    bill = json.loads(text.replace(str(root), ""))
    # A random number; the bill is identified by what it is about.
    bill.pop("serialNumber", None)
    return json.dumps(bill, indent=1, sort_keys=True).encode() + b"\n"
