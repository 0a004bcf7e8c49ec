"""Addresses placed by a street network: crossings, and on request streets."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from service.ingest.addresses.address import Address
from service.ingest.addresses.found import SPREAD_M, Found, Nowhere
from service.ingest.addresses.keys import Keys
from service.ingest.addresses.names import plain

if TYPE_CHECKING:
    import geopandas as gpd

_APART_M: Final = 500.0
_METRES_PER_DEGREE: Final = 111_195.0


class StreetPlaces:
    """Where the crossings of a network are.

    Parameters
    ----------
    name
        Of the network, ``NAME``.
    segments
        As `spatial.streets.prepare` makes them.
    """

    def __init__(self, name: str, segments: gpd.GeoDataFrame) -> None:
        self.by = f"network:{name}"
        self._shapes = segments.geometry.to_numpy()
        self._segments: dict[str, list[int]] = defaultdict(list)
        self._nodes: dict[str, set[int]] = defaultdict(set)
        self._point: dict[int, tuple[float, float]] = {}
        ends = segments[["node_from", "node_to"]].to_numpy()
        for at, name_ in enumerate(segments["name"]):
            if not isinstance(name_, str) or not (key := plain(name_)):
                continue
            self._segments[key].append(at)
            self._nodes[key].update(ends[at].tolist())
        for end, index in ((0, 0), (1, -1)):
            points = shapely.get_coordinates(shapely.get_point(self._shapes, index))
            self._point.update(zip(ends[:, end].tolist(), map(tuple, points.tolist()), strict=True))
        self._keys = Keys(self._segments)

    def knows(self, key: str) -> bool:
        """Tell whether a compared name is that of a street."""
        return key in self._segments

    def find(self, address: Address, *, street_alone: bool) -> Found | Nowhere:
        """Return the junction of two streets, or the middle of a street."""
        street, loosely = self._keys.match(address.street)
        if isinstance(street, Nowhere):
            return street
        if address.crossing is not None:
            other, also = self._keys.match(address.crossing)
            if isinstance(other, Nowhere):
                return other
            told = " & ".join(filter(None, (loosely, also))) or None
            return self._crossing(street, other, told)
        if address.number is not None or address.block is not None:
            if not street_alone:
                return Nowhere("unknown", "the network knows no numbers of houses")
        elif not street_alone:
            return Nowhere("imprecise", "a street alone is no place, unless it is asked for")
        return self._middle(street, loosely)

    def _crossing(self, street: str, other: str, loosely: str | None) -> Found | Nowhere:
        if street == other:
            return Nowhere("unknown", f"{street} does not cross itself")
        shared = sorted(self._nodes[street] & self._nodes[other])
        if not shared:
            return Nowhere("unknown", f"{street} and {other} do not meet in the network")
        at = np.array([self._point[node] for node in shared])
        wide = spread_m(at)
        if wide > SPREAD_M:
            return Nowhere(
                "several", f"{street} and {other} meet at places {wide:,.0f} m from each other"
            )
        longitude, latitude = nearest_to_middle(at)
        return Found(longitude, latitude, "crossing", self.by, loosely)

    def _middle(self, street: str, loosely: str | None) -> Found | Nowhere:
        lines = self._shapes[self._segments[street]]
        together = shapely.MultiLineString(list(lines))
        if _lie_apart(lines):
            message = f"streets more than {_APART_M:g} m apart are called {street}"
            return Nowhere("several", message)
        middle = shapely.centroid(together)
        on_it = together.interpolate(together.project(middle))
        return Found(on_it.x, on_it.y, "street", self.by, loosely)


def metres(at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return degrees as metres on a plane of their middle latitude: good enough to tell far."""
    scale = np.cos(np.radians(at[:, 1].mean()))
    flat: NDArray[np.float64] = at * _METRES_PER_DEGREE * (scale, 1.0)
    return flat


def spread_m(at: NDArray[np.float64]) -> float:
    """Return how far apart points are at most, by their box, metres."""
    return float(np.hypot(*np.ptp(metres(at), axis=0)))


def nearest_to_middle(at: NDArray[np.float64]) -> tuple[float, float]:
    """Return the point that is nearest to the middle of all."""
    away = np.hypot(*(at - at.mean(axis=0)).T).round(9)
    longitude, latitude = at[np.lexsort((at[:, 1], at[:, 0], away))[0]].tolist()
    return longitude, latitude


def _lie_apart(lines: NDArray[np.object_]) -> bool:
    """Tell whether a gap too wide for one street parts some lines from the others."""
    middle = shapely.total_bounds(lines)[[1, 3]].mean()
    scale = _METRES_PER_DEGREE * np.array((np.cos(np.radians(middle)), 1.0))
    around = shapely.buffer(shapely.transform(lines, lambda xy: xy * scale), _APART_M / 2)
    return bool(shapely.get_num_geometries(shapely.union_all(around)) > 1)
