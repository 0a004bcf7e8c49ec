"""A whole file read by a profile and stored nowhere: what would become of each row."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, Field

from service.ingest.checking import Checking, rules_for, until_known
from service.ingest.checks.known import Known
from service.ingest.checks.validate import Checked
from service.ingest.checks.warned import Warned
from service.ingest.merging.merged import Merged
from service.ingest.preview.preview import incidents_of
from service.ingest.preview.previewed import IncidentShown
from service.ingest.preview.settling import settled, without_strays
from service.ingest.profiles.binding import wanted
from service.ingest.profiles.profile import Profile
from service.ingest.readers.formats import reading
from service.ingest.readers.inputs import opened
from service.ingest.readers.limits import Limits


class RefusedRow(BaseModel):
    """A row that would be rejected."""

    line: int
    reason: str
    message: str


class Trial(BaseModel):
    """What would become of a file in an empty database."""

    file: str | None
    source: str
    profile: str
    time_zone: str = Field(description="Zone of times that were written without an offset.")
    read: int
    accepted: int
    duplicate: int
    rejected: int
    cancelled: int = Field(default=0, description="Rows that cancel their incident.")
    rejected_by_reason: dict[str, int]
    warnings: list[str]
    warned: list[Warned] = Field(description="The warnings, each with its code and its rows.")
    rows: list[IncidentShown] = Field(description="The incidents as they would be stored, by line.")
    rejected_rows: list[RefusedRow]


def tried(
    source: str | Path | BinaryIO,
    profile: Profile,
    *,
    source_name: str | None = None,
    file_name: str | None = None,
    now: dt.datetime | None = None,
    limits: Limits | None = None,
) -> Trial:
    """Read one file as `load.ingest` does, and tell what would be stored; see there."""
    limits, now = limits or Limits(), now or dt.datetime.now(dt.UTC)
    with opened(source, file_name) as content:

        def read_by(known: Known) -> tuple[Checking, list[Checked], int]:
            with reading(content, profile, limits, wanted=wanted(profile)) as reader:
                rules = rules_for(profile, reader, now=now, source=source_name, known=known)
                checking = Checking(reader, rules)
                every, read = [], 0
                for checked in checking.each():
                    every.append(checked)
                    read += checked.num_rows
                    limits.check_rows(read, content.name or "The upload")
                return checking, every, read

        checking, every, read = until_known(read_by, content.rewind)
        strays = checking.find_strays()
        incidents, rejected, duplicate, repeats = (
            settled(
                *without_strays(
                    pa.concat_tables([one.incidents for one in every]),
                    pa.concat_tables([one.rejected for one in every]),
                    strays,
                ),
                profile,
            )
            if every
            else (pa.table({}), pa.table({"reason": []}), 0, None)
        )
        reasons = dict(sorted(Counter(rejected["reason"].to_pylist()).items()))
        merged = Merged(incidents.num_rows, 0, duplicate, reasons, repeats=repeats)
        warned = checking.warnings(merged, read)
        return Trial(
            file=content.name,
            source=checking.rules.source,
            profile=profile.name,
            time_zone=checking.rules.time_zone,
            read=read,
            accepted=merged.accepted,
            duplicate=duplicate,
            rejected=merged.rejected,
            cancelled=sum(one.cancelled.num_rows for one in every if one.cancelled is not None),
            rejected_by_reason=reasons,
            warnings=[one.message for one in warned],
            warned=warned,
            rows=incidents_of(incidents, hide_made_ids=False),
            rejected_rows=_refused(rejected),
        )


def _refused(rejected: pa.Table) -> list[RefusedRow]:
    if not rejected.num_rows:
        return []
    order = np.argsort(np.asarray(rejected["line"]), kind="stable")
    columns = ["line", "reason", "message"]
    rows = rejected.select(columns).take(pa.array(order)).to_pylist()
    return [RefusedRow(**row) for row in rows]
