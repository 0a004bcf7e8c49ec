"""Streets as people walk them: one line of each street space, whatever ways draw it."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError

from spatial.errors import InvalidInputError, Problem
from spatial.metres import plane
from spatial.streets import attaching, cutting, segment_ids
from spatial.streets.report import examples
from spatial.streets.samples import Lines
from spatial.streets.segments import prepare
from spatial.streets.simplify_report import Extent, SimplifyReport
from spatial.streets.standing import called, lost, standing
from spatial.streets.street_spaces import FEW_FACES, Faces, faces

NO_STREETS: Final = frozenset(
    (
        "bridleway", "corridor", "cycleway", "elevator", "footway", "path", "platform", "steps",
        "track", "trail",
    )
)  # fmt: skip
"""Classes of OpenStreetMap that are no streets: they are left as they are unless asked for."""

_DECIMALS: Final = 8  # of a degree: a millimetre
_SAME_M: Final = 0.001
_BESIDE: Final = 1.25
_FAR_M: Final = 10_000.0
_LEAST_M: Final = 0.05


@dataclass(frozen=True)
class Simplified:
    """A network of which each street space is one line.

    Parameters
    ----------
    segments
        As `prepare` returns them, with `source_ids`: the segments of the source that each
        stands for.
    sources
        The segments as the source draws them, with `lines`: positions of the segments that
        stand for each, at least one, the one that stands for most of it first.
    report
        What the network was before and is after.
    """

    segments: gpd.GeoDataFrame
    sources: gpd.GeoDataFrame
    report: SimplifyReport


def simplify(segments: gpd.GeoDataFrame, classes: Collection[str] | None = None) -> Simplified:
    """Make one line of dual carriageways, parallel ways and roundabouts.

    Parameters
    ----------
    segments
        As `prepare` returns them with ``with_levels``.
    classes
        Classes of which street spaces are made one line; None: all but `NO_STREETS`. Others keep
        their lines; ends of theirs at a street are led to where it is now.

    Returns
    -------
    Simplified
        The network, and how its source is carried to it.

    Raises
    ------
    InvalidInputError
        When neatnet cannot cope with the network.

    Notes
    -----
    neatnet finds the faces between lines that are too slender to be blocks and draws one line in
    the place of each. Faces in which lines cross on different levels, or whose lines are not on
    one level, are left as they are: a bridge is not merged with what is below. Lines that go on
    in each other are one line, from junction to junction, except where the street's name changes.

    References
    ----------
    Fleischmann, M., Vybornova, A., Gaboardi, J. D., Brázdová, A. and Dančejová, D. (2026).
    Adaptive continuity-preserving simplification of street networks. Computers, Environment and
    Urban Systems 123, 102354.

    Examples
    --------
    >>> road = gpd.GeoSeries.from_wkt(
    ...     [
    ...         "LINESTRING (500000 5700000, 500010 5700006, 500190 5700006, 500200 5700000)",
    ...         "LINESTRING (500000 5700000, 500010 5699994, 500190 5699994, 500200 5700000)",
    ...         "LINESTRING (499900 5700000, 500000 5700000)",
    ...         "LINESTRING (500200 5700000, 500300 5700000)",
    ...     ],
    ...     crs="EPSG:32631",
    ... )
    >>> one = simplify(prepare(road, with_levels=True))
    >>> len(one.sources), len(one.segments)
    (4, 1)
    """
    metric = segments.to_crs(plane(segments.geometry))
    chosen = _chosen(segments["road_class"], classes)
    streets, others = metric[chosen], metric[~chosen]
    found = faces(streets) if len(streets) else None
    lines, failed = _neat(streets, found) if found else (streets.geometry.to_numpy(), 0)
    # A ring by itself is too slender to be a block, and neatnet leaves nothing of it.
    ways = streets.geometry.to_numpy()
    lines = np.concatenate((lines, ways[lost(ways, lines)]))
    attached = attaching.attach(others, streets, lines)
    lines = cutting.cut(lines, np.concatenate((cutting.changes(streets), attached.meets)))
    stands = _stands(metric, chosen, lines, attached)
    made, stands = _made(metric, np.concatenate((lines, attached.lines)), stands)
    sources = segments.drop(columns=["level_low", "level_high"])
    sources = sources.assign(lines=stands.groupby("way")["line"].agg(list))
    sources.attrs.clear()
    made.attrs.clear()
    by_line = stands.groupby("line")["length_m"].agg(["size", "sum"])
    several = by_line["size"] > 1
    beside = several & (by_line["sum"] >= _BESIDE * made["length_m"])
    merged = np.flatnonzero(beside)
    disagreeing = made.pop("disagreeing")
    report = SimplifyReport(
        classes=None if classes is None else sorted(classes),
        threshold=round(found.threshold, 3) if found else None,
        before=Extent.of(segments),
        after=Extent.of(made),
        merged=len(merged),
        merged_ways=int(stands.loc[stands["line"].isin(merged), "way"].nunique()),
        joined=int((several & ~beside).sum()),
        kept_apart=found.apart if found else 0,
        failed=failed,
        names_disagree=int(disagreeing.notna().sum()),
        examples=examples(
            merged=[_told(made.iloc[line]) for line in merged], names_disagree=disagreeing.dropna()
        ),
    )
    return Simplified(made, sources, report)


def _chosen(road_class: pd.Series, classes: Collection[str] | None) -> NDArray[np.bool_]:
    if classes is None:
        return np.asarray(~road_class.isin(NO_STREETS), dtype=np.bool_)
    return np.asarray(road_class.isin(list(classes)), dtype=np.bool_)


def _neat(streets: gpd.GeoDataFrame, found: Faces) -> tuple[Lines, int]:
    """Return one line of each street space, and how many could not be made."""
    import neatnet

    bare = streets[["geometry"]].reset_index(drop=True)
    far = bare.total_bounds[2] + _FAR_M
    if 0 < found.faces < FEW_FACES:
        bare = pd.concat((bare, _blocks(far, bare)), ignore_index=True)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            if found.faces == 0:
                made = neatnet.fix_topology(bare)
            else:
                made = neatnet.neatify(
                    bare,
                    artifact_threshold=found.threshold,
                    exclusion_mask=found.left if len(found.left) else None,
                )
        except (ArithmeticError, LookupError, ShapelyError, TypeError, ValueError) as error:
            raise InvalidInputError(
                "The network could not be simplified as it is drawn: load it without simplify, or "
                f"simplify fewer classes ({error}).",
                [Problem("simplify", "failed")],
            ) from error
    failed = sum("has not been simplified" in str(one.message) for one in said)
    # All at once, so that lines that go on in each other are one.
    lines = shapely.get_parts(shapely.line_merge(_together(made.geometry.to_numpy())))
    lines = lines[(shapely.length(lines) > _LEAST_M) & (shapely.bounds(lines)[:, 0] < far)]
    shape = pd.Series(segment_ids.shapes(lines, _SAME_M))
    return lines[np.argsort(shape, kind="stable")][~shape.sort_values().duplicated()], failed


def _together(lines: Lines) -> shapely.MultiLineString:
    """Return lines as one shape; unlike their union, it has no vertex where bridges cross."""
    return shapely.MultiLineString(list(shapely.get_parts(lines)))


def _blocks(east: float, streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a few blocks far away: neatnet reads the spread of faces, which one alone lacks."""
    sides = 100.0 * np.arange(1, 4)
    north = streets.total_bounds[1]
    corners = np.array([(5, 0), (6, 0), (6, 1), (5, 1), (5, 0)])
    rings = [shapely.LineString((east, north) + side * corners) for side in sides]
    return gpd.GeoDataFrame(geometry=rings, crs=streets.crs)


