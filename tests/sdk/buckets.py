"""Shared by the tests: a bucket to work in, and how an error looks through the SDK."""

import functools
from contextlib import contextmanager
from unittest.mock import ANY

import oci
import pytest
from oci.object_storage import models


class Bucket:
    """A bucket: every operation of the client that starts with namespace and bucket, with these two filled in."""

    def __init__(self, client, namespace, name):
        self.client, self.namespace, self.name = client, namespace, name

    def __getattr__(self, operation):
        return functools.partial(getattr(self.client, operation), self.namespace, self.name)

    def through(self, client):
        """The same bucket through another client."""
        return Bucket(client, self.namespace, self.name)

    def read(self, name, **options):
        """The bytes of an object."""
        return self.get_object(name, **options).data.content

    def names(self, **options):
        """The names of one page of a listing."""
        return [entry.name for entry in self.list_objects(**options).data.objects]

    def holds(self, *names):
        """Puts an object under each of these names. Its content is its name."""
        for name in names:
            self.put_object(name, name.encode())


def create(client, namespace, compartment, name, **details):
    """A new bucket."""
    details = models.CreateBucketDetails(name=name, compartment_id=compartment, **details)
    client.create_bucket(namespace, details)
    return Bucket(client, namespace, name)


@contextmanager
def refused(status, code=ANY):
    """Expects the statements inside to fail with this status and code, in the form that the SDK parses.

    Without `code`, because no source says which one the service uses, there must still be one.
    """
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        yield caught
    error = caught.value
    assert (error.status, error.code) == (status, code), error
    assert error.request_id, "an error names its request"
    # A response without a body has neither a code nor a message.
    assert code is None or (error.code and error.message), error
