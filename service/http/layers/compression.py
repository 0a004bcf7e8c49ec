"""Packing answers for their way: zstd, brotli or gzip, as the client takes them."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import starlette_cramjam.compression as cramjam_backends
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_cramjam.middleware import CompressionResponder, get_compression_backend

from service.http import caching

LEVELS: Final = {"zstd": 3, "br": 4, "gzip": 6}
"""How hard each packs: what a server can do while a client waits."""

LEAST_BYTES: Final = 1_000
_PIECE_BYTES: Final = 1 << 18
"""How much is packed in one go before other requests have their turn."""

_TEXT: Final = (
    "application/json",
    "application/javascript",
    "application/xml",
    "application/vnd.google-earth.kml+xml",
    "application/vnd.mapbox-vector-tile",
    "application/vnd.oai.openapi",
    "application/schema+json",
)
_BACKENDS: Final = [cramjam_backends.Compression[name] for name in caching.ENCODINGS]


class Compression:
    """Packs answers of a kind that packing makes shorter.

    Archives, GeoPackages, Parquet and pictures go as they are, and so do events, which must not
    wait for each other.

    Parameters
    ----------
    app
        What is inside.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, packed as the client takes it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        accepted = ",".join(Headers(scope=scope).getlist("accept-encoding")).lower()
        backend = get_compression_backend(accepted, _BACKENDS)
        await self.app(scope, receive, _Packing(self.app, backend, send).send)


class _Packing:
    """One answer on its way out."""

    def __init__(self, app: ASGIApp, backend: Any, send: Send) -> None:
        self._app, self._backend, self._send = app, backend, send
        self._packed: CompressionResponder | None = None

    async def send(self, message: Message) -> None:
        """Send a message on, packed where that is worth while."""
        if message["type"] == "http.response.start":
            message = {**message, "headers": list(message.get("headers", []))}
            headers = MutableHeaders(raw=message["headers"])
            worth = _worth_packing(message["status"], headers)
            if worth or message["status"] == 304:
                _vary(headers)
            if worth and self._backend is not None:
                self._packed = self._packer()
        if self._packed is None:
            await self._send(message)
            return
        body = message.get("body", b"")
        if len(body) <= _PIECE_BYTES:
            await self._packed.send_with_compression(message)
            return
        more = message.get("more_body", False)
        for at in range(0, len(body), _PIECE_BYTES):
            ahead = at + _PIECE_BYTES < len(body)
            piece = {"body": body[at : at + _PIECE_BYTES], "more_body": ahead or more}
            await self._packed.send_with_compression({**message, **piece})
            await asyncio.sleep(0)

    def _packer(self) -> CompressionResponder:
        name = self._backend.name
        compressor = self._backend.compress.Compressor(level=LEVELS[name])
        packer = CompressionResponder(self._app, compressor, name, LEAST_BYTES, set())
        packer.send = self._tagged
        return packer

    async def _tagged(self, message: Message) -> None:
        """Give an answer that was packed the tag of its packed form."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            _vary(headers)
            encoding = headers.get("content-encoding")
            if encoding is not None and "etag" in headers:
                headers["etag"] = caching.packed(headers["etag"], encoding)
        await self._send(message)


def _worth_packing(status: int, headers: Headers) -> bool:
    if status in (204, 206, 304) or "content-encoding" in headers:
        return False
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type.startswith("text/"):
        return media_type != "text/event-stream"
    return media_type in _TEXT or media_type.endswith(("+json", "+xml"))


def _vary(headers: MutableHeaders) -> None:
    """Say that caches must tell packed from unpacked, once."""
    said = ",".join([*headers.getlist("vary"), "Accept-Encoding"]).split(",")
    named = {one.strip().lower(): one.strip() for one in reversed(said) if one.strip()}
    headers["vary"] = ", ".join(reversed(named.values()))
