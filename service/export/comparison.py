"""Two runs of targets compared, as GeoJSON: which places are new, gone, or moved in rank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from geoalchemy2.shape import to_shape
from sqlalchemy.orm import Session

from service.analyses import registry
from service.analyses.study.units.kinds import kind_of
from service.export import geojson
from service.store import geojson as written
from service.store import models
from service.store.repository import runs, scores, targets
from spatial import comparison
from spatial import describe as evidence
from spatial.comparison import Change, Ranked
from spatial.describe import Period
from spatial.errors import InvalidInputError, Problem

_UNIT_OF: Final = ("unit", "resolution")
_COUNTED: Final = {
    "offences": "offences",
    "detections": "detections",
    "max_report_delay_days": "rule on late reports",
}
"""Parameters that decide which incidents count, in words."""


@dataclass(frozen=True)
class Comparability:
    """What can be compared of two runs.

    Parameters
    ----------
    alike
        Whether harm and numbers of incidents mean the same in both.
    independent
        Whether no day is in both windows, so that counts have an interval.
    cautions
        Sentences that every reader of the comparison should see.
    """

    alike: bool
    independent: bool
    cautions: tuple[str, ...]


def document(session: Session, agency_id: int, later_id: str, earlier_id: str) -> bytes:
    """Return how the targets of a run differ from those of an earlier one.

    Features are the targets of the later run by rank, then those of the earlier one that are
    gone, with the shape that they had. Counts and harm are those of the same units in both
    windows, whatever units the earlier target had.

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
    what = _comparability(earlier, later)
    before, now = (_List.read(session, run) for run in (earlier, later))
    every = before.members | now.members
    before_units, now_units = (_Units.read(session, run, every) for run in (earlier, later))
    changes = comparison.compare(before.ranked(before_units), now.ranked(now_units))
    days = (_window(later).days, _window(earlier).days)
    features = []
    for change in changes:
        own = now.rows[change.later] if change.later is not None else None
        was = before.rows[change.earlier] if change.earlier is not None else None
        place = own or was
        assert place is not None
        members = place.properties["members"]
        properties = _properties(change, own, was) | _totals(
            now_units.total(members), before_units.total(members), days, what
        )
        properties["note"] = _note(properties, now, before)
        features.append(geojson.feature(place.target_id, to_shape(place.geom), properties))
    counted = comparison.summary(changes)
    whole = geojson.collection(features, later) | {
        "earlier": geojson.run_member(earlier),
        "summary": counted,
        "sentence": comparison.sentence(counted),
        "cautions": what.cautions,
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

    def ranked(self, units: _Units) -> list[Ranked]:
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


@dataclass(frozen=True)
class _Units:
    """Incidents and harm of some units in a run."""

    held: Mapping[str, tuple[int, Decimal]]
    scored: bool
    unseen_are_empty: bool

    @classmethod
    def read(cls, session: Session, run: models.AnalysisRun, ids: Iterable[str]) -> _Units:
        scored = "units" in registry.of(run).places
        # Without a study area every unit is studied that has an incident.
        return cls(
            scores.held_by(session, run, ids),
            scored,
            scored and run.provenance["study_area"]["name"] is None,
        )

    def weights(self, target: Mapping[str, Any]) -> dict[str, float]:
        """Return the harm of each unit of a target; even shares, where the run scored no units."""
        members = target["members"]
        if not self.scored:
            return dict.fromkeys(members, target["harm"] / len(members))
        return {unit: float(self.held[unit][1]) for unit in members}

    def total(self, members: Sequence[str]) -> tuple[int | None, float | None]:
        """Return incidents and harm of units together; None where some were not studied."""
        seen = [self.held[unit] for unit in members if unit in self.held]
        if len(seen) < len(members) and not self.unseen_are_empty:
            return None, None
        return sum(count for count, _ in seen), float(sum((harm for _, harm in seen), Decimal(0)))


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


def _totals(
    now: tuple[int | None, float | None],
    before: tuple[int | None, float | None],
    days: tuple[int, int],
    what: Comparability,
) -> dict[str, Any]:
    (count, harm), (count_before, harm_before) = now, before
    change = ratio = None
    if what.alike and harm is not None and harm_before is not None:
        change = round(harm - harm_before, 2)
    if what.alike and what.independent and count is not None and count_before is not None:
        ratio = evidence.told_ratio(count, count_before, *days)
    return {
        "count": count,
        "count_before": count_before,
        "count_ratio": ratio,
        "harm": harm,
        "harm_before": harm_before,
        "harm_change": change,
    }


def _note(properties: Mapping[str, Any], now: _List, before: _List) -> str:
    """Say in plain words what became of a place."""
    rank, rank_before = properties["rank"], properties["rank_before"]
    says = [
        {
            "new": f"New, at rank {rank}.",
            "gone": f"Gone: it was at rank {rank_before}.",
            "up": f"Up from rank {rank_before} to {rank}.",
            "down": f"Down from rank {rank_before} to {rank}.",
            "same": f"Still at rank {rank}.",
        }[properties["status"]]
    ]
    if properties["split_from"] is not None:
        says.append(
            f"It was part of the target at rank {before.rank_of(properties['split_from'])}."
        )
    if properties["merged_into"] is not None:
        says.append(f"It is part of the target at rank {now.rank_of(properties['merged_into'])}.")
    if properties["merged_from"]:
        ranks = sorted(before.rank_of(one) for one in properties["merged_from"])
        says.append(f"It took in what was at rank {', '.join(map(str, ranks))}.")
    ratio = properties["count_ratio"]
    if ratio is not None:
        moved = {"up": "more", "down": "fewer", None: "no clear change"}
        says.append(
            f"Incidents a day on these units: {moved[evidence.direction(ratio['interval'])]} "
            f"({properties['count_before']:,} in the earlier window, {properties['count']:,} now)."
        )
    return " ".join(says)


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


def _comparability(earlier: models.AnalysisRun, later: models.AnalysisRun) -> Comparability:
    cautions = []
    index, index_before = (
        f"{run.provenance['harm_index']['name']}@{run.provenance['harm_index']['version']}"
        for run in (later, earlier)
    )
    if index != index_before:
        cautions.append(
            f"The harm indexes differ ({index_before} before, {index} now): harm and counts cannot "
            "be compared, only ranks."
        )
    differ = [
        words
        for name, words in _COUNTED.items()
        if _unordered(earlier.parameters[name]) != _unordered(later.parameters[name])
    ]
    if earlier.provenance["sources"] != later.provenance["sources"]:
        differ.append("sources")
    if differ:
        cautions.append(
            f"The runs differ in {', '.join(differ)}: they do not count the same kind of incident, "
            "and only ranks can be compared."
        )
    value, value_before = (run.parameters.get("value", "harm") for run in (later, earlier))
    if value != value_before:
        cautions.append(
            f"One list ranks by {value_before}, the other by {value}: a move in rank may be due to "
            "that alone."
        )
    if earlier.process != later.process:
        title, title_before = (registry.of(run).title for run in (later, earlier))
        cautions.append(
            f"The lists were chosen in different ways ({title_before} before, {title} now): a "
            "move in rank may be due to that alone."
        )
    areas = [run.provenance["study_area"] for run in (earlier, later)]
    if (areas[0]["name"], areas[0]["version"]) != (areas[1]["name"], areas[1]["version"]):
        cautions.append(
            "The study areas differ: a place outside one of them is new or gone for that reason, "
            "and has no numbers there."
        )
    window, before = _window(later), _window(earlier)
    independent = before.end < window.start or window.end < before.start
    if not independent:
        cautions.append(
            "The windows overlap: incidents of the days in both are counted twice, and the change "
            "in counts has no interval."
        )
    elif window.end < before.start:
        cautions.append("The run that is taken for the earlier one has the later window.")
    if window.days != before.days:
        cautions.append(
            f"The windows differ in length ({before.days:,} days before, {window.days:,} now): "
            "counts and harm are totals, the ratio of counts is by day."
        )
    alike = index == index_before and not differ
    return Comparability(alike, independent, tuple(cautions))


def _unordered(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _window(run: models.AnalysisRun) -> Period:
    import pandas as pd

    about = run.provenance["window"]
    return Period(pd.Timestamp(about["from"]), pd.Timestamp(about["to"]))
