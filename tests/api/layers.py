"""Small applications with the layers around them, and answers as they come over the wire."""

from __future__ import annotations

from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from service.http.layers import add_layers
from service.settings import Settings

PLAIN = {"Accept-Encoding": "identity"}


def raw(client: TestClient, url: str, **headers: str) -> tuple[Response, bytes]:
    """Read an answer without unpacking it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with client.stream("GET", url, headers=PLAIN | named) as answer:
        return answer, b"".join(answer.iter_raw())


def small(settings: Settings | None = None) -> tuple[FastAPI, TestClient]:
    """Return an application of the test's own, with the layers around it."""
    app = FastAPI()
    add_layers(app, settings or Settings())
    return app, TestClient(app)
