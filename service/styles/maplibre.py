"""A style as layers of MapLibre GL (or Mapbox GL) for vector tiles or GeoJSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from service.styles.source import CLASSES, Case, Style

SOURCE = "harmspot"
_FONTS = ["Noto Sans Regular"]
_GEOMETRIES = {"polygon": ["Polygon", "MultiPolygon"], "line": ["LineString", "MultiLineString"]}

Layer = dict[str, Any]


def document(
    styles: Sequence[Style],
    *,
    tilejson: str | None = None,
    glyphs: str | None = None,
    dark: bool = False,
) -> dict[str, Any]:
    """Return a style document for one collection.

    Parameters
    ----------
    styles
        The styles of the collection, one for each shape that its places may have.
    tilejson
        Address of the TileJSON of the collection; by default the document has an empty source
        of GeoJSON, for a page to fill.
    glyphs
        Address of the glyphs of labels; by default there are no labels, which cannot be drawn
        without.
    dark
        Colours for a dark ground.
    """
    in_tiles = styles[0].collection if tilejson else None
    empty = {"type": "FeatureCollection", "features": []}
    source = {"type": "vector", "url": tilejson} if tilejson else {"type": "geojson", "data": empty}
    drawn = [
        layer
        for style in styles
        for layer in layers(style, source_layer=in_tiles, labels=glyphs is not None, dark=dark)
    ]
    return {
        "version": 8,
        "name": styles[0].title,
        **({"glyphs": glyphs} if glyphs else {}),
        "sources": {SOURCE: source},
        "layers": drawn,
    }


def layers(
    style: Style,
    *,
    source: str = SOURCE,
    source_layer: str | None = None,
    labels: bool = False,
    dark: bool = False,
) -> list[Layer]:
    """Return the layers that draw a collection, the lowest first.

    Parameters
    ----------
    style
        What to draw.
    source
        Name of the source that holds the places.
    source_layer
        Layer of its tiles; None: the source is GeoJSON, which has none.
    labels
        Whether to write the labels too; the map's style then needs glyphs.
    dark
        Colours for a dark ground.
    """

    def layer(part: str, kind: str, **how: Any) -> Layer:
        made: Layer = {"id": f"{style.collection}-{part}", "type": kind, "source": source}
        if source_layer is not None:
            made["source-layer"] = source_layer
        return made | how

    drawn = _polygon(style, layer, dark) if style.shape == "polygon" else _line(style, layer, dark)
    if labels and style.label:
        drawn.append(layer(f"{style.shape}-label", "symbol", **_label(style)))
    return drawn


def _polygon(style: Style, layer: Callable[..., Layer], dark: bool) -> list[Layer]:
    symbol = style.cases[0].symbol
    drawn = []
    if symbol.fill is not None:
        paint = {
            "fill-color": _by_case(style, lambda case: _colour(case, dark)),
            "fill-opacity": symbol.fill_opacity,
        }
        drawn.append(layer("fill", "fill", filter=_shaped(style), paint=paint))
    outline: dict[str, Any] = {"line-color": symbol.stroke, "line-width": symbol.width_px}
    if symbol.dash_px:
        # Dashes are told in widths of the line.
        outline["line-dasharray"] = [round(px / symbol.width_px, 2) for px in symbol.dash_px]
    drawn.append(layer("outline", "line", filter=_shaped(style), paint=outline))
    return drawn


def _line(style: Style, layer: Callable[..., Layer], dark: bool) -> list[Layer]:
    symbol = style.cases[0].symbol
    round_ends = {"line-cap": "round", "line-join": "round"}
    drawn = []
    if symbol.casing is not None:
        casing = {
            "line-color": symbol.casing,
            "line-width": _by_case(style, lambda case: case.symbol.casing_px),
        }
        drawn.append(
            layer("casing", "line", filter=_shaped(style), layout=round_ends, paint=casing)
        )
    paint = {
        "line-color": _by_case(style, lambda case: _colour(case, dark)),
        "line-width": _by_case(style, lambda case: case.symbol.width_px),
    }
    drawn.append(layer("line", "line", filter=_shaped(style), layout=round_ends, paint=paint))
    return drawn


def _label(style: Style) -> dict[str, Any]:
    words: list[Any] = ["concat"]
    for name in style.label:
        words += [["to-string", ["get", name]], " "]
    return {
        "filter": _shaped(style),
        "layout": {"text-field": words[:-1], "text-font": _FONTS, "text-size": 12},
        "paint": {"text-color": "#1b2028", "text-halo-color": "#ffffff", "text-halo-width": 1.5},
    }


def _shaped(style: Style) -> list[Any]:
    # A collection may hold both: a target of cells is a polygon, one of streets a line.
    return ["in", ["geometry-type"], ["literal", _GEOMETRIES[style.shape]]]


def _by_case(style: Style, of: Callable[[Case], Any]) -> Any:
    """Return a value, or the expression that tells it from the property that decides."""
    if style.decides is None or len({of(case) for case in style.cases}) == 1:
        return of(style.cases[0])
    expression: list[Any] = ["match", ["get", style.decides]]
    for case in style.cases:
        expression += [case.value, of(case)]
    other = next(case for case in style.cases if case.value == "not_significant")
    return [*expression, of(other)]


def _colour(case: Case, dark: bool) -> str:
    if dark:
        for one in CLASSES:
            if one.name == case.value:
                return one.dark
    return case.symbol.fill or case.symbol.stroke
