"""Cloud object stores that run on this machine, and buckets in them, inspected by code that is independent of the program."""

import base64
import configparser
import email.utils
import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlencode

import boto3
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

ROOT = Path(__file__).resolve().parents[2]
BRONZEWORKS = Path(os.environ.get("BRONZEWORKS_BIN", ROOT / "target/debug/bronzeworks")).resolve()
OBJECTS = Path(os.environ.get("OBJECTS_BIN", ROOT / "target/release/examples/objects")).resolve()


class S3:
    """moto's server on a free port."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.address = f"http://127.0.0.1:{port}"
        self._wait()
        self.env = {
            "AWS_ENDPOINT": self.address,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "anyone",
            "AWS_SECRET_ACCESS_KEY": "anything",
            "AWS_REGION": "us-east-1",
        }

    def _wait(self):
        while self.process.poll() is None:
            try:
                return urllib.request.urlopen(self.address + "/moto-api/").close()
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        raise AssertionError(f"moto's server ended with {self.process.returncode}")

    def bucket(self, name):
        return S3Bucket(self.address, name)

    def url(self, bucket, key=""):
        return f"s3://{bucket}/{key}"


class S3Bucket:
    """A bucket, inspected with Amazon's own client."""

    def __init__(self, address, name):
        self.name = name
        self.client = boto3.client(
            "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id="anyone", aws_secret_access_key="anything"
        )
        self.client.create_bucket(Bucket=name)

    def url(self, key=""):
        return f"s3://{self.name}/{key}"

    def put(self, key, data):
        self.client.put_object(Bucket=self.name, Key=key, Body=data)
        return self.url(key)

    def get(self, key):
        return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()

    def keys(self, prefix=""):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return {item["Key"]: (item["ETag"], item["LastModified"]) for page in pages for item in page.get("Contents", [])}

    def uploads(self):
        """Returns the uploads that were neither completed nor aborted. They would cost money until someone removes them."""
        return self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", [])


class Oci:
    """The project's OCI emulator on a free port."""

    NAMESPACE = "bronzeworks"

    def __init__(self, folder):
        assert BRONZEWORKS.is_file(), f"{BRONZEWORKS} does not exist: cargo build -p bronzeworks, or set BRONZEWORKS_BIN"
        command = [str(BRONZEWORKS), "local", "--bare", "--listen", "127.0.0.1:0", "--state", str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if line.split()[:1] == ["endpoint"]:
                self.address = line.split()[-1]
            if line.startswith("Ready"):
                break
        self.credentials = Path(folder) / "credentials"
        config = self.credentials / "config"
        self.env = {"OCI_CLI_CONFIG_FILE": str(config), "OCI_OBJECT_STORAGE_ENDPOINT": self.address}
        self.signer = Signer(config)

    def bucket(self, name):
        return OciBucket(self, name)

    def url(self, bucket, key=""):
        return f"oci://{bucket}@{self.NAMESPACE}/{key}"

    def principal(self):
        """Returns the environment that the platform gives a function, plus the service's endpoint."""
        folder = self.credentials / "resource-principal"
        return {
            "OCI_RESOURCE_PRINCIPAL_VERSION": "2.2",
            "OCI_RESOURCE_PRINCIPAL_RPST": str(folder / "rpst"),
            "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM": str(folder / "private.pem"),
            "OCI_RESOURCE_PRINCIPAL_REGION": "eu-frankfurt-1",
            "OCI_OBJECT_STORAGE_ENDPOINT": self.address,
        }

    def control(self, method, path, body=None):
        """Sends a request to the emulator's control API, not to the service."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/_emulator/{path}", data, method=method)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def fail(self, *rules):
        """Replaces the fault rules."""
        self.control("PUT", "faults", rules)

    def requests(self):
        """Returns the requests since the log was last cleared."""
        return self.control("GET", "requests")

    def forget_requests(self):
        self.control("DELETE", "requests")


class Signer:
    """Signs requests with a user's API key, according to Oracle's documentation of request signing."""

    def __init__(self, config):
        profiles = configparser.ConfigParser(interpolation=None)
        profiles.read(config)
        self.profile = profiles.defaults()
        key = Path(self.profile["key_file"]).read_bytes()
        self.key = serialization.load_pem_private_key(key, password=None)

    def headers(self, method, target, host, body, covered):
        headers = {"date": email.utils.formatdate(usegmt=True), "host": host}
        names = ["date", "(request-target)", "host"]
        if covered:
            headers["content-length"] = str(len(body))
            headers["content-type"] = "application/json"
            headers["x-content-sha256"] = base64.b64encode(hashlib.sha256(body).digest()).decode()
            names += ["content-length", "content-type", "x-content-sha256"]
        values = {**headers, "(request-target)": f"{method.lower()} {target}"}
        text = "\n".join(f"{name}: {values[name]}" for name in names)
        signature = base64.b64encode(self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
        key_id = "/".join(self.profile[part] for part in ("tenancy", "user", "fingerprint"))
        headers["authorization"] = (
            f'Signature version="1",keyId="{key_id}",algorithm="rsa-sha256",headers="{" ".join(names)}",signature="{signature}"'
        )
        return headers


class OciBucket:
    """A bucket, inspected with requests that are built and signed here."""

    def __init__(self, cloud, name):
        self.cloud, self.name = cloud, name
        self.base = f"/n/{cloud.NAMESPACE}/b/{name}"
        details = {"name": name, "compartmentId": cloud.signer.profile["tenancy"]}
        self.ask("POST", f"/n/{cloud.NAMESPACE}/b", json.dumps(details).encode(), covered=True)

    def ask(self, method, target, body=b"", covered=False):
        host = self.cloud.address.removeprefix("http://")
        connection = http.client.HTTPConnection(host)
        connection.request(method, target, body, self.cloud.signer.headers(method, target, host, body, covered))
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status < 300, (method, target, answer.status, text)
        return text

    def url(self, key=""):
        return self.cloud.url(self.name, quote(key))

    def put(self, key, data):
        self.ask("PUT", f"{self.base}/o/{quote(key, safe='')}", data)
        return self.url(key)

    def get(self, key):
        return self.ask("GET", f"{self.base}/o/{quote(key, safe='')}")

    def keys(self, prefix=""):
        found, query = {}, {"prefix": prefix, "fields": "name,etag,timeModified"}
        while True:
            page = json.loads(self.ask("GET", f"{self.base}/o?{urlencode(query, quote_via=quote)}"))
            found.update({entry["name"]: (entry["etag"], entry["timeModified"]) for entry in page["objects"]})
            if not page.get("nextStartWith"):
                return found
            query["start"] = page["nextStartWith"]

    def etag(self, key):
        return self.keys(key)[key][0]

    def delete(self, key):
        self.ask("DELETE", f"{self.base}/o/{quote(key, safe='')}")

    def uploads(self):
        """Returns the uploads that were neither completed nor aborted. They would cost money until someone removes them."""
        return json.loads(self.ask("GET", f"{self.base}/u"))


def download(bucket, folder, prefix=""):
    """Copies everything under a prefix into a folder as a local lake, and returns the folder."""
    for key in bucket.keys(prefix):
        path = folder / key.removeprefix(prefix).lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bucket.get(key))
    return folder
