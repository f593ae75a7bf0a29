"""Writes the guide's table of permissions and its list of policies from identity.tf, and checks that the guide has them.

UPDATE=1 deploy/oci/check rewrites them.
"""

import os
import re

GUIDE = "docs/src/guides/deploy-oci.md"

# A statement, after the comment that says why it is needed and perhaps the `for` that repeats it.
STATEMENT = re.compile(r'((?:^ *#.*\n)*)^ *"(Allow .*)",?$', re.MULTILINE)

PARTS = re.compile(r"Allow (?P<who>(?:dynamic-group|service) \S+|any-user) to (?P<what>\{[^}]+\}|\w+ \S+) in compartment id \S+ where (?:all )?(?P<where>.+)")

CONDITION = re.compile(r"([\w.]+) = '([^']*)'")

# Only the default names and what an expression stands for: OCIDs, regions and files are the user's.
PLACEHOLDERS = {
    "file.bucket": "SCHEMA_BUCKET",
    "file.name": "SCHEMA_FILE",
    "local.in_compartment": "in compartment id COMPARTMENT",
    "local.in_kms_compartment": "in compartment id KEYS_COMPARTMENT",
    "oci_functions_function.ingest.id": "INGEST",
    "oci_identity_dynamic_group.curate.name": "bronzeworks-curate",
    "oci_identity_dynamic_group.ingest.name": "bronzeworks-ingest",
    "oci_objectstorage_bucket.bronze.name": "bronze",
    "oci_objectstorage_bucket.lake.name": "lake",
    "oci_streaming_stream.records.id": "STREAM",
    "bucket": "bronze",
    "key": "KEY",
    "permission": "OBJECT_OVERWRITE",
    "secret": "SECRET",
    "var.compartment_id": "COMPARTMENT",
    "var.region": "REGION",
}

WHO = {
    "dynamic-group bronzeworks-curate": "`curate`",
    "dynamic-group bronzeworks-ingest": "`ingest`",
    "serviceconnector": "connectors of the compartment",
    "ApiGateway": "API gateways of the compartment",
    "service objectstorage-REGION": "Object Storage",
    "service streaming": "Streaming",
    "service faas": "Functions",
}

# Conditions that say who asks; the others say about what.
PRINCIPAL = ("request.principal.type", "request.principal.compartment.id", "request.resource.compartment.id")


def problems(configuration, root):
    text = configuration.texts["identity.tf"]
    statements = [(reason(comment), filled_in(statement)) for comment, statement in STATEMENT.findall(text)]
    found = [f"identity.tf: no comment says why: {statement}" for why, statement in statements if not why]
    unknown = [name for _, statement in statements for name in re.findall(r"\$\{([^}]*)\}", statement)]
    found += [f"identity.tf: ${{{name}}} is not among the placeholders in checks/permissions.py" for name in unknown]
    found += [f"identity.tf: not of the form that the table shows: {statement}" for _, statement in statements if not PARTS.fullmatch(statement)]
    if found:
        return found
    found = [f"identity.tf: {problem}" for _, statement in statements for problem in too_much(statement)]
    # A copy of the configuration is compared with the guide, but does not change it.
    update = bool(os.environ.get("UPDATE")) and configuration.folder == root / "deploy/oci"
    return found + outdated(root / GUIDE, {"permissions": table(statements), "policies": policies(statements)}, update)


def reason(comment):
    return " ".join(line.strip().lstrip("#").strip() for line in comment.splitlines())


def filled_in(statement):
    return re.sub(r"\$\{([\w.]+)\}", lambda found: PLACEHOLDERS.get(found[1], found[0]), statement)


def too_much(statement):
    """Yields what is wrong with a statement that is wider than one operation on one thing needs."""
    parts = PARTS.fullmatch(statement)
    about = [name for name, _ in CONDITION.findall(parts["where"]) if name not in PRINCIPAL]
    if not about:
        yield f"a statement is not restricted to one bucket, stream, function or key: {statement}"
    if parts["what"].startswith("manage ") or parts["what"].endswith("-family"):
        yield f"a statement allows whatever its resource type has, instead of single permissions: {statement}"


def table(statements):
    rows = {}
    for why, statement in statements:
        parts = PARTS.fullmatch(statement)
        conditions = CONDITION.findall(parts["where"])
        who = WHO[dict(conditions).get("request.principal.type", parts["who"])]
        what = ", ".join(f"`{one}`" for one in parts["what"].strip("{}").split(", "))
        on = ", ".join(f"{name.split('.')[1]} `{value}`" for name, value in conditions if name not in PRINCIPAL)
        rows.setdefault(who, []).append(f"{what} | {on} | {why}")
    lines = [f"| {who} | {row} |" if row is of_one[0] else f"| | {row} |" for who, of_one in rows.items() for row in of_one]
    return ["| who | may | on | why |", "|---|---|---|---|", *lines]


def policies(statements):
    return ["```text", *(statement for _, statement in statements), "```"]


def outdated(guide, blocks, update):
    """Returns the guide's blocks that are missing or differ. With `update`, writes those that differ instead."""
    text = guide.read_text()
    found = []
    for name, lines in blocks.items():
        block = re.compile(rf"(<!-- generated: {name} -->\n\n)(.*?)(\n\n<!-- end -->)", re.DOTALL)
        shown = block.search(text)
        if shown is None:
            found.append(f"{GUIDE}: there is no block of generated {name}")
        elif shown[2] != "\n".join(lines) and update:
            text = text[: shown.start(2)] + "\n".join(lines) + text[shown.end(2) :]
        elif shown[2] != "\n".join(lines):
            found.append(f"{GUIDE}: the generated {name} differ from identity.tf (UPDATE=1 deploy/oci/check rewrites them)")
    if update:
        guide.write_text(text)
    return found
