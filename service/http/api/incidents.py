"""Incidents: single ones and whole files in, batch reports and rejected rows out."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Literal, cast

from fastapi import APIRouter, Body, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from service.errors import UnreadableFileError
from service.export import spreadsheets
from service.http import waiting
from service.http.api import batch_events, previews
from service.http.api.uploads import file_of
from service.http.dependencies import TenantDep
from service.http.feeds import server_events
from service.http.layers.limits import is_form
from service.http.responses import problems
from service.ingest import period
from service.ingest.addresses.asked import PlaceBy
from service.ingest.profiles import stored as stored_profiles
from service.ingest.profiles.profile import Profile
from service.ingest.quality import quality
from service.ingest.quality.quality import QualityReport
from service.ingest.readers.limits import Limits
from service.ingest.report import BatchReport, Undone
from service.store.repository import batches
from service.store.tenant import Tenant

if TYPE_CHECKING:
    from service.ingest.batch import RowsRead

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"])
router.include_router(previews.router)

_SPOOL_BYTES = 8 * 1024 * 1024
_ROWS_AT_ONCE = 10_000
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
        description="How to read the rows: `police-uk`, `chicago`, `generic`, or a profile that "
        "was stored (GET /api/v1/profiles).",
        examples=["police-uk"],
    ),
]
SourceName = Annotated[
    str | None,
    Query(description="Name of the source; default the profile's.", min_length=1, max_length=200),
]
PlaceByNames = Annotated[
    list[str] | None,
    Query(
        description="Place rows without coordinates by their address: `network:NAME`, a loaded "
        "street network; of several, the first that knows it.",
        examples=[["network:city"]],
    ),
]
PlaceStreetAlone = Annotated[
    bool,
    Query(description="Place rows with a street and no more, too, in the middle of it."),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        description="A retry with the same key, body, profile and source returns the first report "
        "and changes nothing; with others the key is refused (409).",
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
    request: Request,
    tenant: TenantDep,
    incidents: Annotated[dict[str, Any], Body(examples=[_EXAMPLE_FEATURE])],
    profile: ProfileName = "generic",
    source: SourceName = None,
    idempotency_key: IdempotencyKey = None,
) -> BatchReport:
    """Store the incidents of a Feature or FeatureCollection and report what became of each."""
    from service.ingest.load import ingest_features

    with tenant.unit_of_work() as (session, agency):
        return ingest_features(
            session,
            agency,
            _features(incidents),
            stored_profiles.find(session, agency, profile),
            source_name=source,
            idempotency_key=idempotency_key,
            limits=Limits.of(request.app.state.settings),
        )


@router.post(
    "/batches",
    summary="Upload a file of incidents",
    description="CSV, sheets of Excel (XLSX, XLS) and OpenDocument, JSON, GeoJSON, GeoParquet, "
    "GeoPackage, FlatGeobuf, KML or a zipped Shapefile, also in a ZIP archive or gzipped, as the "
    "body itself or as the field `file` of a form; told by its content. The "
    "whole file is stored in one transaction, or nothing of it; rows that cannot be incidents are "
    "kept with their reason. With `Accept: text/event-stream` the answer is server-sent events: "
    "`progress` with the rows read so far, then `report`, or `problem` with "
    "what a refusal would have been. Who goes away before the report leaves nothing stored.",
    response_model=BatchReport,
    responses=problems(404, 409, 413, 422, 507)
    | {200: {"content": {server_events.MEDIA_TYPE: {"schema": {"type": "string"}}}}},
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
    replace: Annotated[
        str | None,
        Query(
            description="Days of which the file holds all there is: incidents of its source there "
            "that it has not are taken away.",
            examples=["2020-03", "2020-03-01/2020-03-15"],
            max_length=30,
        ),
    ] = None,
    idempotency_key: IdempotencyKey = None,
    place_by: PlaceByNames = None,
    place_street_alone: PlaceStreetAlone = False,
) -> BatchReport | Response:
    """Ingest an uploaded file in one transaction and report what became of its rows."""
    replaced = None if replace is None else period.period(replace)
    asked = PlaceBy.of(place_by or (), street_alone=place_street_alone, files=False)
    chosen = await run_in_threadpool(_profile, tenant, profile)
    file, name, close = await _received(request)

    def work(rows_read: RowsRead) -> BatchReport:
        from service.ingest.load import ingest

        with tenant.unit_of_work() as (session, agency):
            report = ingest(
                session,
                agency,
                file,
                chosen,
                source_name=source,
                file_name=name,
                idempotency_key=idempotency_key,
                rows_read=rows_read,
                limits=Limits.of(request.app.state.settings),
                replace=replaced,
                place_by=asked,
            )
            rows_read(report.read)  # the last moment to go away and leave nothing
            return report

    if server_events.MEDIA_TYPE in request.headers.get("accept", ""):
        return batch_events.Watched(work, close).response()
    report = await batch_events.told_at_its_end(request, work, close)
    return waiting.to_nobody() if report is None else report


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
    "/batches/{batch_id}/quality",
    summary="Read how good a batch is",
    description="Of the incidents that it wrote last: what is known of them and how exactly, "
    "default times and points, and what changed against earlier batches of the source.",
    responses=problems(404, 422),
)
def get_batch_quality(tenant: TenantDep, batch_id: int) -> QualityReport:
    """Return how good the incidents of a batch are."""
    with tenant.unit_of_work() as (session, agency):
        return quality.of_batch(session, agency, batch_id)


@router.delete(
    "/batches/{batch_id}",
    summary="Undo a batch",
    description="What it stored is gone, what it changed is as before, and the data version grows. "
    "Where later batches changed the same incidents it is refused (409) with their numbers, unless "
    "`with_later` undoes these first. The report and the rejected rows stay.",
    responses=problems(404, 409, 422),
)
def delete_batch(
    tenant: TenantDep,
    batch_id: int,
    reason: Annotated[str | None, Query(description="Why.", max_length=1000)] = None,
    by: Annotated[str, Query(min_length=1, max_length=200, description="Who undoes it.")] = "api",
    with_later: Annotated[
        bool, Query(description="Undo later batches that changed the same incidents, too.")
    ] = False,
) -> Undone:
    """Undo a batch as a whole, or not at all."""
    from service.ingest.undoing.undo import undo

    with tenant.unit_of_work() as (session, agency):
        return undo(session, agency, batch_id, by=by, reason=reason, with_later=with_later)


@router.get(
    "/batches/{batch_id}/rejected",
    summary="Read the rejected rows of a batch",
    description="Each row with its line, the reason, and those of its columns that the profile maps"
    " or keeps. As CSV it is all of them, where no `limit` is given; as JSON the first 10,000.",
    responses=problems(404, 422) | {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    response_model=list[batches.Rejected],
)
def get_rejected(
    tenant: TenantDep,
    batch_id: int,
    format: Annotated[Literal["json", "csv"], Query()] = "json",  # noqa: A002 - the API's name
    limit: Annotated[int | None, Query(ge=1, le=100_000)] = None,
    offset: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> list[batches.Rejected] | Response:
    """Return rejected rows, so that they can be mended and sent again."""
    whole = format == "csv" and limit is None and not offset
    many = _ROWS_AT_ONCE if limit is None else limit
    with tenant.unit_of_work() as (session, agency):
        rows = batches.rejected(session, agency, batch_id, limit=many, offset=offset)
    if format == "json":
        return rows
    headers = {"Content-Disposition": f'attachment; filename="rejected-{batch_id}.csv"'}
    if whole and len(rows) == many:
        pieces = _all_rejected(tenant, batch_id)
        return StreamingResponse(pieces, media_type="text/csv", headers=headers)
    return Response(_as_csv(rows), media_type="text/csv", headers=headers)


def _all_rejected(tenant: Tenant, batch_id: int) -> Iterator[str]:
    """Yield all rejected rows of a batch as CSV, some thousand at once."""
    last, head = (0, 0), True
    while True:
        with tenant.unit_of_work() as (session, agency):
            rows, last = batches.rejected_after(
                session, agency, batch_id, last=last, limit=_ROWS_AT_ONCE
            )
        if not rows and not head:
            return
        yield _as_csv(rows, head=head)
        head = False


def _as_csv(rows: Iterable[batches.Rejected], *, head: bool = True) -> str:
    written = io.StringIO()
    table = csv.writer(written)
    if head:
        table.writerow(batches.Rejected.model_fields)
    # A cell that a spreadsheet would run as a formula is quoted away.
    table.writerows(map(spreadsheets.inert, row.model_dump().values()) for row in rows)
    return written.getvalue()


def _profile(tenant: Tenant, name: str) -> Profile:
    with tenant.unit_of_work() as (session, agency):
        return stored_profiles.find(session, agency, name)


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


async def _received(request: Request) -> tuple[BinaryIO, str | None, Callable[[], None]]:
    """Return the file of a request, its name, and what lets go of it."""
    if is_form(request.headers):
        form = await request.form(max_files=1)
        try:
            upload = file_of(request, form)
        except BaseException:
            await form.close()
            raise
        return upload.file, upload.filename, upload.file.close
    body = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES))  # noqa: SIM115
    try:
        await _spool(request, body)
    except BaseException:
        body.close()
        raise
    return body, None, body.close


async def _spool(request: Request, body: BinaryIO) -> None:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        await run_in_threadpool(body.write, chunk)
    if size == 0:
        raise UnreadableFileError("The body is empty: send the file as the body of the request.")
    body.seek(0)
