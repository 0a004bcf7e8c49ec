"""Street segments as units: make them of lines, snap incidents to them, tell which meet."""

from spatial.streets.network import neighbours
from spatial.streets.segments import NetworkReport, prepare
from spatial.streets.snapping import Snapped, snap

__all__ = ["NetworkReport", "Snapped", "neighbours", "prepare", "snap"]
