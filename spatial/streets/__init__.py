"""Street segments as units: make them of lines, snap incidents to them, tell which meet."""

from spatial.streets.network import neighbours, network_distance
from spatial.streets.segments import NetworkReport, prepare
from spatial.streets.snapping import Snapped, snap

__all__ = ["NetworkReport", "Snapped", "neighbours", "network_distance", "prepare", "snap"]
