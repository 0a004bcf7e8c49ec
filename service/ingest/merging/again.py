"""Rows whose own id is not stored, or stands for other content: the incidents that they are."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session

from service.ingest.merging.kept import KeptColumns
from service.ingest.profiles.profile import Profile
from service.ingest.queries import query, run


def find_again(
    session: Session,
    agency_id: int,
    profile: Profile,
    kept: KeptColumns,
    sources: Collection[str],
) -> None:
    """Give staged rows the ids under which they are stored.

    A row without an id is known by its offence, its time and its place, and by the columns that
    the profile's `identify` names; what else is said of it may be said otherwise another time. Rows
    that share an id are told apart by the same. Alike rows are paired the likest first: those of
    the same content, those that agree in all that both batches kept, those that merely are alike.
    A row that has another id than it is stored under, since a unique one is known now, gives its
    incident that id. Incidents that the force has cancelled are found again as well, so that their
    rows are held back and no others.

    Parameters
    ----------
    session, agency_id, sources
        The unit of work, and whose staged rows of which sources.
    profile, kept
        By which they were read.
    """
    here = {"agency_id": agency_id, "sources": list(sources)}
    if not run(session, "make_coming", agency_id=agency_id).rowcount:
        return
    run(session, "make_unclaimed")
    run(session, "make_dismissed", **here)
    gaps = bool(session.scalar(query("any_gone"), here))
    kinds = run(session, "kinds_of_coming").one()
    if kinds.without_id:
        run(session, "unclaimed_without_id", **here)
    if kinds.with_number:
        run(session, "unclaimed_of_number", **here, gaps=gaps)
        if profile.row_id is not None:
            run(session, "unclaimed_by_column", **here, number_columns=_loose(_number(profile)))
    run(session, "unclaimed_dismissed")
    if session.scalar(query("any_unclaimed")):
        _pair(session, agency_id, profile, kept)
    run(session, "hold_back_numbers", **here)
    run(session, "number_new", **here, gaps=gaps)
    run(session, "drop_again")


def _pair(session: Session, agency_id: int, profile: Profile, kept: KeptColumns) -> None:
    lists: list[Any] = [kept.attributes]
    lists += session.scalars(
        query("other_lists"), {"agency_id": agency_id, "kept": json.dumps(kept.attributes)}
    ).all()
    for without_number in (False, True):
        same: dict[str, Any] = {
            "agency_id": agency_id,
            "without_number": without_number,
            "identify": _loose(profile.identify),
            "other": None,
            "everything": False,
            "common": [],
        }
        _run_both(session, same, by="content")
        for other in lists:
            common = kept.in_common(other)
            told = None if other is None else json.dumps(other)
            _run_both(session, {**same, **common, "other": told}, by="common")
        _run_both(session, same, by="identity")
        if not without_number:
            run(session, "pair", **same, by="offence", dismissed=False)
            run(session, "leave_other_offences")
            run(session, "pair", **same, by="order", dismissed=False)


def _run_both(session: Session, how: dict[str, Any], by: str) -> None:
    """Pair rows with stored incidents, and those that are left with cancelled ones."""
    for dismissed in (False, True):
        run(session, "pair", **how, by=by, dismissed=dismissed)


def _number(profile: Profile) -> tuple[str, ...]:
    columns = profile.columns.get("external_id", ())
    return (columns,) if isinstance(columns, str) else columns


def _loose(names: Collection[str]) -> list[str]:
    return [" ".join(one.replace("_", " ").split()).lower() for one in names]
