"""Briefing sheets: a run of targets as PDF to print, each target as a picture for a slide."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Response

from service import briefing
from service.http.dependencies import TenantDep
from service.http.responses import problems
from service.store.repository import runs
from service.store.tenant import Tenant

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])

_PDF: Final = "application/pdf"
_PNG: Final = "image/png"
_ROOM: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="briefing")
"""Where briefings are printed, one after the other: whoever waits holds up no other request."""


def _binary(media_type: str) -> dict[int | str, dict[str, Any]]:
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"description": "The file.", "content": {media_type: schema}}}


@router.get(
    "/{run_id}/briefing",
    summary="Print a run",
    description="A briefing of a run of targets: the map and the table of all, then a page for "
    f"each of the first {briefing.MOST_TARGETS}, then what they rest on. The same run gives the "
    "same bytes.",
    response_class=Response,
    responses=_binary(_PDF) | problems(404, 422),
)
async def get_briefing(
    tenant: TenantDep,
    run_id: str,
    format: Annotated[Literal["pdf"], Query(description="Form of the sheet.")] = "pdf",  # noqa: A002
    target: Annotated[
        str | None, Query(description="The `target_id` of the one target to print.")
    ] = None,
    paper: Annotated[Literal["a4", "letter"], Query(description="Size of the pages.")] = "a4",
) -> Response:
    """Return a run, or one of its targets, as a PDF to print."""
    content = await _printed(tenant, run_id, target, lambda sheet: briefing.pdf(sheet, paper))
    part = f"-{target}" if target else ""
    return _file(content, _PDF, f"briefing-{run_id}{part}.{format}")


@router.get(
    "/{run_id}/briefing/targets/{target_id}.png",
    summary="Draw a target for a slide",
    description="One target as a picture of 1920 x 1080 pixels. The same run gives the same bytes.",
    response_class=Response,
    responses=_binary(_PNG) | problems(404, 422),
)
async def get_slide(
    tenant: TenantDep,
    run_id: str,
    target_id: Annotated[str, Path(description="The `target_id` of a target of the run.")],
) -> Response:
    """Return one target as a picture for a slide."""
    content = await _printed(tenant, run_id, target_id, lambda sheet: briefing.png(sheet))
    return _file(content, _PNG, f"briefing-{run_id}-{target_id}.png")


async def _printed(
    tenant: Tenant,
    run_id: str,
    target: str | None,
    print_: Callable[[briefing.Sheet], bytes],
) -> bytes:
    def work() -> bytes:
        with tenant.unit_of_work() as (session, agency):
            run = runs.find(session, agency, run_id)
            sheet = briefing.read(session, agency, run, target)
        return print_(sheet)

    spoken = contextvars.copy_context()  # which holds the language of the request
    return await asyncio.get_running_loop().run_in_executor(_ROOM, spoken.run, work)


def _file(content: bytes, media_type: str, name: str) -> Response:
    # The run and the target exist, so their ids have no letter that a header could not hold.
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
