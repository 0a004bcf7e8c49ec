"""What may be spent on targets, and the spending of it on areas in the order of their rank."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial.targets.ground import Spacing
from spatial.targets.members import Positions, group_of
from spatial.targets.pieces import Limits


@dataclass(frozen=True)
class Budget:
    """What may be spent on targets; None is no limit. The list ends at the first limit met.

    Parameters
    ----------
    top
        Greatest number of targets.
    harm_share
        Share of the ranked quantity, in (0, 1], that is enough: the target that reaches it is
        the last.
    size
        Greatest total size of all targets (km², or metres of street).
    patrol_minutes
        Minutes of patrol to give away, `minutes_per_target` to each.
    minutes_per_target
        Minutes that one visit takes; 15 after Koper (1995).
    per_group
        Greatest number of targets in each group of units, such as a district; a group that has
        its quota is passed over, and the list goes on.
    """

    top: int | None = 20
    harm_share: float | None = None
    size: float | None = None
    patrol_minutes: float | None = None
    minutes_per_target: float = 15.0
    per_group: int | None = None

    def spent_by(
        self, targets: int, size: float, value: float, whole: float, further: float
    ) -> str | None:
        """Return the limit that keeps a list from going on, by its name; None where none does.

        Parameters
        ----------
        targets
            Number of targets with the next one.
        size, value
            Size and ranked quantity of the targets before it.
        whole
            The ranked quantity of all units.
        further
            Size of what would be added.
        """
        if self.top is not None and targets > self.top:
            return "top"
        if self.size is not None and size + further > self.size:
            return "size"
        if self.patrol_minutes is not None and (
            targets * self.minutes_per_target > self.patrol_minutes
        ):
            return "patrol_minutes"
        if self.harm_share is not None and value >= self.harm_share * whole:
            return "harm_share"
        return None


@dataclass(frozen=True)
class Spent:
    """What a budget was spent on.

    Parameters
    ----------
    targets
        Members of each target.
    ended_by
        The limit of the budget that ended the list; None where all there was is on it.
    passed_over
        How many areas or units a quota (`quota`) or the spacing (`too_near`) kept out.
    """

    targets: list[Positions]
    ended_by: str | None
    passed_over: Counter[str]


def spend(
    ranked: list[Positions],
    rank_value: NDArray[np.float64],
    limits: Limits,
    budget: Budget,
    group: Positions | None,
    spacing: Spacing | None,
) -> Spent:
    """Take areas in the order of their rank until the budget is spent.

    Parameters
    ----------
    ranked
        Members of each area.
    rank_value
        Ranked quantity of each unit, shape (N,).
    group
        Group of each unit for a quota, shape (N,).
    spacing
        Where no further targets may be, filled here; None: they may touch.
    """
    whole = float(rank_value.sum())
    spent = Spent([], None, Counter())
    spent_size = spent_value = 0.0
    spent_of: Counter[int] = Counter()
    for members in ranked:
        own_size = float(limits.size[members].sum())
        ended = budget.spent_by(len(spent.targets) + 1, spent_size, spent_value, whole, own_size)
        if ended is not None:
            return Spent(spent.targets, ended, spent.passed_over)
        if spacing is not None and any(map(spacing.too_near, members.tolist())):
            spent.passed_over["too_near"] += 1
            continue
        if budget.per_group is not None and group is not None:
            own_group = group_of(members, group, rank_value)
            if spent_of[own_group] >= budget.per_group:
                spent.passed_over["quota"] += 1
                continue
            spent_of[own_group] += 1
        spent.targets.append(members)
        if spacing is not None:
            spacing.hold(members.tolist())
        spent_size += own_size
        spent_value += float(rank_value[members].sum())
    return spent
