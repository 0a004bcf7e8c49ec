"""The command that runs the service."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from service.settings import Settings, get_settings

if TYPE_CHECKING:
    from service.store.tenant import Tenant


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")
    ] = None,
) -> None:
    """Run the service (with a private database when none is configured)."""
    given = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    start(get_settings().model_copy(update=given))


def start(settings: Settings, tenant: Tenant | None = None) -> None:
    """Serve until told to stop, on the database of a tenant that is open or on its own."""
    from service.http import server
    from service.http.app import create_app
    from service.store.tenant import open_tenant

    # Opened here, so that a database that does not serve is told in one line as by any command.
    with nullcontext(tenant) if tenant else open_tenant(settings) as opened:
        server.run(create_app(settings, opened.database), settings)
