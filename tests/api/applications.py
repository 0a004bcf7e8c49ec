"""The application that many tests ask, each on a database of its own."""

from __future__ import annotations

from fastapi import FastAPI

from service.analyses.registry import PROCESSES
from service.http.app import create_app
from service.http.ogc.requests import Known
from service.settings import Settings
from service.store.session import Database

_MADE: dict[tuple[object, ...], FastAPI] = {}


def application(settings: Settings, database: Database) -> FastAPI:
    """Return an application for one test after the other, not started yet.

    It is made once for equal settings and analyses: to make one, and have it answer first, takes a
    processor a fifth of a second. What it knew of the database of the test before is forgotten.

    Parameters
    ----------
    settings
        Of the application; tests that change them as they go leave them to nobody.
    database
        What it works on when it is started next.
    """
    key = (settings.model_dump_json(), *((name, id(one)) for name, one in PROCESSES.items()))
    if key not in _MADE:
        _MADE[key] = create_app(settings, database)
    app = _MADE[key]
    app.state.database = database
    app.state.settings = settings
    app.state.ogc = Known()
    return app
