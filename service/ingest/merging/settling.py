"""Repeats among the staged rows of a batch: read, settled as everywhere, and written back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.orm import Session

from service.ingest.checks.repeats import Repeats
from service.ingest.merging import repeats
from service.ingest.merging.gravity import of_agency
from service.ingest.profiles.profile import Profile
from service.ingest.queries import query, run
from service.store.copy import copy_table, read_tables

_ID: Final = ["source", "external_id"]


def settle_staged(session: Session, agency_id: int, profile: Profile) -> tuple[int, Repeats | None]:
    """Leave one staged row of each id, or number its rows; see `repeats.settle`.

    Returns
    -------
    int
        How many rows went, as repeats of others.
    Repeats or None
        What rows of one id differ in; None where no id stands twice.
    """
    run(session, "find_repeated")
    if not session.scalar(query("any_repeated")):
        return 0, None
    written = repeats.numbers((one.source, one.external_id) for one in run(session, "numbered_ids"))
    settled = repeats.settle(
        lambda: _repeated(session), written, profile, lambda: of_agency(session, agency_id)
    )
    run(session, "make_settled")
    gone = {"line": settled.gone, "external_id": pa.nulls(len(settled.gone), pa.string())}
    copy_table(session, "staged_settled", pa.table(gone))
    copy_table(session, "staged_settled", settled.renamed)
    run(session, "drop_repeats")
    run(session, "number_rows")
    return len(settled.gone), settled.told


def _repeated(session: Session) -> Iterator[pa.Table]:
    """Yield the rows whose ids stand more than once, all rows of an id in one table."""
    rest = repeats.SCHEMA.empty_table()
    for rows in read_tables(session, query("repeated_rows").text, repeats.SCHEMA):
        whole = pa.concat_tables([rest, rows])
        last = [pc.equal(whole[one], whole[one][-1]) for one in _ID]
        begins = np.flatnonzero(~np.asarray(pc.and_(*last)))
        cut = int(begins[-1]) + 1 if len(begins) else 0
        if cut:
            yield whole[:cut]
        rest = whole[cut:]
    yield rest
