"""Schedules: analyses that are submitted by the clock, each due moment once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.errors import DatabaseUnavailableError, NotFoundError
from service.jobs import clock, store
from service.store.models import IncidentSource, Schedule
from service.store.session import Database
from spatial.errors import HarmspotError, InvalidInputError, Problem

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Plan:
    """What a schedule asks for, and when.

    Parameters
    ----------
    process
        Name of the analysis.
    parameters
        Its parameters; ``window`` may stand for ``from`` and ``to``, see `clock.resolved`.
    cron
        Minute, hour, day of month, month and day of week, in local time.
    time_zone
        Whose local time; None: that of the agency's sources of incidents.
    publish
        Whether each run is published when it is successful.
    enabled
        Whether it is due at all.
    """

    process: str
    parameters: Mapping[str, Any]
    cron: str
    time_zone: str | None = None
    publish: bool = False
    enabled: bool = True


def put(session: Session, agency_id: int, name: str, plan: Plan) -> Schedule:
    """Store a schedule under a name, in place of the one that has it.

    A changed schedule counts from now: what its old self owed is not made up for.

    Raises
    ------
    NotFoundError
        When there is no such process.
    InvalidInputError
        When the parameters, the window, the time or the time zone cannot be used.
    """
    zone = clock.checked_zone(plan.time_zone or _zone_of_sources(session, agency_id))
    check(plan, zone)
    values = {
        "process": plan.process,
        "parameters": dict(plan.parameters),
        "cron": clock.checked_cron(plan.cron),
        "time_zone": zone,
        "publish": plan.publish,
        "enabled": plan.enabled,
    }
    stored = insert(Schedule).values(agency_id=agency_id, name=name, **values)
    replaced = stored.on_conflict_do_update(
        index_elements=[Schedule.agency_id, Schedule.name],
        set_=values | {"created_at": func.now()},
    )
    return session.scalars(
        replaced.returning(Schedule), execution_options={"populate_existing": True}
    ).one()


def check(plan: Plan, zone: str) -> None:
    """Refuse a plan that cannot be asked for, as far as no database needs to say so.

    Raises
    ------
    NotFoundError, InvalidInputError
        As `put` does.
    """
    from service.analyses import registry

    today = dt.datetime.now(ZoneInfo(clock.checked_zone(zone))).date()
    clock.checked_cron(plan.cron)
    process = registry.find(plan.process)
    store.checked(process.params, clock.resolved(plan.parameters, today))


def find(session: Session, agency_id: int, name: str) -> Schedule:
    """Return a schedule.

    Raises
    ------
    NotFoundError
        When the agency has no such schedule; the message lists those that it has.
    """
    known = every(session, agency_id)
    for schedule in known:
        if schedule.name == name:
            return schedule
    names = ", ".join(one.name for one in known) or "none"
    raise NotFoundError(
        f"There is no schedule {name}; there are: {names}.",
        [Problem("schedule", f"unknown schedule {name}")],
    )


def every(session: Session, agency_id: int) -> list[Schedule]:
    """Return the schedules of an agency by name."""
    wanted = select(Schedule).where(Schedule.agency_id == agency_id).order_by(Schedule.name)
    return list(session.scalars(wanted))


def remove(session: Session, agency_id: int, name: str) -> None:
    """Remove a schedule; the jobs that it submitted stay.

    Raises
    ------
    NotFoundError
        When the agency has no such schedule.
    """
    session.delete(find(session, agency_id, name))


def next_due(schedule: Schedule, now: dt.datetime) -> dt.datetime | None:
    """Return when a schedule is due next; None while it is not enabled, or cannot be told."""
    if not schedule.enabled or not _readable(schedule):
        return None
    return clock.next_due(schedule.cron, schedule.time_zone, now)


def submit_due(database: Database, now: dt.datetime | None = None) -> list[str]:
    """Submit a job for every schedule that is due, and return the jobs' ids.

    Any number of workers may do so at once: the schedule's row is locked, and remembers the due
    moment in the transaction that submits it. Of the moments that passed while nothing worked,
    the last is made up for. One whose time this process cannot tell holds up no other.
    """
    moment = now or dt.datetime.now(dt.UTC)
    with database.session() as session:
        enabled = session.scalars(select(Schedule).where(Schedule.enabled)).all()
        told = [one for one in enabled if _readable(one)]
        owed = [one.id for one in told if _owed(one, moment) is not None]
    submitted = (_submit(database, schedule, moment) for schedule in owed)
    return [job for job in submitted if job is not None]


def _readable(schedule: Schedule) -> bool:
    """Tell whether the clock can be read; a process elsewhere may know more zones than this one."""
    try:
        clock.checked_cron(schedule.cron)
        clock.checked_zone(schedule.time_zone)
    except InvalidInputError as error:
        _log.error("schedule has no time", schedule=schedule.name, error=error.message)
        return False
    return True


def _owed(schedule: Schedule, moment: dt.datetime) -> dt.datetime | None:
    due = clock.last_due(schedule.cron, schedule.time_zone, moment)
    since = max(schedule.created_at, schedule.last_due_at or schedule.created_at)
    return due if due > since else None


def _submit(database: Database, schedule_id: int, moment: dt.datetime) -> str | None:
    with database.session() as session:
        locked = select(Schedule).where(Schedule.id == schedule_id, Schedule.enabled)
        schedule = session.scalars(
            locked.with_for_update(skip_locked=True, key_share=True)
        ).one_or_none()
        due = None if schedule is None else _owed(schedule, moment)
        if schedule is None or due is None:
            return None
        schedule.last_due_at = due
        today = due.astimezone(ZoneInfo(schedule.time_zone)).date()
        try:
            job = store.submit(
                session,
                schedule.agency_id,
                schedule.process,
                clock.resolved(schedule.parameters, today),
                source="schedule",
                requested_by=f"schedule {schedule.name}",
                idempotency_key=f"{schedule.id} {due.isoformat()}",
                publish=schedule.publish,
            )
        except DatabaseUnavailableError:
            raise
        except HarmspotError as error:
            # Its parameters fitted an earlier version: this moment is lost, the others go on.
            _log.error("schedule refused", schedule=schedule.name, error=error.message)
            return None
        schedule.last_job_id = job.id
        return job.id


def _zone_of_sources(session: Session, agency_id: int) -> str:
    zones = session.scalars(
        select(IncidentSource.time_zone)
        .where(IncidentSource.agency_id == agency_id)
        .distinct()
        .order_by(IncidentSource.time_zone)
    ).all()
    if len(zones) == 1:
        return zones[0]
    found = f"its sources of incidents live in {', '.join(zones)}" if zones else "none is known"
    raise InvalidInputError(
        f"Name the time zone of the schedule, e.g. Europe/London: {found}.",
        [Problem("time_zone", "missing")],
    )
