"""The command that works on jobs."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from service.settings import get_settings


def worker(
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Analyses at once; default one per processor.")
    ] = None,
) -> None:
    """Work on jobs until told to stop; any number of workers may share a database."""
    from service import logs
    from service.jobs.worker import Worker, run_worker
    from service.store.session import open_database

    settings = get_settings()
    logs.configure(settings.log_level)
    with open_database(settings) as database:
        working = Worker(database, settings, concurrency)
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, lambda *_: working.stop())
        working.warm()
        run_worker(working)
