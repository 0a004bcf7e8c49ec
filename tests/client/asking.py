"""What tests ask of a service beside the browser."""

from __future__ import annotations

import json
import urllib.request

from tests.patience import PATIENCE_S


def ask(url: str, body: object = None) -> dict:
    """Return the JSON that answers a GET, or a POST where there is a body."""
    request = urllib.request.Request(url, headers={"Content-Type": "application/json"})
    if body is not None:
        request.data = json.dumps(body).encode()
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return json.load(answer)
