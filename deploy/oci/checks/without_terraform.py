"""Runs all checks that do not need Terraform."""

from . import conditions, permissions, provider, settings, variables


def problems(configuration, schema, root):
    found = settings.problems(configuration, settings.declared(root))
    found += provider.problems(configuration, schema) + variables.problems(configuration)
    return found + permissions.problems(configuration, root) + conditions.problems(configuration, root / "tests/fixtures/events")
