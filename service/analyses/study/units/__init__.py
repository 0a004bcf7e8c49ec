"""The units of place that a study is made of: cells, street segments, or areas of a layer."""

from service.analyses.study.units.base import (
    COORDINATE_STEP,
    LEFT_OUT,
    OUTSIDE,
    Placed,
    Units,
)
from service.analyses.study.units.cells import CellUnits
from service.analyses.study.units.polygons import PolygonUnits
from service.analyses.study.units.segments import SegmentUnits

__all__ = [
    "COORDINATE_STEP",
    "LEFT_OUT",
    "OUTSIDE",
    "CellUnits",
    "Placed",
    "PolygonUnits",
    "SegmentUnits",
    "Units",
]
