"""The OGC API as an application of its own, mounted in the service."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from service import __version__
from service.http.handlers import OGC, add_handlers
from service.http.ogc import common, features, items, processes, tiles
from service.http.ogc.requests import Known

PATH: Final = "/ogc"


class AtItsName:
    """Answers the address of a mounted application without a slash, where the framework redirects.

    Parameters
    ----------
    app
        What is inside.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the slash to it that the framework looks for."""
        if scope["type"] == "http" and scope["path"] == scope.get("root_path", "") + PATH:
            raw = scope.get("raw_path") or scope["path"].encode()
            scope = {**scope, "path": f"{scope['path']}/", "raw_path": raw + b"/"}
        await self.app(scope, receive, send)


class WithoutSlash:
    """Answers an address with a slash at its end as the one without, and sends nobody round.

    Parameters
    ----------
    app
        What is inside.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the slash away, unless it is one of a name that is written in code (%2F)."""
        path, root = scope.get("path", ""), scope.get("root_path", "")
        raw = scope.get("raw_path") or path.encode()
        if raw.endswith(b"/") and path.removeprefix(root).strip("/"):
            scope = {**scope, "path": path.rstrip("/"), "raw_path": raw.rstrip(b"/")}
        await self.app(scope, receive, send)


def mount(service: FastAPI) -> None:
    """Mount the OGC API in the service, whose settings and tenant it shares."""
    api = FastAPI(
        title=f"{common.TITLE}: OGC API",
        version=__version__,
        description=common.DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    api.state = service.state
    api.state.ogc = Known()
    for part in (common, features, items, tiles, processes):
        api.include_router(part.router)
    add_handlers(api, OGC)
    api.add_middleware(WithoutSlash)
    service.mount(PATH, api, name="ogc")
    service.add_middleware(AtItsName)
