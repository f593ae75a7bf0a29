"""Builds container images without a container engine: the last stage of the Dockerfile as an archive that `docker load` and `skopeo` read.

An engine would put the time of the build into the image. Here the bytes depend only on the program, the notices and the given time.
"""

import hashlib
import json
import re
from datetime import datetime, timezone

from . import archives


def image(dockerfile, function, version, architecture, program, notices, time):
    """Returns the archive of a function's image, tagged bronzeworks/FUNCTION:VERSION. `architecture` is Docker's: amd64 or arm64."""
    files = {"function": (program, 0o755), "THIRD-PARTY-NOTICES.gz": (archives.compressed(notices), 0o644)}
    layer = archives.tar(files, time)
    created = datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    config = encoded({
        "architecture": architecture,
        "os": "linux",
        "created": created,
        "config": last_stage(dockerfile),
        "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
        "history": [{"created": created, "created_by": "deploy/release"}],
    })
    packed = archives.compressed(layer)
    manifest = encoded({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", config),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", packed)],
    })
    tag = f"bronzeworks/{function}:{version}"
    names = {"io.containerd.image.name": f"docker.io/{tag}", "org.opencontainers.image.ref.name": version}
    index = {"schemaVersion": 2, "manifests": [{**descriptor("application/vnd.oci.image.manifest.v1+json", manifest), "annotations": names}]}
    # Docker's own list of images is included because it is the only one that older engines read.
    listing = [{"Config": blob(config), "RepoTags": [tag], "Layers": [blob(packed)]}]
    entries = {blob(one): (one, 0o644) for one in (config, packed, manifest)}
    entries["oci-layout"] = (encoded({"imageLayoutVersion": "1.0.0"}), 0o644)
    entries["index.json"] = (encoded(index), 0o644)
    entries["manifest.json"] = (encoded(listing), 0o644)
    return archives.tar(entries, time)


def last_stage(dockerfile):
    """Returns the user and entry point of the stage that starts with FROM scratch."""
    stage = dockerfile[dockerfile.index("\nFROM scratch\n") :]
    user = re.search(r"(?m)^USER (\S+)$", stage)[1]
    entry_point = re.search(r"(?m)^ENTRYPOINT (\[.*\])$", stage)[1]
    return {"User": user, "Entrypoint": json.loads(entry_point), "WorkingDir": "/"}


def descriptor(kind, content):
    return {"mediaType": kind, "digest": digest(content), "size": len(content)}


def digest(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def blob(content):
    return f"blobs/{digest(content).replace(':', '/')}"


def encoded(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
