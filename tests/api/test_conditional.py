"""What a client has already is not sent again, what is sent is packed, and links lead back."""

import asyncio
import datetime as dt
import gzip
import re
from collections.abc import Iterator
from email.utils import format_datetime
from pathlib import Path

import cramjam
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from fastapi.testclient import TestClient
from pydantic import ValidationError
from starlette.background import BackgroundTask

from service.app import create_app
from service.http import add_layers
from service.http.conditional import GATHERED_BYTES
from service.http.entity_tags import Wanted, of_run
from service.settings import Settings
from tests.api import published
from tests.conftest import scratch_database

PLAIN = {"Accept-Encoding": "identity"}
UNPACK = {
    "gzip": gzip.decompress,
    "br": lambda body: bytes(cramjam.brotli.decompress(body)),
    "zstd": lambda body: bytes(cramjam.zstd.decompress(body)),
}


@pytest.fixture(scope="module")
def client(cluster_url: str) -> Iterator[TestClient]:
    """One service for all tests here: none of them changes what another reads."""
    with (
        scratch_database(cluster_url) as database,
        TestClient(
            create_app(Settings(worker="none"), database), raise_server_exceptions=False
        ) as started,
    ):
        published.stock(started)
        yield started


@pytest.fixture(scope="module")
def run(client) -> str:
    return published.run(client)


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


@pytest.mark.parametrize(
    "url",
    [
        "/api/v1/runs",
        "/api/v1/harm-indexes",
        "/api/v1/harm-indexes/count",
        "/api/v1/boundaries",
        "/api/v1/boundaries/square",
        "/api/v1/incidents/batches",
        "/api/v1/jobs",
        "/api/v1/schedules",
        "/api/v1/styles/targets",
        "/openapi.json",
        "/",
        "/static/app.js",
    ],
)
def test_every_read_has_a_tag_with_which_it_is_not_sent_again(client, run, url):
    first, body = raw(client, url)
    assert first.status_code == 200
    assert body
    tag = first.headers["etag"]
    assert "no-cache" in first.headers["cache-control"]
    again, nothing = raw(client, url, If_None_Match=tag)
    assert (again.status_code, nothing) == (304, b"")
    assert again.headers["etag"] == tag
    assert "content-type" not in again.headers
    assert raw(client, url, If_None_Match='"other"')[1] == body


@pytest.mark.parametrize("what", ["targets", "scores?limit=7", "summary", "export"])
def test_a_run_may_be_kept_and_is_not_written_again_for_who_has_it(client, run, what, monkeypatch):
    url = f"/api/v1/runs/{run}/{what}"
    first, body = raw(client, url)
    assert first.status_code == 200, body
    assert first.headers["etag"].startswith(f'"{run}-')
    assert {"private", "immutable"} <= set(re.split(r",\s*", first.headers["cache-control"]))
    assert "last-modified" not in first.headers

    def unwanted(*_args, **_kwargs):
        raise AssertionError("written again")

    for writer in ("geojson.targets", "geojson.scores", "documents.of_run"):
        monkeypatch.setattr(f"service.export.{writer}", unwanted)
    again, nothing = raw(client, url, If_None_Match=first.headers["etag"])
    assert (again.status_code, nothing) == (304, b"")
    assert again.headers["cache-control"] == first.headers["cache-control"]


def test_each_representation_of_a_run_has_its_own_tag(client, run):
    urls = ["targets", "summary", "scores", "scores?limit=1", "scores?limit=1&offset=1"]
    tags = {raw(client, f"/api/v1/runs/{run}/{one}")[0].headers["etag"] for one in urls}
    assert len(tags) == len(urls)
    swapped, _ = raw(client, f"/api/v1/runs/{run}/scores?offset=1&limit=1")
    assert swapped.headers["etag"] in tags


def test_a_run_that_is_not_there_is_not_found_whatever_the_client_says_it_has(client):
    url = f"/api/v1/runs/{'0' * 24}/targets"
    tag = of_run("0" * 24, f"http://testserver{url}?")
    assert raw(client, url, If_None_Match=tag)[0].status_code == 404
    refused, _ = raw(client, url)
    assert refused.status_code == 404
    assert not {"etag", "cache-control"} & set(refused.headers)


