"""In what units of place are measured: known without the weight of the units themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from service.analyses.study.params import UnitKind


@dataclass(frozen=True)
class Measure:
    """In what units of place are measured, and how a total is told per size.

    Parameters
    ----------
    size_name
        Property that tells a size: ``area_km2`` or ``length_m``.
    density_name
        Property that tells harm per size, e.g. ``harm_per_100m``.
    per
        Size to which the density refers, e.g. 100 (metres).
    """

    size_name: str
    density_name: str
    per: float


AREA: Final = Measure("area_km2", "harm_per_km2", 1.0)
LENGTH: Final = Measure("length_m", "harm_per_100m", 100.0)
MEASURES: Final[dict[UnitKind, Measure]] = {"h3": AREA, "segment": LENGTH, "polygon": AREA}
"""In what each kind of unit is measured."""
