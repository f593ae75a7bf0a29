"""The lake that the function writes when nothing goes wrong, and that it must also write when something does."""

import random

import objects
from functions import Deployment


class Undisturbed:
    """A source object, and the content of the lake if nothing goes wrong."""

    def __init__(self, cloud, text, **config):
        self.config = config
        self.origin = Deployment(cloud, **config)
        self.event = self.origin.put("in.jsonl", text)
        with self.origin.start() as agent:
            answer = agent.call(self.event)
            assert answer.status == 200, agent.container.stderr()
        self.answer, self.listing = answer.json, self.origin.listing()
        self.requests = cloud.requests()

    def again(self, cloud):
        """Returns a deployment for the same object with another lake. The names in the lake depend on nothing else."""
        return Deployment(cloud, bronze=self.origin.bronze, **self.config)


def small(cloud):
    """Creates an object that becomes two files and some quarantine, none of them uploaded in parts."""
    return Undisturbed(cloud, b"bad\n" + objects.lines(objects.journal(), objects.journal(currency_code="USD")))


def large(cloud):
    """Creates an object that becomes a file and a quarantine object of several parts each."""
    rng = random.Random(9)
    lines = [objects.line(objects.journal(account_code=rng.randbytes(2000).hex()), at) for at in range(5200)]
    text = b"\n".join([*lines, *(line[:-9] for line in lines[:2600])])
    return Undisturbed(cloud, text, ROW_BUFFER="16MB")
