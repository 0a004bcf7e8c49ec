"""Running an analysis: answered from the store when it was asked before, else computed and stored.

A run's id is a digest of its question: process, parameters, data version, index, study area and
software version. The same question therefore meets the same run, and computing it again gives
the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from geoalchemy2.shape import from_shape
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from service.analyses import properties
from service.analyses.contract import (
    Answer,
    Context,
    Process,
    Progress,
)
from service.analyses.properties import declared
from service.analyses.study.params import AnalysisParams
from service.analyses.study.question import Question, ask
from service.store import models
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
    question = ask(session, agency_id, params)
    run_id = _identity(agency_id, process, params, question)
    # Whoever asks the same question meanwhile waits here, and then finds the answer stored.
    session.execute(select(func.pg_advisory_xact_lock(int(run_id[:15], 16))))
    stored = session.get(models.AnalysisRun, run_id)
    if stored is None:
        answer = process.answer(Context(session, question, tell), params)
        tell(0.9, "storing the run")
        stored = _store(session, agency_id, run_id, process, params, question, answer)
    tell(1.0, "done")
    return stored


def _identity(
    agency_id: int, process: Process[Any], params: AnalysisParams, question: Question
) -> str:
    content = {
        "agency": agency_id,
        "process": process.name,
        "parameters": params.canonical(),
        "software_version": software_version(),
        **question.identity(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]


def _store(
    session: Session,
    agency_id: int,
    run_id: str,
    process: Process[Any],
    params: AnalysisParams,
    question: Question,
    answer: Answer,
) -> models.AnalysisRun:
    run = models.AnalysisRun(
        id=run_id,
        agency_id=agency_id,
        process=process.name,
        parameters=params.canonical(),
        data_version=question.snapshot.data_version,
        software_version=software_version(),
        provenance=answer.provenance,
        result=answer.result,
    )
    of_units = declared(properties.SCORE, () if answer.scores is None else answer.scores.columns)
    of_targets = declared(
        properties.TARGET, {name for one in answer.targets for name in one.properties}
    )
    run.holds = {
        **({"units": [one.name for one in of_units]} if of_units else {}),
        **({"targets": [one.name for one in of_targets]} if of_targets else {}),
    }
    session.add(run)
    session.flush()
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
                    "geom": from_shape(target.geometry, srid=4326),
                    "patrol_geom": (
                        None
                        if target.patrol_area is None
                        else from_shape(target.patrol_area, srid=4326)
                    ),
                }
                for target in answer.targets
            ],
        )
    return run
