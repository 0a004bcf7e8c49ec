"""The collections, and which of their rows a request is about: a run, networks, layers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from psycopg import sql
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import boundaries, publications, streets, versions
from service.db import models
from service.errors import NotFoundError
from service.export.geojson import score_columns
from service.processes import runs
from service.processes.registry import PROCESSES
from service.settings import Settings
from spatial.errors import InvalidInputError, Problem

Chooser = Literal["run", "network", "layer", "agency"]

PARAMETERS: Final[dict[Chooser, tuple[str, ...]]] = {
    "run": ("run_id", "unit"),
    "network": ("network",),
    "layer": ("layer",),
    "agency": (),
}
"""The parameters that choose rows, by what they choose."""


@dataclass(frozen=True)
class Collection:
    """A view as a collection of features.

    Parameters
    ----------
    id
        Name of the collection and of its view.
    chosen_by
        What a request chooses rows by.
    owner
        Column that says to which run, network or layer a row belongs; not shown.
    key
        Columns that order the rows of one owner and are unique among them.
    identity
        Columns that a feature's id is made of.
    tiled
        Columns that the features of tiles carry.
    first
        Column by whose order a tile that is too full keeps features; None: it keeps any.
    span
        Columns between which a feature's own time lies.
    forms
        Forms of the processes whose runs have such rows, for collections chosen by run.
    unit
        The unit of place of those runs; None: any.
    """

    id: str
    chosen_by: Chooser
    owner: str | None
    key: tuple[str, ...]
    identity: tuple[str, ...]
    tiled: tuple[str, ...]
    first: str | None = None
    span: tuple[str, str] | None = None
    forms: tuple[str, ...] = ()
    unit: str | None = None


_TARGET_TILED = (
    "rank", "target_id", "unit", "class", "label", "note", "count", "harm", "harm_share", "q_min",
    "dominance", "district",
)  # fmt: skip
ALL: Final = {
    one.id: one
    for one in (
        Collection(
            "targets", "run", "run_id", ("rank",), ("target_id",), _TARGET_TILED, "rank",
            forms=("targets",),
        ),
        Collection(
            "units", "run", "run_id", ("unit_id",), ("unit_id",),
            ("unit_id", "class", "rank", "count", "harm", "q", "label"), "rank",
            forms=("targets", "scores"),
        ),
        Collection(
            "segments", "run", "run_id", ("unit_id",), ("unit_id",),
            ("unit_id", "class", "rank", "count", "harm", "q", "label"), "rank",
            forms=("targets", "scores"), unit="segment",
        ),
        Collection(
            "patrol_areas", "run", "run_id", ("rank",), ("target_id",), _TARGET_TILED, "rank",
            forms=("targets",),
        ),
        Collection(
            "boundaries", "layer", "layer_id", ("layer_id", "position"), ("layer_id", "position"),
            ("layer", "version", "name"),
        ),
        Collection(
            "streets", "network", "network_id", ("network_id", "position"),
            ("network_id", "position"),
            ("segment_id", "network", "name", "road_class", "length_m"),
        ),
        Collection(
            "incidents", "agency", None, ("source", "external_id"), ("source", "external_id"),
            ("source", "external_id", "offence_code", "offence_name", "occurred_from"),
            span=("occurred_from", "occurred_to"),
        ),
    )
}  # fmt: skip
_GUARDED: Final = "incidents"
_UNITS: Final = ("h3", "segment", "polygon")


@dataclass(frozen=True)
class Choice:
    """What a request says of the rows that it is about."""

    run_id: str | None = None
    unit: str | None = None
    network: str | None = None
    layer: str | None = None

    @property
    def fixed(self) -> bool:
        """Whether the rows chosen can never be others: a run never changes."""
        return self.run_id is not None


@dataclass(frozen=True)
class RunAbout:
    """What every page of a run's features tells of the run."""

    id: str
    process: str
    unit: str
    window: dict[str, Any]
    harm_unit: str | None

    @classmethod
    def of(cls, run: models.AnalysisRun) -> RunAbout:
        """Return what is told of a stored run."""
        about = run.provenance
        harm_index = about.get("harm_index") or {}
        return cls(
            run.id, run.process, run.parameters["unit"], about["window"], harm_index.get("unit")
        )

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
    """

    collection: Collection
    where: sql.Composable
    version: str
    run: RunAbout | None = None
    shown: frozenset[str] | None = None


def offered(settings: Settings) -> dict[str, Collection]:
    """Return the collections that this installation offers, by id."""
    return {name: one for name, one in ALL.items() if name != _GUARDED or settings.ogc_incidents}


def find(settings: Settings, name: str) -> Collection:
    """Return a collection by its id.

    Raises
    ------
    NotFoundError
        When there is none; the message lists those that there are.
    """
    known = offered(settings)
    if name not in known:
        raise versions.unknown("collection", name, known, "collectionId")
    return known[name]


def choose(session: Session, agency_id: int, collection: Collection, choice: Choice) -> Rows:
    """Return the rows that a request is about.

    Without a choice these are those of the run published last (of the newest run where none is
    published), and of the newest version of every network and layer.

    Raises
    ------
    NotFoundError
        When the agency has no such run, network or layer.
    InvalidInputError
        When the unit of place is none that there is.
    """
    if collection.chosen_by == "run":
        return _of_run(collection, _run(session, agency_id, collection, choice))
    if collection.chosen_by == "agency":
        version = session.scalar(
            select(models.Agency.data_version).where(models.Agency.id == agency_id)
        )
        return Rows(collection, sql.SQL("TRUE"), f"agency {agency_id}, data {version}")
    if collection.chosen_by == "network":
        chosen = (
            [streets.find(session, agency_id, choice.network).id]
            if choice.network is not None
            else _newest(session, models.StreetNetwork, agency_id)
        )
    else:
        chosen = (
            [boundaries.find_layer(session, agency_id, choice.layer).id]
            if choice.layer is not None
            else _newest(session, models.BoundaryLayer, agency_id)
        )
    return Rows(collection, _owned(collection, chosen), f"{collection.chosen_by} {chosen}")


def _run(
    session: Session, agency_id: int, collection: Collection, choice: Choice
) -> models.AnalysisRun | None:
    if choice.run_id is not None:
        try:
            return runs.find(session, agency_id, choice.run_id)
        except NotFoundError as error:
            raise NotFoundError(error.message, [Problem("run_id", "unknown run")]) from error
    unit = collection.unit or choice.unit
    if unit not in (None, *_UNITS):
        raise InvalidInputError(
            f"unit must be {' or '.join(_UNITS)}, not {unit!r}.",
            [Problem("unit", "not a unit of place")],
        )
    fitting = [one.name for one in PROCESSES.values() if one.form in collection.forms]
    # Targets stand before other analyses, so that units and targets shown are of one run.
    for name in sorted(fitting, key=lambda name: PROCESSES[name].form != "targets"):
        published = publications.latest(session, agency_id, name, unit)
        if published is not None:
            return published
    newest = select(models.AnalysisRun).where(
        models.AnalysisRun.agency_id == agency_id, models.AnalysisRun.process.in_(fitting)
    )
    if unit is not None:
        newest = newest.where(models.AnalysisRun.parameters["unit"].as_string() == unit)
    ordered = newest.order_by(models.AnalysisRun.created_at.desc(), models.AnalysisRun.id)
    return session.scalars(ordered.limit(1)).one_or_none()


def _of_run(collection: Collection, run: models.AnalysisRun | None) -> Rows:
    if run is None:
        return Rows(collection, sql.SQL("FALSE"), "no run")
    return Rows(
        collection,
        sql.SQL("run_id = {}").format(sql.Literal(run.id)),
        f"run {run.id}",
        RunAbout.of(run),
        frozenset(score_columns(run)) if "scores" in collection.forms else None,
    )


def _newest(
    session: Session,
    kind: type[models.StreetNetwork] | type[models.BoundaryLayer],
    agency_id: int,
) -> list[int]:
    newest = (
        select(kind.name, func.max(kind.version).label("version"))
        .where(kind.agency_id == agency_id)
        .group_by(kind.name)
        .subquery()
    )
    return list(
        session.scalars(
            select(kind.id)
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
