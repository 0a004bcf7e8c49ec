"""How every collection is drawn, said once and written as QML, SLD, MapLibre layers or CSS."""

from __future__ import annotations

from service.styles.formats import FORMATS, StyleFormat, find_format, mapbox
from service.styles.source import (
    CLASSES,
    COLLECTIONS,
    FIGURES,
    Case,
    Style,
    Symbol,
    shapes_of,
    style_of,
    unclassed,
)

__all__ = [
    "CLASSES",
    "COLLECTIONS",
    "FIGURES",
    "FORMATS",
    "Case",
    "Style",
    "StyleFormat",
    "Symbol",
    "find_format",
    "mapbox",
    "shapes_of",
    "style_of",
    "unclassed",
]
