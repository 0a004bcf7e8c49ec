"""Read-only views for GIS clients, each limited to the agency that the transaction names.

A comment on a column reads ``Title: description. [unit]``; the description and the unit may be
missing. The service shows them as they are.

Revision ID: 0005
Revises: 0004
"""

# ruff: noqa: S608 - the statements are put together from the constants here alone
from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Empty outside a transaction that names an agency: no agency has this id, so no row is seen.
AGENCY = "nullif(current_setting('harmspot.agency_id', true), '')::bigint"

TARGET_COLUMNS = {
    "rank": ("bigint", "Rank: 1 is where most harm was"),
    "target_id": ("text", "Target: the same members have the same id in every run"),
    "unit": ("text", "Unit: what the target is made of: h3, segment or polygon"),
    "resolution": ("integer", "Resolution: of the H3 cells"),
    "class": ("text", "Class: of the most significant unit, such as hot_99"),
    "label": ("text", "Place: the nearest street or area"),
    "note": ("text", "Note: why this place, and any caution"),
    "district": ("text", "District: where most of its harm is"),
    "count": ("bigint", "Incidents: how many in the window"),
    "harm": ("double precision", "Harm: sum of the weights of its incidents [unit of the harm index]"),
    "count_share": ("double precision", "Share of incidents: of all in the study area [1]"),
    "harm_share": ("double precision", "Share of harm: of all in the study area [1]"),
    "area_km2": ("double precision", "Area: of its cells or areas together [km2]"),
    "length_m": ("double precision", "Length: of its segments together [m]"),
    "harm_per_km2": ("double precision", "Harm density: harm by area [unit of the harm index / km2]"),
    "harm_per_100m": ("double precision", "Harm density: harm by length [unit of the harm index / 100 m]"),
    "z_max": ("double precision", "Greatest z: of the Gi* statistic of its units"),
    "p_min": ("double precision", "Smallest p: pseudo p-value of the units that make it hot"),
    "q_min": ("double precision", "Smallest q: p after control of the false discovery rate"),
    "dominance": ("double precision", "Dominance: share of its harm that its worst incident holds [1]"),
    "effective_incidents": ("double precision", "Effective incidents: how many equal ones would spread harm alike"),
    "members": ("json", "Members: ids of its units"),
    "offences": ("json", "Offences: number of incidents by offence code"),
    "harm_by_offence": ("json", "Harm by offence: by offence code [unit of the harm index]"),
    "trend": ("json", "Trend: this window against the one before"),
    "peak": ("json", "Peak: profile of the hours of the week, and the best two-hour windows"),
}  # fmt: skip
RUN_ID = "Run: the analysis that found it"

UNIT_COLUMNS = {
    "unit_id": "Unit: id of the cell, segment or area",
    "count": "Incidents: how many in the window",
    "harm": "Harm: sum of the weights of its incidents [unit of the harm index]",
    "z": "z: Getis-Ord Gi* statistic of the unit and its neighbours",
    "p": "p: pseudo p-value by permutation",
    "q": "q: p after control of the false discovery rate",
    "class": "Class: hot_99, hot_95, hot_90, not_significant, cold_90, cold_95 or cold_99, by q",
    "rank": "Rank: 1 is the unit with most harm",
    "cumulative_harm_share": "Cumulative share of harm: of this unit and all before it by rank [1]",
    "label": "Place: name of the street or area",
    "district": "District: in which the unit lies",
    "area_km2": "Area [km2]",
    "length_m": "Length [m]",
    "harm_per_km2": "Harm density: harm by area [unit of the harm index / km2]",
    "harm_per_100m": "Harm density: harm by length [unit of the harm index / 100 m]",
    "population": "Residents: how many live there",
    "harm_per_1000_residents": "Harm by residents [unit of the harm index / 1000 residents]",
    "rate": "Rate: what was tested, where a denominator was asked for",
}

SEGMENT_COLUMNS = {
    name: comment
    for name, comment in UNIT_COLUMNS.items()
    if name not in ("area_km2", "harm_per_km2", "population", "harm_per_1000_residents")
} | {"unit_id": "Segment: its id in the street network", "label": "Street: its name"}

