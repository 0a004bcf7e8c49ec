"""Two runs of targets compared, as GeoJSON: which places are new, left, moved; what they held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from service.analyses import registry
from service.analyses.properties import COMPARED
from service.analyses.study.units.kinds import kind_of
from service.export import comparability, geojson
from service.export import comparison_notes as notes
from service.export.compared_totals import Units, of_place
from service.export.declared_values import as_declared
from service.store import geojson as written
from service.store import models
from service.store.repository import runs, targets
from spatial import comparison
from spatial.comparison import Change, Ranked
from spatial.errors import InvalidInputError, Problem
from spatial.ratios import Course

_UNIT_OF: Final = ("unit", "resolution")


def document(session: Session, agency_id: int, later_id: str, earlier_id: str) -> bytes:
    """Return how the targets of a run differ from those of an earlier one.

    Features are the targets of the later run by rank, then those of the earlier one that left
    the list, with the shape that they had. A target's counts and harm are those of its list; what
    a place held in the window of a list that does not have it is that of its units. Whether it
    changed is told by the day and on the same units: those of both targets together.

    Parameters
    ----------
    session, agency_id
        The unit of work, and whose runs.
    later_id, earlier_id
        The runs.

    Raises
    ------
    NotFoundError
        When the agency has no such run.
    InvalidInputError
        When a run holds no targets, or the runs have no places in common.
    """
    later = runs.find(session, agency_id, later_id)
    earlier = runs.find(session, agency_id, earlier_id)
    _refuse_different_places(earlier, later)
    what = comparability.of(earlier, later)
    before, now = (_List.read(session, run) for run in (earlier, later))
    every = before.members | now.members
    before_units, now_units = (Units.read(session, run, every) for run in (earlier, later))
    days = (comparability.window(later).days, comparability.window(earlier).days)
    features, changes, courses = [], [], Counter[Course]()
    for change in comparison.compare(before.ranked(before_units), now.ranked(now_units)):
        own = now.rows[change.later] if change.later is not None else None
        was = before.rows[change.earlier] if change.earlier is not None else None
        place = own or was
        assert place is not None
        totals = of_place(own, was, (now_units, before_units), days, what)
        told = change
        if change.status == "left" and totals["change"] == "gone":
            told = replace(change, status="gone")
        properties = _properties(told, own, was) | totals
        properties["note"] = notes.note(properties, (now.rank_of, before.rank_of), days, what)
        properties = as_declared(properties, COMPARED)
        features.append(geojson.feature(place.target_id, place.geom, properties))
        changes.append(told)
        if totals["change"] is not None:
            courses[totals["change"]] += 1
    counted = comparison.summary(changes)
    whole = geojson.collection(features, later) | {
        "earlier": geojson.run_member(earlier),
        "summary": counted,
        "sentence": " ".join([comparison.sentence(counted), *notes.of_all(courses)]),
        "cautions": [*what.cautions, *notes.cautions(courses)],
    }
    return written.document(whole)


@dataclass(frozen=True)
class _List:
    """The targets of a run, by rank."""

    rows: Sequence[models.Target]

    @classmethod
    def read(cls, session: Session, run: models.AnalysisRun) -> _List:
        return cls(targets.of(session, run).all())

    @property
    def members(self) -> set[str]:
        return {unit for row in self.rows for unit in row.properties["members"]}

    def ranked(self, units: Units) -> list[Ranked]:
        return [
            Ranked(
                row.target_id,
                row.rank,
                units.weights(row.properties),
            )
            for row in self.rows
        ]

    def rank_of(self, target_id: str) -> int:
        return next(row.rank for row in self.rows if row.target_id == target_id)


def _properties(
    change: Change, own: models.Target | None, was: models.Target | None
) -> dict[str, Any]:
    place = own or was
    assert place is not None
    shown = place.properties
    return {
        "status": change.status,
        "rank": own.rank if own else None,
        "rank_before": was.rank if was else None,
        "rank_change": own.rank - was.rank if own and was else None,
        "target_id": own.target_id if own else None,
        "target_id_before": was.target_id if was else None,
        **{name: shown.get(name) for name in ("label", "class", "unit", "resolution", "members")},
        "overlap": round(change.overlap, 6),
        "merged_from": list(change.merged_from),
        "merged_into": change.merged_into,
        "split_from": change.split_from,
    }


def _refuse_different_places(earlier: models.AnalysisRun, later: models.AnalysisRun) -> None:
    for name, run in (("run", later), ("with", earlier)):
        if "targets" not in registry.of(run).places:
            raise InvalidInputError(
                f"Run {run.id} is of process {run.process}: compare two runs of targets.",
                [Problem(name, f"is a run of {run.process}, not of targets")],
            )
    places = [_places(run) for run in (earlier, later)]
    different = [what for what in places[0] if places[0][what] != places[1][what]]
    if different:
        listed = "; ".join(
            f"{what} {places[0][what]} in {earlier.id}, {what} {places[1][what]} in {later.id}"
            for what in different
        )
        raise InvalidInputError(
            f"These runs have no places in common ({listed}): run the targets of one window again "
            "on the places of the other.",
            [
                Problem(what, f"{places[0][what]} before, {places[1][what]} now")
                for what in different
            ],
        )


def _places(run: models.AnalysisRun) -> dict[str, Any]:
    """Return what decides which units of place a run has.

    Versions count: a network or layer whose source gives no ids numbers its parts anew.
    """
    found = {name: run.parameters[name] for name in _UNIT_OF}
    named = kind_of(run.parameters).made_of
    if named is not None:
        about = run.provenance["references"][named]
        found[named] = f"{about['name']}@{about['version']}"
    return found
