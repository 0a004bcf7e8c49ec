"""Units taken one by one in the order of their rank, merged with those they touch."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from spatial.targets.budget import Budget, Spent
from spatial.targets.ground import Spacing
from spatial.targets.members import Positions, group_of
from spatial.targets.pieces import Limits, Piece


class Taken:
    """Targets that grow unit by unit.

    Parameters
    ----------
    limits
        How large a target may be.
    rank_value
        Ranked quantity of each unit, shape (N,).
    """

    def __init__(self, limits: Limits, rank_value: NDArray[np.float64]) -> None:
        self.limits = limits
        self.rank_value = rank_value
        self.pieces: dict[int, Piece] = {}
        self.owner: dict[int, int] = {}

    def with_unit(self, unit: int) -> tuple[Piece, list[int]]:
        """Return the piece that a unit would be part of, and those that would be merged in it.

        The piece of its strongest neighbour comes first.
        """
        beside = [near for near in self.limits.touching(unit).tolist() if near in self.owner]
        beside.sort(key=lambda near: (-self.rank_value[near], near))
        piece, merging = self.limits.alone(unit), []
        for name in dict.fromkeys(self.owner[near] for near in beside):
            larger = self.limits.joined(self.pieces[name], piece)
            if larger is not None:
                piece = larger
                merging.append(name)
        return piece, merging

    def take(self, unit: int, piece: Piece, merging: list[int]) -> None:
        """Take a unit with the piece that it becomes part of."""
        for name in merging:
            del self.pieces[name]
        self.pieces[unit] = piece
        self.owner.update(dict.fromkeys(piece.members, unit))


def take(
    units: Positions,
    rank_value: NDArray[np.float64],
    limits: Limits,
    budget: Budget,
    group: Positions | None,
    spacing: Spacing | None,
) -> Spent:
    """Take units in the order given until the budget is spent.

    Each joins the touching piece of its strongest neighbour, and other touching ones, where they
    keep within the limits together; otherwise it is a piece of its own. The list ends before the
    unit that would make one target too many, so that nothing is on it that ranks below a unit
    that is not, other than for a quota or the spacing.

    Parameters
    ----------
    units
        Positions of the candidates, the strongest first.
    rank_value
        Ranked quantity of each unit, shape (N,).
    group
        Group of each unit for a quota, shape (N,).
    spacing
        Where no further targets may be, filled here; None: they may touch.
    """
    taken, passed_over = Taken(limits, rank_value), Counter[str]()
    whole, size, value = float(rank_value.sum()), 0.0, 0.0
    group_held: dict[int, int] = {}
    ended = None
    for unit in units.tolist():
        piece, merging = taken.with_unit(unit)
        number = len(taken.pieces) + 1 - len(merging)
        further = float(limits.size[unit])
        ended = budget.spent_by(number, size, value, whole, further)
        if ended is not None:
            break
        if spacing is not None and spacing.too_near(unit, set(piece.members)):
            passed_over["too_near"] += 1
            continue
        if budget.per_group is not None and group is not None:
            own = group_of(np.array(piece.members), group, rank_value)
            others = [held for name, held in group_held.items() if name not in merging]
            if others.count(own) >= budget.per_group:
                passed_over["quota"] += 1
                continue
            for name in merging:
                del group_held[name]
            group_held[unit] = own
        taken.take(unit, piece, merging)
        if spacing is not None:
            spacing.hold((unit,))
        size += further
        value += float(rank_value[unit])
    members = [np.sort(np.array(piece.members)) for piece in taken.pieces.values()]
    return Spent(members, ended, passed_over)
