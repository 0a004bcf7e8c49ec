"""The maps of a briefing as SVG: the overview with every target, and each target close up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from service.briefing import pins, symbols
from service.briefing.frame import Frame
from service.briefing.ground import Bounds, Ground, single
from service.drawing import svg
from service.styles import CLASSES, style_of

PIN_MM: Final = 2.3
_NAME_MM: Final = 2.1
_MOST_NAMES: Final = 24
_FURNITURE_HIGH_MM: Final = 8.0
_HIDDEN_PINS: Final = 4.0
"""Targets smaller than this many radii of a pin have theirs beside them."""


@dataclass(frozen=True)
class Drawn:
    """A map, and what of it a legend has to explain.

    Parameters
    ----------
    image
        The map as SVG.
    classes
        Names of the classes of units that it shows.
    pins
        The numbers that it shows.
    """

    image: str
    classes: tuple[str, ...]
    pins: tuple[pins.Pin, ...]


def overview(ground: Ground, width_mm: float, height_mm: float) -> Drawn:
    """Draw the study area with all targets."""
    frame = Frame.around(ground.bounds, width_mm, height_mm)
    parts, classes = _below(ground, frame, detailed=False)
    parts += _targets(ground, frame, range(len(ground.targets)), strong=False)
    placed = _pins(ground, frame, range(len(ground.targets)))
    parts += _draw_pins(placed) + _furniture(frame)
    return Drawn(_framed(parts, frame), classes, tuple(placed))


def close_up(ground: Ground, at: int, width_mm: float, height_mm: float) -> Drawn:
    """Draw one target, given by its position, and what lies around it."""
    frame = Frame.around(_seen(ground, at), width_mm, height_mm, margin=0.2, least_m=300.0)
    parts, classes = _below(ground, frame, detailed=True)
    box = shapely.box(*frame.bounds)
    near = [n for n in range(len(ground.targets)) if n != at and ground.targets[n].intersects(box)]
    parts += _targets(ground, frame, near, strong=False)
    parts += _targets(ground, frame, [at], strong=True)
    placed = _pins(ground, frame, [at, *near])
    shown = frame.on_paper(ground.streets)
    if len(shown):
        parts += _names(ground, frame, placed)
    parts += _draw_pins(placed, first=at + 1) + _furniture(frame)
    return Drawn(_framed(parts, frame), classes, tuple(placed))


def _seen(ground: Ground, at: int) -> Bounds:
    patrolled = ground.patrol_areas[at]
    shape = ground.targets[at] if patrolled is None else patrolled
    west, south, east, north = shape.bounds
    return (west, south, east, north)


def _below(ground: Ground, frame: Frame, *, detailed: bool) -> tuple[list[str], tuple[str, ...]]:
    """Return what lies under the targets, and the classes of units among it."""
    parts: list[str] = []
    lines = ground.kind == "line"
    streets = symbols.merged(frame.on_paper(ground.streets))
    if len(streets) and lines:
        parts.append(symbols.street_lines(streets, detailed))
    classes = []
    # The faintest first, so that what matters is never under what does not.
    for one in sorted(CLASSES, key=lambda one: one.width_px):
        shapes = frame.on_paper(ground.units.get(one.name, np.empty(0, dtype=object)))
        if len(shapes) == 0:
            continue
        if one.name == "not_significant":
            parts += [] if lines or len(streets) else symbols.faint(shapes)
            continue
        classes.append(one.name)
        parts += symbols.of_class(symbols.merged(shapes), one.name, lines=lines)
    if len(streets) and not lines:
        parts.append(symbols.street_lines(streets, detailed))
    boundary = style_of("boundaries").cases[0].symbol
    parts.append(symbols.stroked(frame.on_paper(ground.districts), boundary, thin=True))
    parts.append(symbols.stroked(frame.on_paper(ground.study_area), boundary))
    order = [one.name for one in CLASSES]
    return [part for part in parts if part], tuple(sorted(classes, key=order.index))


def _targets(
    ground: Ground, frame: Frame, positions: Sequence[int] | range, *, strong: bool
) -> list[str]:
    parts = []
    for at in positions:
        shapes = frame.on_paper(single(ground.targets[at]))
        if len(shapes):
            parts += symbols.target(shapes, lines=ground.kind == "line", strong=strong)
    if strong:
        symbol = style_of("patrol_areas").cases[0].symbol
        around = [area for at in positions if (area := ground.patrol_areas[at]) is not None]
        parts += [symbols.stroked(frame.on_paper(single(area)), symbol) for area in around]
    return parts


def _pins(ground: Ground, frame: Frame, positions: Sequence[int] | range) -> list[pins.Pin]:
    points = [(at + 1, *frame.point(ground.targets[at])) for at in positions]
    # A pin on a place that is smaller than it would hide what it points at.
    small = [
        (x, y)
        for (_, x, y), at in zip(points, positions, strict=True)
        if math.sqrt(ground.targets[at].envelope.area) / frame.m_per_mm < _HIDDEN_PINS * PIN_MM
    ]
    bar_mm, _ = frame.scale_bar
    low = frame.height_mm - _FURNITURE_HIGH_MM
    taken = [
        (0.0, low, bar_mm + 6, frame.height_mm),
        (frame.width_mm - 10, 0.0, frame.width_mm, 12.0),
    ]
    return pins.place_pins(points, PIN_MM, frame.width_mm, frame.height_mm, taken, small)


def _draw_pins(placed: Sequence[pins.Pin], first: int | None = None) -> list[str]:
    parts = [
        svg.element(
            "line",
            x1=pin.of_x,
            y1=pin.of_y,
            x2=pin.x,
            y2=pin.y,
            stroke=symbols.INK,
            stroke_width=0.25,
        )
        for pin in placed
        if pin.moved
    ]
    for pin in placed:
        meant = pin.number == first
        parts.append(
            svg.element(
                "circle",
                cx=pin.x,
                cy=pin.y,
                r=PIN_MM,
                fill=symbols.INK if meant else symbols.GROUND,
                stroke=symbols.INK,
                stroke_width=0.35,
            )
        )
        size = 2.7 if pin.number < 100 else 2.0
        parts.append(
            symbols.text(
                str(pin.number),
                pin.x,
                pin.y + size * 0.36,
                size,
                anchor="middle",
                weight="bold",
                fill=symbols.GROUND if meant else symbols.INK,
            )
        )
    return parts


def _names(ground: Ground, frame: Frame, placed: Sequence[pins.Pin]) -> list[str]:
    west, south, east, north = frame.bounds
    box = shapely.box(west, south, east, north)
    near = shapely.intersects(ground.streets, box) & (ground.street_names != "")
    drawn, said = [], []
    for line, name in zip(ground.streets[near], ground.street_names[near], strict=True):
        shown = frame.on_paper(single(line))
        if len(shown):
            drawn.append(shown[0])
            said.append(str(name))
    if not drawn:
        return []
    lines = np.empty(len(drawn), dtype=object)
    lines[:] = drawn
    found = pins.place_names(
        lines,
        said,
        _NAME_MM,
        frame.width_mm,
        frame.height_mm - _FURNITURE_HIGH_MM,
        placed,
        PIN_MM,
        _MOST_NAMES,
    )
    parts = []
    for name in found:
        turned = f"rotate({name.degrees:.1f} {name.x:.2f} {name.y:.2f})"
        parts.append(
            svg.element(
                "rect",
                x=name.x - name.width_mm / 2,
                y=name.y - _NAME_MM * 0.6,
                width=name.width_mm,
                height=_NAME_MM * 1.2,
                fill=symbols.GROUND,
                fill_opacity=0.82,
                transform=turned,
            )
        )
        parts.append(
            symbols.text(
                name.text, name.x, name.y + _NAME_MM * 0.36, _NAME_MM, anchor="middle", turn=turned
            )
        )
    return parts


def _furniture(frame: Frame) -> list[str]:
    """Draw the scale bar and the arrow to the north."""
    bar_mm, said = frame.scale_bar
    y = frame.height_mm - 2.6
    back = svg.element(
        "rect", x=1, y=y - 4.4, width=bar_mm + 4, height=6.2, fill=symbols.GROUND, fill_opacity=0.85
    )
    bar = svg.element(
        "path",
        d=f"M3 {y - 1.2:g}L3 {y:g}L{3 + bar_mm:g} {y:g}L{3 + bar_mm:g} {y - 1.2:g}",
        fill="none",
        stroke=symbols.INK,
        stroke_width=0.35,
    )
    words = symbols.text(said, 3 + bar_mm / 2, y - 1.2, 2.4, anchor="middle")
    x = frame.width_mm - 5
    arrow = svg.element(
        "path", d=f"M{x:g} 2L{x + 2:g} 7.4L{x:g} 6.2L{x - 2:g} 7.4Z", fill=symbols.INK
    )
    plate = svg.element(
        "rect", x=x - 3.2, y=1.2, width=6.4, height=10, fill=symbols.GROUND, fill_opacity=0.85
    )
    north = symbols.text("N", x, 10.4, 2.8, anchor="middle", weight="bold")
    return [back, bar, words, plate, arrow, north]


def _framed(parts: list[str], frame: Frame) -> str:
    border = svg.element(
        "rect",
        x=0.1,
        y=0.1,
        width=frame.width_mm - 0.2,
        height=frame.height_mm - 0.2,
        fill="none",
        stroke="#9a9a9a",
        stroke_width=0.2,
    )
    clip = svg.element(
        "clipPath",
        svg.element("rect", x=0, y=0, width=frame.width_mm, height=frame.height_mm),
        id="frame",
    )
    inside = svg.element("g", "".join(parts), clip_path="url(#frame)")
    return svg.picture([clip, inside, border], frame.width_mm, frame.height_mm)
