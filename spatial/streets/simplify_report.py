"""What a network was before its streets were made one line each, and what it is after."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components


@dataclass(frozen=True)
class Extent:
    """How large a network is.

    Parameters
    ----------
    lines, length_km
        Its segments, and how long they are together.
    junctions
        Places where three or more ends of segments meet.
    components
        Parts of the network that nothing links.
    """

    lines: int
    length_km: float
    junctions: int
    components: int

    @classmethod
    def of(cls, segments: gpd.GeoDataFrame) -> Extent:
        """Return the extent of segments as `prepare` returns them."""
        ends = segments[["node_from", "node_to"]].to_numpy()
        number, at = np.unique(ends, return_inverse=True)
        at = at.reshape(ends.shape)
        ones = np.ones(len(ends), dtype=np.int8)
        linked = sparse.coo_array((ones, at.T), shape=(len(number), len(number)))
        components, _ = connected_components(linked, directed=False)
        return cls(
            lines=len(segments),
            length_km=round(float(segments["length_m"].sum()) / 1000, 3),
            junctions=int((np.bincount(at.ravel()) > 2).sum()),
            components=int(components),
        )


@dataclass(frozen=True)
class SimplifyReport:
    """What became of a network whose streets were made one line each.

    Parameters
    ----------
    classes
        Classes that were asked for; None: all that are streets.
    threshold
        Index below which a face between lines is no block but the inside of a street.
    before, after
        How large the network was and is.
    merged, merged_ways
        Lines that stand for ways of the source side by side, and these ways.
    joined
        Other lines that stand for several ways, one after the other.
    kept_apart
        Faces that would have been made one line, but hold a crossing of different levels or lie
        between lines of different levels.
    failed
        Faces that could not be made one line.
    names_disagree
        Lines without a name because the ways that they stand for have several.
    examples
        Up to five of each: for `merged`, names of lines with the ids of their ways; for
        `names_disagree`, the names.
    """

    classes: list[str] | None
    threshold: float | None
    before: Extent
    after: Extent
    merged: int
    merged_ways: int
    joined: int
    kept_apart: int
    failed: int
    names_disagree: int
    examples: dict[str, list[str]] = field(default_factory=dict)
