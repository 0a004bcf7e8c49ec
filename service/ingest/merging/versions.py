"""Incidents as they were before a batch: columns that are kept no more go from them, too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import TextClause
from sqlalchemy.orm import Session

from service.ingest.checks import identity
from service.ingest.queries import query, run
from service.store.copy import copy_table

_AT_ONCE: Final = 20_000
_MADE_OF_CONTENT: Final = re.compile(r"row:[0-9a-f]{32}(:\d+)?")
_TYPES: Final[dict[str, pa.DataType]] = {
    "occurred_from": pa.int64(),
    "occurred_to": pa.int64(),
    "reported_at": pa.int64(),
    "longitude": pa.float64(),
    "latitude": pa.float64(),
}


def forget(session: Session, here: dict[str, Any], keeps: Callable[[str], bool]) -> int:
    """Take from the versions of a source what is not kept; return how many changed.

    Parameters
    ----------
    session, here
        The unit of work, in which the source's incidents are without it already; agency and source.
    keeps
        Tells of a column whether it is kept.
    """
    return _lessen(session, query("versions_of_source"), here, keeps)


def lessen(session: Session, agency_id: int, batch_id: int, names: list[str], kept: str) -> int:
    """Take from what incidents were before a batch the columns that this batch does not keep.

    Parameters
    ----------
    session, agency_id, batch_id
        The unit of work, and the batch that changed them.
    names
        Names of the columns that it keeps; what an incident holds now is kept of it as well.
    kept
        What it keeps, as its row tells it in JSON: versions by batches that kept the same stay.
    """
    changed = 0
    here = {"agency_id": agency_id, "batch_id": batch_id, "kept": kept}
    for source in session.scalars(query("sources_changed"), here).all():
        asked = {**here, "source": source, "names": names}
        session.execute(query("make_no_forgotten_ids"))
        changed += _lessen(session, query("versions_changed"), asked, lambda _: True)
        session.execute(query("drop_forgetting"))
    return changed


def lessened(rows: list[dict[str, Any]], keeps: Callable[[str], bool]) -> pa.Table:
    """Return what becomes of rows without the columns that are not kept: id, content, digest."""
    ids = [row["external_id"] for row in rows]
    anonymous = [_MADE_OF_CONTENT.fullmatch(one) is not None for one in ids]
    for row, is_anonymous in zip(rows, anonymous, strict=True):
        kept = {name: value for name, value in (row["attributes"] or {}).items() if keeps(name)}
        row["attributes"] = json.dumps(kept, ensure_ascii=False, sort_keys=True) if kept else None
        row["external_id"] = None if is_anonymous else row["external_id"]
    columns = {
        name: pa.array([row[name] for row in rows], _TYPES.get(name, pa.string()))
        for name in identity.COLUMNS
    }
    content = identity.content_hashes(columns)
    return pa.table(
        {
            "external_id": pa.array(ids, pa.string()),
            "anonymous": pa.array(anonymous),
            "own_id": identity.ids(columns["external_id"], content),
            "attributes": columns["attributes"],
            "content_hash": pc.binary_join_element_wise("\\x", content, ""),
        }
    )


def _lessen(
    session: Session, versions: TextClause, here: dict[str, Any], keeps: Callable[[str], bool]
) -> int:
    session.execute(query("make_forgetting_version"))
    rows = session.execute(versions.execution_options(yield_per=_AT_ONCE), here)
    for several in rows.mappings().partitions():
        table = lessened([dict(one) for one in several], keeps)
        ids = pa.array([one["id"] for one in several], pa.int64())
        copy_table(session, "forgetting_version", table.append_column("id", ids))
    session.execute(query("find_forgotten_ids"), here)
    session.execute(query("name_forgotten_ids"), here)
    changed = run(session, "forget_versions", **here).rowcount
    session.execute(query("forget_repeats"), here)
    session.execute(query("forget_cancelled"), here)
    return changed
