"""How a file would be read: its columns, its first rows, and what a profile makes of them."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy.orm import Session

from service.ingest.checking import Checking, rules_for, until_known
from service.ingest.checks.known import Known
from service.ingest.checks.validate import Checked
from service.ingest.merging.merged import Merged
from service.ingest.preview.previewed import ROWS_SHOWN, Fit, IncidentShown, Outcome, RowRead, Shown
from service.ingest.preview.shown import by_line, shown
from service.ingest.profiles.binding import lacking, named, named_in_draft
from service.ingest.profiles.profile import Profile
from service.ingest.readers.head import Dialect, FirstRows, Head, first_rows
from service.ingest.readers.limits import Limits
from service.ingest.sources import stored_time_zone
from service.store.repository.study_areas import StudyAreas


class Preview:
    """The beginning of one file, read as often as its profiles differ in dialect.

    Parameters
    ----------
    session, agency_id
        Whose incidents they would be.
    head
        The beginning of the file.
    now
        Incidents after this instant would be rejected.
    limits
        How much the file may hold.
    """

    def __init__(
        self, session: Session, agency_id: int, head: Head, now: dt.datetime, limits: Limits
    ) -> None:
        self._session, self._agency_id = session, agency_id
        self._head, self._limits = head, limits
        self._now = now
        self._read: dict[Dialect, FirstRows] = {}

    def first_rows(self, dialect: Dialect) -> FirstRows:
        """Return the first rows as they are in a dialect."""
        if dialect not in self._read:
            self._read[dialect] = first_rows(self._head, dialect, self._limits)
        return self._read[dialect]

    def shown(self, dialect: Dialect, profile: Profile | Mapping[str, Any] | None) -> Shown:
        """Return columns and first rows as they came, with the values that a profile names.

        Parameters
        ----------
        dialect
            How they are written.
        profile
            A profile, or the keys of one that is no profile yet; None: no value is shown.
        """
        first = self.first_rows(dialect)
        if isinstance(profile, Profile):
            names = named(profile, first.columns, has_points=first.has_points)
        else:
            names = named_in_draft(profile or {}, first.columns)
        return shown(first, dialect, names)

    def missing(self, profile: Profile) -> list[str]:
        """Return the columns that a profile needs and the file lacks."""
        first = self.first_rows(Dialect.of(profile))
        return lacking(profile, first.columns, has_points=first.has_points)

    def fit(self, profile: Profile) -> Fit:
        """Tell whether a profile fits the file."""
        missing = self.missing(profile)
        return Fit(
            profile=profile.name,
            title=profile.title or profile.name,
            missing=missing,
            accepted=None if missing else self.outcome(profile).accepted,
        )

    def outcome(self, profile: Profile) -> Outcome:
        """Return what would become of the rows that were looked at.

        Raises
        ------
        UnreadableFileError
            When a column is missing that the profile needs.
        """
        first = self.first_rows(Dialect.of(profile))
        stored = None
        if profile.time_zone is None:
            stored = stored_time_zone(self._session, self._agency_id, profile.source)
        checking, checked = until_known(lambda known: self._checked(profile, first, stored, known))
        accepted = sum(one.incidents.num_rows for one in checked)
        reasons = Counter(
            reason for one in checked for reason in one.rejected["reason"].to_pylist()
        )
        read = accepted + reasons.total()
        checking.find_strays()
        checking.find_outside(StudyAreas.of(self._session, self._agency_id))
        warned = checking.warnings(Merged(accepted, 0, 0, dict(reasons)), read)
        return Outcome(
            read=read,
            accepted=accepted,
            rejected_by_reason=dict(sorted(reasons.items())),
            time_zone=checking.rules.time_zone,
            warnings=[one.message for one in warned],
            rows=by_line(row for one in checked for row in _outcomes(one)),
        )

    def _checked(
        self, profile: Profile, first: FirstRows, stored_zone: str | None, known: Known
    ) -> tuple[Checking, list[Checked]]:
        rules = rules_for(
            profile, first.reader, now=self._now, stored_zone=stored_zone, known=known
        )
        checking = Checking(first.reader, rules)
        return checking, list(checking.each(first.batches))


def incidents_of(incidents: pa.Table, *, hide_made_ids: bool) -> list[IncidentShown]:
    """Return incidents as they would be stored, those without an id of their own with none.

    Parameters
    ----------
    incidents
        Rows of the staging table.
    hide_made_ids
        Whether ids that are made of a row's content are left out, else they are shown.
    """
    return [_incident(row, hide_made_ids) for row in incidents.to_pylist()]


def _outcomes(checked: Checked) -> list[RowRead]:
    incidents = checked.incidents.slice(0, ROWS_SHOWN)
    order = np.argsort(np.asarray(checked.rejected["line"]), kind="stable")[:ROWS_SHOWN]
    rejected = checked.rejected.take(pa.array(order)).to_pylist()
    shown_ = incidents_of(incidents, hide_made_ids=True)
    return [
        RowRead(line=line, incident=incident, reason=None, message=None)
        for line, incident in zip(incidents["line"].to_pylist(), shown_, strict=True)
    ] + [
        RowRead(line=row["line"], incident=None, reason=row["reason"], message=row["message"])
        for row in rejected
    ]


def _incident(row: dict[str, Any], hide_made_id: bool) -> IncidentShown:
    kept: dict[str, Any] = {name: row[name] for name in IncidentShown.model_fields}
    for name in ("occurred_from", "occurred_to", "reported_at"):
        kept[name] = None if kept[name] is None else _instant(kept[name])
    kept["attributes"] = json.loads(kept["attributes"] or "{}")
    if row["anonymous"] and hide_made_id:
        kept["external_id"] = None
    return IncidentShown(**kept)


def _instant(us: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=us)


def best(fits: Sequence[Fit]) -> Fit | None:
    """Return the fit under which most rows would be accepted, the first of equals; None if none."""
    fitting = [one for one in fits if one.accepted]
    return max(fitting, key=lambda one: one.accepted or 0, default=None)
