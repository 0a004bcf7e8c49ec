"""Street segments as units: make them of lines, snap incidents to them, tell which meet."""

from spatial.streets.network import neighbours, network_distance
from spatial.streets.noding import Noding
from spatial.streets.report import NetworkReport
from spatial.streets.segments import prepare
from spatial.streets.shared_points import shared_points
from spatial.streets.snapping import SnapIndex, Snapped, snap

__all__ = [
    "NetworkReport",
    "Noding",
    "SnapIndex",
    "Snapped",
    "neighbours",
    "network_distance",
    "prepare",
    "shared_points",
    "snap",
]
