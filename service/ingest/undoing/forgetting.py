"""What is stored of columns that a profile does not keep is taken away, for good."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, NamedTuple

import pyarrow as pa
from sqlalchemy.orm import Session

from service.ingest.merging import versions
from service.ingest.merging.kept import KeptColumns
from service.ingest.merging.merge import lock_agency
from service.ingest.merging.versions import lessened
from service.ingest.profiles.binding import keeping
from service.ingest.profiles.profile import Attributes, Profile
from service.ingest.queries import query, run
from service.ingest.readers.rows import FEATURE_ID, only
from service.store.copy import copy_table

_AT_ONCE: Final = 20_000


class KeptColumn(NamedTuple):
    """A column that incidents of a source hold beside the canonical ones."""

    source: str
    column: str
    incidents: int


class Forgotten(NamedTuple):
    """How much was brought to what a profile keeps."""

    incidents: int
    rejected_rows: int


def kept_columns(session: Session, agency_id: int) -> list[KeptColumn]:
    """Return which columns stored incidents hold, by source."""
    found = session.execute(query("kept_by_source"), {"agency_id": agency_id})
    return [KeptColumn(*row) for row in found]


def rows_kept_whole(session: Session, agency_id: int) -> dict[str, int]:
    """Return how many rejected rows of earlier versions are kept as they came, by source."""
    found = session.execute(query("rejected_by_source"), {"agency_id": agency_id})
    return {row[0]: row[1] for row in found}


def forget(
    session: Session, agency_id: int, profile: Profile, source: str, keep: Collection[str] = ()
) -> Forgotten:
    """Take from a source's incidents and rejected rows the columns that a profile does not keep.

    Parameters
    ----------
    session
        The unit of work; the caller commits.
    agency_id, source
        Whose incidents, and of which source.
    profile
        Says what is kept: the columns that it maps, and beside them those that it names.
    keep
        Names to keep besides, such as keys of a mapped column of attributes, which stand among
        the columns that were not mapped.

    Returns
    -------
    Forgotten
        How many rows changed. Incidents without an id get the id that their content has now, so
        that their files are found again.
    """
    lock_agency(session, agency_id)
    here = {"agency_id": agency_id, "source": source}
    wanted = _with(profile.attributes, keep)
    incidents = _of_incidents(session, here, keeping(wanted))
    versions.forget(session, here, keeping(wanted))
    rejected = _of_rejected_rows(session, here, profile, wanted)
    kept = KeptColumns(wanted, ()).attributes
    session.execute(query("tell_kept"), {**here, "kept": json.dumps(kept)})
    if incidents:
        session.execute(query("grow_data_version"), here)
    session.execute(query("drop_forgetting"))
    return Forgotten(incidents, rejected)


def _of_incidents(session: Session, here: dict[str, Any], keeps: Callable[[str], bool]) -> int:
    session.execute(query("make_forgetting"))
    rows = session.execute(query("rows_of_source").execution_options(yield_per=_AT_ONCE), here)
    for several in rows.mappings().partitions():
        copy_table(session, "forgetting", lessened([dict(one) for one in several], keeps))
    session.execute(query("make_forgotten_ids"))
    return run(session, "forget_columns", **here).rowcount


def _of_rejected_rows(
    session: Session, here: dict[str, Any], profile: Profile, wanted: Attributes
) -> int:
    named = keeping(_with(wanted, _sources_of(profile, profile.columns)))
    is_id = keeping(tuple(_sources_of(profile, ["external_id"])))
    changed = [
        (row.id, less)
        for row in session.execute(query("rejected_of_source"), here)
        if (less := _less_of_row(row.raw, named, is_id)) != row.raw
    ]
    session.execute(query("make_forgetting_rejected"))
    ids, raws = zip(*changed, strict=True) if changed else ((), ())
    table = {"id": pa.array(ids, pa.int64()), "raw": pa.array(raws, pa.string())}
    copy_table(session, "forgetting_rejected", pa.table(table))
    return run(session, "forget_rejected").rowcount


def _less_of_row(raw: str, named: Callable[[str], bool], is_id: Callable[[str], bool]) -> str:
    """Return a rejected row without the columns that are not named; nothing of mere text."""
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(row, dict):
        return ""
    if row.get("type") == "Feature" and isinstance(row.get("properties") or {}, dict):
        properties = row.get("properties") or {}
        kept = {name for name in properties if named(name)}
        less = only(row, kept if any(map(is_id, properties)) else {*kept, FEATURE_ID})
    else:
        less = {name: value for name, value in row.items() if named(name) or name == "geometry"}
    return raw if less == row else json.dumps(less, ensure_ascii=False)


def _sources_of(profile: Profile, canonical: Iterable[str]) -> list[str]:
    """Return the names of a source's columns that fill some canonical ones."""
    found = [one for name, one in profile.columns.items() if name in canonical]
    return [name for one in found for name in ([one] if isinstance(one, str) else one)]


def _with(attributes: Attributes, names: Iterable[str]) -> Attributes:
    if attributes == "all":
        return attributes
    return (*(() if isinstance(attributes, str) else attributes), *names)
