"""Which columns exported layers have: the declared properties, in every format that has columns.

Columns have the names of the GeoJSON properties. Where a property is a list or an object, the
column holds it as JSON text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from service.analyses import properties
from service.analyses.property import Property, Type
from service.store import models
from service.store.repository import scores

if TYPE_CHECKING:
    import pyarrow as pa

GEOMETRY: Final = "geometry"

_ARROW: Final[dict[Type, str]] = {
    "text": "string",
    "whole": "int64",
    "number": "float64",
    "object": "string",
    "list": "string",
}
"""What columns are in Arrow, from which the formats derive theirs."""


def unit_columns(run: models.AnalysisRun) -> tuple[Property, ...]:
    """Return the columns of a run's units, in the order in which they are shown."""
    return _of(run, "units", [one for one in properties.SCORE if one.name in scores.COLUMNS])


def target_columns(run: models.AnalysisRun) -> tuple[Property, ...]:
    """Return the columns of a run's targets, what people read first at the front."""
    return _of(run, "targets", properties.TARGET)


def _of(run: models.AnalysisRun, places: str, before: Sequence[Property]) -> tuple[Property, ...]:
    """Return the properties of a run's places; of a run that does not say: those of its time."""
    held = (run.holds or {}).get(places)
    if held is None:
        return tuple(one for one in before if one.belongs_to(run.parameters))
    every = {"units": properties.SCORE, "targets": properties.TARGET}[places]
    return tuple(one for one in every if one.name in held)


def schema_of(columns: Sequence[Property]) -> pa.Schema:
    """Return the Arrow schema of a layer: its columns with their descriptions, then geometry."""
    import pyarrow as pa  # takes long, and pages that list columns do without

    fields = [
        pa.field(
            one.name,
            pa.type_for_alias(_ARROW[one.type]),
            metadata={"description": one.in_words},
        )
        for one in columns
    ]
    return pa.schema([*fields, pa.field(GEOMETRY, pa.binary(), nullable=False)])
