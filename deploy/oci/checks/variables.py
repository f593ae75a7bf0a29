"""Checks that variables have a description and a type and are declared and used, and that the example sets those without a default."""

import re

from .configuration import parse


def problems(configuration):
    found = []
    variables, outputs = configuration.named("variable"), configuration.named("output")
    code = configuration.code()
    used = {name for text in code.values() for name in re.findall(r"\bvar\.(\w+)", without_own_validations(text))}
    for name, (file, body) in variables.items():
        found += [f"{file}: variable {name} has no {part}" for part in ("description", "type") if part not in body]
        if name not in used:
            found.append(f"{file}: variable {name} is never used")
    found += [f"variable {name} is used but not declared" for name in sorted(used - set(variables))]
    found += [f"{file}: output {name} has no description" for name, (file, body) in outputs.items() if "description" not in body]
    return found + in_example(configuration, variables)


def without_own_validations(text):
    """Removes each variable's mentions from its own declaration, because a variable that only its own validations mention is not used."""
    return re.sub(r'(?ms)^variable "(\w+)" \{.*?^\}', lambda block: re.sub(rf"\bvar\.{block[1]}\b", "", block[0]), text)


def in_example(configuration, variables):
    name = "terraform.tfvars.example"
    given = set(parse(name, (configuration.folder / name).read_text())) - {"__comments__", "__inline_comments__"}
    needed = {name for name, (_, body) in variables.items() if "default" not in body}
    return [f"{name}: variable {one} is not declared" for one in sorted(given - set(variables))] + [
        f"{name}: {one} is missing and has no default" for one in sorted(needed - given)
    ]
