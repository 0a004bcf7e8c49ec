"""Street segments of lines: clean, one part each, with stable ids, lengths and junctions."""

from __future__ import annotations

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from spatial import antimeridian
from spatial.errors import InvalidInputError, Problem
from spatial.metres import lengths_m, plane
from spatial.streets import segment_ids
from spatial.streets.junctions import NODE_STEP_M, meeting_places
from spatial.streets.levels import levels
from spatial.streets.noding import NEW_VERTEX, NODINGS, Noding, Pieces, node
from spatial.streets.report import NetworkReport, examples

_LINE, _MULTILINE = 1, 5
_SAME_M: Final = 0.001
"""Lines are equal whose vertices are, to the millimetre."""

_FARTHEST_SNAP_M: Final = 10.0


_COLUMNS: Final = (
    "segment_id",
    "name",
    "road_class",
    "length_m",
    "node_from",
    "node_to",
    "geometry",
)
_LEVELS: Final = ("level_low", "level_high")


class _Parts(NamedTuple):
    """Parts of lines that have a length, flat."""

    lonlat: NDArray[np.float64]  # (V, 2), degrees
    part: NDArray[np.intp]  # (V,), which part each vertex belongs to, ascending
    line: NDArray[np.intp]  # (P,), the row of the line that each part is of, ascending
    empty: NDArray[np.intp]  # rows of the lines without geometry
    zero_length: NDArray[np.intp]  # rows of the lines that parts without length are of


def prepare(
    lines: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    id_column: str | None = None,
    name_column: str | None = None,
    class_column: str | None = None,
    noding: Noding = "none",
    snap_ends_m: float = NODE_STEP_M,
    with_levels: bool = False,
) -> gpd.GeoDataFrame:
    """Make segments of street lines: one part each, with stable ids, lengths and junctions.

    Parameters
    ----------
    lines
        Lines or multi-part lines in any coordinate reference system; heights are dropped.
    id_column
        Column with the source's own id. The pieces of a line that has several become ``id/1``,
        ``id/2`` along it; without a column, or where it is empty, the id is a digest of the shape.
    name_column, class_column
        Columns with the street's name and its class.
    noding
        Where to cut lines: ``"none"``; ``"vertices"``, where they share a vertex, as the ways of
        OpenStreetMap do; ``"crossings"``, also where they cross or touch without one. Lines on
        different levels are not cut, by the columns `layer`, `level`, `bridge` and `tunnel` where
        there are any (see `spatial.streets.levels`), except where one of them ends.
    snap_ends_m
        Ends of segments at most this far apart are one junction, up to 10 m.
    with_levels
        Say of each segment on which levels it is: `level_low` and `level_high`.

    Returns
    -------
    geopandas.GeoDataFrame
        N segments (EPSG:4326), by ascending `segment_id`: `segment_id`, `name`, `road_class`,
        `length_m`, `node_from`, `node_to` (junctions, numbered from 0) and `geometry`.
        ``attrs["report"]`` is a `NetworkReport`.

    Raises
    ------
    InvalidInputError
        When there is no coordinate reference system, a geometry is not a line or off the map, a
        column is missing, an id stands twice, a parameter is out of range, or nothing is left.

    Examples
    --------
    >>> tee = gpd.GeoSeries.from_wkt(
    ...     ["LINESTRING (0 0, 99 0, 200 0)", "LINESTRING (99 0, 99 90)"], crs="EPSG:32631"
    ... )
    >>> len(prepare(tee)), len(prepare(tee, noding="vertices"))
    (2, 3)
    >>> prepare(tee, noding="vertices").attrs["report"].dangles
    3
    """
    table = lines.to_frame("geometry") if isinstance(lines, gpd.GeoSeries) else lines
    _check(table, (id_column, name_column, class_column), noding, snap_ends_m)
    parts = _parts(table)
    metres = Transformer.from_crs(4326, plane(table.geometry), always_xy=True)
    xy = np.column_stack(metres.transform(*parts.lonlat.T))
    of_line = np.zeros((len(table), 2))
    if noding != "none" or with_levels:
        of_line = levels(table)
    of_part = of_line[parts.line]
    pieces = node(xy, parts.part, of_part, noding)
    crossed = pieces.source == NEW_VERTEX
    lonlat = parts.lonlat[pieces.source]
    if crossed.any():
        east, north = pieces.xy[crossed].T
        lonlat[crossed] = np.column_stack(metres.transform(east, north, direction="INVERSE"))

    piece = np.repeat(np.arange(len(pieces.line)), np.diff(pieces.starts))
    line = parts.line[pieces.line]
    geometry = gpd.GeoSeries(shapely.linestrings(lonlat, indices=piece), crs=4326)
    ids = segment_ids.text(table, id_column)
    every = gpd.GeoDataFrame(
        {
            "line": line,
            "segment_id": segment_ids.numbered(ids, line, np.asarray(geometry.array)),
            # As objects, or pandas would turn the Nones into NaNs.
            "name": pd.Series(segment_ids.text(table, name_column)[line], dtype=object),
            "road_class": pd.Series(segment_ids.text(table, class_column)[line], dtype=object),
            "length_m": lengths_m(geometry),
            **(dict(zip(_LEVELS, of_line[line].T, strict=True)) if with_levels else {}),
        },
        geometry=geometry,
    )
    duplicate = _duplicates(every, np.asarray(shapely.linestrings(pieces.xy, indices=piece)))
    ends = pieces.xy[np.stack((pieces.starts[:-1], pieces.starts[1:] - 1))[:, ~duplicate]]
    node_from, node_to = meeting_places(ends.reshape(-1, 2), snap_ends_m).reshape(2, -1)
    kept = every[~duplicate].assign(node_from=node_from, node_to=node_to)
    twice = kept["segment_id"][kept["segment_id"].duplicated()]
    if len(twice):
        raise InvalidInputError(
            f"The id {twice.iloc[0]!r} stands on several lines: choose another id column."
        )
    columns = [*_COLUMNS, *(_LEVELS if with_levels else ())]
    segments = kept.sort_values("segment_id", ignore_index=True)[columns]
    own = np.where(pd.isna(ids), [f"feature {row + 1}" for row in range(len(table))], ids)
    unnamed = np.flatnonzero(pd.isna(ids)) if id_column is not None else line[:0]
    segments.attrs["report"] = _report(parts, pieces, every[duplicate], segments, own, unnamed)
    return segments


