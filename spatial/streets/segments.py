"""Street segments of lines: clean, one part each, with stable ids, lengths and junctions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from spatial.errors import InvalidInputError, Problem
from spatial.metres import plane

NODE_STEP_M: Final = 0.01
"""End points closer than about this are one junction."""

_LINE, _MULTILINE = 1, 5
_COLUMNS: Final = (
    "segment_id",
    "name",
    "road_class",
    "length_m",
    "node_from",
    "node_to",
    "geometry",
)


@dataclass(frozen=True)
class NetworkReport:
    """What was found and mended when a network was prepared.

    Parameters
    ----------
    lines
        Lines given.
    segments
        Segments that came of them.
    split
        Multi-part lines that became several segments.
    empty, zero_length, duplicate
        Lines left out: without geometry, without length, equal to an earlier one.
    dangles
        Ends of segments where no other segment meets: dead ends, or gaps.
    """

    lines: int
    segments: int
    split: int
    empty: int
    zero_length: int
    duplicate: int
    dangles: int


def prepare(
    lines: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    id_column: str | None = None,
    name_column: str | None = None,
    class_column: str | None = None,
) -> gpd.GeoDataFrame:
    """Make segments of street lines: one part each, with stable ids, lengths and junctions.

    Parameters
    ----------
    lines
        Lines or multi-part lines in any coordinate reference system; heights are dropped.
    id_column
        Column with the source's own id. The parts of a multi-part line become ``id/1``, ``id/2``;
        without a column the id is a digest of the geometry.
    name_column, class_column
        Columns with the street's name and its class.

    Returns
    -------
    geopandas.GeoDataFrame
        N segments (EPSG:4326), by ascending `segment_id`: `segment_id`, `name`, `road_class`,
        `length_m`, `node_from`, `node_to` (junctions, numbered from 0) and `geometry`.
        ``attrs["report"]`` is a `NetworkReport`.

    Raises
    ------
    InvalidInputError
        When there is no coordinate reference system, a geometry is not a line, a column is
        missing, an id stands twice, or nothing is left.

    Examples
    --------
    >>> crossing = gpd.GeoSeries.from_wkt(
    ...     ["LINESTRING (0 0, 99 0)", "LINESTRING (99 0, 200 0)", "LINESTRING (99 0, 99 90)"],
    ...     crs="EPSG:32631",
    ... )
    >>> segments = prepare(crossing)
    >>> len(segments), segments.attrs["report"].dangles
    (3, 3)
    """
    table = lines.to_frame("geometry") if isinstance(lines, gpd.GeoSeries) else lines
    _check_lines(table, (id_column, name_column, class_column))
    shapes = shapely.force_2d(np.asarray(table.geometry.array, dtype=object))
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if empty.all():
        raise InvalidInputError("The network holds no line with a length.")
    parts, line = shapely.get_parts(shapes[~empty], return_index=True)
    line = np.flatnonzero(~empty)[line]
    part, many = _numbered(line)

    projected = np.asarray(gpd.GeoSeries(parts, crs=table.crs).to_crs(plane(table.geometry)).array)
    length = shapely.length(projected)
    flat = length == 0
    # One form for either direction: equal streets are equal however they were drawn.
    same = pd.Series(shapely.to_wkb(shapely.normalize(shapely.set_precision(projected, 0.001))))
    duplicate = same.duplicated().to_numpy() & ~flat
    keep = ~flat & ~duplicate
    if not keep.any():
        raise InvalidInputError("The network holds no line with a length.")

    lonlat = np.asarray(gpd.GeoSeries(parts, crs=table.crs).to_crs(4326).array)[keep]
    attributes = table.iloc[line[keep]].reset_index(drop=True)
    ends = np.vstack(
        [shapely.get_coordinates(shapely.get_point(projected[keep], e)) for e in (0, -1)]
    )
    _, node = np.unique(np.rint(ends / NODE_STEP_M).astype(np.int64), axis=0, return_inverse=True)
    node_from, node_to = node.reshape(2, -1)
    segments = gpd.GeoDataFrame(
        {
            "segment_id": _ids(attributes, id_column, lonlat, part[keep], many[keep]),
            "name": _text(attributes, name_column),
            "road_class": _text(attributes, class_column),
            "length_m": length[keep],
            "node_from": node_from,
            "node_to": node_to,
        },
        geometry=lonlat,
        crs=4326,
    )
    twice = segments["segment_id"][segments["segment_id"].duplicated()]
    if len(twice):
        raise InvalidInputError(
            f"The id {twice.iloc[0]!r} stands on several lines: choose another id column."
        )
    segments = segments.sort_values("segment_id", ignore_index=True)[list(_COLUMNS)]
    segments.attrs["report"] = NetworkReport(
        lines=len(table),
        segments=len(segments),
        split=int((np.bincount(line, minlength=1) > 1).sum()),
        empty=int(empty.sum()),
        zero_length=int(flat.sum()),
        duplicate=int(duplicate.sum()),
        dangles=int((np.bincount(node) == 1).sum()),
    )
    return segments


def _check_lines(table: gpd.GeoDataFrame, columns: tuple[str | None, ...]) -> None:
    if table.crs is None:
        raise InvalidInputError(
            "The network has no coordinate reference system: say which one it is in (set_crs)."
        )
    missing = [name for name in columns if name is not None and name not in table.columns]
    if missing:
        raise InvalidInputError(
            f"The network has no column {', '.join(missing)}; it has "
            f"{', '.join(map(str, table.columns))}.",
            [Problem(name, "missing column") for name in missing],
        )
    kind = shapely.get_type_id(np.asarray(table.geometry.array, dtype=object))
    wrong = np.flatnonzero(~np.isin(kind, (-1, _LINE, _MULTILINE)))
    if wrong.size:
        found = table.geometry.iloc[wrong[0]].geom_type
        raise InvalidInputError(
            f"A street network is made of lines, but feature {wrong[0] + 1} is a {found} "
            f"({wrong.size} such in all)."
        )


def _numbered(line: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the number of each part in its line, from 1, and how many parts its line has."""
    many = np.bincount(line, minlength=1)
    start = np.cumsum(many) - many
    return np.arange(len(line)) - start[line] + 1, many[line]


def _ids(
    attributes: gpd.GeoDataFrame,
    column: str | None,
    lonlat: NDArray[np.object_],
    part: NDArray[np.intp],
    many: NDArray[np.intp],
) -> list[str]:
    if column is None:
        rounded = shapely.to_wkb(shapely.set_precision(lonlat, 1e-7))
        return [hashlib.sha256(wkb).hexdigest()[:12] for wkb in rounded]
    return [
        f"{own}/{number}" if parts > 1 else str(own)
        for own, number, parts in zip(attributes[column], part, many, strict=True)
    ]


def _text(attributes: gpd.GeoDataFrame, column: str | None) -> Any:
    if column is None:
        return None
    text = attributes[column].astype("object")
    return text.where(text.notna() & (text.astype(str) != ""), None)
