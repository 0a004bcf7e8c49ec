"""Every form in which a style can be had. Adding one adds its writer and one line here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from service.errors import unknown
from service.styles import css, maplibre, qml, sld
from service.styles.source import Shape, shapes_of, style_of


@dataclass(frozen=True)
class StyleFormat:
    """A form of style.

    Parameters
    ----------
    name
        What it is asked for by.
    media_type, suffix
        Of the file.
    write
        Writes the style of a collection; for a shape, where the form knows only one at a time.
    """

    name: str
    media_type: str
    suffix: str
    write: Callable[[str, Shape | None], str]


def _qml(collection: str, shape: Shape | None) -> str:
    return qml.document(style_of(collection, shape))


def _sld(collection: str, shape: Shape | None) -> str:
    return sld.document(style_of(collection, shape))


def mapbox(collection: str, shape: Shape | None = None, *, tilejson: str | None = None) -> str:
    """Return the style of a collection for MapLibre and Mapbox GL.

    Parameters
    ----------
    collection
        One of `COLLECTIONS`.
    shape
        Polygons or lines alone; by default every shape that its places may have.
    tilejson
        Address of the TileJSON of its tiles; by default the document has an empty GeoJSON source.
    """
    shapes = shapes_of(collection) if shape is None else (shape,)
    drawn = [style_of(collection, one) for one in shapes]
    return json.dumps(maplibre.document(drawn, tilejson=tilejson), ensure_ascii=False)


def _css(collection: str, shape: Shape | None) -> str:
    return css.document(style_of(collection, shape))


FORMATS: Final = {
    one.name: one
    for one in (
        StyleFormat("qml", "application/xml", "qml", _qml),
        StyleFormat("sld", "application/vnd.ogc.sld+xml", "sld", _sld),
        StyleFormat("mapbox", "application/vnd.mapbox.style+json", "json", mapbox),
        StyleFormat("css", "text/css", "css", _css),
    )
}


def find_format(name: str) -> StyleFormat:
    """Return a form of style by its name.

    Raises
    ------
    NotFoundError
        When there is none; the message lists those that there are.
    """
    if name not in FORMATS:
        raise unknown("style format", name, FORMATS, "f")
    return FORMATS[name]
