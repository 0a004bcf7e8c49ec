"""Which lines of a simplified network stand for which ways of its source, by metres."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from spatial.streets.samples import Lines, Samples, directions, samples

REACH_M: Final = 60.0
"""A street space is not wider: farther lines stand for a way only where none is nearer."""

_UNMOVED_M: Final = 0.05
_ACROSS_M: Final = 15.0
"""A line across a way stands for it only where one along it is so much farther away."""

_SHARE: Final = 0.25
_LEAST_M: Final = 15.0
_LEAST_SHARE: Final = 0.05
_NAMING_SHARE: Final = 0.2
_CLEAR_SHARE: Final = 0.6
_CALLED: Final = ("name", "road_class")
_TOLD: Final = ("segment_id", *_CALLED, "disagreeing")


def standing(ways: Lines, lines: Lines) -> pd.DataFrame:
    """Return which lines stand for each way, and for how much of it.

    Every few metres a way is asked for the line that is nearest and runs along it. A line stands
    for it that is so for a quarter of it, for 15 m and a twentieth of it, or for more of it than
    any other.

    Parameters
    ----------
    ways, lines
        On one plane in metres.

    Returns
    -------
    pandas.DataFrame
        `way` and `line` (positions) and `length_m`, each way at least once, by way, the most first.

    Examples
    --------
    >>> two = shapely.from_wkt(["LINESTRING (0 5, 90 5)", "LINESTRING (0 -5, 90 -5)"])
    >>> standing(two, shapely.from_wkt(["LINESTRING (0 0, 50 0)", "LINESTRING (50 0, 90 0)"]))
       way  line  length_m
    0    0     0      50.0
    1    0     1      40.0
    2    1     0      50.0
    3    1     1      40.0
    """
    along = samples(ways)
    pairs = pd.DataFrame({"way": along.line, "line": _nearest(along, lines)})
    found = pairs.assign(length_m=along.length_m).groupby(["way", "line"]).sum().reset_index()
    found["length_m"] = found["length_m"].round(3)
    found = found.sort_values(["way", "length_m", "line"], ascending=[True, False, True])
    metres, whole = found["length_m"].to_numpy(), shapely.length(ways)[found["way"]]
    much = metres >= np.maximum(np.minimum(_SHARE * whole, _LEAST_M), _LEAST_SHARE * whole)
    most = ~found["way"].duplicated().to_numpy()
    told: pd.DataFrame = found[much | most].reset_index(drop=True)
    return told


def lost(ways: Lines, lines: Lines) -> NDArray[np.intp]:
    """Return the ways that no line is near to along more than half of them, by position.

    Examples
    --------
    >>> two = shapely.from_wkt(["LINESTRING (0 5, 90 5)", "LINESTRING (0 500, 90 500)"])
    >>> lost(two, two[:1]).tolist()
    [1]
    """
    along = samples(ways)
    if len(lines) == 0:
        return np.arange(len(ways))
    near = np.zeros(len(along.point), dtype=np.bool_)
    tree = shapely.STRtree(lines)
    near[np.unique(tree.query(along.point, predicate="dwithin", distance=REACH_M)[0])] = True
    share = np.bincount(along.line, weights=near) / np.bincount(along.line)
    return np.flatnonzero(share < 0.5)


def _nearest(along: Samples, lines: Lines) -> NDArray[np.intp]:
    """Return the line that stands for each sample: where it was, or the nearest one along it."""
    tree = shapely.STRtree(lines)
    best = np.full(len(along.point), -1, dtype=np.intp)
    for reach in (_UNMOVED_M, REACH_M):
        still = np.flatnonzero(best < 0)
        if len(still) == 0:
            return best
        sample, line = tree.query(along.point[still], predicate="dwithin", distance=reach)
        sample = still[sample]
        cost = _cost(along, sample, lines[line])
        order = np.lexsort((line, cost, sample))
        first = order[~pd.Series(sample[order]).duplicated().to_numpy()]
        best[sample[first]] = line[first]
    still = np.flatnonzero(best < 0)
    if len(still):
        best[still] = tree.nearest(along.point[still])
    return best


def _cost(along: Samples, sample: NDArray[np.intp], lines: Lines) -> NDArray[np.float64]:
    """Return how far some lines are from samples, farther where they do not run along them."""
    at = shapely.line_locate_point(lines, along.point[sample])
    east, north = directions(lines, at).T
    across = np.abs(east * along.along[sample, 1] - north * along.along[sample, 0])
    distance_m = shapely.distance(lines, along.point[sample])
    return np.asarray((distance_m + _ACROSS_M * across).round(3))


def called(ways: gpd.GeoDataFrame, stands: pd.DataFrame) -> pd.DataFrame:
    """Return what the lines are called that stand for ways, a row each in their order.

    Parameters
    ----------
    ways
        With `segment_id`, `name` and `road_class`.
    stands
        As `standing` returns it; every line once at least.

    Returns
    -------
    pandas.DataFrame
        `segment_id` of a line that stands for one way, whole and alone, else None; `name` where
        its ways agree; `road_class` of most of it; `disagreeing`: the names where they differ.
        Ways that have less than a fifth of the line's metres are not asked for a name.
    """
    told = stands.assign(
        **{name: ways[name].to_numpy()[stands["way"]] for name in ("segment_id", *_CALLED)},
        lines=stands.groupby("way")["line"].transform("size"),
        ways=stands.groupby("line")["way"].transform("size"),
        share=stands["length_m"] / stands.groupby("line")["length_m"].transform("sum"),
    )
    made = pd.DataFrame(None, index=range(int(told["line"].max()) + 1), columns=list(_TOLD))
    alone = told[(told["ways"] == 1) & (told["lines"] == 1)]
    made.loc[alone["line"], "segment_id"] = alone["segment_id"].to_numpy()
    naming = told[told["name"].notna() & (told["share"] >= _NAMING_SHARE)]
    names = naming.sort_values("name").drop_duplicates(["line", "name"]).groupby("line")["name"]
    several = names.transform("size")
    one = naming.loc[several.index[several == 1]]
    made.loc[one["line"], "name"] = one["name"].to_numpy()
    many = naming.loc[several.index[several > 1]].groupby("line")["name"].agg(" / ".join)
    made.loc[many.index, "disagreeing"] = many
    classes = told.groupby(["line", "road_class"])["length_m"].sum().round(3).reset_index()
    most = classes.sort_values(["length_m", "road_class"], ascending=[False, True])
    most = most.drop_duplicates("line")
    made.loc[most["line"], "road_class"] = most["road_class"].to_numpy()
    return made.astype(object).where(made.notna(), None)


def with_all_names(segments: gpd.GeoDataFrame, sources: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return segments with the names of their ways where these disagree: ``Long Road / Mews``.

    Parameters
    ----------
    segments, sources
        As `Simplified` has them. A way names the segment that stands for most of it. A name of
        three fifths of the metres is told alone; of several, the two of most metres are.

    Examples
    --------
    >>> lines = gpd.GeoDataFrame({"name": [None]})
    >>> ways = gpd.GeoDataFrame(
    ...     {"name": ["Mews", "Long Road"], "length_m": [90.0, 95.0], "lines": [[0], [0]]}
    ... )
    >>> with_all_names(lines, ways)["name"].tolist()
    ['Long Road / Mews']
    """
    nameless = segments["name"].isna()
    ways = pd.DataFrame(
        {
            "line": [lines[0] for lines in sources["lines"]],
            "name": sources["name"].to_numpy(dtype=object),
            "length_m": sources["length_m"].to_numpy(),
        }
    )
    ways = ways[ways["name"].notna() & nameless.to_numpy()[ways["line"]]]
    metres = ways.groupby(["line", "name"])["length_m"].sum().round(3).reset_index()
    whole = metres.groupby("line")["length_m"].transform("sum")
    share = metres["length_m"] / whole
    clear = share.groupby(metres["line"]).transform("max") >= _CLEAR_SHARE
    metres = metres[np.where(clear, share >= _CLEAR_SHARE, share >= _NAMING_SHARE)]
    most = metres.sort_values(["length_m", "name"], ascending=[False, True])
    both = most.groupby("line").head(2).sort_values("name").groupby("line")["name"].agg(" / ".join)
    named = segments.copy()
    names = named["name"].to_numpy(dtype=object).copy()
    names[both.index] = both.to_numpy(dtype=object)
    named["name"] = pd.Series(names, index=named.index, dtype=object)
    return named