COMMENTS = {
    "targets": {
        "": "Patrol targets: Places to patrol, ranked by harm, with the evidence for each.",
        "run_id": RUN_ID,
        **{name: comment for name, (_, comment) in TARGET_COLUMNS.items()},
        "geom": "Shape: of the target's units together",
    },
    "patrol_areas": {
        "": "Patrol areas: The ground around each target that belongs to its patrol, where asked for.",
        "run_id": RUN_ID,
        **{name: comment for name, (_, comment) in TARGET_COLUMNS.items()},
        "geom": "Shape: the target and the ground around it",
    },
    "units": {
        "": "Units: Hot-spot cells, street segments or areas of a run with their harm and statistic.",
        "run_id": RUN_ID,
        **UNIT_COLUMNS,
        "geom": "Shape: of the cell, segment or area",
    },
    "segments": {
        "": "Street segments: Those of a run with their harm and statistic, hot or not.",
        "run_id": RUN_ID,
        **SEGMENT_COLUMNS,
        "geom": "Shape: centre line of the segment",
    },
    "boundaries": {
        "": "Boundaries: Areas of the boundary layers, such as study areas, districts and beats.",
        "layer_id": "Layer's version: key of the layer in one version",
        "position": "Position: in the file of the layer, from 0",
        "layer": "Layer: name of the boundary layer",
        "version": "Version: of the layer",
        "name": "Name: of the area",
        "properties": "Properties: what else the file says of the area",
        "geom": "Shape: of the area",
    },
    "streets": {
        "": "Streets: Segments of the street networks, from junction to junction.",
        "network_id": "Network's version: key of the network in one version",
        "position": "Position: in the network, from 0",
        "network": "Network: name of the street network",
        "version": "Version: of the network",
        "segment_id": "Segment: its id, as units of runs name it",
        "name": "Name: of the street",
        "road_class": "Road class: as the source of the network has it",
        "length_m": "Length [m]",
        "geom": "Shape: centre line of the segment",
    },
    "incidents": {
        "": "Incidents: Recorded offences at their places. For those allowed to see them.",
        "source": "Source: the system that it comes from",
        "external_id": "Identifier: in its source",
        "offence_code": "Offence code: as the harm index lists it",
        "offence_name": "Offence: in words",
        "occurred_from": "From: first instant at which it may have occurred",
        "occurred_to": "To: last instant at which it may have occurred",
        "time_precision": "Precision of time: exact, hour, day or month",
        "reported_at": "Reported: when it was reported",
        "location_text": "Place: in words",
        "attributes": "Attributes: what else the source says",
        "geom": "Place: as it was recorded",
    },
}


def upgrade() -> None:
    op.execute("CREATE SCHEMA ogc")
    op.execute("COMMENT ON SCHEMA ogc IS 'What GIS clients read, one agency at a time'")
    for name, query in _views().items():
        op.execute(f"CREATE VIEW ogc.{name} AS {query}")
        for column, comment in COMMENTS[name].items():
            what = f'COLUMN ogc.{name}."{column}"' if column else f"VIEW ogc.{name}"
            quoted = comment.replace("'", "''")
            op.execute(f"COMMENT ON {what} IS '{quoted}'")


def downgrade() -> None:
    op.execute("DROP SCHEMA ogc CASCADE")


def _views() -> dict[str, str]:
    own_run = f"JOIN analysis_run r ON r.id = run_id WHERE r.agency_id = {AGENCY}"
    record = ", ".join(f'"{name}" {kind}' for name, (kind, _) in TARGET_COLUMNS.items())
    told = ", ".join(f'p."{name}"' for name in TARGET_COLUMNS)
    targets = (
        f"SELECT t.run_id, {told}, {{geom}} AS geom "
        f"FROM target t CROSS JOIN LATERAL json_to_record(t.properties) AS p({record}) {own_run}"
    )
    # The rank and id of the row itself, which are indexed, stand for those in its properties.
    targets = targets.replace('p."rank"', "t.rank").replace('p."target_id"', "t.target_id")
    units = f"SELECT u.run_id, {{columns}}, u.geom FROM unit_score u {own_run}"
    return {
        "targets": targets.format(geom="t.geom"),
        "patrol_areas": f"{targets.format(geom='t.patrol_geom')} AND t.patrol_geom IS NOT NULL",
        "units": units.format(columns=_columns(UNIT_COLUMNS)),
        "segments": units.format(columns=_columns(SEGMENT_COLUMNS))
        + " AND r.parameters->>'unit' = 'segment'",
        "boundaries": f"""
            SELECT b.layer_id, b.position, l.name AS layer, l.version, b.name, b.properties, b.geom
            FROM boundary b JOIN boundary_layer l ON l.id = b.layer_id
            WHERE l.agency_id = {AGENCY}
        """,
        "streets": f"""
            SELECT s.network_id, s.position, n.name AS network, n.version, s.segment_id, s.name,
                s.road_class, s.length_m, s.geom
            FROM street_segment s JOIN street_network n ON n.id = s.network_id
            WHERE n.agency_id = {AGENCY}
        """,
        # A view of one table alone could be written to; joined with another, it cannot.
        "incidents": f"""
            SELECT i.source, i.external_id, i.offence_code, i.offence_name, i.occurred_from,
                i.occurred_to, i.time_precision, i.reported_at, i.location_text, i.attributes, i.geom
            FROM incident i JOIN agency a ON a.id = i.agency_id
            WHERE a.id = {AGENCY}
        """,
    }


def _columns(names: dict[str, str]) -> str:
    listed = ", ".join(f'u."{name}"' for name in names)
    return listed.replace('u."harm"', "u.harm::double precision AS harm")
