"""JSON that is nested without end ends no request in a failure, whichever route it comes to."""

from __future__ import annotations

from fastapi.testclient import TestClient

from service.http.app import create_app
from service.settings import Settings
from service.store.session import Database
from tests.api.test_limits import with_bodies

DEEP = 100_000


def test_no_route_fails_over_a_body_that_is_nested_deep(database: Database) -> None:
    lists = b"[" * DEEP + b"]" * DEEP
    within = b'{"type": "Feature", "process": "targets", "parameters": {"a": %s}}'
    with TestClient(create_app(Settings(worker="none"), database)) as client:
        for method, path in with_bodies(client):
            for content in (b'{"a":' * DEEP + b"1" + b"}" * DEEP, within % lists):
                headers = {"Content-Type": "application/json"}
                answer = client.request(method, path, content=content, headers=headers)
                assert answer.status_code < 500, (
                    method,
                    path,
                    answer.status_code,
                    answer.text[:200],
                )
