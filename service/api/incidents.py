"""Incidents: single ones and whole files in, batch reports and rejected rows out."""

from __future__ import annotations

import csv
import io
import tempfile
from typing import Annotated, Any, BinaryIO, Literal, cast

from fastapi import APIRouter, Body, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from service.api.dependencies import TenantDep, problems
from service.api.uploads import limited
from service.errors import NotFoundError, UnreadableFileError
from service.ingest import batches
from service.ingest.load import ingest, ingest_features
from service.ingest.profiles import Profile, known_profiles, load_profile
from service.ingest.report import BatchReport
from service.tenant import Tenant
from spatial.errors import Problem

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"])

_SPOOL_BYTES = 8 * 1024 * 1024
_EXAMPLE_FEATURE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [-0.0877, 51.5081]},
    "properties": {
        "external_id": "2024-000123",
        "offence_code": "robbery",
        "occurred_from": "2024-05-01T22:15:00+01:00",
        "time_precision": "exact",
    },
}

ProfileName = Annotated[
    str,
    Query(
        description="How to read the rows: `police-uk`, `chicago`, `generic`.",
        examples=["police-uk"],
    ),
]
SourceName = Annotated[
    str | None,
    Query(description="Name of the source; default the profile's.", min_length=1, max_length=200),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        description="A retry with the same key and body returns the first report and changes "
        "nothing.",
        max_length=200,
    ),
]


@router.post(
    "",
    summary="Store incidents given as GeoJSON",
    description="One Feature or a FeatureCollection of points. An incident that is stored already "
    "under its `external_id` is updated where it differs.",
    responses=problems(400, 404, 409, 413, 422),
)
def post_incidents(
    tenant: TenantDep,
    incidents: Annotated[dict[str, Any], Body(examples=[_EXAMPLE_FEATURE])],
    profile: ProfileName = "generic",
    source: SourceName = None,
    idempotency_key: IdempotencyKey = None,
) -> BatchReport:
    """Store the incidents of a Feature or FeatureCollection and report what became of each."""
    with tenant.unit_of_work() as (session, agency):
        return ingest_features(
            session,
            agency,
            _features(incidents),
            _shipped_profile(profile),
            source_name=source,
            idempotency_key=idempotency_key,
        )


@router.post(
    "/batches",
    summary="Upload a file of incidents",
    description="CSV, GeoJSON or GeoParquet, gzipped or not, as the body itself or as the field "
    "`file` of a form. The whole file is stored in one transaction, or nothing of it; rows that "
    "cannot be incidents are kept with their reason.",
    responses=problems(404, 409, 413, 422),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                media: {"schema": {"type": "string", "format": "binary"}}
                for media in ("text/csv", "application/geo+json", "application/octet-stream")
            }
            | {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                }
            },
        }
    },
)
async def post_batch(
    request: Request,
    tenant: TenantDep,
    profile: ProfileName,
    source: SourceName = None,
    idempotency_key: IdempotencyKey = None,
) -> BatchReport:
    """Ingest an uploaded file in one transaction and report what became of its rows."""
    chosen = _shipped_profile(profile)
    small_enough = limited(request, "split it by month")
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with small_enough.form(max_files=1) as form:
            upload = form.get("file")
            if not isinstance(upload, UploadFile):
                raise UnreadableFileError("The form has no field `file` with a file in it.")
            return await run_in_threadpool(
                _ingest, tenant, upload.file, chosen, source, upload.filename, idempotency_key
            )
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spooled:
        body = cast(BinaryIO, spooled)
        await _spool(small_enough, body)
        return await run_in_threadpool(_ingest, tenant, body, chosen, source, None, idempotency_key)


@router.get("/batches", summary="List batches", responses=problems(422))
def get_batches(
    tenant: TenantDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> list[BatchReport]:
    """Return the reports of batches, the newest first."""
    with tenant.unit_of_work() as (session, agency):
        return batches.newest(session, agency, limit=limit, offset=offset)


@router.get("/batches/{batch_id}", summary="Read a batch report", responses=problems(404, 422))
def get_batch(tenant: TenantDep, batch_id: int) -> BatchReport:
    """Return the report of one batch."""
    with tenant.unit_of_work() as (session, agency):
        return batches.find(session, agency, batch_id)


@router.get(
    "/batches/{batch_id}/rejected",
    summary="Read the rejected rows of a batch",
    description="Each row with its line, the reason and the row as it came.",
    responses=problems(404, 422) | {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    response_model=list[batches.Rejected],
)
def get_rejected(
    tenant: TenantDep,
    batch_id: int,
    format: Annotated[Literal["json", "csv"], Query()] = "json",  # noqa: A002 - the API's name
    limit: Annotated[int, Query(ge=1, le=100_000)] = 10_000,
    offset: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> list[batches.Rejected] | Response:
    """Return rejected rows, so that they can be mended and sent again."""
    with tenant.unit_of_work() as (session, agency):
        rows = batches.rejected(session, agency, batch_id, limit=limit, offset=offset)
    if format == "json":
        return rows
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(batches.Rejected.model_fields)
    # A cell that a spreadsheet would run as a formula is quoted away.
    table.writerows([_inert(value) for value in row.model_dump().values()] for row in rows)
    return Response(written.getvalue(), media_type="text/csv")


def _shipped_profile(name: str) -> Profile:
    # Never a path: a request must not make the server read a file of its choice.
    if name not in known_profiles():
        raise NotFoundError(
            f"No profile is named {name!r}; there are: {', '.join(known_profiles())}.",
            [Problem("profile", f"unknown profile {name}")],
        )
    return load_profile(name)


def _features(document: dict[str, Any]) -> list[dict[str, Any]]:
    if document.get("type") == "Feature":
        return [document]
    features = document.get("features")
    if document.get("type") == "FeatureCollection" and isinstance(features, list):
        return features
    raise UnreadableFileError(
        "The body must be a GeoJSON Feature or FeatureCollection, not "
        f"{document.get('type') or 'an object without a type'}."
    )


def _ingest(
    tenant: Tenant,
    file: BinaryIO,
    profile: Profile,
    source: str | None,
    name: str | None,
    idempotency_key: str | None,
) -> BatchReport:
    with tenant.unit_of_work() as (session, agency):
        return ingest(
            session,
            agency,
            file,
            profile,
            source_name=source,
            file_name=name,
            idempotency_key=idempotency_key,
        )


async def _spool(request: Request, body: BinaryIO) -> None:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        await run_in_threadpool(body.write, chunk)
    if size == 0:
        raise UnreadableFileError("The body is empty: send the file as the body of the request.")
    body.seek(0)


def _inert(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
