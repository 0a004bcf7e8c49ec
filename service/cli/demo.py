"""The command that shows the whole pipeline on a synthetic city."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli import serve as service
from service.cli.console import out
from service.settings import get_settings


def demo(
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the map when done.")
    ] = True,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the map.")] = 8000,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the targets go.")] = Path(
        "out/targets.geojson"
    ),
) -> None:
    """Load a synthetic sample city, run the whole pipeline on it and show its targets."""
    from service.cli import sample_city
    from service.store.session import open_database
    from service.store.tenant import Tenant

    settings = get_settings().model_copy(update={"agency": sample_city.AGENCY, "port": port})
    with open_database(settings) as database:
        tenant = Tenant(database, settings.agency)
        sample_city.run(tenant, output, out, test=serve and settings.backtests)
        if serve:
            service.start(settings, tenant)
