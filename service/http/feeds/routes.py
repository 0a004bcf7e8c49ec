"""Feeds for briefing tools: what was published, the newest first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from service.analyses.study.units.kinds import UnitKind
from service.http import feeds
from service.http.caching import last_modified
from service.http.dependencies import TenantDep
from service.http.feeds import atom, json_feed
from service.http.responses import problems

router = APIRouter(prefix="/api/v1/feeds", tags=["feeds"])

ProcessName = Annotated[str, Query(description="Of which process.", examples=["targets"])]
Unit = Annotated[UnitKind | None, Query(description="Only runs on this unit of place.")]
Limit = Annotated[int, Query(ge=1, le=100, description="Greatest number of entries of a page.")]
Offset = Annotated[int, Query(ge=0, le=2**62, description="How many newer entries to leave out.")]

_DESCRIPTION = (
    "One entry for each run that was published, the newest first: its first targets in words, and "
    "links to the rest. A run that is published again comes to the top under its old id. Ask again "
    "with `If-None-Match`; see docs/briefing-tools.md."
)


def _answers(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {}}}}


@router.get(
    "/targets.json",
    summary="Read the feed as JSON Feed",
    description=_DESCRIPTION,
    response_class=Response,
    responses=_answers(json_feed.MEDIA_TYPE) | problems(404, 422),
)
def get_json_feed(
    request: Request,
    tenant: TenantDep,
    process: ProcessName = "targets",
    unit: Unit = None,
    limit: Limit = 20,
    offset: Offset = 0,
) -> Response:
    """Return a page of the feed as JSON Feed 1.1."""
    feed = _read(tenant, process, unit, limit, offset)
    content = feeds.as_json_feed(feed, _place(request, feed, limit, offset))
    return _sent(feed, content, json_feed.MEDIA_TYPE)


@router.get(
    "/targets.atom",
    summary="Read the feed as Atom",
    description=_DESCRIPTION,
    response_class=Response,
    responses=_answers(atom.MEDIA_TYPE) | problems(404, 422),
)
def get_atom_feed(
    request: Request,
    tenant: TenantDep,
    process: ProcessName = "targets",
    unit: Unit = None,
    limit: Limit = 20,
    offset: Offset = 0,
) -> Response:
    """Return a page of the feed as Atom."""
    feed = _read(tenant, process, unit, limit, offset)
    content = feeds.as_atom(feed, _place(request, feed, limit, offset))
    return _sent(feed, content, atom.MEDIA_TYPE)


def _read(tenant: TenantDep, process: str, unit: str | None, limit: int, offset: int) -> feeds.Feed:
    with tenant.unit_of_work() as (session, agency):
        return feeds.read(session, agency, process, unit=unit, limit=limit, offset=offset)


def _place(request: Request, feed: feeds.Feed, limit: int, offset: int) -> feeds.Place:
    def page(at: int) -> str:
        return str(request.url.include_query_params(offset=at))

    return feeds.Place(
        service=str(request.base_url),
        here=str(request.url),
        before=page(max(offset - limit, 0)) if offset else None,
        after=page(offset + limit) if feed.more else None,
    )


def _sent(feed: feeds.Feed, content: bytes, media_type: str) -> Response:
    headers = {"Last-Modified": last_modified(feed.updated)}
    return Response(content, media_type=media_type, headers=headers)