def test_a_list_that_changed_is_sent_again(client, run):
    tag = raw(client, "/api/v1/runs")[0].headers["etag"]
    published.run(client, top=1)
    answer, body = raw(client, "/api/v1/runs", If_None_Match=tag)
    assert (answer.status_code, bool(body)) == (200, True)
    assert answer.headers["etag"] != tag


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("{tag}", 304),
        ("W/{tag}", 304),
        ('"a", {tag}', 304),
        ('W/"a,b",W/{tag}, "c"', 304),
        ("*", 304),
        ('"a"', 200),
        ("{bare}", 200),
        ('{tag}"', 304),
        ("", 200),
    ],
)
def test_tags_are_compared_weakly_and_any_of_several_will_do(client, header, status):
    tag = raw(client, "/api/v1/harm-indexes")[0].headers["etag"]
    said = header.format(tag=tag, bare=tag.strip('"'))
    assert raw(client, "/api/v1/harm-indexes", If_None_Match=said)[0].status_code == status


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_a_packed_answer_holds_the_same_and_has_a_tag_of_its_own(client, encoding):
    plain, body = raw(client, "/openapi.json")
    packed, short = raw(client, "/openapi.json", Accept_Encoding=encoding)
    assert packed.headers["content-encoding"] == encoding
    assert UNPACK[encoding](short) == body
    assert len(short) < len(body) / 3
    assert packed.headers["etag"] == f'{plain.headers["etag"][:-1]}-{encoding}"'
    for answer in (plain, packed):
        assert answer.headers["vary"].lower().count("accept-encoding") == 1
    again, nothing = raw(
        client, "/openapi.json", Accept_Encoding=encoding, If_None_Match=packed.headers["etag"]
    )
    assert (again.status_code, nothing) == (304, b"")
    # A cache looks the stored answer up by its own tag.
    assert again.headers["etag"] == packed.headers["etag"]
    assert "accept-encoding" in again.headers["vary"].lower()


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br", "br"),
        ("gzip;q=1, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("GZIP", "gzip"),
        ("*", "zstd"),
        ("identity", None),
        ("compress", None),
        ("gzip;q=0", None),
    ],
)
def test_the_client_says_how_it_may_be_packed(client, accepted, chosen):
    answer, _ = raw(client, "/openapi.json", Accept_Encoding=accepted)
    assert answer.headers.get("content-encoding") == chosen


@pytest.mark.parametrize(
    ("media_type", "packs"),
    [
        ("application/geo+json", True),
        ("application/problem+json; charset=utf-8", True),
        ("text/csv; charset=utf-8", True),
        ("application/vnd.google-earth.kml+xml", True),
        ("application/vnd.mapbox-vector-tile", True),
        ("application/atom+xml", True),
        ("application/zip", False),
        ("application/geopackage+sqlite3", False),
        ("application/vnd.apache.parquet", False),
        ("application/x-qgis-project", False),
        ("image/png", False),
        ("text/event-stream; charset=utf-8", False),
    ],
)
@pytest.mark.parametrize("pieces", [1, 5])
def test_what_is_packed_already_goes_as_it_is(media_type, packs, pieces):
    app, client = small()
    content = b"place " * 2_000

    @app.get("/file")
    def read() -> Response:
        if pieces == 1:
            return Response(content, media_type=media_type)
        length = len(content) // pieces
        parts = (content[at * length : (at + 1) * length] for at in range(pieces))
        return StreamingResponse(parts, media_type=media_type)

    answer, body = raw(client, "/file", Accept_Encoding="br")
    assert ("content-encoding" in answer.headers) is packs
    assert ("vary" in answer.headers) is packs
    assert (UNPACK["br"](body) if packs else body) == content


def test_a_large_answer_is_packed_piece_by_piece_and_whole():
    app, client = small()
    content = bytes(range(256)) * 20_000

    @app.get("/large")
    def read() -> Response:
        return Response(content, media_type="text/plain")

    answer, body = raw(client, "/large", Accept_Encoding="zstd")
    assert UNPACK["zstd"](body) == content
    assert answer.headers["etag"].endswith('-zstd"')
    again, nothing = raw(client, "/large", If_None_Match=answer.headers["etag"])
    assert (again.status_code, nothing) == (304, b"")


def test_a_long_stream_is_not_held_back():
    app, client = small()

    @app.get("/stream")
    def read(declared: int = 0) -> Response:
        headers = {"Content-Length": str(declared)} if declared else {}
        return StreamingResponse((b"x" * 65_536 for _ in range(64)), headers=headers)

    for url in ("/stream", f"/stream?declared={4 << 20}"):
        answer, body = raw(client, url)
        assert len(body) == 4 << 20 > GATHERED_BYTES
        assert "etag" not in answer.headers


def test_a_short_body_in_pieces_gets_its_tag():
    app, client = small()

    @app.get("/pieces")
    def read() -> Response:
        return StreamingResponse((b"ab", b"cd"), headers={"Content-Length": "4"})

    answer, body = raw(client, "/pieces")
    assert body == b"abcd"
    assert raw(client, "/pieces", If_None_Match=answer.headers["etag"])[0].status_code == 304


