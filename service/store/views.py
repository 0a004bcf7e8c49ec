"""The views of the schema `ogc`, which GIS clients read: what each shows, from the declarations.

Each is limited to the agency that the transaction names. `view_making` makes them.
"""

# ruff: noqa: S608 - the queries are put together from what stands here and what is declared
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from service.analyses import properties
from service.analyses.property import Property, Type
from service.analyses.study.units.kinds import KINDS
from service.store.repository import scores

SCHEMA: Final = "ogc"
GEOMETRY: Final = "geom"

# Empty outside a transaction that names an agency: no agency has this id, so no row is seen.
_AGENCY: Final = "nullif(current_setting('harmspot.agency_id', true), '')::bigint"
_OF_RUN: Final = f"JOIN analysis_run r ON r.id = run_id WHERE r.agency_id = {_AGENCY}"

_TYPES: Final[dict[Type, str]] = {
    "text": "text",
    "whole": "bigint",
    "number": "double precision",
    "object": "json",
    "list": "json",
}


@dataclass(frozen=True)
class View:
    """A view: what it shows, its columns in their order, and the query that it is.

    Parameters
    ----------
    title, description
        What people call it, and what its rows are.
    columns
        Its columns, those that order and choose rows first and the geometry last.
    query
        What follows ``CREATE VIEW ... AS``.
    """

    title: str
    description: str
    columns: dict[str, Property]
    query: str


def declared() -> dict[str, View]:
    """Return the views that there shall be, by name."""
    line_kinds = {kind.name for kind in KINDS.values() if kind.style == "segments"}
    of_segments = [one for one in properties.SCORE if one.kinds & line_kinds]
    listed = ", ".join(f"'{name}'" for name in sorted(line_kinds))
    return {
        "targets": _view(
            "Patrol targets",
            "Places to patrol, ranked by harm, with the evidence for each.",
            [_RUN, *properties.TARGET, _geometry("of the target's units together")],
            _targets("t.geom"),
        ),
        "patrol_areas": _view(
            "Patrol areas",
            "The ground around each target that belongs to its patrol, where asked for.",
            [_RUN, *properties.TARGET, _geometry("the target and the ground around it")],
            f"{_targets('t.patrol_geom')} AND t.patrol_geom IS NOT NULL",
        ),
        "units": _view(
            "Units",
            "Hot-spot cells, street segments or areas of a run with their harm and statistic.",
            [_RUN, *properties.SCORE, _geometry("of the cell, segment or area")],
            _units(properties.SCORE),
        ),
        "segments": _view(
            "Street segments",
            "Those of a run with their harm and statistic, hot or not.",
            [_RUN, *of_segments, _geometry("centre line of the segment")],
            f"{_units(of_segments)} AND r.parameters->>'unit' IN ({listed})",
        ),
        "boundaries": _view(
            "Boundaries",
            "Areas of the boundary layers, such as study areas, districts and beats.",
            _BOUNDARIES,
            f"""
            SELECT b.layer_id, b.position, l.name AS layer, l.version, b.name, b.properties, b.geom
            FROM boundary b JOIN boundary_layer l ON l.id = b.layer_id
            WHERE l.agency_id = {_AGENCY}
            """,
        ),
        "streets": _view(
            "Streets",
            "Segments of the street networks, from junction to junction.",
            _STREETS,
            f"""
            SELECT s.network_id, s.position, n.name AS network, n.version, s.segment_id, s.name,
                s.road_class, s.length_m, s.source_ids, s.geom
            FROM street_segment s JOIN street_network n ON n.id = s.network_id
            WHERE n.agency_id = {_AGENCY}
            """,
        ),
        # A view of one table alone could be written to; joined with another, it cannot.
        "incidents": _view(
            "Incidents",
            "Recorded offences at their places. For those allowed to see them.",
            _INCIDENTS,
            f"""
            SELECT i.source, i.external_id, i.offence_code, i.offence_name, i.occurred_from,
                i.occurred_to, i.time_precision, i.reported_at, i.location_text, i.attributes,
                i.geom
            FROM incident i JOIN agency a ON a.id = i.agency_id
            WHERE a.id = {_AGENCY}
            """,
        ),
    }


def _view(title: str, description: str, columns: Sequence[Property], query: str) -> View:
    return View(title, description, {one.name: one for one in columns}, query)


def _geometry(description: str) -> Property:
    return Property(GEOMETRY, "geometry", "Shape", description)


def _targets(shape: str) -> str:
    record = ", ".join(f'"{one.name}" {_TYPES[one.type]}' for one in properties.TARGET)
    # The rank and id of the row itself, which are indexed, stand for those in its properties.
    own = {"rank": "t.rank::bigint AS rank", "target_id": "t.target_id"}
    told = ", ".join(own.get(one.name, f'p."{one.name}"') for one in properties.TARGET)
    return (
        f"SELECT t.run_id, {told}, {shape} AS {GEOMETRY} "
        f"FROM target t CROSS JOIN LATERAL json_to_record(t.properties) AS p({record}) {_OF_RUN}"
    )


def _units(columns: Sequence[Property]) -> str:
    told = ", ".join(f'{scores.value(one, "u").as_string(None)} AS "{one.name}"' for one in columns)
    return f"SELECT u.run_id, {told}, u.geom FROM unit_score u {_OF_RUN}"


_RUN: Final = Property("run_id", "text", "Run", "the analysis that found it")
_POSITION: Final = Property("position", "whole", "Position", "in its file, from 0")
_VERSION: Final = Property("version", "whole", "Version", "of the layer or network", tiled=True)

_BOUNDARIES: Final = (
    Property("layer_id", "whole", "Layer's version", "key of the layer in one version"),
    _POSITION,
    Property("layer", "text", "Layer", "name of the boundary layer", tiled=True),
    _VERSION,
    *properties.BOUNDARY,
    _geometry("of the area"),
)
_STREETS: Final = (
    Property("network_id", "whole", "Network's version", "key of the network in one version"),
    _POSITION,
    Property("network", "text", "Network", "name of the street network", tiled=True),
    replace(_VERSION, tiled=False),
    *properties.STREET,
    _geometry("centre line of the segment"),
)  # fmt: skip
_INCIDENTS: Final = (
    Property("source", "text", "Source", "the system that it comes from", tiled=True),
    Property("external_id", "text", "Identifier", "in its source", tiled=True),
    Property("offence_code", "text", "Offence code", "as the harm index lists it", tiled=True),
    Property("offence_name", "text", "Offence", "in words", nullable=True, tiled=True),
    Property("occurred_from", "instant", "From", "first instant at which it may have occurred",
             tiled=True),
    Property("occurred_to", "instant", "To", "last instant at which it may have occurred"),
    Property("time_precision", "text", "Precision of time", "exact, hour, day or month"),
    Property("reported_at", "instant", "Reported", "when it was reported", nullable=True),
    Property("location_text", "text", "Place", "in words", nullable=True),
    Property("attributes", "object", "Attributes", "what else the source says", nullable=True),
    Property(GEOMETRY, "geometry", "Place", "as it was recorded"),
)  # fmt: skip
