"""The OGC API as an application of its own, mounted in the service."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI

from service import __version__
from service.http.handlers import OGC, add_handlers
from service.http.ogc import common, features, items, processes, tiles
from service.http.ogc.requests import Known

PATH: Final = "/ogc"


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
    service.mount(PATH, api, name="ogc")
