"""Styles of the collections, for any client that draws them itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from service import styles
from service.http.responses import problems
from service.styles.source import Shape

router = APIRouter(prefix="/api/v1/styles", tags=["styles"])

_TILES = "WebMercatorQuad"

_STYLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {one.media_type: {} for one in styles.FORMATS.values()}}
}


@router.get("", summary="List styles")
def get_styles() -> dict[str, list[str]]:
    """Return the collections that have a style, and the formats in which each can be had."""
    return {"collections": list(styles.COLLECTIONS), "formats": list(styles.FORMATS)}


@router.get(
    "/{collection}",
    summary="Read a style",
    description="How a collection is drawn: `qml` for QGIS, `sld` for GeoServer and others, "
    "`mapbox` for MapLibre and Mapbox GL on the tiles of this service, `css` for the classes' "
    "colours as custom properties. All are written from one source.",
    response_class=Response,
    responses=_STYLE | problems(404, 422),
)
def get_style(
    request: Request,
    collection: Annotated[str, Path(description=f"One of: {', '.join(styles.COLLECTIONS)}.")],
    form: Annotated[
        Literal["qml", "sld", "mapbox", "css"],
        Query(alias="f", description="What the style is written as."),
    ] = "mapbox",
    shape: Annotated[
        Shape | None,
        Query(description="What the places are, where they may be polygons or lines (targets)."),
    ] = None,
) -> Response:
    """Return the style of a collection as a file."""
    chosen = styles.find_format(form)
    if form == "mapbox":
        tilejson = f"{request.base_url}ogc/collections/{collection}/tiles/{_TILES}/tilejson"
        content = styles.mapbox(collection, shape, tilejson=tilejson)
    else:
        content = chosen.write(collection, shape)
    return Response(
        content,
        media_type=chosen.media_type,
        headers={
            "Content-Disposition": f'inline; filename="harmspot-{collection}.{chosen.suffix}"'
        },
    )
