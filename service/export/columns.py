"""What the columns of exported layers mean: one description for every format that has room for it.

Columns have the names of the GeoJSON properties. Where a property is a list or an object, the
column holds it as JSON text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from service.export.geojson import score_columns
from service.store import models

GEOMETRY: Final = "geometry"
JSON_TEXT: Final = pa.string()


@dataclass(frozen=True)
class Column:
    """A column of a layer.

    Parameters
    ----------
    name
        As in GeoJSON.
    type
        In Arrow, from which the formats derive theirs.
    description
        What it holds, with its unit.
    """

    name: str
    type: pa.DataType
    description: str


def _known(*rows: tuple[str, pa.DataType, str]) -> dict[str, Column]:
    return {name: Column(name, kind, description) for name, kind, description in rows}


_TEXT, _WHOLE, _NUMBER = pa.string(), pa.int64(), pa.float64()

_PLACES = _known(
    ("area_km2", _NUMBER, "Area, km² on the ellipsoid"),
    ("length_m", _NUMBER, "Length of street, metres"),
    ("harm_per_km2", _NUMBER, "Harm per km²"),
    ("harm_per_100m", _NUMBER, "Harm per 100 metres of street"),
    ("district", _TEXT, "District that holds most of it"),
    ("count", _WHOLE, "Incidents used"),
    ("harm", _NUMBER, "Sum of the incidents' weights, in the unit of the harm index"),
)
_UNITS = _PLACES | _known(
    ("unit_id", _TEXT, "H3 cell, street segment or area, as its source names it"),
    ("z", _NUMBER, "Getis-Ord Gi*, standard deviates"),
    ("p", _NUMBER, "Probability of a value at least as extreme by chance, of this unit alone"),
    ("q", _NUMBER, "p corrected for the number of units (false discovery rate)"),
    ("class", _TEXT, "Class by q: hot_99, hot_95, hot_90, not_significant, cold_90 to cold_99"),
    ("rank", _WHOLE, "Rank by harm, 1 the most"),
    ("cumulative_harm_share", _NUMBER, "Share of all harm that units up to this rank hold"),
    ("label", _TEXT, "What people call it: street or area"),
    ("population", _NUMBER, "Residents"),
    ("harm_per_1000_residents", _NUMBER, "Harm per 1,000 residents; empty where nobody lives"),
    ("rate", _NUMBER, "What was tested: the value by its denominator"),
)
_TARGETS = _PLACES | _known(
    ("rank", _WHOLE, "Rank, 1 first"),
    ("target_id", _TEXT, "Name of the target, the same for the same units in every run"),
    ("unit", _TEXT, "Unit of place: h3, segment or polygon"),
    ("resolution", _WHOLE, "H3 resolution of its cells"),
    ("members", JSON_TEXT, "Units that make it up, a JSON list"),
    ("harm_share", _NUMBER, "Share of all harm in the study area"),
    ("count_share", _NUMBER, "Share of all incidents in the study area"),
    ("z_max", _NUMBER, "Greatest Gi* of its units"),
    ("p_min", _NUMBER, "Smallest p of the units that make it hot"),
    ("q_min", _NUMBER, "Smallest q of the units that make it hot"),
    ("class", _TEXT, "Class of the unit with the smallest q"),
    ("offences", JSON_TEXT, "Incidents by offence code, a JSON object"),
    ("harm_by_offence", JSON_TEXT, "Harm by offence code, a JSON object"),
    ("dominance", _NUMBER, "Share of its harm that its single worst incident contributes"),
    ("effective_incidents", _NUMBER, "Number of equal incidents that would spread harm as much"),
    ("trend", JSON_TEXT, "This window against the one before, a JSON object"),
    ("series", JSON_TEXT, "Incidents and harm week by week, or month by month, a JSON object"),
    ("peak", JSON_TEXT, "When it happens, by hour of the week, a JSON object"),
    ("label", _TEXT, "What people call it: street or area"),
    ("note", _TEXT, "Why this place, and any caution"),
)  # fmt: skip
_TARGET_ORDER = (
    "rank", "target_id", "label", "class", "note", "unit", "resolution", "members", "area_km2",
    "length_m", "harm_per_km2", "harm_per_100m", "count", "harm", "harm_share", "count_share",
    "z_max", "p_min", "q_min", "offences", "harm_by_offence", "dominance", "effective_incidents",
    "trend", "series", "peak", "district",
)  # fmt: skip
_SIZES = {
    "h3": {"length_m", "harm_per_100m"},
    "segment": {"area_km2", "harm_per_km2"},
    "polygon": {"length_m", "harm_per_100m"},
}

BOUNDARY_COLUMNS: Final = tuple(
    _known(
        ("name", _TEXT, "Name of the area"),
        ("properties", JSON_TEXT, "What its file says of it, a JSON object"),
    ).values()
)
STREET_COLUMNS: Final = tuple(
    _known(
        ("segment_id", _TEXT, "The segment, as its source names it"),
        ("name", _TEXT, "Name of the street"),
        ("road_class", _TEXT, "Class of road, as its source has it"),
        ("length_m", _NUMBER, "Length, metres on the ellipsoid"),
    ).values()
)


def unit_columns(run: models.AnalysisRun) -> tuple[Column, ...]:
    """Return the columns of a run's units."""
    return tuple(_UNITS[name] for name in score_columns(run))


def target_columns(run: models.AnalysisRun) -> tuple[Column, ...]:
    """Return the columns of a run's targets, what people read first at the front."""
    without = _SIZES[run.parameters["unit"]]
    return tuple(_TARGETS[name] for name in _TARGET_ORDER if name not in without)


def schema_of(columns: tuple[Column, ...]) -> pa.Schema:
    """Return the Arrow schema of a layer: its columns with their descriptions, then geometry."""
    fields = [
        pa.field(one.name, one.type, metadata={"description": one.description}) for one in columns
    ]
    return pa.schema([*fields, pa.field(GEOMETRY, pa.binary(), nullable=False)])
