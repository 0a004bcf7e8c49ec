"""Running an analysis: answered from the store when it was asked before, else computed and stored.

A run's id is a digest of its question: process, parameters, data version, index, study area and
software version. The same question therefore meets the same run, and computing it again gives
the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.analyses import properties
from service.analyses.contract import (
    Answer,
    Context,
    Process,
    Progress,
)
from service.analyses.property import declared
from service.analyses.study import question
from service.analyses.study.params import AnalysisParams
from service.analyses.study.question import Named
from service.store import locks, models, snapshot
from service.store.copy import copy_rows, geometry_text
from service.store.repository import scores
from service.version import software_version


def execute(
    session: Session,
    agency_id: int,
    process: Process[Any],
    params: AnalysisParams,
    progress: Progress | None = None,
) -> models.AnalysisRun:
    """Return the run that answers a question; compute and store it when it is new.

    Parameters
    ----------
    session
        The unit of work; the caller commits.
    agency_id
        Whose data.
    process, params
        What to run, with what.
    progress
        Called with the share done, in [0, 1] and never falling, and what is being done.

    Raises
    ------
    HarmspotError
        Whatever the process refuses; nothing is stored then.
    """
    tell = progress or (lambda _share, _message: None)
    tell(0.0, "looking up the question")
    stored = look_up(session, agency_id, process, params).run
    if stored is None:
        stored = _computed(session, agency_id, process, params, tell)
    tell(1.0, "done")
    return stored


@dataclass(frozen=True)
class Found:
    """A question that was looked up.

    Parameters
    ----------
    run_id
        Name of the run that answers it, stored or not.
    run
        That run; None: it is not stored.
    named
        What the parameters name.
    """

    run_id: str
    run: models.AnalysisRun | None
    named: Named


def look_up(
    session: Session, agency_id: int, process: Process[Any], params: AnalysisParams
) -> Found:
    """Return which run answers a question as the data are now, and the run if it is stored.

    Raises
    ------
    NotFoundError
        When something that the parameters name does not exist.
    """
    named = question.look_up(session, agency_id, params)
    run_id = _identity(agency_id, process, params, named)
    return Found(run_id, session.get(models.AnalysisRun, run_id), named)


def _computed(
    session: Session,
    agency_id: int,
    process: Process[Any],
    params: AnalysisParams,
    tell: Progress,
) -> models.AnalysisRun:
    """Compute and store the run that answers a question, or wait for who is doing so."""
    # Both transactions are idle while the analysis computes, which may take longer than a server
    # lets others idle.
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    # The lock first, and only then the moment that is read: whoever waited sees what was stored.
    lock(session, agency_id, process, params)
    with snapshot.frozen(session) as reading:
        found = look_up(reading, agency_id, process, params)
        if found.run is None:
            asked = question.ask(reading, agency_id, params, found.named)
            answer = process.answer(Context(reading, asked, tell), params)
    if found.run is not None:
        return session.get_one(models.AnalysisRun, found.run_id)
    tell(0.9, "storing the run")
    return _store(session, agency_id, found, process, params, answer)


def lock(session: Session, agency_id: int, process: Process[Any], params: AnalysisParams) -> None:
    """Wait until nobody else computes a question; held until the transaction ends.

    The version of the data is no part of it: which one a run rests on is read after the wait.
    """
    locks.hold(session, lock_key(agency_id, process, params))


def lock_key(agency_id: int, process: Process[Any], params: AnalysisParams) -> str:
    """Return the name of the lock on a question, for `service.store.locks`."""
    digest = hashlib.sha256(_written([agency_id, process.name, params.canonical()]))
    return f"question/{digest.hexdigest()}"


def _identity(agency_id: int, process: Process[Any], params: AnalysisParams, named: Named) -> str:
    content = {
        "agency": agency_id,
        "process": process.name,
        "parameters": params.canonical(),
        "software_version": software_version(),
        **named.identity(),
    }
    return hashlib.sha256(_written(content)).hexdigest()[:24]


def _written(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True).encode()


def _test(
    agency_id: int, found: Found, process: Process[Any], params: AnalysisParams
) -> dict[str, Any]:
    """Name the run that tests a run of some parameters, stored or not: its id is known before."""
    from service.analyses import registry

    tester = registry.tester_of(process.name)
    if tester is None:
        return {}
    asked = tester.params.model_validate(params.model_dump(by_alias=True, exclude_unset=True))
    run_id = _identity(agency_id, tester, asked, found.named)
    return {"backtest": {"id": run_id, "href": f"/api/v1/runs/{run_id}"}}


def _store(
    session: Session,
    agency_id: int,
    found: Found,
    process: Process[Any],
    params: AnalysisParams,
    answer: Answer,
) -> models.AnalysisRun:
    """Store a run, or return the one that somebody has stored meanwhile."""
    run_id = found.run_id
    of_units = declared(properties.SCORE, () if answer.scores is None else answer.scores.columns)
    of_targets = declared(
        properties.TARGET, {name for one in answer.targets for name in one.properties}
    )
    new = (
        insert(models.AnalysisRun)
        .values(
            id=run_id,
            agency_id=agency_id,
            process=process.name,
            parameters=params.canonical(),
            data_version=found.named.data_version,
            software_version=software_version(),
            provenance=_test(agency_id, found, process, params) | answer.provenance,
            result=answer.result,
            holds={
                **({"units": [one.name for one in of_units]} if of_units else {}),
                **({"targets": [one.name for one in of_targets]} if of_targets else {}),
            },
        )
        .on_conflict_do_nothing()
        .returning(models.AnalysisRun)
    )
    run = session.scalars(new).one_or_none()
    if run is None:  # it has the same bytes: the question is the same
        return session.get_one(models.AnalysisRun, run_id)
    session.refresh(run, ["undone"])  # which is told when the session may be gone
    process.tell(run)
    if answer.scores is not None and answer.geometry is not None:
        columns = scores.columns(answer.scores, of_units)
        shapes = geometry_text(answer.geometry)
        copy_rows(session, "unit_score", {"run_id": run_id, **columns, "geom": shapes})
    if answer.targets:
        session.execute(
            insert(models.Target),
            [
                {
                    "run_id": run_id,
                    "rank": target.properties["rank"],
                    "target_id": target.properties["target_id"],
                    "properties": {
                        one.name: target.properties[one.name]
                        for one in of_targets
                        if one.name in target.properties
                    },
                    "geom": target.geometry,
                    "patrol_geom": target.patrol_area,
                }
                for target in answer.targets
            ],
        )
    return run
