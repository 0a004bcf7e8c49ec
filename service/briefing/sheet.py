"""What a briefing says of a run: read in one unit of work, typeset after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from service.analyses import registry
from service.analyses.figures import Figure
from service.analyses.tested import Tested, tested
from service.briefing import MOST_TARGETS, ground
from service.briefing.ground import Ground
from service.errors import NotFoundError
from service.store import models
from service.store.repository import harm_indexes, targets
from service.words import briefing as wording
from spatial.errors import InvalidInputError, Problem


@dataclass(frozen=True)
class Sheet:
    """A run as its briefing tells it.

    Parameters
    ----------
    run
        The run.
    targets
        Properties of its targets in order of rank, at most `MOST_TARGETS`.
    ground
        The places of its maps; None: the run stored no place.
    figures
        What its analysis declares beside them.
    offence_names
        What the harm index calls each offence.
    number
        How many targets the run has.
    chosen
        Position of the one target that was asked for; None: all.
    tested
        How a list was tested on data that it had not seen.
    """

    run: models.AnalysisRun
    targets: Sequence[dict[str, Any]]
    ground: Ground | None
    figures: Sequence[Figure]
    offence_names: dict[str, str]
    number: int
    chosen: int | None = None
    tested: Tested | None = None

    @property
    def positions(self) -> range:
        """Positions of the targets that have a section."""
        if self.chosen is None:
            return range(len(self.targets))
        return range(self.chosen, self.chosen + 1)


def read(
    session: Session, agency_id: int, run: models.AnalysisRun, target: str | None = None
) -> Sheet:
    """Read what a briefing needs.

    Parameters
    ----------
    session, agency_id
        The unit of work, and whose run it is.
    run
        The run; it is committed.
    target
        Id of the one target to tell of; None: all.

    Raises
    ------
    InvalidInputError
        When a target is asked for of a run that chooses none.
    NotFoundError
        When the run has no such target; the message says how to list those that it has.
    """
    process = registry.of(run)
    if target is not None and "targets" not in process.places:
        raise InvalidInputError(
            f"Run {run.id} is a {process.title.lower()} ({run.process}), which chooses no targets: "
            "print the whole run. Run the process targets on the same question to print a target.",
            [Problem("target", f"the process {run.process} chooses none")],
        )
    rows = list(targets.of(session, run)) if "targets" in process.places else []
    shown = rows[:MOST_TARGETS]
    chosen = None
    if target is not None:
        found = [at for at, row in enumerate(rows) if row.target_id == target]
        if not found:
            raise NotFoundError(
                f"Run {run.id} has no target {wording.shortened(target, 80)}; GET "
                f"/api/v1/runs/{run.id}/targets lists its targets with their target_id.",
                [Problem("target", "unknown target")],
            )
        # Beyond those that are printed, a target is shown among those before it.
        shown = rows[: max(MOST_TARGETS, found[0] + 1)]
        chosen = found[0]
    about = run.provenance["harm_index"]
    index = harm_indexes.find(session, agency_id, f"{about['name']}@{about['version']}")
    return Sheet(
        run=run,
        targets=[row.properties for row in shown],
        ground=ground.read(session, agency_id, run, shown) if process.places else None,
        figures=() if chosen is not None else process.figures(run),
        offence_names=harm_indexes.offence_names(session, index),
        number=len(rows),
        chosen=chosen,
        tested=tested(session, run),
    )
