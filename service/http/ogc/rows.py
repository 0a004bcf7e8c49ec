"""Which rows of a collection a request is about: those of a run, of networks, of layers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from psycopg import sql
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.analyses.contract import Places
from service.analyses.property import Property
from service.analyses.registry import PROCESSES
from service.analyses.study.units.kinds import KINDS
from service.errors import NotFoundError
from service.export.columns import target_columns, unit_columns
from service.http.ogc.collections import Collection
from service.http.ogc.crs import Bounds
from service.http.ogc.views import Question
from service.store import models
from service.store.cache import Cache
from service.store.repository import boundaries, incidents, runs, scores, streets, targets
from spatial.errors import InvalidInputError, Problem

_VERSION: Final = re.compile(r"(?:\A|(?<=,))[^@]+@[0-9]+(?=,|\Z)")
_SEVERAL: Final = re.compile(r"[^@]+@[0-9]+(?:,[^@]+@[0-9]+)+")
_NAMED: Final = "SELECT id FROM analysis_run WHERE id = :run_id AND agency_id = agency.id"
_SHOWN: Final = """
    SELECT coalesce(
        (
            SELECT p.run_id FROM publication p JOIN analysis_run r ON r.id = p.run_id
            WHERE p.agency_id = agency.id AND p.process = ANY(CAST(:processes AS text[]))
                AND (CAST(:unit AS text) IS NULL OR r.parameters->>'unit' = :unit)
            ORDER BY array_position(CAST(:processes AS text[]), p.process),
                p.published_at DESC, p.id DESC
            LIMIT 1
        ),
        (
            SELECT r.id FROM analysis_run r
            WHERE r.agency_id = agency.id AND r.process = ANY(CAST(:processes AS text[]))
                AND (CAST(:unit AS text) IS NULL OR r.parameters->>'unit' = :unit)
            ORDER BY r.created_at DESC, r.id LIMIT 1
        )
    )
