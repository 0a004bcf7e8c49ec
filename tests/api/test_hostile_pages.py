"""No other site reads or writes through a browser here, and answers stay in their place."""

import re
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from starlette.routing import Mount

from service.http.app import create_app
from service.settings import Settings
from tests.api.layers import small
from tests.api.serving import serving

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def routes_of(app):
    """Yield method and address of each route, with those of what is mounted."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, Mount):
            inner = route.original_route.app
            for method, path in routes_of(inner) if hasattr(inner, "routes") else ():
                yield method, f"{route.path}{path}"
        else:
            yield from ((method, route.path) for method in route.methods or ())


def filled(path: str) -> str:
    return re.sub(r"{[^}]+}", "1", path)


def test_no_route_writes_for_a_page_of_another_site(client):
    unsafe = [one for one in routes_of(client.app) if one[0] in UNSAFE]
    assert len(unsafe) > 15
    assert any(path.startswith("/ogc/") for _, path in unsafe)
    for method, path in unsafe:
        for said in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://testserver:8001"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site", "Origin": "http://other.testserver"},
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        ):
            answer = client.request(method, filled(path), headers=said)
            assert answer.status_code == 403, (method, path, said)
            assert answer.json()["type"].endswith("/foreign-page")


def test_a_form_of_another_site_stores_nothing(client):
    file = {"file": ("a.csv", b"external_id,offence_code\n1,robbery\n")}
    evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = client.post("/api/v1/incidents/batches?source=s", files=file, headers=evil)
    assert answer.status_code == 403
    assert client.get("/api/v1/incidents/batches").json() == []


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"Origin": "http://testserver"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_tools_and_pages_of_our_own_write(said):
    app, client = small()
    app.post("/write")(lambda: "written")
    assert client.post("/write", headers=said).json() == "written"


def test_behind_a_proxy_that_ends_encryption_its_own_pages_write():
    app, client = small(Settings(hosts=["harm.example"]))
    app.post("/write")(lambda: "written")
    own = {"Host": "harm.example", "Origin": "https://harm.example"}
    assert client.post("/write", headers=own).status_code == 200
    other = own | {"Origin": "https://harm.example:8443"}
    assert client.post("/write", headers=other).status_code == 403


def test_named_origins_do_what_is_named_and_no_more():
    app, client = small(
        Settings(cors_origins=["https://briefing.example"], cors_methods=["GET", "POST"])
    )
    app.post("/there")(lambda: "written")
    app.delete("/there")(lambda: "gone")
    named = {"Origin": "https://briefing.example", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/there", headers=named).status_code == 200
    assert client.delete("/there", headers=named).status_code == 403


def test_other_sites_link_here_but_load_nothing():
    app, client = small()
    app.get("/read")(lambda: "read")
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.get("/read", headers=link).status_code == 200
    for mode in ("no-cors", "cors", "websocket"):
        loaded = link | {"Sec-Fetch-Mode": mode}
        assert client.get("/read", headers=loaded).status_code == 403


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example",
        "203.0.113.9", "testserver@evil.example", "testserver/evil", "", "[::2]", "127.0.0.1:x",
        "evil.example;.localhost", "127.0.0.1#evil", "127.0.0.1?x", '"<x>.localhost',
    ],
)  # fmt: skip
def test_a_host_that_is_not_ours_is_refused_and_not_repeated_in_links(client, host):
    for path in ("/api/v1/runs", "/ogc", "/ogc/collections", "/nowhere/", "/"):
        answer = client.get(path, headers={"Host": host}, follow_redirects=False)
        assert answer.status_code == 421, (path, host)
        assert "location" not in answer.headers
        assert "HARMSPOT_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "me.localhost", "LOCALHOST.",
     "harm.example", "10.20.0.7:8000", "spots.example:443"],
)  # fmt: skip
def test_hosts_that_are_ours_are_answered(host):
    app, client = small(
        Settings(hosts=["Harm.example", "10.20.0.7"], public_url="https://spots.example/")
    )
    app.get("/read")(lambda: "read")
    assert client.get("/read", headers={"Host": host}).status_code == 200


def test_the_address_that_a_connection_came_to_is_ours(database):
    with serving(create_app(Settings(worker="none", hosts=[]), database)) as address:
        for host, status in ((urlsplit(address).netloc, 200), ("evil.example", 421)):
            asked = HTTPConnection(urlsplit(address).netloc)
            asked.request("GET", "/healthz", headers={"Host": host})
            assert asked.getresponse().status == status
            asked.close()


def test_every_answer_says_what_it_is_and_no_page_is_framed(client):
    for path in ("/", "/data", "/runs", "/jobs", "/docs", "/redoc", "/ogc?f=html", "/ogc/api.html",
                 "/ogc/collections?f=html", "/ogc/collections/targets/items?f=html",
                 "/ogc/processes?f=html", "/runs/nothing", "/nowhere", "/static/icon.svg",
                 "/api/v1/runs", "/api/v1/nothing", "/openapi.json", "/healthz"):  # fmt: skip
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.headers["x-content-type-options"] == "nosniff", path
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy, path
        assert "default-src 'none'" in policy, path
        scripts = re.search(r"script-src ([^;]*)", policy)
        assert not scripts or "unsafe" not in scripts[1], path
        if "text/html" not in answer.headers["content-type"]:
            continue
        inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", answer.text)
        assert len(inline) == policy.count("'sha256-"), path
        if "unsafe-inline" not in policy:
            assert "<style" not in answer.text, path
            assert not re.search(r"<[^>]+\sstyle=", answer.text), path
        assert not re.search(r"<[^>]+\son\w+=", answer.text), path


def test_the_worker_of_a_map_may_load_tiles_from_here_and_from_the_basemap(database):
    settings = Settings(worker="none", basemap="https://tiles.example/{z}/{x}/{y}.pbf")
    with TestClient(create_app(settings, database)) as client:
        policy = client.get("/static/jobs.js").headers["content-security-policy"]
    assert "connect-src 'self' https://tiles.example" in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("path", ["/", "/data", "/runs", "/ogc?f=html", "/static/jobs.js"])
def test_a_page_that_a_browser_has_already_keeps_its_policy(client, path):
    first = client.get(path, headers={"Accept": "text/html"})
    known = {"Accept": "text/html", "If-None-Match": first.headers["etag"]}
    again = client.get(path, headers=known)
    assert again.status_code == 304
    policy = first.headers["content-security-policy"]
    assert again.headers.get("content-security-policy", policy) == policy
