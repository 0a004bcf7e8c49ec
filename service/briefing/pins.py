"""Where the numbers of targets and the names of streets stand on a map: none over another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from service.briefing.ground import Shapes

_DIRECTIONS = 24
_FARTHEST_MM = 400.0
_BESIDE_MM = 0.9
_LETTER_EM = 0.6
"""Mean width of a letter in DejaVu Sans, in font sizes, with room around the word."""


@dataclass(frozen=True)
class Pin:
    """The number of a target: where it stands, and the point of the target that it is for."""

    number: int
    x: float
    y: float
    of_x: float
    of_y: float

    @property
    def moved(self) -> bool:
        """Whether it stands beside its target, and needs a line to it."""
        return math.hypot(self.x - self.of_x, self.y - self.of_y) > 0.5


@dataclass(frozen=True)
class Name:
    """The name of a street: its middle, its slope in degrees, and the box that it fills."""

    text: str
    x: float
    y: float
    degrees: float
    width_mm: float


def place_pins(
    points: Sequence[tuple[int, float, float]],
    radius_mm: float,
    width_mm: float,
    height_mm: float,
    taken: Iterable[tuple[float, float, float, float]] = (),
    seen: Sequence[tuple[float, float]] = (),
) -> list[Pin]:
    """Place numbered pins near their points, so that none touches another.

    Parameters
    ----------
    points
        Number and place of each in millimetres; the first are placed first and are moved least.
    radius_mm
        Of a pin.
    width_mm, height_mm
        Of the map, outside which no pin stands.
    taken
        Boxes (left, top, right, bottom) that are to stay free, such as the scale bar's.
    seen
        Points that no pin may cover.

    Examples
    --------
    >>> first, second = place_pins([(1, 20.0, 20.0), (2, 20.0, 20.0)], 2.0, 50.0, 50.0)
    >>> first.moved, second.moved
    (False, True)
    """
    placed: list[Pin] = []
    boxes = list(taken)
    apart = 2 * radius_mm + 0.3
    edge = radius_mm + 0.3
    for number, at_x, at_y in points:
        standing = np.array([(pin.x, pin.y, apart) for pin in placed]).reshape(-1, 3)
        open_ = np.array([(x, y, radius_mm + _BESIDE_MM) for x, y in seen]).reshape(-1, 3)
        avoided = np.vstack((standing, open_))
        start_x = min(max(at_x, edge), width_mm - edge)
        start_y = min(max(at_y, edge), height_mm - edge)
        spots = _rings(start_x, start_y, apart / 2)
        inside = (
            (spots[:, 0] >= edge)
            & (spots[:, 0] <= width_mm - edge)
            & (spots[:, 1] >= edge)
            & (spots[:, 1] <= height_mm - edge)
        )
        spots = spots[inside]
        free = np.ones(len(spots), dtype=bool)
        if len(avoided):
            away = spots[:, None, :] - avoided[None, :, :2]
            free &= (np.hypot(away[..., 0], away[..., 1]) >= avoided[:, 2]).all(axis=1)
        for left, top, right, bottom in boxes:
            free &= ~(
                (spots[:, 0] > left - edge)
                & (spots[:, 0] < right + edge)
                & (spots[:, 1] > top - edge)
                & (spots[:, 1] < bottom + edge)
            )
        if not free.any():
            continue  # a full map: its table still tells of the target
        x, y = spots[int(free.argmax())].tolist()
        placed.append(Pin(number, x, y, at_x, at_y))
    return placed


def _rings(x: float, y: float, step: float) -> NDArray[np.float64]:
    """Return spots around a point, the nearest first."""
    turn = np.arange(_DIRECTIONS) * (2 * np.pi / _DIRECTIONS) - np.pi / 4
    radius = np.arange(step, _FARTHEST_MM, step)
    around = radius[:, None, None] * np.column_stack((np.cos(turn), np.sin(turn)))[None, :, :]
    spots = np.vstack(([[0.0, 0.0]], around.reshape(-1, 2)))
    moved: NDArray[np.float64] = spots + np.array([x, y])
    return moved


def place_names(
    lines: Shapes,
    names: Sequence[str],
    font_mm: float,
    width_mm: float,
    height_mm: float,
    pins: Sequence[Pin],
    radius_mm: float,
    most: int,
) -> list[Name]:
    """Place names along the longest straight stretch of their streets, where there is room.

    Parameters
    ----------
    lines, names
        The streets as the map shows them, in millimetres.
    font_mm
        Size of the letters.
    width_mm, height_mm
        Of the map.
    pins, radius_mm
        What no name may cover.
    most
        Greatest number of names.
    """
    frame = shapely.box(1, 1, width_mm - 1, height_mm - 1)
    filled = [shapely.Point(pin.x, pin.y).buffer(radius_mm + 0.4) for pin in pins]
    found: list[Name] = []
    for text, line in _longest_by_name(lines, names):
        if len(found) == most:
            break
        long_mm = len(text) * font_mm * _LETTER_EM
        for share in (0.5, 0.3, 0.7):
            name = _along(line, share, text, long_mm)
            if name is None:
                continue
            box = _box(name, font_mm * 1.2)
            if not frame.contains(box) or any(box.intersects(other) for other in filled):
                continue
            filled.append(box)
            found.append(name)
            break
    return found


def _longest_by_name(lines: Shapes, names: Sequence[str]) -> list[tuple[str, shapely.LineString]]:
    """Return the longest unbroken stretch of each named street, the longest first."""
    named: dict[str, list[shapely.LineString]] = {}
    for name, line in zip(names, lines, strict=True):
        if name:
            named.setdefault(name, []).extend(shapely.get_parts(line).tolist())
    longest = []
    for name, parts in named.items():
        whole = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts)))
        longest.append((name, whole[int(shapely.length(whole).argmax())]))
    return sorted(longest, key=lambda one: (-one[1].length, one[0]))


def _along(line: shapely.LineString, share: float, text: str, long_mm: float) -> Name | None:
    """Return a name along a line; None where the line is too short or too bent for it."""
    middle = line.length * share
    if middle < long_mm / 2 or line.length - middle < long_mm / 2:
        return None
    first = line.interpolate(middle - long_mm / 2)
    last = line.interpolate(middle + long_mm / 2)
    if first.distance(last) < 0.96 * long_mm:
        return None
    slope = math.degrees(math.atan2(last.y - first.y, last.x - first.x))
    if slope > 90 or slope <= -90:
        slope += 180 if slope <= -90 else -180
    return Name(text, (first.x + last.x) / 2, (first.y + last.y) / 2, slope, long_mm)


def _box(name: Name, high_mm: float) -> shapely.Polygon:
    flat = shapely.box(
        name.x - name.width_mm / 2,
        name.y - high_mm / 2,
        name.x + name.width_mm / 2,
        name.y + high_mm / 2,
    )
    turned: shapely.Polygon = shapely.affinity.rotate(flat, name.degrees, origin=(name.x, name.y))
    return turned
