"""Areas as units: districts, beats and census areas, and what lies in them."""

from spatial.areas.apportioning import apportion, coverage
from spatial.areas.insides import share_inside
from spatial.areas.placing import assign, place
from spatial.areas.polygons import area_km2, neighbours, overlaps

__all__ = [
    "apportion",
    "area_km2",
    "assign",
    "coverage",
    "neighbours",
    "overlaps",
    "place",
    "share_inside",
]