def _stands(
    metric: gpd.GeoDataFrame, chosen: NDArray[np.bool_], lines: Lines, attached: attaching.Attached
) -> pd.DataFrame:
    """Return which lines stand for each way: `standing` for streets, itself for another way."""
    ways = metric.geometry.to_numpy()
    others = np.flatnonzero(~chosen)
    kept = pd.DataFrame(
        {
            "way": others[attached.way],
            "line": len(lines) + np.arange(len(attached.way)),
            "length_m": shapely.length(attached.lines),
        }
    )
    moved = np.sort(np.concatenate((np.flatnonzero(chosen), others[attached.within])))
    found = standing(ways[moved], lines)
    found["way"] = moved[found["way"]]
    return pd.concat((_of_all(found, ways[moved], moved, lines), kept), ignore_index=True)


def _of_all(found: pd.DataFrame, ways: Lines, way: NDArray[np.intp], lines: Lines) -> pd.DataFrame:
    """Return what stands for what, with lines that no way asked for: the nearest way has them."""
    alone = np.setdiff1d(np.arange(len(lines)), found["line"])
    if len(alone) == 0:
        return found
    middle = shapely.line_interpolate_point(lines[alone], 0.5, normalized=True)
    nearest = way[shapely.STRtree(ways).nearest(middle)]
    return pd.concat(
        (found, pd.DataFrame({"way": nearest, "line": alone, "length_m": 0.0})), ignore_index=True
    )


def _made(
    metric: gpd.GeoDataFrame, lines: Lines, stands: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return lines as segments, and what stands for what by their positions.

    A line that stands for one way, whole and alone, keeps its id; others get one of their shape.
    """
    table = gpd.GeoDataFrame(called(metric, stands), geometry=lines, crs=metric.crs).to_crs(4326)
    table.geometry = shapely.transform(
        table.geometry.to_numpy(), lambda xy: np.round(xy, _DECIMALS)
    )
    unknown = table["segment_id"].isna().to_numpy()
    table.loc[unknown, "segment_id"] = segment_ids.digests(table.geometry.to_numpy()[unknown])
    made = prepare(table, id_column="segment_id", name_column="name", class_column="road_class")
    # prepare sorts by id, and leaves out what equals another line: that one takes its ways.
    position = pd.Series(np.arange(len(made)), index=made["segment_id"])
    to = position.reindex(table["segment_id"]).to_numpy()
    lost = np.flatnonzero(np.isnan(to))
    if len(lost):
        to[lost] = shapely.STRtree(made.geometry.to_numpy()).nearest(
            table.geometry.to_numpy()[lost]
        )
    stands = stands.assign(line=to[stands["line"]].astype(np.intp))
    stands = stands.sort_values(["way", "length_m", "line"], ascending=[True, False, True])
    stands = stands.drop_duplicates(["way", "line"], ignore_index=True)
    ids = metric["segment_id"].to_numpy()
    made["source_ids"] = stands.groupby("line")["way"].agg(lambda ways: sorted(ids[list(ways)]))
    first = table.set_index("segment_id")["disagreeing"]
    return made.assign(disagreeing=first.reindex(made["segment_id"]).to_numpy()), stands


def _told(line: pd.Series) -> str:
    return f"{line['name'] or line['segment_id']} ({', '.join(line['source_ids'])})"
