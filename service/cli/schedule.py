"""Commands for schedules: analyses that are asked for by the clock."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table
from typer.core import TyperCommand

from service.cli import parameters
from service.cli.console import out, print_json, print_table
from service.cli.options import JsonOption
from service.cli.processes import ProcessGroup
from service.settings import get_settings

if TYPE_CHECKING:
    from service.analyses.contract import Process
    from service.store.models import Schedule

app = typer.Typer(help="Analyses that are asked for by the clock.")


class Scheduled(ProcessGroup):
    """The analyses that can be scheduled: all of them."""

    @staticmethod
    def command_for(process: Process[Any]) -> TyperCommand:
        """Return the command that schedules an analysis."""

        def schedule(
            context: typer.Context,
            given: dict[str, Any],
            cron: Annotated[
                str, typer.Option(help="Minute, hour, day, month, day of week, in local time.")
            ],
            window: Annotated[
                str | None,
                typer.Option(help='Days that move on, for --from and --to: "last 28 days".'),
            ] = None,
            time_zone: Annotated[
                str | None, typer.Option(help="Whose local time; default that of the incidents.")
            ] = None,
            publish: Annotated[bool, typer.Option("--publish", help="Publish each run.")] = False,
            disabled: Annotated[
                bool, typer.Option("--disabled", help="Keep it, but never due.")
            ] = False,
        ) -> None:
            from service.jobs import schedules
            from service.store.tenant import open_tenant

            plan = schedules.Plan(
                process=process.name,
                parameters=given if window is None else given | {"window": window},
                cron=cron,
                time_zone=time_zone,
                publish=publish,
                enabled=not disabled,
            )
            schedules.check(plan, time_zone or "UTC")
            with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
                stored = schedules.put(session, agency, context.obj, plan)
                due = schedules.next_due(stored, dt.datetime.now(dt.UTC))
            out.print(f"Schedule {escape(stored.name)}: {_due(stored, due)}.")

        return parameters.command(
            process.name,
            process.params,
            schedule,
            about=process.description,
            optional=("from", "to"),
        )


add = typer.Typer(cls=Scheduled, help="Schedule an analysis: NAME, then the analysis.")
app.add_typer(add, name="add", no_args_is_help=True)


@add.callback()
def _named(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Name of the schedule; its old self is replaced."),
    ],
) -> None:
    context.obj = name


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
    print_table(table)


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
