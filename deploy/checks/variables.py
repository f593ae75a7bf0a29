"""Every variable says what it is for, has a type, and is used; what is used is declared; the example gives what has no default."""

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
            found.append(f"{file}: variable {name} is used nowhere")
    found += [f"there is no variable {name}" for name in sorted(used - set(variables))]
    found += [f"{file}: output {name} has no description" for name, (file, body) in outputs.items() if "description" not in body]
    return found + in_example(configuration, variables)


def without_own_validations(text):
    """A variable is not used by being looked at in its own block."""
    return re.sub(r'(?ms)^variable "(\w+)" \{.*?^\}', lambda block: re.sub(rf"\bvar\.{block[1]}\b", "", block[0]), text)


def in_example(configuration, variables):
    name = "terraform.tfvars.example"
    given = set(parse(name, (configuration.folder / name).read_text())) - {"__comments__", "__inline_comments__"}
    needed = {name for name, (_, body) in variables.items() if "default" not in body}
    return [f"{name}: there is no variable {one}" for one in sorted(given - set(variables))] + [
        f"{name}: {one} has no default, and is missing" for one in sorted(needed - given)
    ]
