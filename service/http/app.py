"""The web application: the one place where the parts meet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.openapi.utils import get_openapi
from fastapi_offline import FastAPIOffline

from service import __version__, logs
from service.http import geojson, responses
from service.http.api import (
    analyses,
    briefings,
    comparison,
    coverage,
    health,
    incidents,
    jobs,
    keys,
    publications,
    reference,
    runs,
    schedules,
    sources,
    styles,
    words,
)
from service.http.feeds import routes as feeds
from service.http.handlers import add_handlers
from service.http.layers import add_layers
from service.http.ogc.app import mount as mount_ogc
from service.http.once import parameters_once
from service.http.pages import definitions, login, web
from service.http.pages import routes as pages
from service.http.pages.files import PageFiles
from service.http.representation import representation
from service.jobs import JobWatch
from service.jobs.answers import Answers
from service.resources import static_dir
from service.settings import Settings, get_settings
from service.store.session import Database, open_database
from service.store.tenant import Tenant

_DESCRIPTION = """\
Where harm gathers, which places to patrol, and why. Incidents go in, ranked targets with their
evidence come out.

Refusals are `application/problem+json` (RFC 9457): `detail` says what was wrong and what would be
right, `errors` names each place.

Reads carry an `ETag`: send it back as `If-None-Match`, and what did not change is not sent again.
"""


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    """Build the web application.

    Parameters
    ----------
    settings
        By default those of the environment.
    database
        A database that is open already; by default the application opens the one that the
        settings name when it starts, and closes it when it stops.
    """
    chosen = settings or get_settings()
    logs.configure(chosen.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as held:
            # Told now, since the files may be renewed below a process that runs.
            await run_in_threadpool(representation)
            opened = given = app.state.database
            if opened is None:
                opened = await run_in_threadpool(held.enter_context, open_database(chosen))
            app.state.tenant = Tenant(opened, chosen.agency)
            await run_in_threadpool(app.state.tenant.equip)
            app.state.job_watch = JobWatch(opened)
            app.state.answers = Answers(app.state.tenant, chosen, app.state.job_watch)
            held.callback(app.state.answers.close)
            if given is None:
                app.state.answers.warm()
            if chosen.worker == "inline":
                from service.jobs.worker import working  # with the queue's library

                held.enter_context(working(opened, chosen))
            yield

    app = FastAPIOffline(  # with the files of the pages at /docs, which load none from elsewhere
        docs_url=None,
        redoc_url=None,
        title="Harmspot",
        version=__version__,
        summary="Place-based targeting for police",
        description=_DESCRIPTION,
        dependencies=[Depends(parameters_once)],
        lifespan=lifespan,
    )
    app.state.settings = chosen
    app.state.database = database  # looked up at each start, which may be of another
    app.state.refusals = pages.Refusals()  # of addresses that nothing answers
    add_layers(app, chosen)
    mount_ogc(app)  # first, since a map asks it for many tiles and each goes past what is before
    for router in (
        incidents.router,
        sources.router,
        coverage.router,
        analyses.routes(),
        runs.router,
        comparison.router,
        briefings.router,
        publications.router,
        jobs.router,
        schedules.router,
        feeds.router,
        reference.router,
        styles.router,
        health.router,
        keys.router,
        login.router,
        pages.router,
        web.router,
        words.router,
        definitions.router,
    ):
        app.include_router(router)
    app.mount("/static", PageFiles(directory=static_dir()), name="static")
    add_handlers(app)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
        )
        responses.describe(schema)
        geojson.describe(schema)
        app.openapi_schema = schema
    return app.openapi_schema
