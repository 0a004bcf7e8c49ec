"""The command that makes a link by which a person comes in once."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from service.cli.console import err, out
from service.settings import get_settings


def login(
    role: Annotated[
        list[str] | None,
        typer.Option(help="What they may do; may be repeated. Default admin, for yourself."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Who is let in; default you.")] = None,
    minutes: Annotated[int, typer.Option(min=1, max=10_080, help="How long it works.")] = 60,
    url: Annotated[
        str | None, typer.Option(help="Address of the service; default that of the settings.")
    ] = None,
) -> None:
    """Make a link that lets a person in once, in a browser."""
    import getpass

    from service.access import login as ways_in
    from service.store.tenant import open_tenant

    settings = get_settings()
    if name is not None and role is None:
        raise typer.BadParameter("say what they may do, too: --role viewer", param_hint="--role")
    you = getpass.getuser()
    with open_tenant(settings) as tenant, tenant.unit_of_work() as (session, agency):
        code = ways_in.make_code(
            session,
            agency,
            name=name or you,
            roles=role or ["admin"],
            by=you,
            lives=dt.timedelta(minutes=minutes),
        )
    base = (url or settings.public_url or f"http://127.0.0.1:{settings.port}").rstrip("/")
    out.print(f"{base}/login#{code}", soft_wrap=True, highlight=False)
    err.print(f"It works once, within {minutes} minutes.")
