"""Commands for schedules: analyses that are asked for by the clock."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from service.cli import options
from service.cli.console import out, print_json
from service.cli.options import JsonOption
from service.settings import get_settings

if TYPE_CHECKING:
    from service.store.models import Schedule

app = typer.Typer(help="Analyses that are asked for by the clock.")


@app.command("add", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def add_schedule(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the schedule; its old self is replaced.")],
    process: Annotated[str, typer.Argument(help="Name of the analysis.")],
    cron: Annotated[
        str, typer.Option(help="Minute, hour, day, month, day of week, in local time.")
    ],
    time_zone: Annotated[
        str | None, typer.Option(help="Whose local time; default that of the incidents.")
    ] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Publish each run.")] = False,
    disabled: Annotated[bool, typer.Option("--disabled", help="Keep it, but never due.")] = False,
) -> None:
    """Schedule an analysis. Its parameters are options: --index NAME --window "last 28 days"."""
    from service.jobs import schedules
    from service.store.tenant import open_tenant

    plan = schedules.Plan(
        process=process,
        parameters=options.parse(context.args),
        cron=cron,
        time_zone=time_zone,
        publish=publish,
        enabled=not disabled,
    )
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        schedule = schedules.put(session, agency, name, plan)
        due = schedules.next_due(schedule, dt.datetime.now(dt.UTC))
    out.print(f"Schedule {escape(schedule.name)}: {_due(schedule, due)}.")


@app.command("list")
def list_schedules(as_json: JsonOption = False) -> None:
    """List the schedules, with their last and their next due moment."""
    from service.jobs import schedules
    from service.store.tenant import open_tenant

    now = dt.datetime.now(dt.UTC)
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        found = schedules.every(session, agency)
    shown = [
        {
            "name": one.name,
            "process": one.process,
            "parameters": one.parameters,
            "cron": one.cron,
            "time_zone": one.time_zone,
            "publish": one.publish,
            "enabled": one.enabled,
            "last_due_at": one.last_due_at and one.last_due_at.isoformat(),
            "last_job_id": one.last_job_id,
        }
        for one in found
    ]
    if as_json:
        print_json(shown)
        return
    table = Table("name", "process", "cron", "time zone", "publish", "next due")
    for one in found:
        due = _due(one, schedules.next_due(one, now))
        yes = "yes" if one.publish else "no"
        table.add_row(escape(one.name), one.process, escape(one.cron), one.time_zone, yes, due)
    out.print(table)


@app.command("remove")
def remove_schedule(name: Annotated[str, typer.Argument(help="Name of the schedule.")]) -> None:
    """Remove a schedule; what it asked for stays."""
    from service.jobs import schedules
    from service.store.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        schedules.remove(session, agency, name)
    out.print(f"Schedule {escape(name)} is removed.")


def _due(schedule: Schedule, due: dt.datetime | None) -> str:
    if not schedule.enabled:
        return "not enabled"
    if due is None:
        return "never due, since its time cannot be told here"
    local = due.astimezone(ZoneInfo(schedule.time_zone))
    return f"next due {local:%A %Y-%m-%d %H:%M} {schedule.time_zone}"
