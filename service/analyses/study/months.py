"""Windows against incidents that are known only by their month."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

from service.store.repository import incidents as stored
from spatial.errors import Problem

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy.orm import Session

    from service.analyses.study.params import AnalysisParams
    from service.analyses.study.question import Question


def whole(start: dt.date, end: dt.date) -> tuple[dt.date, dt.date]:
    """Return the whole months that a window touches, as first and last day.

    Examples
    --------
    >>> [str(day) for day in whole(dt.date(2024, 5, 4), dt.date(2024, 6, 1))]
    ['2024-05-01', '2024-06-30']
    """
    last = calendar.monthrange(end.year, end.month)[1]
    return start.replace(day=1), end.replace(day=last)


def cut(start: dt.date, end: dt.date) -> list[tuple[dt.date, dt.date]]:
    """Return the months of which a window holds a part, each by its first and last day.

    Examples
    --------
    >>> [f"{first:%B}" for first, _ in cut(dt.date(2024, 5, 4), dt.date(2024, 7, 1))]
    ['May', 'July']
    >>> cut(dt.date(2024, 5, 1), dt.date(2024, 6, 30))
    []
    """
    first, last = whole(start, end)
    ends = {first: whole(first, first), last.replace(day=1): whole(last, last)}
    return [
        month
        for month, partly in zip(ends.values(), _partly(start, end, len(ends)), strict=True)
        if partly
    ]


def _partly(start: dt.date, end: dt.date, months: int) -> list[bool]:
    first, last = whole(start, end)
    return [start > first or end < last] if months == 1 else [start > first, end < last]


def warning(
    session: Session, question: Question, params: AnalysisParams, incidents: pd.DataFrame
) -> str | None:
    """Say how a window cuts months of incidents that are known only by their month.

    Such an incident counts in the window that holds the middle of its month: it is in a window of
    part of the month as a whole, or not at all.

    Parameters
    ----------
    session, question, params
        The unit of work, and what was asked.
    incidents
        Those of the window.
    """
    months = cut(params.start, params.end)
    if not months:
        return None
    loaded = _loaded(session, question, months)
    inside = 0
    if loaded and len(incidents):
        middle = (
            incidents["occurred_from"] + (incidents["occurred_to"] - incidents["occurred_from"]) / 2
        )
        by_month = middle.dt.strftime("%Y-%m").isin([f"{first:%Y-%m}" for first, _ in months])
        inside = int((by_month & (incidents["time_precision"] == "month")).sum())
    if not loaded:
        return None
    return (
        f"{loaded:,} incidents of {named(months)} are known only by their month, of which the "
        f"window holds a part: {inside:,} of them are counted, as in the middle of the month, and "
        f"{loaded - inside:,} are not. {offer(params)}"
    )


def of_no_incident(
    session: Session, question: Question, params: AnalysisParams
) -> tuple[str, list[Problem]]:
    """Say that a window without incidents is a part of a month that has some, if it is one."""
    months = cut(params.start, params.end)
    loaded = _loaded(session, question, months) if months else 0
    if not loaded:
        return "", []
    first, last = whole(params.start, params.end)
    return (
        f" {loaded:,} incidents of {named(months)} are known only by their month, and count in the "
        f"middle of it: ask for whole months, from {first} to {last}.",
        [
            Problem("from", f"{first} takes whole months"),
            Problem("to", f"{last} takes whole months"),
        ],
    )


def named(months: list[tuple[dt.date, dt.date]]) -> str:
    """Return the names of some months."""
    return " and ".join(f"{first:%B %Y}" for first, _ in months)


def offer(params: AnalysisParams) -> str:
    """Offer the whole months that a window touches."""
    first, last = whole(params.start, params.end)
    return f"Ask for whole months: from {first} to {last}."


def _loaded(session: Session, question: Question, months: list[tuple[dt.date, dt.date]]) -> int:
    return sum(
        stored.known_by_month(session, question.snapshot.agency_id, first, last, question.zones)
        for first, last in months
    )
