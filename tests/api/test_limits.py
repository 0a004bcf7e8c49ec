"""How much is taken of a body, and what is said of more."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.http.app import create_app
from service.settings import Settings
from service.store.session import Database
from tests.api.serving import serving
from tests.patience import PATIENCE_S

MB = 1 << 20
BATCHES = "/api/v1/incidents/batches?profile=generic"
HEADER = b"external_id,offence_code,occurred_from,longitude,latitude\n"
ROW = b"1,robbery,2024-05-01,-0.1,51.5\n"


@pytest.fixture
def app(database: Database) -> FastAPI:
    return create_app(Settings(max_upload_mb=2, max_json_mb=1, worker="none"), database)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as started:
        yield started


def padded(size: int) -> bytes:
    """A file of incidents of a certain size."""
    content = HEADER + ROW * ((size - len(HEADER)) // len(ROW))
    return content + b"\n" * (size - len(content))


def with_bodies(client: TestClient) -> list[tuple[str, str]]:
    """Every way to send a body that the two APIs describe."""
    found = []
    for root, document in (("", "/openapi.json"), ("/ogc", "/ogc/api")):
        for path, operations in client.get(document).json()["paths"].items():
            found += [
                (method.upper(), root + path.replace("{", "").replace("}", ""))
                for method, operation in operations.items()
                if method in ("post", "put", "patch", "delete")
            ]
    return found


def test_every_route_refuses_a_larger_body_by_the_name_of_its_limit(client: TestClient) -> None:
    ways = with_bodies(client)
    assert {method for method, _ in ways} == {"POST", "PUT", "DELETE"}
    assert any(path.startswith("/ogc/") and path.endswith("/execution") for _, path in ways)
    for method, path in ways:
        large = b"x" * ((34 if path.endswith("preview") else 4) * MB)
        for media_type in ("application/json", "text/csv", "multipart/form-data; boundary=b"):
            answer = client.request(
                method, path, content=large, headers={"Content-Type": media_type}
            )
            assert answer.status_code == 413, (method, path, media_type)
            assert answer.headers["content-type"] == "application/problem+json"
            said = answer.json()["detail"]
            expected = "preview" if path.endswith("preview") else "(HARMSPOT_MAX_"
            assert expected in said
            assert answer.json()["type"].endswith("/too-large")


@pytest.mark.parametrize(
    ("method", "path", "media_type"),
    [
        ("POST", "/api/v1/incidents", "application/geo+json"),
        ("PUT", "/api/v1/harm-indexes/own?version=1", "text/csv"),
        ("POST", "/api/v1/jobs", "application/json"),
        ("PUT", "/api/v1/profiles/own", "application/json"),
        ("PUT", "/api/v1/schedules/own", "application/json"),
        ("POST", "/ogc/processes/targets/execution", "application/json"),
        ("PUT", "/api/v1/streets/own", "application/geo+json"),
        ("PUT", "/api/v1/boundaries/own", "multipart/form-data; boundary=b"),
        ("POST", BATCHES, "text/csv"),
    ],
)
def test_a_body_of_unknown_length_is_refused_once_too_much_of_it_came(
    app: FastAPI, method: str, path: str, media_type: str
) -> None:
    begun = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f.csv"\r\n\r\n'
    piece = b" " * 65_536
    sent = 0

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        yield begun if "multipart" in media_type else b""
        for _ in range(4 * MB // len(piece)):
            sent += len(piece)
            yield piece

    with serving(app) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)
        headers = {"Content-Type": media_type}
        connection.request(method, path, body=pieces(), headers=headers, encode_chunked=True)
        answer = connection.getresponse()
        assert answer.status == 413
        assert b"HARMSPOT_MAX_" in answer.read()


def test_who_sends_all_before_reading_gets_the_refusal_and_no_broken_pipe(app: FastAPI) -> None:
    with serving(app) as url:
        for _ in range(5):
            connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)
            connection.request("POST", BATCHES, body=b"x" * (40 * MB))
            assert connection.getresponse().status == 413


def test_who_asks_before_sending_is_refused_without_sending(app: FastAPI) -> None:
    with serving(app) as url:
        address = urlsplit(url)
        with socket.create_connection((address.hostname, address.port), timeout=PATIENCE_S) as line:
            line.sendall(
                f"POST {BATCHES} HTTP/1.1\r\nHost: {address.netloc}\r\nExpect: 100-continue\r\n"
                f"Content-Length: {1 << 40}\r\n\r\n".encode()
            )
            assert line.recv(1 << 16).startswith(b"HTTP/1.1 413")


def test_a_form_and_a_body_are_taken_up_to_the_same_size(client: TestClient) -> None:
    for size, status in ((2 * MB, 200), (2 * MB + 1, 413)):
        content = padded(size)
        assert client.post(BATCHES, content=content).status_code == status
        form = client.post(BATCHES, files={"file": ("may.csv", content)})
        assert form.status_code == status
        if status == 413:
            assert "2 MB, the limit of this installation (HARMSPOT_MAX_UPLOAD_MB)" in form.text
    reports = client.get("/api/v1/incidents/batches").json()
    assert [one["read"] for one in reports] == [reports[0]["read"]] * 2


def test_an_empty_file_is_told_alike_in_a_form_and_as_a_body(client: TestClient) -> None:
    for path, method in ((BATCHES, "POST"), ("/api/v1/boundaries/own", "PUT")):
        told = [
            client.request(method, path, content=b""),
            client.request(method, path, files={"file": ("f.csv", b"")}),
        ]
        assert [one.status_code for one in told] == [422, 422]
        assert all("empty" in one.json()["detail"] for one in told)


def test_a_form_is_known_whatever_the_case_of_its_media_type(client: TestClient) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f.csv"\r\n\r\n'
    answer = client.post(
        BATCHES,
        content=body + HEADER + ROW + b"\r\n--b--\r\n",
        headers={"Content-Type": "Multipart/Form-Data; boundary=b"},
    )
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
