"""The map and the data page, which run in the reader's browser, and what they are told of us."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from service import __version__
from service.http.caching import PUBLIC_ASKED_AGAIN
from service.http.layers.security_headers import beneath, page_policy
from service.http.representation import representation
from service.resources import static_dir
from service.settings import Settings
from service.words.catalogue import SOURCE

router = APIRouter(tags=["installation"])

_UNBUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Harmspot</title></head>
<body><h1>The map is not built</h1>
<p>This copy of Harmspot was started from its sources. <code>make web</code> builds the map;
<code>make demo</code> does it too. Until then there are <a href="runs">runs</a>,
<a href="jobs">jobs</a>, the <a href="ogc">OGC API</a> and the <a href="docs">API</a>.</p>
</body></html>
"""


class Basemap(BaseModel):
    """What the map draws beneath its own layers."""

    kind: Literal["none", "raster", "pmtiles"]
    url: str | None
    attribution: str


class Installation(BaseModel):
    """What this installation offers to its pages."""

    agency: str
    version: str
    language: str = Field(description="The language of its words.")
    basemap: Basemap
    incidents: bool = Field(description="Whether incidents may be shown, as a density.")
    max_upload_mb: int = Field(description="Largest file that can be sent, in MB.")
    representation: str = Field(
        description="How answers are written: tiles of a run that are asked for with this as `v` "
        "may be kept for a year."
    )


@router.get("/api/v1/installation", summary="Read what this installation offers")
def get_installation(request: Request) -> Installation:
    """Return the settings that pages need to know."""
    settings: Settings = request.app.state.settings
    return Installation(
        agency=settings.agency,
        version=__version__,
        language=settings.language,
        basemap=Basemap(
            kind=settings.basemap_kind or "none",
            url=settings.basemap,
            attribution=settings.basemap_attribution,
        ),
        incidents=settings.ogc_incidents,
        max_upload_mb=settings.max_upload_mb,
        representation=representation(),
    )


@router.get("/", include_in_schema=False)
def get_map(request: Request) -> Response:
    """Return the planner's map."""
    return _page(request, "index.html")


@router.get("/data", include_in_schema=False)
def get_data_page(request: Request) -> Response:
    """Return the page that takes files of incidents."""
    return _page(request, "data.html")


def _page(request: Request, name: str) -> Response:
    built = static_dir() / "web" / name
    headers = {
        "Cache-Control": PUBLIC_ASKED_AGAIN,
        "Content-Security-Policy": _policy(request.app.state.settings),
    }
    if not built.is_file():
        return HTMLResponse(_UNBUILT, 503, headers=headers)
    language = request.app.state.settings.language
    if language == SOURCE:
        return HTMLResponse(built.read_bytes(), headers=headers)
    # The page reads from its own element which words it needs, before it asks for anything else.
    page = built.read_text(encoding="utf-8").replace('lang="en"', f'lang="{language}"', 1)
    return HTMLResponse(page, headers=headers)


def _policy(settings: Settings) -> str:
    """Return what the pages may load: their own, and the basemap where there is one."""
    basemap = beneath(settings)
    return page_policy(
        img_src=f"'self' data: blob:{basemap}",
        connect_src=f"'self'{basemap}",
        worker_src="'self' blob:",
    )
