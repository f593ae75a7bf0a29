"""Checks that the provider has every resource, argument, nested block and attribute that the configuration uses."""

import difflib
import re

from .configuration import members

# Arguments that Terraform itself accepts in every resource.
META = {"count", "for_each", "provider", "depends_on", "lifecycle"}

REFERENCE = re.compile(r"\b(data\.)?(oci_[a-z_]+)\.([a-z_]+)(?:\[[^\]]*\])?(?:\.([a-z_]+))?")


def problems(configuration, schema):
    found = []
    made = set()
    for kind, known in (("resource", schema["resources"]), ("data", schema["data_sources"])):
        for file, label, name, body in configuration.resources(kind):
            made.add((kind, label, name))
            here = f"{file}: {label}.{name}"
            if label not in known:
                found.append(f"{here}: the provider has no such resource type{meant(label, known)}")
            else:
                found += in_block(here, body, known[label], META)
    return found + references(configuration, schema, made)


def in_block(here, body, known, besides=frozenset()):
    found, given = [], set()
    for name, blocks in members(body):
        given.add(name)
        if name in besides:
            continue
        what = "argument" if blocks is None else "nested block"
        member = known.get(name)
        if member is None or str(member).startswith("computed"):
            found.append(f"{here}: unknown {what} `{name}`{meant(name, known)}")
        elif (blocks is None) != isinstance(member, str):
            found.append(f"{here}: `{name}` must be {'an argument' if isinstance(member, str) else 'a nested block'}")
        elif blocks is not None:
            if len(blocks) > 1 and member["is"].endswith("one"):
                found.append(f"{here}: more than one `{name}`")
            for block in blocks:
                found += in_block(f"{here}.{name}", block, member["members"])
    missing = [name for name, member in known.items() if required(member) and name not in given]
    return found + [f"{here}: `{name}` is missing" for name in missing]


def required(member):
    return (member if isinstance(member, str) else member["is"]).startswith("required")


def references(configuration, schema, made):
    """Returns the problems of references to resources: each resource must be declared and have the attribute."""
    found = []
    for file, text in configuration.code().items():
        for data, label, name, attribute in REFERENCE.findall(text):
            kind, known = ("data", schema["data_sources"]) if data else ("resource", schema["resources"])
            if (kind, label, name) not in made:
                found.append(f"{file}: {data}{label}.{name} is not declared")
            elif attribute and attribute not in known.get(label, {attribute}):
                found.append(f"{file}: {data}{label}.{name} has no `{attribute}`{meant(attribute, known[label])}")
    return found


def meant(name, known):
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean `{close[0]}`?" if close else ""