"""
"""The run that is shown unasked: see `publications.latest` for what was published."""


@dataclass(frozen=True)
class Choice:
    """What a request says of the rows that it is about."""

    run_id: str | None = None
    unit: str | None = None
    network: str | None = None
    layer: str | None = None
    objects: str | None = None
    """How properties that are objects or lists are written; it chooses no rows."""

    @property
    def fixed(self) -> bool:
        """Whether the rows chosen can never be others: a run never changes."""
        return self.run_id is not None


@dataclass(frozen=True)
class RunAbout:
    """What the API tells of a run, and the columns that its places have."""

    id: str
    process: str
    unit: str
    window: dict[str, Any]
    harm_unit: str | None
    bbox: Bounds
    columns: dict[Places, frozenset[str]]
    empty: dict[Places, frozenset[str]]
    """Numbers of which no place has any: clients would take them for texts."""

    @classmethod
    def of(cls, session: Session, run: models.AnalysisRun) -> RunAbout:
        """Return what is told of a stored run."""
        about = run.provenance
        harm_index = about.get("harm_index") or {}
        return cls(
            run.id,
            run.process,
            run.parameters["unit"],
            about["window"],
            harm_index.get("unit"),
            tuple(about["study_area"]["bbox"]),
            {
                "targets": frozenset(one.name for one in target_columns(run)),
                "units": frozenset(one.name for one in unit_columns(run)),
            },
            {
                "targets": targets.empty(session, run, _numbers(target_columns(run))),
                "units": scores.empty(session, run, _numbers(unit_columns(run))),
            },
        )

    def told(self) -> dict[str, Any]:
        """Return what pages and metadata tell of the run."""
        names = ("id", "process", "unit", "window", "harm_unit")
        return {name: getattr(self, name) for name in names}

    def span(self) -> tuple[dt.datetime, dt.datetime]:
        """Return the first and the last instant of the window, on the clock of its incidents."""
        zones = self.window.get("time_zones") or ["UTC"]
        zone = ZoneInfo(zones[0] if len(zones) == 1 else "UTC")
        first, last = (dt.date.fromisoformat(self.window[end]) for end in ("from", "to"))
        return (
            dt.datetime.combine(first, dt.time.min, zone),
            dt.datetime.combine(last, dt.time.max, zone),
        )


@dataclass(frozen=True)
class Rows:
    """The rows of a collection that a request is about.

    Parameters
    ----------
    collection
        Of which collection.
    where
        The condition that they meet.
    version
        Names their content: rows of one version never change.
    run
        The run that they belong to.
    shown
        Columns that mean something for that run; None: all.
    empty
        Those of them that hold nothing and are not told.
    pins
        The parameters that name the rows as they were chosen: links that carry them stay with
        these, whatever is published or loaded meanwhile.
    """

    collection: Collection
    where: sql.Composable
    version: str
    run: RunAbout | None = None
    shown: frozenset[str] | None = None
    empty: frozenset[str] = frozenset()
    pins: Mapping[str, str] = field(default_factory=dict)


def question(collection: Collection, choice: Choice) -> Question | None:
    """Return what asks for the run whose rows a request is about; None where no run is chosen.

    Raises
    ------
    InvalidInputError
        When the unit of place is none that there is.
    """
    if collection.chosen_by != "run":
        return None
    if choice.run_id is not None:
        return Question(_NAMED, {"run_id": choice.run_id})
    unit = collection.unit or choice.unit
    if unit not in (None, *KINDS):
        raise InvalidInputError(
            f"unit must be {' or '.join(KINDS)}, not {unit!r}.",
            [Problem("unit", "not a unit of place")],
        )
    fitting = [one.name for one in PROCESSES.values() if collection.places in one.places]
    # Targets stand before other analyses, so that units and targets shown are of one run.
    fitting.sort(key=lambda name: "targets" not in PROCESSES[name].places)
    return Question(_SHOWN, {"processes": fitting, "unit": unit})


def choose(
    session: Session,
    agency_id: int,
    collection: Collection,
    choice: Choice,
    known: Cache[RunAbout],
    run_id: str | None,
) -> Rows:
    """Return the rows that a request is about.

    Without a choice these are those of the run published last (of the newest run where none is
    published), and of the newest version of every network and layer.

    Parameters
    ----------
    session, agency_id
        A transaction that reads, and whose rows.
    collection, choice
        What is asked for.
    known
        What runs have told of themselves before: it does not change.
    run_id
        The answer to the question that asks for the run.

    Raises
    ------
    NotFoundError
        When the agency has no such run, network or layer.
    """
    if collection.chosen_by == "run":
        if run_id is None and choice.run_id is not None:
            raise NotFoundError(
                f"There is no run {choice.run_id}; GET /api/v1/runs lists those that are stored.",
                [Problem("run_id", "unknown run")],
            )
        if run_id is None:
            return _of_run(collection, None)
        about = known.recall(
            run_id, lambda: RunAbout.of(session, runs.find(session, agency_id, run_id))
        )
        return _of_run(collection, about)
    if collection.chosen_by == "agency":
        version = session.scalar(
            select(models.Agency.data_version).where(models.Agency.id == agency_id)
        )
        whole = f"agency {agency_id}, data {version}"
        if choice.run_id is None:
            return Rows(collection, sql.SQL("TRUE"), whole)
        run = runs.find(session, agency_id, choice.run_id)
        return Rows(collection, _asked_by(session, run), f"{whole}, of run {run.id}")
    chosen: Sequence[models.StreetNetwork | models.BoundaryLayer]
    if collection.chosen_by == "network":
        asked = _versions(choice.network)
        chosen = (
            [streets.find(session, agency_id, one) for one in asked]
            if asked
            else _newest(session, models.StreetNetwork, agency_id)
        )
    else:
        asked = _versions(choice.layer)
        chosen = (
            [boundaries.find_layer(session, agency_id, one) for one in asked]
            if asked
            else _newest(session, models.BoundaryLayer, agency_id)
        )
    ids = sorted({one.id for one in chosen})
    named = ",".join(f"{one.name}@{one.version}" for one in chosen)
    return Rows(
        collection,
        _owned(collection, ids),
        f"{collection.chosen_by} {ids}",
        pins={str(collection.chosen_by): named} if chosen else {},
    )


def _versions(asked: str | None) -> list[str]:
    """Return the networks or layers that a parameter names: one, or versions with commas between.

    A name may hold a comma itself: only what names a version each is several.
    """
    if asked is None:
        return []
    return _VERSION.findall(asked) if _SEVERAL.fullmatch(asked) else [asked]


def _of_run(collection: Collection, run: RunAbout | None) -> Rows:
    if run is None:
        return Rows(collection, sql.SQL("FALSE"), "no run")
    places = collection.places
    return Rows(
        collection,
        sql.SQL("run_id = {}").format(sql.Literal(run.id)),
        f"run {run.id}",
        run,
        None if places is None else run.columns[places],
        frozenset() if places is None else run.empty[places],
        {"run_id": run.id},
    )


def _numbers(columns: Sequence[Property]) -> list[Property]:
    return [one for one in columns if one.kind == "number"]


def _asked_by(session: Session, run: models.AnalysisRun) -> sql.Composable:
    """Return the condition that incidents are of the window, sources and offences of a run."""
    about, window = run.parameters, run.provenance["window"]
    named = run.provenance.get("sources", about.get("sources"))  # others may have come since
    zones = incidents.sources(session, run.agency_id, named)
    first, last = (dt.date.fromisoformat(window[end]) for end in ("from", "to"))
    conditions = [sql.SQL("({})").format(incidents.within(first, last, zones))]
    if about.get("offences") is not None:
        conditions.append(sql.SQL("offence_code = ANY({})").format(sql.Literal(about["offences"])))
    return sql.SQL(" AND ").join(conditions)


def _newest(
    session: Session,
    kind: type[models.StreetNetwork] | type[models.BoundaryLayer],
    agency_id: int,
) -> Sequence[models.StreetNetwork | models.BoundaryLayer]:
    newest = (
        select(kind.name, func.max(kind.version).label("version"))
        .where(kind.agency_id == agency_id)
        .group_by(kind.name)
        .subquery()
    )
    return list(
        session.scalars(
            select(kind)
            .join(newest, (kind.name == newest.c.name) & (kind.version == newest.c.version))
            .where(kind.agency_id == agency_id)
            .order_by(kind.id)
        )
    )


def _owned(collection: Collection, chosen: list[int]) -> sql.Composable:
    owner = sql.Identifier(collection.owner or "")
    if len(chosen) == 1:  # an equality keeps the order of the index, which paging goes by
        return sql.SQL("{} = {}").format(owner, sql.Literal(chosen[0]))
    return sql.SQL("{} = ANY({}::bigint[])").format(owner, sql.Literal(chosen))
