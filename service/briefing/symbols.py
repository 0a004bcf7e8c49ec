"""How each thing on a map is drawn: in the colours, widths and dashes of the service's styles.

Nothing is told by colour alone: classes differ in lightness, cold ones are hatched or dashed
besides, and outlines differ in width and dashes.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from service.briefing.frame import path
from service.briefing.ground import Shapes, single
from service.drawing import svg
from service.styles import Symbol, style_of

INK: Final = "#17202b"
GROUND: Final = "#ffffff"
FONT: Final = "DejaVu Sans"
_MM_PER_PX: Final = 25.4 / 96
_UNIT_OPACITY: Final = 0.62
_HATCH_MM: Final = 1.1
_LEAST_UNIT_MM: Final = 2.0


def swatch(kind: str, class_name: str | None = None, *, lines: bool = False) -> str:
    """Return what a legend shows of one thing on a map.

    Parameters
    ----------
    kind
        `target`, `patrol_area`, `study_area`, `district`, `street`, or `class`.
    class_name
        Of a class.
    lines
        Whether units and targets are streets.
    """
    wide, high = 7.0, 4.0
    box = single(shapely.box(0.5, 0.5, wide - 0.5, high - 0.5))
    line = single(shapely.LineString([(1.3, high / 2), (wide - 1.3, high / 2)]))
    if kind == "class":
        assert class_name is not None
        parts = of_class(line if lines else box, class_name, lines=lines)
    elif kind == "target":
        parts = target(line if lines else box, lines=lines, strong=True)
    elif kind == "street":
        parts = [stroked(line, style_of("streets").cases[0].symbol)]
    else:
        name = "patrol_areas" if kind == "patrol_area" else "boundaries"
        symbol = style_of(name).cases[0].symbol
        parts = [stroked(box, symbol, thin=kind == "district")]
    return svg.picture(parts, wide, high)


def faint(shapes: Shapes) -> list[str]:
    """Draw units that are not significant, where they are large enough to be told apart."""
    edge = style_of("units").cases[0].symbol.stroke
    sides = np.sqrt(shapely.area(shapes))
    if float(np.median(sides)) < _LEAST_UNIT_MM:
        return []
    return [svg.element("path", d=path(shapes), fill="none", stroke=edge, stroke_width=0.12)]


def of_class(shapes: Shapes, class_name: str, *, lines: bool) -> list[str]:
    """Draw units of one class; cold ones are dashed or hatched, since grey does not tell them."""
    cold = class_name.startswith("cold")
    if lines:
        case = next(c for c in style_of("segments").cases if c.value == class_name)
        symbol, drawn = case.symbol, path(shapes)
        casing_mm = (symbol.casing_px + 0.6) * _MM_PER_PX
        under = svg.element("path", d=drawn, fill="none", stroke="#4d4d4d", stroke_width=casing_mm)
        over = svg.element(
            "path",
            d=drawn,
            fill="none",
            stroke=symbol.stroke,
            stroke_width=symbol.width_px * _MM_PER_PX,
            stroke_dasharray="1.2 0.9" if cold else None,
        )
        return [under, over]
    case = next(c for c in style_of("units").cases if c.value == class_name)
    edge = case.symbol.stroke
    parts = [
        svg.element(
            "path",
            d=path(shapes),
            fill=case.symbol.fill,
            fill_opacity=_UNIT_OPACITY,
            fill_rule="evenodd",
            stroke=edge,
            stroke_width=0.1,
        )
    ]
    if cold:
        hatch = path(_hatch(shapes))
        parts.append(svg.element("path", d=hatch, fill="none", stroke=INK, stroke_width=0.12))
    return parts


def _hatch(shapes: Shapes) -> Shapes:
    """Return slanted lines that fill some shapes."""
    whole = shapely.union_all(shapes)
    left, top, right, bottom = whole.bounds
    high = bottom - top
    starts = np.arange(left - high, right, _HATCH_MM)
    slanted = shapely.linestrings(
        [[(start, bottom), (start + high, top)] for start in starts.tolist()]
    )
    drawn = shapely.intersection(slanted, whole)
    parts = shapely.get_parts(drawn[~shapely.is_empty(drawn)])
    return np.asarray(parts[shapely.get_dimensions(parts) == 1], dtype=object)


def merged(shapes: Shapes) -> Shapes:
    """Return shapes that touch as one, which takes less to write."""
    if len(shapes) == 0:
        return shapes
    parts = shapely.get_parts(shapes)
    dimensions = shapely.get_dimensions(parts)
    parts = parts[dimensions == dimensions.max()]
    if dimensions.max() == 1:
        return single(shapely.line_merge(shapely.multilinestrings(parts)))
    return single(shapely.union_all(parts, grid_size=0.001))


def street_lines(streets: Shapes, detailed: bool) -> str:
    """Draw streets that tell where one is."""
    symbol = style_of("streets").cases[0].symbol
    width_mm = symbol.width_px * _MM_PER_PX * (1.6 if detailed else 0.45)
    return svg.element(
        "path",
        d=path(streets),
        fill="none",
        stroke=symbol.stroke,
        stroke_width=width_mm,
        stroke_opacity=0.75 if detailed else 0.6,
    )


def stroked(shapes: Shapes, symbol: Symbol, *, thin: bool = False) -> str:
    """Draw outlines with a symbol, or with dots in half its width."""
    if len(shapes) == 0:
        return ""
    dashes = " ".join(f"{px * _MM_PER_PX:.2f}" for px in symbol.dash_px)
    return svg.element(
        "path",
        d=path(shapes),
        fill="none",
        stroke=symbol.stroke,
        stroke_width=symbol.width_px * _MM_PER_PX * (0.5 if thin else 1.0),
        stroke_dasharray="0.4 0.8" if thin else dashes or None,
        stroke_linecap="round" if thin else None,
    )


def target(shapes: Shapes, *, lines: bool, strong: bool) -> list[str]:
    """Draw a target as an outline alone: its class is that of the units within it."""
    style = style_of("targets", "line" if lines else "polygon")
    ink = style.cases[0].symbol.casing if lines else style.cases[0].symbol.stroke
    width_mm = style_of("targets").cases[0].symbol.width_px * _MM_PER_PX * (1.2 if strong else 0.7)
    if not lines:
        return [svg.element("path", d=path(shapes), fill="none", stroke=ink, stroke_width=width_mm)]
    # A street has no inside: its target is a band around it, open in the middle.
    band = single(shapely.buffer(shapely.union_all(shapes), 1.1 if strong else 0.7, quad_segs=4))
    return [svg.element("path", d=path(band), fill="none", stroke=ink, stroke_width=width_mm * 0.7)]


def text(
    words: str,
    x: float,
    y: float,
    size: float,
    *,
    anchor: str | None = None,
    weight: str | None = None,
    fill: str = INK,
    turn: str | None = None,
) -> str:
    """Write a line of text."""
    return svg.text(
        words,
        x,
        y,
        size,
        font_family=FONT,
        text_anchor=anchor,
        font_weight=weight,
        fill=fill,
        transform=turn,
    )
