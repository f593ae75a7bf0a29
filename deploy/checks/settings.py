"""What the functions are configured with are settings that they have, and those without a default are given."""

import re

FUNCTIONS = ("curate", "ingest")


def problems(configuration, root):
    """What is wrong, and what could not be looked at."""
    found, unseen = [], []
    for function in FUNCTIONS:
        given = configured(configuration, function)
        source = root / f"functions/{function}/src/config.rs"
        if not source.is_file():
            unseen.append(f"functions/{function} has no table of settings yet: {', '.join(sorted(given))} are not looked at")
            continue
        known = settings(source.read_text())
        if not known:
            found.append(f"functions/{function}/src/config.rs: there is no table of settings")
        found += [f"functions.tf: {function} has no setting {name}" for name in sorted(given - set(known))]
        needed = {name for name, has_default in known.items() if not has_default}
        found += [f"functions.tf: {function} needs {name}" for name in sorted(needed - given)]
    return found, unseen


def configured(configuration, function):
    """The names in the function's `config`."""
    text = configuration.code()["functions.tf"]
    block = re.search(rf'(?ms)^resource "oci_functions_function" "{function}" \{{.*?^\}}', text)
    return set(re.findall(r"(?m)^\s+([A-Z][A-Z0-9_]*)\s*=", block[0])) if block else set()


def settings(source):
    """A table of settings: name -> whether it has a default. A name may be a constant."""
    constants = dict(re.findall(r'const (\w+): &str = "(\w+)";', source))
    rows = re.findall(r"\bSetting \{\s*name: (\S+),.*?default: (\w+)", source, re.DOTALL)
    return {name.strip('"') if name.startswith('"') else constants.get(name, name): default != "None" for name, default in rows}
