"""Previews: the beginning of a file as it would be read, before anything of it is stored."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import Field
from starlette.datastructures import FormData

from service.http.api.uploads import file_of
from service.http.dependencies import TenantDep
from service.http.responses import ProblemError, problems
from service.ingest.preview.previewed import Fit, Outcome, Shown
from service.ingest.profiles import stored as stored_profiles
from service.ingest.profiles.loading import profile_of
from service.ingest.profiles.profile import Profile
from service.ingest.readers.limits import Limits
from service.store.tenant import Tenant
from spatial.errors import InvalidInputError, Problem

router = APIRouter()

_DRAFT = "draft"


class PreviewAnswer(Shown):
    """What a file holds, which profiles fit it, and what one makes of it."""

    fits: list[Fit] = Field(description="Every profile, shipped and stored.")
    suggestion: dict[str, Any] = Field(
        description="Keys of a profile guessed from names and values of the columns; with a draft, "
        "from the columns that it matches."
    )
    suggestion_notes: list[str] = Field(description="What to look at in the suggestion.")
    profile: str | None = Field(
        description="The profile that `outcome` is about: the one asked for, or the one that fits "
        "best; null for a profile that is being written."
    )
    problems: list[ProblemError] = Field(description="What that profile lacks, by its keys.")
    outcome: Outcome | None = Field(description="Null where `problems` stand in the way.")


@router.post(
    "/preview",
    summary="Look at the beginning of a file",
    description="Nothing is stored. Values are shown of the columns that the profile or the draft "
    "maps or names to keep; of the others their names, and what their values look like. The field "
    "`file` of the form holds the file or its beginning (two megabytes; what is described at "
    "its end, as Parquet, workbooks, archives and layers are, whole), `draft` a profile that is "
    "being written, as JSON with the keys of a profile's TOML file.",
    responses=problems(404, 413, 422, 507),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {
                            "file": {"type": "string", "format": "binary"},
                            "draft": {"type": "string"},
                        },
                    }
                }
            },
        }
    },
)
async def post_preview(
    request: Request,
    tenant: TenantDep,
    profile: Annotated[
        str | None, Query(description="Profile to read the rows by.", max_length=100)
    ] = None,
    complete: Annotated[bool, Query(description="Whether the whole file was sent.")] = True,
) -> PreviewAnswer:
    """Tell how a file would be read."""
    async with request.form(max_files=1) as form:
        upload = file_of(request, form)
        content, file_name = await upload.read(), upload.filename
        draft = _draft(form)
    limits = Limits.of(request.app.state.settings)
    return await run_in_threadpool(
        _answer, tenant, (content, file_name, complete), profile, draft, limits
    )


def _draft(form: FormData) -> dict[str, Any] | None:
    text = form.get(_DRAFT)
    if text is None:
        return None
    try:
        draft = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        draft = None
    if not isinstance(draft, dict):
        message = "must be a JSON object with the keys of a profile"
        raise InvalidInputError(f"{_DRAFT} {message}.", [Problem(_DRAFT, message)])
    return draft


def _answer(
    tenant: Tenant,
    beginning: tuple[bytes, str | None, bool],
    name: str | None,
    draft: dict[str, Any] | None,
    limits: Limits,
) -> PreviewAnswer:
    from service.ingest.preview.preview import Preview, best
    from service.ingest.profiles.guess import with_parent
    from service.ingest.profiles.suggestion import suggested
    from service.ingest.readers.head import Dialect, Head, sniffed

    head = Head(*beginning)
    with tenant.unit_of_work() as (session, agency):
        known = stored_profiles.every(session, agency)
        asked = stored_profiles.find(session, agency, name) if name is not None else None
        preview = Preview(session, agency, head, dt.datetime.now(dt.UTC), limits)
        dialect = sniffed(head, limits)
        fits = [preview.fit(one) for one in known]
        matched = None if draft is None else draft.get("columns")
        guessed = suggested(
            preview.first_rows(dialect), dialect, matched if isinstance(matched, dict) else None
        )
        wrong: list[Problem] = []
        naming: Profile | dict[str, Any] | None = draft
        if draft is not None:
            try:
                naming = asked = profile_of(draft, str(draft.get("name") or "draft"))
                dialect = Dialect.of(asked)
            except InvalidInputError as error:
                wrong = list(error.problems)
        elif asked is None:
            closest = best(fits)
            asked = next((one for one in known if closest and one.name == closest.profile), None)
        naming = naming or asked
        outcome = None
        if asked is not None and not wrong:
            wrong = [Problem("columns", f"missing column {one}") for one in preview.missing(asked)]
            outcome = None if wrong else preview.outcome(asked)
        return PreviewAnswer(
            **preview.shown(dialect, naming).model_dump(),
            fits=fits,
            suggestion=guessed.written
            if draft is not None
            else with_parent(guessed.written, preview.first_rows(dialect), dialect, known),
            suggestion_notes=guessed.notes,
            profile=asked.name if asked is not None and draft is None else None,
            problems=[ProblemError(where=one.where, message=one.message) for one in wrong],
            outcome=outcome,
        )
