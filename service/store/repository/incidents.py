"""The incidents of a window, read in bulk as the canonical table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
from psycopg import sql
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service.errors import NotFoundError
from service.store import arrow
from service.store.models import IncidentSource
from service.store.session import driver_connection
from spatial.errors import Problem

if TYPE_CHECKING:
    import pandas as pd

_READ = sql.SQL(
    """
    SELECT source, offence_code, occurred_from, occurred_to, time_precision, reported_at,
           longitude, latitude, location_text{place_precision}
    FROM incident
    WHERE agency_id = {agency} AND ({windows})
    """
)
PLACE_PRECISION: Final = "place_precision"
"""How precisely an incident was placed by its address; null where it came with coordinates."""

_PLACE_PRECISION = sql.SQL(", attributes->>'place_precision' AS place_precision")
_ANY_PLACED = text(
    """
    SELECT EXISTS (
        SELECT FROM ingest_batch
        WHERE agency_id = :agency
          AND jsonb_path_exists(warnings, '$[*].code ? (@ starts with "placed_")')
    )
    """
)
# An incident belongs to the window that holds the middle of its span; the first line is implied
# by the second, and lets the index on occurred_from help.
_WINDOW = sql.SQL(
    """
    (source = {source} AND occurred_from < {end} AND occurred_to >= {start}
     AND occurred_from + (occurred_to - occurred_from) / 2 >= {start}
     AND occurred_from + (occurred_to - occurred_from) / 2 < {end})
    """
)


@dataclass(frozen=True)
class DataSnapshot:
    """The data of an agency at one moment, named by its version.

    Parameters
    ----------
    agency_id
        Whose data.
    data_version
        Version of the data that the snapshot shows.
    exported
        The snapshot's name, for other connections; valid until the session's transaction ends.
    """

    agency_id: int
    data_version: int
    exported: str


def take_snapshot(session: Session, agency_id: int) -> DataSnapshot:
    """Freeze what an agency's data are, together with their version, in one statement."""
    row = session.execute(
        text("SELECT data_version, pg_export_snapshot() FROM agency WHERE id = :id"),
        {"id": agency_id},
    ).one()
    return DataSnapshot(agency_id, row[0], row[1])


def sources(session: Session, agency_id: int, names: Sequence[str] | None) -> dict[str, str]:
    """Return the time zone of each source of an agency, by the source's name.

    Raises
    ------
    NotFoundError
        When a name is no source of the agency; the message lists those that are.
    """
    rows = session.execute(
        select(IncidentSource.name, IncidentSource.time_zone)
        .where(IncidentSource.agency_id == agency_id)
        .order_by(IncidentSource.name)
    )
    known: dict[str, str] = {row.name: row.time_zone for row in rows}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise NotFoundError(
            f"There is no incident source {', '.join(unknown)}; there are: "
            f"{', '.join(known) or 'none yet'}.",
            [Problem("sources", f"unknown source {name}") for name in unknown],
        )
    return known if names is None else {name: known[name] for name in sorted(set(names))}


def read_window(
    session: Session,
    snapshot: DataSnapshot,
    start: dt.date,
    end: dt.date,
    zones: dict[str, str],
) -> pd.DataFrame:
    """Read the incidents of a window of calendar days, each on its own place's clock.

    Parameters
    ----------
    session, snapshot
        The unit of work and the data it sees.
    start, end
        First and last day, both included.
    zones
        Time zone of each source to read.

    Returns
    -------
    pandas.DataFrame
        Canonical columns, texts as categories, and `time_zone`; `place_precision` where the agency
        has incidents that were placed by their address. The order of rows means nothing.
    """
    columns = ["source", "offence_code", "time_precision", "location_text"]
    more = sql.SQL("")
    if session.scalar(_ANY_PLACED, {"agency": snapshot.agency_id}):
        more = _PLACE_PRECISION
        columns.append(PLACE_PRECISION)
    query = _READ.format(
        agency=sql.Literal(snapshot.agency_id),
        windows=within(start, end, zones),
        place_precision=more,
    )
    table = arrow.read(session, snapshot.exported, query)
    for column in columns:
        at = table.schema.get_field_index(column)
        encoded = table.column(at).cast(pa.string()).dictionary_encode()
        table = table.set_column(at, column, encoded)
    incidents: pd.DataFrame = table.to_pandas(self_destruct=True)
    incidents["time_zone"] = incidents["source"].map(zones).astype("category")
    return incidents


def within(start: dt.date, end: dt.date, zones: dict[str, str]) -> sql.Composable:
    """Return the condition that an incident is of a window of calendar days.

    Parameters
    ----------
    start, end
        First and last day, both included, on the clock of each incident's source.
    zones
        Time zone of each source whose incidents count.
    """
    windows = [
        _WINDOW.format(
            source=sql.Literal(name),
            start=sql.Literal(_midnight(start, zone)),
            end=sql.Literal(_midnight(end + dt.timedelta(days=1), zone)),
        )
        for name, zone in zones.items()
    ]
    return sql.SQL(" OR ").join(windows) if windows else sql.SQL("FALSE")


def known_by_month(
    session: Session, agency_id: int, start: dt.date, end: dt.date, zones: dict[str, str]
) -> int:
    """Return how many incidents of a window of calendar days are known only by their month."""
    counted = sql.SQL(
        "SELECT count(*) FROM incident"
        " WHERE agency_id = {agency} AND time_precision = 'month' AND ({windows})"
    ).format(agency=sql.Literal(agency_id), windows=within(start, end, zones))
    row = driver_connection(session).execute(counted).fetchone()
    return int(row[0]) if row else 0


def first_day(session: Session, agency_id: int, zones: dict[str, str]) -> dt.date | None:
    """Return the day, on the local clock, from which each of some sources has incidents."""
    rows = session.execute(
        text(
            "SELECT source, min(occurred_from) FROM incident "
            "WHERE agency_id = :agency AND source = ANY(:sources) GROUP BY source"
        ),
        {"agency": agency_id, "sources": list(zones)},
    )
    days = [moment.astimezone(ZoneInfo(zones[source])).date() for source, moment in rows]
    return max(days, default=None)


def _midnight(day: dt.date, zone: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)
