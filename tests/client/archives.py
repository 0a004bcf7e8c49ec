"""Small PMTiles archives (version 3), for a map to read as its basemap."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Literal

_HEADER_LENGTH = 127
_UNCOMPRESSED = 1
_KINDS = {"mvt": 1, "png": 2}


def archive(kind: Literal["mvt", "png"], world: bytes) -> bytes:
    """Return an archive whose one tile, that of zoom 0, shows the whole world."""
    # One entry: id 0, run of 1, its length, and its offset (counted from one).
    root = b"".join(map(_varint, (1, 0, 1, len(world), 1)))
    metadata = json.dumps({"name": "test"}).encode()
    tiles_at = _HEADER_LENGTH + len(root) + len(metadata)
    header = b"PMTiles\x03" + struct.pack(
        "<11Q6B4iB2i",
        _HEADER_LENGTH, len(root),
        _HEADER_LENGTH + len(root), len(metadata),
        tiles_at, 0,
        tiles_at, len(world),
        1, 1, 1,
        1, _UNCOMPRESSED, _UNCOMPRESSED, _KINDS[kind], 0, 0,
        -1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000,
        0, 0, 0,
    )  # fmt: skip
    assert len(header) == _HEADER_LENGTH
    return header + root + metadata + world


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


@contextmanager
def served(files: dict[str, bytes], asked: list[str]) -> Iterator[str]:
    """Serve files, in parts where asked so, to pages of other origins; `asked` tells of which."""

    class Handler(BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:
            self._answer(204, b"")

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            asked.append(path)
            content = next((one for end, one in files.items() if path.endswith(end)), None)
            span = self.headers.get("Range")
            if content is None:
                self._answer(404, b"")
            elif span is None:
                self._answer(200, content)
            else:
                first, last = (int(one) for one in span.removeprefix("bytes=").split("-"))
                self._answer(206, content[first : last + 1])

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "*")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