def test_events_come_one_by_one_and_are_neither_packed_nor_tagged():
    app, _ = small()
    go_on = asyncio.Event()
    sent: list[dict] = []

    @app.get("/events")
    async def read() -> Response:
        async def events():
            yield b"data: 1\n\n"
            await go_on.wait()
            yield b"data: 2\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    async def listen():
        async def send(message):
            sent.append(message)
            if message.get("body") == b"data: 1\n\n":
                go_on.set()  # only once the first has come out

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "method": "GET",
            "path": "/events", "raw_path": b"/events", "query_string": b"", "root_path": "",
            "headers": [(b"accept-encoding", b"gzip, br")], "scheme": "http",
            "server": ("testserver", 80), "client": ("127.0.0.1", 1), "http_version": "1.1",
        }  # fmt: skip
        await asyncio.wait_for(app(scope, receive, send), 10)

    asyncio.run(listen())
    assert b"".join(one.get("body", b"") for one in sent) == b"data: 1\n\ndata: 2\n\n"
    names = {name.lower() for name, _ in sent[0]["headers"]}
    assert not {b"etag", b"content-encoding"} & names


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head_says_what_get_would_say(client, run, encoding):
    for url in ("/api/v1/runs", f"/api/v1/runs/{run}/targets", "/", "/api/v1/runs/none"):
        got, _ = raw(client, url, Accept_Encoding=encoding)
        said = client.head(url, headers={"Accept-Encoding": encoding})
        assert said.content == b""
        assert said.status_code == got.status_code
        assert dict(said.headers) == dict(got.headers)
    tag = client.get("/api/v1/runs").headers["etag"]
    assert client.head("/api/v1/runs", headers={"If-None-Match": tag}).status_code == 304
    assert client.head("/api/v1/incidents").status_code == 405


def test_head_of_a_stream_without_end_ends_and_that_of_a_file_lets_it_clear_up(tmp_path):
    app, client = small()
    ended, cleared = [], []
    file = tmp_path / "file.csv"
    file.write_bytes(b"a,b\n" * 100_000)

    @app.get("/events")
    async def events() -> Response:
        async def forever():
            try:
                while True:
                    yield b": still there\n\n"
                    await asyncio.sleep(0)
            finally:
                ended.append(True)

        return StreamingResponse(forever(), media_type="text/event-stream")

    @app.get("/file")
    def download() -> Response:
        return FileResponse(file, background=BackgroundTask(cleared.append, True))

    said = client.head("/events")
    assert (said.status_code, said.content) == (200, b"")
    assert said.headers["content-type"].startswith("text/event-stream")
    said = client.head("/file", headers={"Accept-Encoding": "gzip"})
    assert (said.content, cleared) == (b"", [True])
    again = client.get("/file", headers={"If-None-Match": said.headers["etag"]})
    assert (again.status_code, cleared) == (304, [True, True])


def test_a_date_will_do_where_there_is_no_tag_to_compare():
    app, client = small()
    changed = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)

    @app.get("/dated")
    def read() -> Response:
        return Response("x", headers={"Last-Modified": format_datetime(changed, usegmt=True)})

    def status(days: int, **more: str) -> int:
        since = format_datetime(changed + dt.timedelta(days=days), usegmt=True)
        return raw(client, "/dated", If_Modified_Since=since, **more)[0].status_code

    assert (status(-1), status(0), status(1)) == (200, 304, 304)
    assert status(1, If_None_Match='"other"') == 200
    assert raw(client, "/dated", If_Modified_Since="last Monday")[0].status_code == 200


def test_writes_and_probes_have_no_tag(client):
    assert "etag" not in client.put("/api/v1/boundaries/square", json=published.SQUARE).headers
    for url in ("/healthz", "/readyz", "/metrics"):
        assert "etag" not in client.get(url).headers


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
    app, _ = small(settings)

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
    assert address_of(known, "127.0.0.1", path, Host="evil.example") == (
        "https://harm.example/spots/", "127.0.0.1",
    )  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "/spots"])
def test_behind_a_proxy_the_map_the_api_and_its_pages_are_where_links_say(database, prefix):
    settings = Settings(public_url="https://harm.example/spots", worker="none")
    with TestClient(create_app(settings, database)) as client:
        for url in ("/", "/static/app.js", "/api/v1/runs", "/docs"):
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


def test_a_tag_that_is_no_tag_is_passed_over():
    wanted = Wanted.of(["W/x", 'y"', '"ok"'])
    assert wanted.known('"ok"') == '"ok"'
    assert wanted.known('"x"') is None
    assert Wanted.of(["*"]).known('W/"any"') == 'W/"any"'


def test_the_layers_are_told_in_the_operations_manual():
    manual = (Path(__file__).resolve().parents[2] / "docs/operations.md").read_text()
    for name in ("PUBLIC_URL", "ROOT_PATH", "FORWARDED_ALLOW_IPS", "CORS_ORIGINS", "CORS_METHODS"):
        assert f"HARMSPOT_{name}" in manual
