"""What was published as entries of a feed, whatever the feed is written in."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from service.analyses import registry
from service.analyses.tested import Tested, all_tested
from service.export import geojson
from service.store.models import Agency, AnalysisRun, Publication
from service.store.repository import publications, targets
from service.words import answers
from service.words import runs as words
from service.words.catalogue import gettext

TARGETS_TOLD: Final = 5
"""How many targets an entry tells; the rest is behind its links."""

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://harmspot.org/feeds")


@dataclass(frozen=True)
class Link:
    """A file or page that belongs to an entry.

    Parameters
    ----------
    rel
        What it is to the entry: ``alternate`` (its page), ``related``, or ``enclosure`` (a file).
    path
        Below the address of the service.
    media_type, title
        Of what is there.
    """

    rel: str
    path: str
    media_type: str
    title: str


@dataclass(frozen=True)
class Entry:
    """A publication.

    Parameters
    ----------
    id
        A URN that stays the same when the run is published again.
    title, summary, text
        Plain text: what was found and when, what was asked, and the first targets with their
        notes.
    updated
        When the run was published last.
    author
        Who published it.
    run
        The run.
    targets
        How many targets it chose; None: it is of an analysis that chooses none.
    links
        Where to go from here; the first is the page of the run.
    tested
        How a list was tested on data that it had not seen.
    """

    id: str
    title: str
    summary: str
    text: str
    updated: dt.datetime
    author: str
    run: AnalysisRun
    targets: int | None
    links: tuple[Link, ...]
    tested: Tested | None = None


@dataclass(frozen=True)
class Feed:
    """A page of a feed.

    Parameters
    ----------
    id
        A URN of the feed, the same for all its pages and at every address of the service.
    title, author
        What the feed is of, and whose it is.
    updated
        When anything in it was published last; when the agency was made, while nothing was.
    entries
        The publications of the page, the newest first.
    more
        Whether there are older ones.
    """

    id: str
    title: str
    author: str
    updated: dt.datetime
    entries: tuple[Entry, ...]
    more: bool


@dataclass(frozen=True)
class Place:
    """Where a page of a feed is read.

    Parameters
    ----------
    service
        Address of the service, with a slash at its end.
    here, before, after
        Addresses of the page, of the one with newer entries and of the one with older ones.
    """

    service: str
    here: str
    before: str | None = None
    after: str | None = None


def read(
    session: Session,
    agency_id: int,
    process: str,
    *,
    unit: str | None = None,
    limit: int,
    offset: int = 0,
) -> Feed:
    """Return a page of what was published of a process.

    Parameters
    ----------
    session
        The unit of work.
    agency_id
        Whose publications.
    process
        Name of the process.
    unit
        Only runs on this unit of place.
    limit, offset
        How many entries at most, after how many newer ones.

    Raises
    ------
    NotFoundError
        When there is no such process.
    """
    about = registry.find(process)
    agency = session.get_one(Agency, agency_id)
    newest = publications.last_published_at(session, agency_id, process, unit)
    found = publications.newest(session, agency_id, process, unit, limit=limit + 1, offset=offset)
    shown = found[:limit]
    ids = [run.id for _, run in shown]
    told = targets.first_told(session, ids, TARGETS_TOLD)
    chosen = targets.numbers(session, ids)
    how = all_tested(session, agency_id, [run for _, run in shown])
    # Agencies of two installations may have one name, but were not made in the same microsecond.
    mine = uuid.uuid5(_NAMESPACE, f"{agency.name}/{agency.created_at.isoformat()}")
    return Feed(
        id=uuid.uuid5(mine, f"{process}/{unit or ''}").urn,
        title=gettext(
            "{process}, {agency}", process=gettext(about.title), agency=words.tidy(agency.name)
        ),
        author=words.tidy(agency.name),
        updated=newest or agency.created_at,
        entries=tuple(
            _entry(
                uuid.uuid5(mine, run.id).urn,
                publication,
                run,
                told.get(run.id, ()),
                chosen.get(run.id, 0),
                how[run.id],
            )
            for publication, run in shown
        ),
        more=len(found) > limit,
    )


def _entry(
    urn: str,
    publication: Publication,
    run: AnalysisRun,
    told: Sequence[tuple[str, str]],
    chosen: int,
    how: Tested | None,
) -> Entry:
    window = run.provenance["window"]
    return Entry(
        id=urn,
        title=answers.title(run),
        summary=gettext(
            "{question} By {units}, {first} to {last}.",
            question=answers.question(run),
            units=words.unit_words(run),
            first=window["from"],
            last=window["to"],
        ),
        text=_text(run, told, chosen, how),
        updated=publication.published_at,
        author=words.tidy(publication.published_by),
        run=run,
        targets=chosen if "targets" in registry.of(run).places else None,
        links=tuple(_links(run, how)),
        tested=how,
    )


def _text(
    run: AnalysisRun, told: Sequence[tuple[str, str]], chosen: int, how: Tested | None
) -> str:
    lines = [
        f"{rank}. {words.tidy(label)}: {words.tidy(note)}"
        for rank, (label, note) in enumerate(told, start=1)
    ]
    more = chosen - len(told)
    if told and more > 0:
        lines.append(gettext("And {many} more.", many=f"{more:,}"))
    if run.result.get("message"):
        lines.append(words.tidy(run.result["message"]))
    if how is not None and how.sentence is not None:
        lines.append(how.sentence)
    return "\n".join(lines or [gettext("{headline}.", headline=answers.headline(run))])


def _links(run: AnalysisRun, how: Tested | None) -> list[Link]:
    api, answered_by = f"api/v1/runs/{run.id}", registry.of(run).answered_by
    found = [
        Link("alternate", f"runs/{run.id}", "text/html", gettext("The run, to read and to print")),
    ]
    found.append(Link("related", f"?{urlencode({'run': run.id})}", "text/html", gettext("The map")))
    if answered_by == "targets":
        found.append(Link("enclosure", f"{api}/targets", geojson.MEDIA_TYPE, gettext("Targets")))
        if run.parameters.get("patrol_buffer_m") is not None:
            found.append(
                Link(
                    "enclosure", f"{api}/patrol-areas", geojson.MEDIA_TYPE, gettext("Patrol areas")
                )
            )
    if answered_by == "units":
        found.append(Link("enclosure", f"{api}/scores", geojson.MEDIA_TYPE, gettext("Units")))
    found.append(
        Link("related", f"{api}/summary", "application/json", gettext("The answer in short"))
    )
    found.append(
        Link("related", api, "application/json", gettext("What was asked, what it rests on"))
    )
    if how is not None and how.page is not None:
        page = how.page.removeprefix("/")
        found.append(Link("related", page, "text/html", gettext("The backtest of this list")))
    return found
