"""Commands for keys, by which programs are known."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.console import err, out, print_json, print_table
from service.cli.options import JsonOption
from service.settings import get_settings

if TYPE_CHECKING:
    from service.store.models import ApiKey

app = typer.Typer(help="Keys, by which programs are known.")

RolesOption = Annotated[
    list[str], typer.Option("--role", help="What it may do: viewer, planner, analyst, ingester, "
                            "tracker, evaluator, monitor or admin; may be repeated.")
]  # fmt: skip


@app.command()
def create(
    role: RolesOption,
    name: Annotated[str, typer.Option(help="Who or what is to have it.")],
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Days until it is over; default: never.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key; it is shown this once."""
    import getpass

    from service.access import login
    from service.store.tenant import open_tenant

    over = None if days is None else dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        key = login.make_key(
            session, agency, name=name, roles=role, by=getpass.getuser(), expires_at=over
        )
    if as_json:
        print_json({"key": key.text, "prefix": key.prefix})
        return
    out.print(key.text, soft_wrap=True, highlight=False)
    err.print(
        f"This is shown once. Send it as X-API-Key, or as the password of HTTP Basic; "
        f"`harmspot key revoke {key.prefix}` ends it."
    )


@app.command("list")
def list_keys(as_json: JsonOption = False) -> None:
    """List keys: who has them, what they may do, and when they were used last."""
    from service.store.repository import keys
    from service.store.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        found = keys.newest(session, agency)
    if as_json:
        print_json([_told(one) for one in found])
        return
    if not found:
        out.print("No keys. `harmspot key create --role viewer --name NAME` makes one.")
        return
    table = Table()
    for title in ("prefix", "name", "roles", "made", "last used", "state"):
        table.add_column(title)
    for one in found:
        table.add_row(
            one.prefix,
            escape(one.name),
            ", ".join(one.roles),
            f"{one.created_at:%Y-%m-%d}",
            f"{one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "never",
            _state(one),
        )
    print_table(table)


@app.command()
def revoke(
    prefix: Annotated[str, typer.Argument(metavar="PREFIX", help="The key's prefix.")],
) -> None:
    """End a key, and the sessions that were begun with it."""
    from service.store.repository import keys
    from service.store.tenant import open_tenant

    given = prefix.removeprefix("hsk_").partition("_")[0]
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        ended = keys.revoke(session, agency, given)
    out.print(f"The key {ended.prefix} of {escape(ended.name)} lets nobody in any more.")


def _state(key: ApiKey) -> str:
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at is None:
        return "valid"
    over = key.expires_at <= dt.datetime.now(dt.UTC)
    return f"{'over since' if over else 'valid until'} {key.expires_at:%Y-%m-%d}"


def _told(key: ApiKey) -> dict[str, Any]:
    moments = ("created_at", "expires_at", "last_used_at", "revoked_at")
    return {
        "prefix": key.prefix,
        "name": key.name,
        "roles": key.roles,
        "created_by": key.created_by,
    } | {
        name: None if (when := getattr(key, name)) is None else when.isoformat() for name in moments
    }
