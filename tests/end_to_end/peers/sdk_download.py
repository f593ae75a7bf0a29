"""Copies everything under a prefix of a bucket into a folder, with Oracle's own SDK. It runs in `.venv-sdk`."""

import sys
from pathlib import Path

import oci

config, endpoint, namespace, bucket, prefix, folder = sys.argv[1:]
client = oci.object_storage.ObjectStorageClient(oci.config.from_file(config), service_endpoint=endpoint)
found = oci.pagination.list_call_get_all_results(client.list_objects, namespace, bucket, prefix=prefix)
for entry in found.data.objects:
    path = Path(folder) / entry.name.removeprefix(prefix)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(client.get_object(namespace, bucket, entry.name).data.content)
