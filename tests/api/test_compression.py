"""What is sent is packed as the client takes it, where packing makes it shorter."""

import asyncio
import gzip

import cramjam
import pytest
from fastapi import Response
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

from tests import coroutines
from tests.api.layers import raw, small
from tests.patience import PATIENCE_S

UNPACK = {
    "gzip": gzip.decompress,
    "br": lambda body: bytes(cramjam.brotli.decompress(body)),
    "zstd": lambda body: bytes(cramjam.zstd.decompress(body)),
}


@pytest.fixture
def wordy() -> TestClient:
    """A service whose one answer says much that can be said in short."""
    app, client = small()

    @app.get("/wordy")
    def read() -> list[str]:
        return [f"street {at % 10}" for at in range(1_000)]

    return client


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_a_packed_answer_holds_the_same_and_has_a_tag_of_its_own(wordy, encoding):
    plain, body = raw(wordy, "/wordy")
    packed, short = raw(wordy, "/wordy", Accept_Encoding=encoding)
    assert packed.headers["content-encoding"] == encoding
    assert UNPACK[encoding](short) == body
    assert len(short) < len(body) / 3
    assert packed.headers["etag"] == f'{plain.headers["etag"][:-1]}-{encoding}"'
    for answer in (plain, packed):
        assert answer.headers["vary"].lower().count("accept-encoding") == 1
    again, nothing = raw(
        wordy, "/wordy", Accept_Encoding=encoding, If_None_Match=packed.headers["etag"]
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
def test_the_client_says_how_it_may_be_packed(wordy, accepted, chosen):
    answer, _ = raw(wordy, "/wordy", Accept_Encoding=accepted)
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
        await asyncio.wait_for(app(scope, receive, send), PATIENCE_S)

    coroutines.run(listen())
    assert b"".join(one.get("body", b"") for one in sent) == b"data: 1\n\ndata: 2\n\n"
    names = {name.lower() for name, _ in sent[0]["headers"]}
    assert not {b"etag", b"content-encoding"} & names
