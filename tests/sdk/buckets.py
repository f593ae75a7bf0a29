"""Helpers for the tests: a bucket to work in, and a check of the errors that the SDK raises."""

import functools
from contextlib import contextmanager
from unittest.mock import ANY

import oci
import pytest
from oci.object_storage import models


class Bucket:
    """A bucket with every operation of the client that takes a namespace and a bucket first; these two are filled in."""

    def __init__(self, client, namespace, name):
        self.client, self.namespace, self.name = client, namespace, name

    def __getattr__(self, operation):
        return functools.partial(getattr(self.client, operation), self.namespace, self.name)

    def through(self, client):
        """Returns the same bucket, accessed through another client."""
        return Bucket(client, self.namespace, self.name)

    def read(self, name, **options):
        """Returns the bytes of an object."""
        return self.get_object(name, **options).data.content

    def names(self, **options):
        """Returns the names on one page of a listing."""
        return [entry.name for entry in self.list_objects(**options).data.objects]

    def holds(self, *names):
        """Puts an object under each of these names, whose content is its name."""
        for name in names:
            self.put_object(name, name.encode())


def create(client, namespace, compartment, name, **details):
    """Creates a bucket."""
    details = models.CreateBucketDetails(name=name, compartment_id=compartment, **details)
    client.create_bucket(namespace, details)
    return Bucket(client, namespace, name)


@contextmanager
def refused(status, code=ANY):
    """Expects the statements inside to fail with this status and code, in the form that the SDK parses.

    If no source says which code the service uses, `code` is omitted, and any code is accepted.
    """
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        yield caught
    error = caught.value
    assert (error.status, error.code) == (status, code), error
    assert error.request_id, "an error names its request"
    # A response without a body has neither a code nor a message.
    assert code is None or (error.code and error.message), error
