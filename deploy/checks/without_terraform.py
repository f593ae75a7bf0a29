"""All that can be checked without Terraform."""

from . import conditions, provider, settings, variables


def problems(configuration, schema, root):
    """What is wrong, and what could not be looked at."""
    found, unseen = settings.problems(configuration, root)
    found += provider.problems(configuration, schema) + variables.problems(configuration)
    return found + conditions.problems(configuration, root / "tests/fixtures/events"), unseen
