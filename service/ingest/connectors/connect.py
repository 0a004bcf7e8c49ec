"""Incidents fetched from an address: as a stream or a file that is read like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast
from urllib.parse import urlsplit

from service.errors import UnreadableFileError
from service.ingest.checks.warned import Warned
from service.ingest.connectors import file, paging, urls
from service.ingest.connectors.arcgis import ArcGis
from service.ingest.connectors.fetching import Fetcher
from service.ingest.connectors.keeping import Kept
from service.ingest.connectors.kinds import kind_of
from service.ingest.connectors.ogc import OgcFeatures
from service.ingest.connectors.origin import Kind, Origin
from service.ingest.connectors.paging import Told
from service.ingest.connectors.rows import Joined, as_csv
from service.ingest.connectors.socrata import Socrata
from service.ingest.connectors.source import Since, Source
from service.ingest.profiles.binding import wanted
from service.ingest.profiles.profile import Profile
from service.ingest.profiles.toml import as_written
from service.settings import Settings
from spatial.errors import HarmspotError, InvalidInputError, Problem

_PAGED: Final[dict[Kind, Callable[..., Source]]] = {
    "socrata": Socrata,
    "arcgis": ArcGis,
    "ogc": OgcFeatures,
}

_TOKENS: Final = {
    "socrata": ("X-App-Token", "$$app_token", ""),
    "arcgis": ("X-Esri-Authorization", "token", "Bearer "),
}
"""How tokens are sent: the header, the parameter of addresses that have them, what comes first."""

SinceLast = Callable[[str], Since | None]
"""Returns from when on to ask, for the digest of a question; None: all of it."""


@dataclass(frozen=True)
class Wish:
    """What a user wants of an address.

    Parameters
    ----------
    url
        The address.
    kind
        Which kind of source it is; None: told by the address.
    since_last
        Says what of it is known already, where only the rest is wanted.
    page_rows
        How many rows to ask for at once; None: as many as suits the kind.
    fresh
        Whether to begin anew although pages of an earlier attempt are there.
    """

    url: str
    kind: Kind | None = None
    since_last: SinceLast | None = None
    page_rows: int | None = None
    fresh: bool = False


@dataclass(frozen=True)
class Fetched:
    """What came of an address, to be read while its block lasts."""

    origin: Origin
    profile: Profile
    """What the columns mean, as this kind of source writes them."""
    content: Path | BinaryIO
    name: str
    warnings: tuple[Warned, ...]
    kept: Kept

    def stored(self) -> None:
        """Say that all is stored: what is kept of it may go."""
        self.kept.drop()


@contextmanager
def fetched(wish: Wish, profile: Profile, settings: Settings, told: Told) -> Iterator[Fetched]:
    """Fetch what an address leads to, all of it, and give it to be read.

    Pages are kept on disk as they come. When it ends before `Fetched.stored` was called, they stay
    for a day at least, and the same wish goes on behind them.

    Parameters
    ----------
    wish
        What is wanted.
    profile
        What the columns mean: of the others, none is asked for where that can be said.
    settings
        Who may be asked, and how much is taken.
    told
        Told how far it is.

    Raises
    ------
    SourceUnavailableError
        When the source does not answer, after some attempts.
    InvalidInputError, NotFoundError, UnreadableFileError
        When the address may not be asked, or leads to nothing that is read.
    PayloadTooLargeError
        When it has more than is taken.
    """
    url = urls.checked(wish.url)
    with Fetcher(url, settings) as fetcher:
        kind = wish.kind or kind_of(url, fetcher)
        url = _with_token_apart(url, kind, fetcher, settings)
        asked = urls.digest(url, kind)
        since = wish.since_last(asked) if wish.since_last is not None else None
        if kind == "file" and wish.since_last is not None:
            raise InvalidInputError(
                "A file cannot be asked for what is new alone: leave --since-last out; rows that "
                "are stored already change nothing.",
                [Problem("--since-last", "not for files")],
            )
        moment = None if since is None else since.moment.isoformat()
        folder = urls.digest(url, kind, as_written(profile), moment)
        with Kept.of(folder, settings, fresh=wish.fresh) as kept:
            try:
                if kind == "file":
                    found = _whole(fetcher, url, asked, profile, kept, told)
                else:
                    fetcher.bytes_taken = kept.size()
                    source = _PAGED[kind](fetcher, url, profile, wish.page_rows, since)
                    most = settings.max_batch_rows
                    found = _pages(source, url, asked, profile, kept, told, most)
                try:
                    yield found
                except UnreadableFileError:
                    kept.drop()  # read again, it would be no better
                    raise
            except HarmspotError as error:
                _say_what_is_kept(error, kept)
                raise


def _whole(
    fetcher: Fetcher, url: str, asked: str, profile: Profile, kept: Kept, told: Told
) -> Fetched:
    path, here = file.fetch(fetcher, url, kept, lambda done, whole: told(done, whole, ""))
    origin = Origin(
        kind="file",
        url=urls.shown(url),
        asked=asked,
        pages=1,
        fetched_at=kept.begun_at,
        bytes_kept=here,
    )
    return Fetched(origin, profile, path, path.name, (), kept)


def _pages(
    source: Source,
    url: str,
    asked: str,
    profile: Profile,
    kept: Kept,
    told: Told,
    most_rows: int,
) -> Fetched:
    told_now = paging.fetch(source, urls.shown(url), wanted(profile), kept, told, most_rows)
    origin = Origin(
        kind=source.kind,
        url=urls.shown(url, values=True),
        asked=asked,
        pages=kept.pages,
        rows=kept.rows,
        rows_told=kept.told,
        fetched_at=kept.begun_at,
        pages_kept=kept.found,
        since=source.since,
    )
    pieces = as_csv(kept.lines(), kept.columns) if kept.shape == "table" else kept.lines()
    name = urlsplit(url).hostname or source.kind
    odd = paging.odd(kept, told_now)
    return Fetched(origin, source.profile(), cast(BinaryIO, Joined(pieces)), name, odd, kept)


def _say_what_is_kept(error: HarmspotError, kept: Kept) -> None:
    """Add to a refusal that the same command goes on behind what is there."""
    if not kept.folder.exists():
        return
    if kept.pages:
        there = f"page {kept.pages:,}, row {kept.rows:,}"
    elif "version" in kept.more:
        there = "all of it" if kept.done else "what came of it"
    else:
        return
    error.message = (
        f"{error.message.rstrip('.')}. Nothing was stored. The same command goes on behind "
        f"{there}, which is here for a day at least."
    )


def _with_token_apart(url: str, kind: Kind, fetcher: Fetcher, settings: Settings) -> str:
    """Return an address without its token, which is sent as a header instead."""
    header = _TOKENS.get(kind)
    if header is None:
        return url
    name, parameter, begins = header
    query = urls.parameters(url)
    given = query.pop(parameter, None)
    set_here = {"socrata": settings.socrata_token, "arcgis": settings.arcgis_token}[kind]
    token = given or (set_here.get_secret_value() if set_here is not None else None)
    if token:
        fetcher.prove(name, begins + token, token)
    return urls.with_query(url, query) if given is not None else url
