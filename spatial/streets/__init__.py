"""Street segments as units: make them of lines, snap incidents to them, link them, name them."""

from spatial.streets.carrying import CarryIndex
from spatial.streets.naming import nearest_names, segment_names, stretch_name
from spatial.streets.network import neighbours, network_distance
from spatial.streets.noding import Noding
from spatial.streets.report import NetworkReport
from spatial.streets.segments import prepare
from spatial.streets.shared_points import shared_points
from spatial.streets.simplify_report import SimplifyReport
from spatial.streets.simplifying import Simplified, simplify
from spatial.streets.snapping import SnapIndex, Snapped, snap
from spatial.streets.standing import with_all_names

__all__ = [
    "CarryIndex",
    "NetworkReport",
    "Noding",
    "Simplified",
    "SimplifyReport",
    "SnapIndex",
    "Snapped",
    "nearest_names",
    "neighbours",
    "network_distance",
    "prepare",
    "segment_names",
    "shared_points",
    "simplify",
    "snap",
    "stretch_name",
    "with_all_names",
]
