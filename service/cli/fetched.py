"""Addresses in place of files: what `harmspot ingest` fetches, and what it says of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from zoneinfo import ZoneInfo

from service.cli.console import err
from service.cli.progress import Bar, progress_bar
from service.errors import SourceUnavailableError, UnreadableFileError
from service.settings import get_settings
from spatial.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.ingest.connectors.connect import SinceLast
    from service.ingest.connectors.origin import Kind, Origin
    from service.ingest.connectors.source import Since
    from service.ingest.profiles.profile import Profile
    from service.ingest.report import BatchReport
    from service.store.tenant import Tenant

Store = Callable[["Session", int, "str | Path | BinaryIO", "Profile", str, Bar], "BatchReport"]
"""Stores what is read as one batch: session, agency, content, profile, name, progress."""


@dataclass(frozen=True)
class Wished:
    """What the options say of addresses."""

    kind: str | None = None
    since_last: bool = False
    page_size: int | None = None
    fresh: bool = False

    def check(self, given: Sequence[str]) -> None:
        """Refuse what cannot be meant, before anything is begun.

        Raises
        ------
        InvalidInputError
            When an address is none, or options of addresses come without one.
        """
        from service.ingest.connectors.urls import checked, is_url

        _kind(self.kind)
        addresses = [one for one in given if is_url(one)]
        for one in addresses:
            checked(one)
        if self != Wished() and not addresses:
            raise InvalidInputError(
                "--kind, --since-last, --page-size and --fresh are for addresses, not for files."
            )


def ingest_url(
    tenant: Tenant,
    url: str,
    profile: Profile,
    source: str | None,
    wished: Wished,
    store: Store,
    *,
    whole: bool,
) -> BatchReport | None:
    """Fetch what an address leads to and store it as one batch.

    Parameters
    ----------
    tenant
        Whose incidents they are.
    url, profile, source
        Where they are, what their columns mean, and under which name they are stored.
    wished
        What the options say.
    store
        Stores what is read.
    whole
        Whether what does not come is taken away from the store, so that all must come.

    Returns
    -------
    BatchReport or None
        None where nothing is new.

    Raises
    ------
    SourceUnavailableError
        When all must come and the source changed while it was fetched.
    """
    from service.ingest.connectors import urls
    from service.ingest.connectors.connect import Wish, fetched
    from service.store.repository import batches

    name = source or profile.source
    wish = Wish(
        url,
        kind=_kind(wished.kind),
        since_last=_since_last(tenant, profile, name) if wished.since_last else None,
        page_rows=wished.page_size,
        fresh=wished.fresh,
    )
    with (
        progress_bar(url.partition("?")[0], err) as fetching,
        fetched(wish, profile, get_settings(), fetching.amount) as found,
    ):
        _say(found.origin, profile, wished)
        if whole and found.warnings:
            found.stored()  # to be fetched anew
            raise SourceUnavailableError(
                f"Nothing was replaced: {found.warnings[0].message.partition(';')[0]}. Give the "
                "same command again."
            )
        if found.origin.rows == 0:
            found.stored()
            if found.origin.since is not None:
                return None
            raise UnreadableFileError(f"{urls.shown(url)} gives no rows: nothing to store.")
        with tenant.unit_of_work() as (session, agency):
            report = store(session, agency, found.content, found.profile, found.name, fetching)
            assert report.batch_id is not None, "a batch has a number"
            report = batches.came_from(
                session, agency, report.batch_id, found.origin, found.warnings
            )
        found.stored()
        return report


def _since_last(tenant: Tenant, profile: Profile, source: str) -> SinceLast:
    from service.ingest.connectors.source import Since
    from service.ingest.sources import stored_time_zone
    from service.store.repository import batches

    def known(asked: str) -> Since | None:
        with tenant.unit_of_work() as (session, agency):
            zone = profile.time_zone or stored_time_zone(session, agency, source) or "UTC"
            newest = (
                batches.newest_incident(session, agency, source)
                if profile.since.column is None
                else batches.last_asked(session, agency, asked, source)
            )
        return None if newest is None else Since.after(newest, profile, ZoneInfo(zone))

    return known


def _say(origin: Origin, profile: Profile, wished: Wished) -> None:
    """Tell what was asked for, and what was here already."""
    if origin.since is not None:
        changed = (
            "" if profile.since.column else "; rows of before that changed since are not among them"
        )
        err.print(
            f"Asked for rows whose {origin.since.column} is {origin.since.begins:%Y-%m-%d} or "
            f"later ({origin.since.overlap_days} days of overlap){changed}.",
            highlight=False,
        )
    elif wished.since_last:
        err.print("Nothing of it is known yet: all was asked for.", highlight=False)
    if origin.pages_kept or origin.bytes_kept:
        there = (
            f"{origin.pages_kept:,} of {origin.pages:,} pages"
            if origin.pages_kept
            else f"{origin.bytes_kept:,} bytes"
        )
        err.print(
            f"Went on where an attempt of {origin.fetched_at:%Y-%m-%d %H:%M} UTC stopped: {there} "
            "were here already.",
            highlight=False,
        )


def _kind(given: str | None) -> Kind | None:
    from service.ingest.connectors.origin import KINDS

    if given is None:
        return None
    for one in KINDS:
        if one == given:
            return one
    raise InvalidInputError(
        f"There is no kind {given}; there are: {', '.join(KINDS)}.",
        [Problem("--kind", f"unknown kind {given}")],
    )
