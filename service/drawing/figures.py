"""Declared figures as SVG, alike on pages and on paper: drawn in the ink of the text around them.

Nothing is told by colour alone: lines differ in their dashes, shades come with their numbers where
there is room, and each figure's numbers stand in a table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import singledispatch
from html import escape
from typing import Any, Final

from service.analyses.figures import Bars, Course, HeatStrip, Layer, Line, Number
from service.drawing import svg
from service.drawing.scales import positions, rings, some, ticks, unbroken
from service.styles import CLASSES, FIGURES, style_of
from service.words.saying import reading

WIDE_MM: Final = 180.0
_INK: Final = "currentColor"
_FONT: Final = "DejaVu Sans"
_SHADE: Final = CLASSES[1].colour
_DASHES: Final = (None, "2.2 1.2", "0.6 1", "4 1.2 0.6 1.2")
_MOST_NUMBERED: Final = 31
"""Columns of a heat strip that have room for a number in each square."""
_MOST_NAMED: Final = 24


@singledispatch
def drawn(figure: Any) -> str:
    """Return a figure as SVG, 180 mm wide; empty for a table, which needs no picture."""
    del figure
    return ""


@drawn.register
def _bars(figure: Bars) -> str:
    left, right, high = 62.0, 24.0, 5.6
    held = [
        number
        for _, value, interval in figure.bars
        for number in (value, *(interval or ()))
        if number is not None
    ]
    least, most = float(min([0, *held])), float(max([0, *held]))

    def x(value: Number) -> float:
        return left + (WIDE_MM - left - right) * (value - least) / ((most - least) or 1.0)

    parts = []
    for at, (name, value, interval) in enumerate(figure.bars):
        y = at * high
        parts.append(_text(_shortened(name, 38), left - 2, y + 3.7, 2.8, anchor="end"))
        parts.append(_text(reading(value, figure.value.reads), WIDE_MM - right + 3, y + 3.7, 2.8))
        if value is None:
            continue
        start, end = sorted((x(0), x(value)))
        parts.append(
            svg.element(
                "rect", x=start, y=y + 1, width=max(end - start, 0.2), height=high - 2, fill=_INK,
                fill_opacity=0.45,
            )
        )  # fmt: skip
        if interval is not None:
            low = x(least if interval[0] is None else interval[0])
            ends = x(most if interval[1] is None else interval[1])
            middle = y + high / 2
            parts.append(_path(f"M{low:g} {middle:g}L{ends:g} {middle:g}", 0.35))
            for end_, open_ in ((low, interval[0] is None), (ends, interval[1] is None)):
                if not open_:
                    parts.append(_path(f"M{end_:g} {middle - 1:g}L{end_:g} {middle + 1:g}", 0.35))
    parts.append(_path(f"M{x(0):g} 0L{x(0):g} {len(figure.bars) * high:g}", 0.25))
    return _picture(parts, max(len(figure.bars), 1) * high)


@drawn.register
def _line(figure: Line) -> str:
    left, right = 20.0, 3.0
    titles = [_shortened(line.title, 30) for line in figure.lines]
    keys = _keys(titles, left, WIDE_MM - right)
    below = max(down for _, down in keys)
    top, foot = below + 5, below + 59
    places = [float(one) for one in figure.at if not isinstance(one, str)]
    if len(places) < len(figure.at):
        places = [float(at) for at in range(len(figure.at))]
    first, last = (places[0], places[-1]) if places else (0.0, 1.0)
    marks = ticks([number for line in figure.lines for number in _numbers_of(line)])

    def x(place: float) -> float:
        return left + (WIDE_MM - left - right) * (place - first) / ((last - first) or 1.0)

    def y(value: Number) -> float:
        return foot - (foot - top) * (value - marks[0]) / ((marks[-1] - marks[0]) or 1.0)

    parts = []
    for tick in marks:
        parts.append(_path(f"M{left:g} {y(tick):g}L{WIDE_MM - right:g} {y(tick):g}", 0.08))
        parts.append(
            _text(reading(tick, figure.up.reads), left - 1.5, y(tick) + 1, 2.5, anchor="end")
        )
    for at in some(len(places), 7):
        said = reading(figure.at[at], figure.across.reads)
        side = "start" if at == 0 else "end" if at == len(places) - 1 else "middle"
        parts.append(_text(said, x(places[at]), foot + 4, 2.5, anchor=side))
    for line in figure.lines:
        if line.low is not None and line.high is not None:
            parts += _band(
                [
                    (x(place), y(low), y(high))
                    for place, low, high in zip(places, line.low, line.high, strict=True)
                    if low is not None and high is not None
                ]
            )
    dashes = _cycled(len(figure.lines))
    for line, dash, said, (key, down) in zip(figure.lines, dashes, titles, keys, strict=True):
        for run in unbroken(line.values):
            points = [(x(places[at]), y(value)) for at, value in run]
            parts.append(_path("M" + "L".join(f"{a:g} {b:g}" for a, b in points), 0.5, dash))
            if len(points) == 1:
                parts.append(
                    svg.element("circle", cx=points[0][0], cy=points[0][1], r=0.7, fill=_INK)
                )
        parts.append(_path(f"M{key:g} {down:g}L{key + 8:g} {down:g}", 0.5, dash))
        parts.append(_text(said, key + 9.5, down + 1, 2.6))
    parts.append(_text(figure.across.title, WIDE_MM - right, foot + 8.5, 2.6, anchor="end"))
    return _picture(parts, foot + 10)


def _keys(titles: list[str], left: float, right: float) -> list[tuple[float, float]]:
    """Return where the key of each line stands, in as many rows as they need.

    Examples
    --------
    >>> _keys(["The list", "Sorted by harm of the window", "At random"], 20.0, 100.0)
    [(20.0, 3.0), (20.0, 7.5), (20.0, 12.0)]
    >>> _keys(["The list", "At random"], 20.0, 100.0)
    [(20.0, 3.0), (47.6, 3.0)]
    """
    places, across, down = [], left, 3.0
    for title in titles:
        wide = 14 + 1.7 * len(title)
        if across > left and across + wide - 4.5 > right:
            across, down = left, down + 4.5
        places.append((across, down))
        across += wide
    return places


@drawn.register
def _heat_strip(figure: HeatStrip) -> str:
    left, top, high = 24.0, 4.5, 4.4
    wide = (WIDE_MM - left) / max(len(figure.columns), 1)
    held = [abs(value) for row in figure.values for value in row if value is not None]
    most = max(held, default=0) or 1
    parts = [
        _text(_shortened(figure.columns[at], 12), left + (at + 0.5) * wide, 3, 2.2, anchor="middle")
        for at in some(len(figure.columns), _MOST_NAMED)
    ]
    for down, (name, values) in enumerate(zip(figure.rows, figure.values, strict=True)):
        y = top + down * high
        parts.append(_text(_shortened(name, 14), left - 1.5, y + 3.1, 2.4, anchor="end"))
        for across, value in enumerate(values):
            x, share = left + across * wide, abs(value or 0) / most
            parts.append(
                svg.element(
                    "rect", x=x, y=y, width=wide, height=high, fill=_SHADE if share else "none",
                    fill_opacity=0.1 + 0.8 * share if share else None, stroke=_INK,
                    stroke_opacity=0.35, stroke_width=0.12,
                )
            )  # fmt: skip
            if value and len(figure.columns) <= _MOST_NUMBERED:
                said = reading(value, figure.value.reads)
                if len(said) * 1.4 < wide:
                    parts.append(_text(said, x + wide / 2, y + 3.1, 2.2, anchor="middle"))
    return _picture(parts, top + len(figure.rows) * high + 0.5)


@drawn.register
def _layer(figure: Layer) -> str:
    held = [list(positions(place.geometry["coordinates"])) for place in figure.places]
    if not any(held):
        return ""
    longitudes, latitudes = zip(*(one for ring in held for one in ring), strict=True)
    west, east, south, north = (
        min(longitudes), max(longitudes), min(latitudes), max(latitudes),
    )  # fmt: skip
    squeeze = math.cos(math.radians((south + north) / 2))
    across, along = max((east - west) * squeeze, 1e-6), max(north - south, 1e-6)
    mm = min((WIDE_MM - 4) / across, 96.0 / along)

    def point(longitude: float, latitude: float) -> str:
        return f"{2 + (longitude - west) * squeeze * mm:.2f} {2 + (north - latitude) * mm:.2f}"

    symbol = style_of(FIGURES, figure.shape).cases[0].symbol
    filled = figure.shape == "polygon"
    parts = [
        svg.element(
            "path",
            _title_of(place.values[0]),
            d="".join(
                "M" + "L".join(point(*one[:2]) for one in ring) + ("Z" if filled else "")
                for ring in rings(place.geometry["coordinates"])
            ),
            fill=symbol.fill if filled else "none",
            fill_opacity=symbol.fill_opacity if filled else None,
            fill_rule="evenodd",
            stroke=symbol.stroke,
            stroke_width=symbol.width_px * 0.26,
        )
        for place in figure.places
    ]
    return _picture(parts, along * mm + 4)


def _title_of(name: Any) -> str:
    """Return what a pointer that rests on a place is told."""
    return f"<title>{escape(str(name))}</title>"


def _numbers_of(line: Course) -> Iterator[Number]:
    for values in (line.values, line.low or (), line.high or ()):
        yield from (one for one in values if one is not None)


def _cycled(number: int) -> list[str | None]:
    return [_DASHES[at % len(_DASHES)] for at in range(number)]


def _band(sides: list[tuple[float, float, float]]) -> list[str]:
    if len(sides) < 2:
        return []
    upper = [f"{x:g} {high:g}" for x, _, high in sides]
    lower = [f"{x:g} {low:g}" for x, low, _ in reversed(sides)]
    outline = "M" + "L".join([*upper, *lower]) + "Z"
    return [svg.element("path", d=outline, fill=_INK, fill_opacity=0.14, stroke="none")]


def _path(d: str, width_mm: float, dash: str | None = None) -> str:
    return svg.element(
        "path", d=d, fill="none", stroke=_INK, stroke_width=width_mm, stroke_dasharray=dash
    )


def _text(said: str, x: float, y: float, size: float, anchor: str | None = None) -> str:
    return svg.text(said, x, y, size, font_family=_FONT, fill=_INK, text_anchor=anchor)


def _shortened(said: str, most: int) -> str:
    return said if len(said) <= most else f"{said[: most - 1]}…"


def _picture(parts: list[str], high_mm: float) -> str:
    return svg.picture(parts, WIDE_MM, round(high_mm, 2))
