"""What places held in the windows of two runs, by the day, and whether that is a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from service.analyses import registry
from service.export.comparability import Comparability
from service.store import models
from service.store.repository import scores
from spatial import ratios
from spatial.ratios import Held

Totals: TypeAlias = tuple[int | None, float | None]
"""Incidents and harm; None where a place was not studied."""


@dataclass(frozen=True)
class Units:
    """Incidents and harm of some units in a run."""

    held: Mapping[str, tuple[int, Decimal]]
    scored: bool
    unseen_are_empty: bool

    @classmethod
    def read(cls, session: Session, run: models.AnalysisRun, ids: Iterable[str]) -> Units:
        """Read what some units held in the window of a run."""
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


def of_place(
    own: models.Target | None,
    was: models.Target | None,
    units: tuple[Units, Units],
    days: tuple[int, int],
    what: Comparability,
) -> dict[str, Any]:
    """Return what a place held in both windows, by the day too, and whether that is a change.

    Parameters
    ----------
    own, was
        The target in the later list, and in the earlier one; None: it is not in it.
    units
        What units held in the later window, and in the earlier one.
    days
        Lengths of the later window, and of the earlier one.
    what
        What can be compared.
    """
    listed = [one.properties for one in (own, was) if one is not None]
    both = sorted({unit for one in listed for unit in one["members"]})
    now, before = (
        (one.properties["count"], one.properties["harm"]) if one else held.total(both)
        for one, held in zip((own, was), units, strict=True)
    )
    alike = all(len(one["members"]) == len(both) for one in listed)
    on_both = (now, before) if alike else (units[0].total(both), units[1].total(both))
    change = None
    if what.alike and days[0] == days[1] and now[1] is not None and before[1] is not None:
        change = round(now[1] - before[1], 2)
    return {
        **(_ratios(*on_both, listed, days, what) or _UNTOLD),
        "count": now[0],
        "count_before": before[0],
        "count_per_day": _per_day(now[0], days[0]),
        "count_per_day_before": _per_day(before[0], days[1]),
        "harm": now[1],
        "harm_before": before[1],
        "harm_per_day": _per_day(now[1], days[0]),
        "harm_per_day_before": _per_day(before[1], days[1]),
        "harm_change": change,
        "compared_on": {
            "members": len(both),
            "count": on_both[0][0],
            "count_before": on_both[1][0],
            "harm": on_both[0][1],
            "harm_before": on_both[1][1],
        },
    }


_UNTOLD: Mapping[str, Any] = {"change": None, "count_ratio": None, "harm_ratio": None}


def _ratios(
    now: Totals,
    before: Totals,
    listed: Sequence[Mapping[str, Any]],
    days: tuple[int, int],
    what: Comparability,
) -> dict[str, Any] | None:
    """Return the ratios of a place's counts and harm with a word for them; None: none can be."""
    (count, harm), (count_before, harm_before) = now, before
    if count is None or count_before is None or harm is None or harm_before is None:
        return None
    if not (what.alike and what.independent):
        return None
    of_counts = ratios.told_ratio(count, count_before, *days)
    of_harm = _harm_ratio(((count, harm), (count_before, harm_before)), listed, days)
    decides = of_counts if what.by_count else of_harm
    return {
        "change": decides and ratios.course(count, of_counts, decides),
        "count_ratio": of_counts,
        "harm_ratio": of_harm,
    }


def _harm_ratio(
    compared: tuple[tuple[int, float], tuple[int, float]],
    listed: Sequence[Mapping[str, Any]],
    days: tuple[int, int],
) -> dict[str, Any] | None:
    """Return the ratio of harm by the day; None where no list tells what its offences weigh.

    Runs store the sum of each unit's weights, not of their squares. The variance is therefore
    taken from the offences of the listed targets of the place, never below what the mean weight of
    its own incidents asks for.
    """
    weights = [
        (one["harm_by_offence"][code] / many, many)
        for one in listed
        for code, many in one.get("offences", {}).items()
        if code in one.get("harm_by_offence", {})
    ]
    if not weights:
        return None
    largest = max(weight for weight, _ in weights)
    total = sum(weight * many for weight, many in weights)
    spread = sum(weight**2 * many for weight, many in weights) / total if total else 0.0
    held = []
    for (count, harm), length in zip(compared, days, strict=True):
        mean = harm / count if count else 0.0
        largest = max(largest, mean)
        held.append(Held(harm, harm * max(spread, mean), length))
    return ratios.told(*ratios.harm_ratio(held[0], held[1], largest))


def _per_day(held: float | None, days: int) -> float | None:
    return None if held is None else round(held / days, 4)
