"""What a client has already is not sent to it again, and HEAD says what GET would."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from email.utils import format_datetime

import pytest
from fastapi import Response
from fastapi.responses import FileResponse, StreamingResponse
from fastapi.testclient import TestClient
from starlette.background import BackgroundTask
from starlette.datastructures import Headers

from service.http.app import create_app
from service.http.caching import ASKED_AGAIN, Conditions, tag_of_run
from service.http.handlers import add_handlers
from service.http.layers.conditional import GATHERED_BYTES
from service.settings import Settings
from tests.api import published
from tests.api.layers import raw, small
from tests.databases import Databases


@pytest.fixture(scope="module")
def client(databases: Databases) -> Iterator[TestClient]:
    """One service for all tests here: none of them changes what another reads."""
    with (
        databases.empty() as database,
        TestClient(
            create_app(Settings(worker="none"), database), raise_server_exceptions=False
        ) as started,
    ):
        published.stock(started)
        yield started


@pytest.fixture(scope="module")
def run(client) -> str:
    return published.run(client)


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
        "/static/jobs.js",
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
def test_what_is_told_of_a_run_is_not_written_again_for_who_has_it(client, run, what, monkeypatch):
    url = f"/api/v1/runs/{run}/{what}"
    first, body = raw(client, url)
    assert first.status_code == 200, body
    assert first.headers["etag"].startswith(f'"{run}-')
    assert first.headers["cache-control"] == ASKED_AGAIN  # another version may write it otherwise
    assert "last-modified" not in first.headers

    def unwanted(*_args, **_kwargs):
        raise AssertionError("written again")

    nonsense = f"/api/v1/runs/{run}/nonsense"
    assert raw(client, nonsense, If_None_Match="*")[0].status_code == 404
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
    tag = tag_of_run("0" * 24, f"http://testserver{url}?")
    assert raw(client, url, If_None_Match=tag)[0].status_code == 404
    assert raw(client, url, If_None_Match="*")[0].status_code == 404
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
    add_handlers(app)  # which answer what is an error, and this is none
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


def test_a_tag_that_is_no_tag_is_passed_over():
    asked = Headers(raw=[(b"if-none-match", one) for one in (b"W/x", b'y"', b'"ok"')])
    conditions = Conditions.of(asked)
    assert conditions.known('"ok"') == '"ok"'
    assert conditions.known('"x"') is None
    anything = Conditions.of(Headers({"If-None-Match": "*"}))
    assert anything.unchanged({"ETag": 'W/"any"'}).headers["etag"] == 'W/"any"'
    assert anything.unchanged({}) is None