def _parts(table: gpd.GeoDataFrame) -> _Parts:
    """Return the single parts of the lines, as longitude and latitude."""
    shapes = shapely.force_2d(np.asarray(table.geometry.array, dtype=object))
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    lines, line = shapely.get_parts(shapes[~empty], return_index=True)
    line = np.flatnonzero(~empty)[line]
    flat = shapely.length(lines) == 0
    if flat.all():
        raise InvalidInputError("The network holds no line with a length.")
    long = gpd.GeoSeries(shapely.remove_repeated_points(lines[~flat]), crs=table.crs)
    degrees = np.asarray(long.to_crs(4326).array, dtype=object)
    lonlat, part = shapely.get_coordinates(degrees, return_index=True)
    flat_lines, line = line[flat], line[~flat]
    off = ~(np.abs(lonlat) <= (antimeridian.FARTHEST, 90.0)).all(axis=1)
    if off.any():
        rows = np.unique(line[part[off]])
        raise InvalidInputError(
            f"Feature {rows[0] + 1} lies off the map of the network's coordinate reference system "
            f"({table.crs.name}; {rows.size} such in all): is that the right one?"
        )
    # A street across the antimeridian goes on as another part, whose end is the same place.
    pieces, piece_of = shapely.get_parts(antimeridian.cut(degrees), return_index=True)
    lonlat, part = shapely.get_coordinates(pieces, return_index=True)
    return _Parts(lonlat, part, line[piece_of], np.flatnonzero(empty), flat_lines)


def _duplicates(every: gpd.GeoDataFrame, metres: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Say which pieces equal another one; the one that stays has a name, and the lowest id."""
    shape = pd.Series(segment_ids.shapes(metres, _SAME_M), index=every.index)
    several = every[shape.duplicated(keep=False)]
    best_first = several.assign(unnamed=several["name"].isna()).sort_values(
        ["unnamed", "segment_id", "name", "road_class"], kind="stable"
    )
    left_out = shape[best_first.index].duplicated()
    duplicate = np.zeros(len(every), dtype=np.bool_)
    duplicate[left_out.index[left_out]] = True
    return duplicate


def _report(
    parts: _Parts,
    pieces: Pieces,
    duplicates: gpd.GeoDataFrame,
    segments: gpd.GeoDataFrame,
    own: NDArray[np.object_],
    without_id: NDArray[np.intp],
) -> NetworkReport:
    """Count what was found; `own` is how each line is called, by its id or its place."""
    split = np.flatnonzero(np.bincount(parts.line) > 1)
    noded = np.unique(parts.line[np.bincount(pieces.line) > 1])
    node_from, node_to = segments["node_from"].to_numpy(), segments["node_to"].to_numpy()
    loose = np.bincount(np.concatenate((node_from, node_to))) == 1
    at_loose = segments["segment_id"][loose[node_from] | loose[node_to]]
    return NetworkReport(
        lines=len(own),
        segments=len(segments),
        split=len(split),
        noded=len(noded),
        empty=len(parts.empty),
        zero_length=len(parts.zero_length),
        duplicate=len(duplicates),
        duplicate_m=round(float(duplicates["length_m"].sum()), 3),
        without_id=len(without_id),
        crossings_kept_apart=pieces.kept_apart,
        dangles=int(loose.sum()),
        examples=examples(
            split=own[split],
            noded=own[noded],
            empty=own[parts.empty],
            zero_length=own[parts.zero_length],
            duplicate=own[duplicates["line"]],
            without_id=own[without_id],
            crossings_kept_apart=own[parts.line[pieces.apart]],
            dangles=at_loose,
        ),
    )


def _check(
    table: gpd.GeoDataFrame, columns: tuple[str | None, ...], noding: str, snap_ends_m: float
) -> None:
    if noding not in NODINGS:
        raise InvalidInputError(f"noding must be one of {', '.join(NODINGS)}, not {noding!r}.")
    if not 0 < snap_ends_m <= _FARTHEST_SNAP_M:
        raise InvalidInputError(
            f"snap_ends_m must be above 0 and at most {_FARTHEST_SNAP_M:g} m, not {snap_ends_m}."
        )
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
