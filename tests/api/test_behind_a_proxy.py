"""Links lead back through the proxy that a request came by; other origins read what they may."""

import re
from pathlib import Path

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from pydantic import ValidationError

from service.http.app import create_app
from service.settings import Settings
from tests.api.layers import small


def test_no_origin_may_read_unless_it_is_named(client):
    answer = client.get("/api/v1/runs", headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_pages_of_a_named_origin_may_read_and_see_what_they_need(database):
    settings = Settings(cors_origins=["https://briefing.example"], worker="none")
    with TestClient(create_app(settings, database)) as client:
        mine = {"Origin": "https://briefing.example"}
        answer = client.get("/api/v1/runs", headers=mine)
        assert answer.headers["access-control-allow-origin"] == mine["Origin"]
        exposed = set(re.split(r",\s*", answer.headers["access-control-expose-headers"]))
        assert {"ETag", "Link", "Content-Crs", "Location"} <= exposed
        assert "origin" in answer.headers["vary"].lower()
        again = client.get("/api/v1/runs", headers=mine | {"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        assert again.headers["access-control-allow-origin"] == mine["Origin"]
        asked = {"Access-Control-Request-Method": "GET",
                 "Access-Control-Request-Headers": "if-none-match, prefer"}  # fmt: skip
        before = client.options("/api/v1/runs", headers=mine | asked)
        assert before.status_code == 200
        assert before.headers["access-control-allow-methods"] == "GET, HEAD"
        assert "If-None-Match" in before.headers["access-control-allow-headers"]
        writes = client.options(
            "/api/v1/jobs", headers=mine | asked | {"Access-Control-Request-Method": "POST"}
        )
        assert writes.status_code == 400
        other = {"Origin": "https://elsewhere.example"}
        assert (
            "access-control-allow-origin" not in client.get("/api/v1/runs", headers=other).headers
        )
        assert client.options("/api/v1/runs", headers=other | asked).status_code == 400


def test_settings_are_lists_with_commas_and_say_what_is_wrong_with_them(monkeypatch):
    monkeypatch.setenv("HARMSPOT_CORS_ORIGINS", "https://a.example, http://b.example:3000")
    monkeypatch.setenv("HARMSPOT_CORS_METHODS", "get,post")
    monkeypatch.setenv("HARMSPOT_FORWARDED_ALLOW_IPS", "10.0.0.5,10.1.0.0/16")
    monkeypatch.setenv("HARMSPOT_PUBLIC_URL", "https://harm.example/spots/")
    settings = Settings()
    assert settings.cors_origins == ["https://a.example", "http://b.example:3000"]
    assert settings.cors_methods == ["GET", "POST"]
    assert settings.forwarded_allow_ips == ["10.0.0.5", "10.1.0.0/16"]
    assert settings.public_url == "https://harm.example/spots"
    for name, value, said in [
        ("CORS_ORIGINS", "https://a.example/", "without a slash at its end"),
        ("CORS_ORIGINS", "a.example", "write it as https://host.example"),
        ("PUBLIC_URL", "harm.example", "write it as https://host.example/path"),
        ("ROOT_PATH", "spots", "write it as /spots"),
        ("FORWARDED_ALLOW_IPS", "proxy", "'proxy' does not appear to be"),
    ]:
        with monkeypatch.context() as changed:
            changed.setenv(f"HARMSPOT_{name}", value)
            with pytest.raises(ValidationError, match=said):
                Settings()


def address_of(settings: Settings, client_ip: str, path: str, **headers: str) -> tuple[str, str]:
    """Return the base URL and the route's path that a service behind a proxy sees."""
    app, _ = small(settings.model_copy(update={"hosts": ["harm.example", "inside"]}))

    @app.get("/where")
    def where(request: Request) -> list[str]:
        return [str(request.base_url), request.client.host]

    client = TestClient(app, client=(client_ip, 4711), base_url="http://inside:8000")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.get(path, headers=named)
    assert answer.status_code == 200, answer.text
    base, host = answer.json()
    return str(base), str(host)


def test_a_proxy_is_believed_only_where_it_is_trusted():
    said = {"X_Forwarded_Proto": "https", "X_Forwarded_For": "203.0.113.9", "Host": "harm.example"}
    trusting = Settings(forwarded_allow_ips=["10.1.0.0/16"])
    assert address_of(trusting, "10.1.2.3", "/where", **said) == (
        "https://harm.example/", "203.0.113.9",
    )  # fmt: skip
    assert address_of(trusting, "10.2.2.3", "/where", **said) == (
        "http://harm.example/", "10.2.2.3",
    )  # fmt: skip
    assert address_of(Settings(), "127.0.0.1", "/where", **said)[0] == "https://harm.example/"
    trusting_nobody = Settings(forwarded_allow_ips=[])
    assert address_of(trusting_nobody, "127.0.0.1", "/where", **said)[1] == "127.0.0.1"


@pytest.mark.parametrize("path", ["/where", "/spots/where"])
def test_links_hold_the_path_of_the_proxy_whether_it_takes_it_off_or_not(path):
    assert address_of(Settings(root_path="/spots"), "127.0.0.1", path, Host="harm.example") == (
        "http://harm.example/spots/", "127.0.0.1",
    )  # fmt: skip
    known = Settings(public_url="https://harm.example/spots")
    assert address_of(known, "127.0.0.1", path, Host="inside") == (
        "https://harm.example/spots/", "127.0.0.1",
    )  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "/spots"])
def test_behind_a_proxy_the_map_the_api_and_its_pages_are_where_links_say(database, prefix):
    settings = Settings(public_url="https://harm.example/spots", worker="none")
    with TestClient(create_app(settings, database)) as client:
        for url in ("/", "/static/jobs.js", "/api/v1/runs", "/docs"):
            assert client.get(prefix + url).status_code == 200, url
        docs = client.get(f"{prefix}/docs").text
        assert re.findall(r'(?:src|href)="([^"]+)"', docs)
        assert all(
            link.startswith("/spots/") for link in re.findall(r'(?:src|href)="([^"]+)"', docs)
        )
        served = client.get(f"{prefix}/openapi.json").json()
        assert served["servers"] == [{"url": "/spots"}]
        moved = client.get("/spots", follow_redirects=False)
        assert moved.headers["location"] == "https://harm.example/spots/"


def test_the_layers_are_told_in_the_operations_manual():
    manual = (Path(__file__).resolve().parents[2] / "docs/operations.md").read_text()
    for name in ("PUBLIC_URL", "ROOT_PATH", "FORWARDED_ALLOW_IPS", "CORS_ORIGINS", "CORS_METHODS"):
        assert f"HARMSPOT_{name}" in manual
