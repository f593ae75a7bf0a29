"""What the functions are configured with are settings that they have, and `func.yaml` asks for nothing that is not given."""

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
        found += [f"functions.tf: {function} has no setting {name}" for name in sorted(given - known)]
    needed = re.findall(r"- name: (\w+)\n\s+required: true", (root / "func.yaml").read_text())
    given = configured(configuration, "curate")
    found += [f"functions.tf: func.yaml wants {name} for curate" for name in needed if name not in given]
    return found, unseen


def configured(configuration, function):
    """The names in the function's `config`."""
    text = configuration.code()["functions.tf"]
    block = re.search(rf'(?ms)^resource "oci_functions_function" "{function}" \{{.*?^\}}', text)
    return set(re.findall(r"(?m)^\s+([A-Z][A-Z0-9_]*)\s*=", block[0])) if block else set()


def settings(source):
    """The names in a table of settings, by themselves or by the constants that stand for them."""
    constants = dict(re.findall(r'const (\w+): &str = "(\w+)";', source))
    names = re.findall(r'\bname: (?:"(\w+)"|(\w+)),', source)
    return {text or constants.get(constant) for text, constant in names} - {None}
