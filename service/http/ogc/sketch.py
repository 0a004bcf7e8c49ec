"""A drawing of features for their page: where they lie to each other, without a map's requests."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final

from service.http.ogc.crs import Crs

_WIDE: Final = 1000.0
_POINT: Final = 4.0

Line = list[tuple[float, float]]


def of(features: Sequence[dict[str, Any]], crs: Crs) -> str:
    """Return an SVG of features, or nothing where there are none.

    Parameters
    ----------
    features
        GeoJSON features.
    crs
        System of their coordinates.
    """
    drawn = [
        (str(feature["id"]), list(_lines(feature["geometry"], crs)))
        for feature in features
        if feature["geometry"]
    ]
    corners = [xy for _, lines in drawn for line in lines for xy in line]
    if not corners:
        return ""
    if crs.geographic and max(x for x, _ in corners) - min(x for x, _ in corners) > 180:
        # On both sides of the antimeridian: what lies west of Greenwich is drawn beyond it.
        drawn = [
            (name, [[(x % 360, y) for x, y in line] for line in lines]) for name, lines in drawn
        ]
        corners = [xy for _, lines in drawn for line in lines for xy in line]
    xs, ys = zip(*corners, strict=True)
    west, east, south, north = min(xs), max(xs), min(ys), max(ys)
    # Degrees of longitude are shorter than those of latitude.
    narrow = math.cos(math.radians((south + north) / 2)) if crs.geographic else 1.0
    width, height = (east - west) * narrow, north - south
    scale = _WIDE / max(width, height, 1e-9)
    paths = []
    for name, lines in drawn:
        data = "".join(
            _path([((x - west) * narrow * scale, (north - y) * scale) for x, y in line])
            for line in lines
        )
        paths.append(f'<path d="{data}"><title>{escape(name)}</title></path>')
    margin = _WIDE / 50
    box = (-margin, -margin, width * scale + 2 * margin, height * scale + 2 * margin)
    view = " ".join(f"{one:.1f}" for one in box)
    return (
        f'<svg class="place" viewBox="{view}" role="img" aria-label="Where the features lie">'
        f"{''.join(paths)}</svg>"
    )


def _lines(geometry: dict[str, Any], crs: Crs) -> Iterator[Line]:
    if geometry["type"] == "GeometryCollection":
        for one in geometry["geometries"]:
            yield from _lines(one, crs)
    else:
        yield from _nested(geometry["coordinates"], crs)


def _nested(coordinates: list[Any], crs: Crs) -> Iterator[Line]:
    if not isinstance(coordinates[0], list):
        yield [_xy(coordinates, crs)]
    elif not isinstance(coordinates[0][0], list):
        yield [_xy(one, crs) for one in coordinates]
    else:
        for one in coordinates:
            yield from _nested(one, crs)


def _xy(position: list[float], crs: Crs) -> tuple[float, float]:
    return (position[1], position[0]) if crs.swapped else (position[0], position[1])


def _path(line: Line) -> str:
    x, y = line[0]
    if len(line) == 1:
        return f"M{x - _POINT:.1f} {y:.1f}a{_POINT} {_POINT} 0 1 0 {2 * _POINT} 0a{_POINT} " \
            f"{_POINT} 0 1 0 {-2 * _POINT} 0Z"  # fmt: skip
    data = "L".join(f"{x:.1f} {y:.1f}" for x, y in line)
    return f"M{data}{'Z' if line[0] == line[-1] else ''}"
