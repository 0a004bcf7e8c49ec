"""Page after page of a source, and what says that it changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from service.errors import PayloadTooLargeError, UnreadableFileError
from service.ingest.checks.warned import Warned, number_of
from service.ingest.connectors.keeping import Kept
from service.ingest.connectors.source import Source

Told = Callable[[int, int | None, str], None]
"""Called with how much there is so far, how much there is in all, if known, and with words."""

EMPTY_PAGES: Final = 100
"""More pages without rows are not followed: a source may lead on for ever."""

_AGAIN = "; the same command again brings what is missing, and repeats nothing"
_TOLD_NOW = "told_now"


def fetch(
    source: Source,
    shown: str,
    wanted: Callable[[str], bool],
    kept: Kept,
    told: Told,
    most_rows: int,
) -> int | None:
    """Fetch the pages that are not there yet.

    Parameters
    ----------
    source
        Gives them.
    shown
        Its address, for people.
    wanted
        Tells by its name whether a column is kept.
    kept
        Where they go.
    told
        Told of the rows.
    most_rows
        More of them are refused.

    Returns
    -------
    int or None
        How many rows the source says that there are, after the last page; None: it does not say.

    Raises
    ------
    PayloadTooLargeError
        When there are too many.
    UnreadableFileError
        When there are many pages and no rows on them.
    """
    if not kept.pages:
        kept.begin(source.count())
        _check(kept.told, shown, most_rows)
    now: int | None = kept.more.get(_TOLD_NOW)
    while not kept.done:
        if kept.pages >= kept.rows + EMPTY_PAGES:
            raise UnreadableFileError(
                f"{shown} led on over {kept.pages:,} pages with {kept.rows:,} rows: it is not "
                "followed any further."
            )
        page = source.page(kept.next, wanted)
        _check(max(page.told or 0, kept.rows + len(page.rows)), shown, most_rows)
        kept.add(page)
        told(kept.rows, kept.told, f"{kept.rows:,} rows")
        now = now if page.told is None else page.told
        if kept.told is not None and kept.rows >= kept.told and not kept.done:
            counted = source.count()
            if counted is not None and kept.rows >= counted:
                kept.finish(told_now=counted)
    if _TOLD_NOW not in kept.more:
        counted = source.count()
        kept.finish(told_now=now if counted is None else counted)
    after: int | None = kept.more[_TOLD_NOW]
    return after


def odd(kept: Kept, now: int | None) -> tuple[Warned, ...]:
    """Tell what says that rows came twice, or not at all."""
    found: list[Warned] = []
    if kept.told is not None and now is not None and now != kept.told:
        message = (
            f"the source had {number_of(kept.told, 'row')} when the download began and {now:,} "
            f"when it ended: rows may have moved between its pages and be missing{_AGAIN}"
        )
        found.append(Warned(code="source_changed", message=message, rows=abs(now - kept.told)))
    elif now is not None and kept.rows != now:
        message = f"the source tells of {number_of(now, 'row')} and gave {kept.rows:,}{_AGAIN}"
        found.append(Warned(code="source_incomplete", message=message, rows=abs(now - kept.rows)))
    if repeated := kept.repeated():
        message = (
            f"{number_of(repeated, 'row')} came on two pages: the source changed meanwhile, and as "
            f"many may be missing{_AGAIN}"
        )
        found.append(Warned(code="source_shifted", message=message, rows=repeated))
    return tuple(found)


def _check(rows: int | None, shown: str, most: int) -> None:
    if rows is not None and rows > most:
        raise PayloadTooLargeError(
            f"{shown} has {rows:,} rows, more than the {most:,} that this installation takes "
            "(HARMSPOT_MAX_BATCH_ROWS): ask for a part of them."
        )
