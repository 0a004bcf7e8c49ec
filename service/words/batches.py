"""What became of the rows of a batch, in the words that the command line and pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from service.words.catalogue import gettext, gettext_noop, ngettext

if TYPE_CHECKING:
    from service.ingest.report import WasUndone

COUNTS: Final = {
    "read": gettext_noop("Read"),
    "accepted": gettext_noop("New"),
    "updated": gettext_noop("Updated"),
    "duplicate": gettext_noop("Unchanged"),
    "rejected": gettext_noop("Rejected"),
}
"""The counts of a report, in the order in which they are told."""

REASONS: Final = {
    "missing_coordinates": gettext_noop("no coordinates"),
    "invalid_coordinates": gettext_noop("coordinates that are no numbers"),
    "null_island": gettext_noop("both coordinates 0, a placeholder"),
    "placeholder_location": gettext_noop("a place that cannot be meant, a placeholder"),
    "outside_crs_bounds": gettext_noop("outside the area of the coordinate system"),
    "missing_time": gettext_noop("no time"),
    "invalid_time": gettext_noop("a time that cannot be read"),
    "time_in_future": gettext_noop("a time in the future"),
    "implausible_time": gettext_noop("a time that cannot be meant"),
    "missing_offence": gettext_noop("no offence"),
    "malformed_row": gettext_noop("not a row of the table"),
}
"""Why rows are rejected; documents for programs have the keys."""


def count(name: str) -> str:
    """Return what a count of a report is called in a table.

    Examples
    --------
    >>> count("accepted"), count("duplicate")
    ('New', 'Unchanged')
    """
    return gettext(COUNTS[name])


def reason(name: str) -> str:
    """Return why rows were rejected.

    Examples
    --------
    >>> reason("null_island")
    'both coordinates 0, a placeholder'
    """
    return gettext(REASONS[name]) if name in REASONS else name.replace("_", " ")


def rejected(rows: int, name: str) -> str:
    """Return how many rows were rejected for a reason.

    Examples
    --------
    >>> rejected(1200, "missing_time")
    '1,200 rejected: no time'
    """
    return gettext("{count} rejected: {reason}", count=f"{rows:,}", reason=reason(name))


def undone(was: WasUndone) -> str:
    """Return when and by whom a batch was undone, and what became of its incidents."""
    from service.words.saying import moment  # loads the store, which help does without

    when = moment(was.at)
    since = (
        gettext("Undone {when} on the data page", when=when)
        if was.by == "web"
        else gettext("Undone {when} by {who}", when=when, who=was.by)
    )
    told = outcome(was)
    return f"{since}: {told}." if told else f"{since}."


def outcome(was: WasUndone) -> str:
    """Return what became of the incidents of a batch that was undone; empty if not known."""
    if was.removed is None:
        return ""
    parts = [
        ngettext(
            "{number} incident of this file removed",
            "{number} incidents of this file removed",
            was.removed,
            number=f"{was.removed:,}",
        )
        if was.removed
        else "",
        ngettext(
            "{number} back to what it was before",
            "{number} back to what they were before",
            was.restored or 0,
            number=f"{was.restored:,}",
        )
        if was.restored
        else "",
        ngettext(
            "{number} stays, since a later file has it too",
            "{number} stay, since a later file has them too",
            was.kept or 0,
            number=f"{was.kept:,}",
        )
        if was.kept
        else "",
    ]
    return "; ".join(filter(None, parts)) or gettext("no incident is other than before")
