"""The one source of style: classes and their colours, and how each collection is drawn.

Files for QGIS, the map's tiles, exports and legends are all written from what stands here. Widths
are CSS pixels (1/96 inch), colours are written as in CSS.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from service.errors import NotFoundError
from service.words.catalogue import gettext_noop
from spatial.errors import Problem

Shape: TypeAlias = Literal["polygon", "line"]


@dataclass(frozen=True)
class HotSpotClass:
    """A class of a unit or target.

    Orange and blue differ for every kind of colour vision. Within each side the lightness falls
    (on a dark ground: rises) with the evidence, so that the order stays in grey print.

    Parameters
    ----------
    name
        Value of the property `class`.
    title
        What a legend says.
    colour, dark
        On a light ground, and on a dark one.
    width_px
        Width of a street of this class.
    """

    name: str
    title: str
    colour: str
    dark: str
    width_px: float


CLASSES: Final = (
    HotSpotClass("hot_99", gettext_noop("Hot spot, q ≤ 0.01"), "#a50f2d", "#ff8d68", 3.2),
    HotSpotClass("hot_95", gettext_noop("Hot spot, q ≤ 0.05"), "#e2673f", "#cf5a40", 2.8),
    HotSpotClass("hot_90", gettext_noop("Weak hot spot, q ≤ 0.10"), "#f7c9a1", "#7a3c33", 2.4),
    HotSpotClass("not_significant", gettext_noop("Not significant"), "#faf9f6", "#1d2229", 1.2),
    HotSpotClass("cold_90", gettext_noop("Weak cold spot, q ≤ 0.10"), "#cfe3f1", "#22435f", 2.4),
    HotSpotClass("cold_95", gettext_noop("Cold spot, q ≤ 0.05"), "#67a9d4", "#3d83c0", 2.8),
    HotSpotClass("cold_99", gettext_noop("Cold spot, q ≤ 0.01"), "#1e5f9e", "#84c4ff", 3.2),
)
"""From the hottest to the coldest, as `spatial.getis_ord.CLASSES` has them."""

_INK = "#17324d"
_STREET = "#8f897c"
_EDGE = "#dad6cb"
_PATROL = "#5b2a86"
_BOUNDARY = "#6f6a5e"
_FIGURE = "#0b6e63"


@dataclass(frozen=True)
class Symbol:
    """How a place is drawn.

    Parameters
    ----------
    fill
        Colour of a polygon's inside; None: it is not filled.
    fill_opacity
        Of the inside, in [0, 1].
    stroke, width_px
        Colour and width of a polygon's outline, or of a line.
    dash_px
        Lengths of strokes and gaps; empty: solid.
    casing, casing_px
        Colour and width of a wider line under a line; None: there is none.
    """

    stroke: str
    width_px: float
    fill: str | None = None
    fill_opacity: float = 1.0
    dash_px: tuple[float, ...] = ()
    casing: str | None = None
    casing_px: float = 0.0


@dataclass(frozen=True)
class Case:
    """The symbol of places with one value of the property that decides, as a legend names it."""

    value: str | None  # None: of all places
    title: str
    symbol: Symbol


@dataclass(frozen=True)
class Style:
    """How one collection is drawn.

    Parameters
    ----------
    collection
        Name of the collection, as in the OGC API and in exports.
    title
        What a legend calls it.
    shape
        What its geometries are.
    decides
        Property that decides the symbol; None: there is one symbol for all.
    cases
        The symbols.
    label
        Properties that are written beside a place, joined by a space.
    """

    collection: str
    title: str
    shape: Shape
    decides: str | None
    cases: tuple[Case, ...]
    label: tuple[str, ...] = ()


def _by_class(collection: str, title: str, shape: Shape, base: Symbol, **options: float) -> Style:
    """Return a style whose colours are those of the classes, and everything else is the same."""
    edge_px = options.get("edge_px", 0.0)
    cases = []
    for one in CLASSES:
        if shape == "polygon":
            symbol = replace(base, fill=one.colour)
        else:
            width_px = one.width_px * options.get("times", 1.0)
            symbol = replace(
                base, stroke=one.colour, width_px=width_px, casing_px=width_px + 2 * edge_px
            )
        cases.append(Case(one.name, one.title, symbol))
    return Style(collection, title, shape, "class", tuple(cases))


def _single(collection: str, title: str, shape: Shape, symbol: Symbol) -> Style:
    return Style(collection, title, shape, None, (Case(None, title, symbol),))


_STYLES: Final = {
    (style.collection, style.shape): style
    for style in (
        replace(
            _by_class("targets", "Targets", "polygon", Symbol(_INK, 2.2, fill_opacity=0.5)),
            label=("rank", "label"),
        ),
        replace(
            _by_class(
                "targets", "Targets", "line", Symbol(_INK, 0, casing=_INK), times=1.6, edge_px=1.6
            ),
            label=("rank", "label"),
        ),
        _by_class("units", "Units", "polygon", Symbol(_EDGE, 0.4)),
        _by_class(
            "segments", "Street segments", "line", Symbol(_STREET, 0, casing=_STREET), edge_px=0.5
        ),
        _single("patrol_areas", "Patrol areas", "polygon", Symbol(_PATROL, 1.8, dash_px=(6, 3))),
        _single("boundaries", "Boundaries", "polygon", Symbol(_BOUNDARY, 1.4)),
        _single("streets", "Streets", "line", Symbol(_STREET, 0.8)),
        _single("figures", "Figures", "polygon", Symbol(_FIGURE, 1.2, _FIGURE, 0.25)),
        _single("figures", "Figures", "line", Symbol(_FIGURE, 2.0)),
    )
}

FIGURES: Final = "figures"
"""Layers that analyses declare: drawn in files and on the map, and no collection of their own."""
COLLECTIONS: Final = tuple(dict.fromkeys(name for name, _ in _STYLES if name != FIGURES))


def unclassed(style: Style) -> Style:
    """Return a style for places that have no class: as those that do not stand out."""
    neutral = next(case for case in style.cases if case.value == "not_significant")
    one = replace(neutral, value=None, title=style.title)
    return replace(style, decides=None, cases=(one,))


def shapes_of(collection: str) -> tuple[Shape, ...]:
    """Return the shapes that places of a collection may have, the usual one first.

    Raises
    ------
    NotFoundError
        When there is no such collection; the message lists those that there are.
    """
    shapes = tuple(shape for name, shape in _STYLES if name == collection)
    if not shapes:
        raise NotFoundError(
            f"There is no style of {collection}; there are: {', '.join(COLLECTIONS)}.",
            [Problem("collection", f"unknown collection {collection}")],
        )
    return shapes


def style_of(collection: str, shape: Shape | None = None) -> Style:
    """Return the style of a collection.

    Parameters
    ----------
    collection
        One of `COLLECTIONS`.
    shape
        What its geometries are, for collections that may have polygons or lines: targets of
        cells are polygons, those of streets are lines. By default the usual one.

    Raises
    ------
    NotFoundError
        When there is no such collection, or none of this shape.
    """
    shapes = shapes_of(collection)
    chosen = shape or shapes[0]
    if chosen not in shapes:
        raise NotFoundError(
            f"{collection} has no style for a {chosen}; it has: {', '.join(shapes)}.",
            [Problem("shape", f"no style for a {chosen}")],
        )
    return _STYLES[collection, chosen]
