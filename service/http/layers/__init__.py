"""The layers around the routes, in the order in which a request comes through them."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from service.http.layers.access import CSRF_HEADER, Access
from service.http.layers.compression import Compression
from service.http.layers.conditional import ConditionalReads
from service.http.layers.head import HeadReads
from service.http.layers.hosts import KnownHosts
from service.http.layers.limits import BodyLimits
from service.http.layers.origins import OwnPages
from service.http.layers.public_address import PublicAddress
from service.http.layers.security_headers import SecurityHeaders
from service.http.layers.speaking import Speaking
from service.settings import Settings

ASKED_WITH: Final = (
    "Authorization",
    "Content-Crs",
    "Idempotency-Key",
    "If-Modified-Since",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
    "X-API-Key",
    CSRF_HEADER,
)
"""Headers that pages of other origins may send, beside those that any page may."""

ANSWERED_WITH: Final = (
    "Content-Crs",
    "Content-Disposition",
    "ETag",
    "Last-Modified",
    "Link",
    "Location",
    "Preference-Applied",
    "Retry-After",
)
"""Headers that pages of other origins may read, beside those that any page may."""


def add_layers(app: FastAPI, settings: Settings) -> None:
    """Put the layers around an application's routes.

    Parameters
    ----------
    app
        The application.
    settings
        Say how large bodies may be, which proxies are believed, under which address the service
        is known, and which origins may read from it.
    """
    # The one added last is the first that a request comes through.
    app.add_middleware(BodyLimits, settings=settings)
    app.add_middleware(ConditionalReads)
    app.add_middleware(Compression)
    app.add_middleware(Access, settings=settings)
    app.add_middleware(HeadReads)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=settings.cors_methods,
            allow_headers=ASKED_WITH,
            expose_headers=ANSWERED_WITH,
        )
    app.add_middleware(OwnPages, settings=settings)
    app.add_middleware(PublicAddress, public_url=settings.public_url, root_path=settings.root_path)
    app.add_middleware(Speaking, language=settings.language)
    app.add_middleware(KnownHosts, settings=settings)
    app.add_middleware(SecurityHeaders, settings=settings)
    app.add_middleware(
        ProxyHeadersMiddleware,
        trusted_hosts=settings.forwarded_allow_ips,
    )
