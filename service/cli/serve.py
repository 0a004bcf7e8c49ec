"""The command that runs the service."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.markup import escape

from service.cli.console import err
from service.settings import Settings, get_settings

if TYPE_CHECKING:
    from service.store.tenant import Tenant

_LINK_LIVES: Final = dt.timedelta(hours=1)


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
    from service.access.listening import check_listening
    from service.http import server
    from service.http.app import create_app
    from service.store.tenant import open_tenant

    # Opened here, so that a database that does not serve is told in one line as by any command.
    with nullcontext(tenant) if tenant else open_tenant(settings) as opened:
        check_listening(settings, opened)
        code = None if settings.access == "open" else _let_in(settings, opened)
        app = create_app(settings, opened.database)
        server.run(app, settings, told=lambda address: _say_where(address, code))


def _let_in(settings: Settings, tenant: Tenant) -> str | None:
    """Make the first key where there is none, and the code of a link for whoever starts this.

    The database may take no writes: what is stored is served all the same.
    """
    import getpass

    from service.access import login
    from service.access.listening import is_loopback
    from service.errors import DatabaseUnavailableError

    try:
        with tenant.unit_of_work() as (session, agency):
            # Another server's keys are made by who runs it: what is printed there stays in logs.
            mine = settings.database_url is None and is_loopback(settings.host)
            first = login.first_key(session, agency) if mine else None
            code = login.make_code(
                session,
                agency,
                name=getpass.getuser(),
                roles=["admin"],
                by="harmspot serve",
                lives=_LINK_LIVES,
            )
    except DatabaseUnavailableError as error:
        err.print(f"No link to log in could be made: {escape(error.message)}", soft_wrap=True)
        return None
    if first is not None:
        err.print(
            f"The first admin key, shown this once: {first.text}", soft_wrap=True, highlight=False
        )
    return code


def _say_where(address: str, code: str | None) -> None:
    where = f"{address}/login#{code}" if code else f"{address}/"
    once = " (works once, within an hour; `harmspot login` makes another)" if code else ""
    err.print(f"The map: {where}{once}", soft_wrap=True, highlight=False)
