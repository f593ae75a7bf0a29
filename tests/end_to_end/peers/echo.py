"""A function on Oracle's own FDK for Python: it responds with what it received, or does what the body asks for."""

import hashlib
import json
import time

from fdk import response


def handler(context, data=None):
    body = data.read()
    wish, _, argument = body[:100].decode(errors="replace").partition(" ")
    if wish == "fail":
        raise ValueError("as was asked for")
    if wish == "late":
        raise TimeoutError("as was asked for")
    if wish == "sleep":
        time.sleep(float(argument))
    if wish == "status":
        return response.Response(context, "", status_code=int(argument))
    seen = {"size": len(body), "sha256": hashlib.sha256(body).hexdigest(), "call_id": context.CallID(), "deadline": context.Deadline()}
    return response.Response(context, json.dumps(seen | {"headers": dict(context.Headers())}), {"Content-Type": "application/json"})
