"""Stored runs: what was asked, what was found, and the same bytes again at any later time."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from service.analyses import registry
from service.analyses.contract import Places
from service.analyses.figures import Figure, Layer
from service.analyses.tested import Status, all_tested, tested
from service.analyses.tested import Tested as HowTested
from service.errors import NotFoundError
from service.export import contents, files, formats, geojson
from service.export.columns import unit_columns
from service.http import unstored
from service.http.dependencies import TenantDep
from service.http.geojson import places
from service.http.parts import FileAnswer
from service.http.responses import problems
from service.store import models
from service.store.repository import runs

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_EXPORTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {form.media_type: _BINARY for form in formats.FORMATS.values()},
    }
}
if TYPE_CHECKING:
    FormatName = str
else:
    FormatName = Literal[tuple(formats.FORMATS)]


class Tested(BaseModel):
    """How a list was tested on data that it had not seen, or why it is not, or not yet."""

    status: Status
    words: str = Field(
        description="What to say of it, whatever the status: the verdict, or why there is none."
    )
    id: str | None
    href: str | None = Field(description="The run that it is; while it is not stored, 202.")
    page: str | None
    job: str | None
    sentence: str | None = Field(description="The whole verdict, where it is computed.")
    figures: dict[str, Any] | None = Field(
        description="The numbers of that sentence: shares of what came after that the list held "
        "(`list`) and that as much area sorted by the window held (`sorted`), their difference "
        "with its interval, the share of the area, how many horizons were judged."
    )

    @classmethod
    def of(cls, how: HowTested | None) -> Tested | None:
        """Return what is told of a test."""
        return None if how is None else cls(**vars(how))


class RunSummary(BaseModel):
    """A run: the question, what the answer rests on, and the answer in short."""

    id: str
    process: str
    created_at: dt.datetime
    parameters: dict[str, Any]
    data_version: int
    software_version: str
    provenance: dict[str, Any]
    result: dict[str, Any]
    undone: list[int] = Field(
        description="Batches that its data held and that were undone since: ask again."
    )
    process_title: str
    headline: str
    places: list[Places]
    backtest: Tested | None = Field(
        description="How a list was tested on data that it had not seen; null of other runs."
    )

    @classmethod
    def of(cls, run: models.AnalysisRun, how: HowTested | None) -> RunSummary:
        """Return the summary of a stored run."""
        process = registry.of(run)
        told = {
            "process_title": process.title,
            "headline": process.headline(run),
            "places": sorted(process.places),
            "backtest": Tested.of(how),
        }
        stored = {name: getattr(run, name) for name in cls.model_fields if name not in told}
        return cls(**stored, **told)


class RunTold(BaseModel):
    """A run as it is told: in words, and in figures that whoever shows them draws."""

    id: str
    process: str
    process_title: str
    headline: str = Field(description="What it found, in a few words.")
    question: str = Field(description="What it was asked, as a sentence.")
    places: list[Places] = Field(
        description="The places that it stored: ranked targets, and units of place, scored."
    )
    unit_properties: list[str] = Field(description="What is told of each of its units.")
    figures: list[Figure] = Field(description="What its analysis shows beside those places.")
    on_map: list[Layer] = Field(description="Layers that the map shows, and no file holds.")
    formats: list[str] = Field(description="The formats of its exports.")
    backtest: Tested | None = Field(
        description="How a list was tested on data that it had not seen; null of other runs."
    )

    @classmethod
    def of(cls, session: Session, run: models.AnalysisRun) -> RunTold:
        """Return a stored run as its analysis tells it."""
        process = registry.of(run)
        return cls(
            id=run.id,
            process=run.process,
            process_title=process.title,
            headline=process.headline(run),
            question=process.question(run),
            places=sorted(process.places),
            unit_properties=(
                [one.name for one in unit_columns(run)] if "units" in process.places else []
            ),
            figures=list(process.figures(run)),
            on_map=list(process.on_map(run)),
            formats=[one.name for one in formats.able(contents.own(session, run))],
            backtest=Tested.of(tested(session, run)),
        )


_UNSTORED: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "A list names it as its backtest and it is not stored yet: it is asked for "
        "now, where a worker lives. `Location` leads to the job that computes it.",
        "model": Tested,
    }
}


@router.get("", summary="List runs", responses=problems(422))
def get_runs(
    tenant: TenantDep,
    process: Annotated[str | None, Query(description="Only runs of this process.")] = None,
    places: Annotated[
        Places | None, Query(description="Only runs of processes that store such places.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> list[RunSummary]:
    """Return stored runs, the newest first."""
    chosen = None if process is None else {process}
    if places is not None:
        able = {one.name for one in registry.PROCESSES.values() if places in one.places}
        chosen = able if chosen is None else able & chosen
    with tenant.unit_of_work() as (session, agency):
        found = runs.newest(session, agency, processes=chosen, limit=limit, offset=offset)
        how = all_tested(session, agency, found)
        return [RunSummary.of(run, how[run.id]) for run in found]


@router.get(
    "/{run_id}",
    summary="Read a run",
    response_model=RunSummary,
    responses=_UNSTORED | problems(404, 409, 422),
)
def get_run(request: Request, tenant: TenantDep, run_id: str) -> RunSummary | Response:
    """Return one run: parameters, provenance and the answer in short."""
    with tenant.unit_of_work() as (session, agency):
        try:
            run = runs.find(session, agency, run_id)
            return RunSummary.of(run, tested(session, run))
        except NotFoundError:
            how = Tested.of(unstored.ask(request, session, agency, run_id))
            if how is None:
                raise
            headers = {"Retry-After": "2", "Cache-Control": "no-store"}
            if how.job is not None:
                headers["Location"] = how.job
            return JSONResponse(how.model_dump(mode="json"), 202, headers=headers)


@router.get("/{run_id}/summary", summary="Read the answer of a run", responses=problems(404, 422))
def get_summary(tenant: TenantDep, run_id: str) -> dict[str, Any]:
    """Return the answer of a run in short: totals, classes, concentration."""
    with tenant.unit_of_work() as (session, agency):
        result: dict[str, Any] = runs.find(session, agency, run_id).result
        return result


@router.get("/{run_id}/figures", summary="Read the figures of a run", responses=problems(404, 422))
def get_figures(tenant: TenantDep, run_id: str) -> RunTold:
    """Return what a run was asked and found, in words and in the figures of its analysis."""
    with tenant.unit_of_work() as (session, agency):
        return RunTold.of(session, runs.find(session, agency, run_id))


@router.get(
    "/{run_id}/targets",
    summary="Read the targets of a run",
    response_class=Response,
    responses=places("Target") | problems(404, 422),
)
def get_run_targets(tenant: TenantDep, run_id: str) -> Response:
    """Return the targets of a run as GeoJSON, the same bytes each time."""
    with tenant.unit_of_work() as (session, agency):
        run = runs.find(session, agency, run_id)
        return Response(geojson.targets(session, run), media_type=geojson.MEDIA_TYPE)


@router.get(
    "/{run_id}/patrol-areas",
    summary="Read the patrol areas of a run",
    description="The polygon around each target, where the run was asked for with "
    "`patrol_buffer_m`, with the properties of the target.",
    response_class=Response,
    responses=places("Target") | problems(404, 422),
)
def get_run_patrol_areas(tenant: TenantDep, run_id: str) -> Response:
    """Return the areas to patrol as GeoJSON, the same bytes each time."""
    with tenant.unit_of_work() as (session, agency):
        run = runs.find(session, agency, run_id)
        return Response(geojson.patrol_areas(session, run), media_type=geojson.MEDIA_TYPE)


@router.get(
    "/{run_id}/scores",
    summary="Read the units of a run",
    response_class=Response,
    responses=places("UnitScore") | problems(404, 422),
)
def get_run_scores(
    tenant: TenantDep,
    run_id: str,
    limit: Annotated[int, Query(ge=1, le=1_000_000)] = 100_000,
    offset: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:
    """Return the units of a run with their statistic as GeoJSON, the greatest harm first."""
    with tenant.unit_of_work() as (session, agency):
        run = runs.find(session, agency, run_id)
        content = geojson.scores(session, run, limit=limit, offset=offset)
        return Response(content, media_type=geojson.MEDIA_TYPE)


@router.get(
    "/{run_id}/export",
    summary="Download a run as a file",
    description=f"{formats.listed(one_layer=False)} hold all layers of a run; "
    f"{formats.listed(one_layer=True)} hold the one that `layer` names. A concentration is had as "
    "`json`, `csv` or `zip`. The columns are told in the formats that have room for it, and in the "
    "README of `zip`.",
    response_class=FileResponse,
    responses=_EXPORTS | problems(404, 422, 507),
)
def get_export(
    request: Request,
    tenant: TenantDep,
    run_id: str,
    format: Annotated[  # noqa: A002 - the API's name
        FormatName | None,
        Query(description="By default `geojson`, and `json` for a concentration."),
    ] = None,
    layer: Annotated[
        str | None,
        Query(
            description="The name of a layer or table of the run, for formats that hold one; by "
            "default the one that answers it.",
            examples=["units"],
            max_length=100,
        ),
    ] = None,
    source: Annotated[
        Literal["file", "service"],
        Query(
            description="Where a QGIS project finds its layers: in itself, or live at the OGC API "
            "of this service."
        ),
    ] = "file",
) -> FileResponse:
    """Write a run to a file, and send it while the next request is served."""
    folder = Path(tempfile.mkdtemp(prefix="harmspot-"))
    try:
        with tenant.unit_of_work() as (session, agency):
            run = runs.find(session, agency, run_id)
            form = formats.find(format) if format else files.default_format(session, run)
            path = folder / files.name_of(run, form, layer)
            service_url = str(request.base_url) if source == "service" else None
            files.export(session, agency, run, form, path, layer=layer, service_url=service_url)
    except BaseException:
        shutil.rmtree(folder)
        raise
    return FileAnswer(path, folder=folder, media_type=form.media_type, filename=path.name)
