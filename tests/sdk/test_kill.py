"""Tests kills at any moment: confirmed changes exist, and unconfirmed ones happened completely or not at all."""

import itertools
import random
import threading

import oci
import pytest
from buckets import Bucket
from emulator import Emulator
from oci.object_storage import models

WRITERS, KILLS = 4, 3


def lake(emulator):
    client = oci.object_storage.ObjectStorageClient(
        emulator.config(), service_endpoint=emulator.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
    )
    return Bucket(client, emulator.NAMESPACE, emulator.BUCKET)


class Writer:
    """Changes objects under its own prefix, one at a time, and knows what must exist."""

    def __init__(self, number):
        self.prefix, self.random = f"{number}/", random.Random(number)
        self.confirmed, self.under_way, self.changes = {}, None, 0

    def name(self):
        return f"{self.prefix}{self.random.randrange(20)}"

    def work(self, bucket):
        """Changes objects until the connection breaks."""
        try:
            for change in itertools.cycle((self.put, self.put_in_parts, self.rename, self.put, self.delete)):
                change(bucket)
        except oci.exceptions.RequestException:
            pass

    def confirm(self, after, change):
        self.under_way = after
        change()
        self.confirmed, self.under_way = after, None
        self.changes += 1

    def put(self, bucket):
        name, content = self.name(), self.random.randbytes(self.random.choice((10, 1000, 500_000)))
        self.confirm({**self.confirmed, name: content}, lambda: bucket.put_object(name, content))

    def put_in_parts(self, bucket):
        name, content = self.name(), self.random.randbytes(1000)
        upload = bucket.create_multipart_upload(models.CreateMultipartUploadDetails(object=name)).data.upload_id
        etags = [bucket.upload_part(name, upload, number, content).headers["etag"] for number in (1, 2)]
        parts = [models.CommitMultipartUploadPartDetails(part_num=n, etag=etag) for n, etag in enumerate(etags, 1)]
        details = models.CommitMultipartUploadDetails(parts_to_commit=parts)
        after = {**self.confirmed, name: content * 2}
        self.confirm(after, lambda: bucket.commit_multipart_upload(name, upload, details))

    def rename(self, bucket):
        after = dict(self.confirmed)
        name, target = next(iter(after)), self.prefix + "renamed"
        if name != target:
            after[target] = after.pop(name)
            details = models.RenameObjectDetails(source_name=name, new_name=target)
            self.confirm(after, lambda: bucket.rename_object(details))

    def delete(self, bucket):
        after = dict(self.confirmed)
        name, _ = after.popitem()
        self.confirm(after, lambda: bucket.delete_object(name))

    def check(self, bucket):
        found = {name: bucket.read(name) for name in bucket.names(prefix=self.prefix)}
        assert found == self.confirmed or found == self.under_way, "neither before nor after the change under way"
        self.confirmed, self.under_way = found, None


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_kill_at_any_moment_leaves_no_partial_change(tmp_path):
    writers = [Writer(number) for number in range(WRITERS)]
    for kill in range(1, KILLS + 1):
        emulator = Emulator(tmp_path / "state")
        threads = [threading.Thread(target=writer.work, args=[lake(emulator)]) for writer in writers]
        for thread in threads:
            thread.start()
        while sum(writer.changes for writer in writers) < 40 * kill and emulator.process.poll() is None:
            threads[0].join(0.01)
        emulator.kill()
        for thread in threads:
            thread.join()
        emulator = Emulator(tmp_path / "state")
        for writer in writers:
            writer.check(lake(emulator))
        emulator.kill()
