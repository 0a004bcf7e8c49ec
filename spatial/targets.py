"""From scored units to ranked patrol targets: choose, merge, split, rank, spend."""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from spatial.errors import InvalidInputError
from spatial.grid import Graph

Strategy: TypeAlias = Literal["significant", "top"]
Positions: TypeAlias = NDArray[np.intp]

STRATEGIES: Final = ("significant", "top")


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


@dataclass(frozen=True)
class Selection:
    """Ranked targets, and why there are not more.

    Parameters
    ----------
    members
        Positions of each target's units, ascending; the targets in the order of their rank.
    hot_for
        The unit whose neighbourhood makes each unit a candidate, shape (N,): itself where it is
        hot, the hottest neighbour that it makes hot otherwise, -1 for units that are no candidate.
    candidates
        Number of units that could have become part of a target.
    areas
        Number of areas that the candidates formed, before the budget.
    """

    members: Sequence[Positions]
    hot_for: Positions
    candidates: int
    areas: int

    def target_of(self, units: int) -> Positions:
        """Return the rank, from 0, of the target that each unit is part of; -1 for none."""
        owner = np.full(units, -1, dtype=np.intp)
        for rank, members in enumerate(self.members):
            owner[members] = rank
        return owner


def select(
    scores: pd.DataFrame,
    contiguity: Graph,
    size: NDArray[np.float64],
    *,
    max_size: float,
    budget: Budget | None = None,
    by: str = "harm",
    strategy: Strategy = "significant",
    alpha: float = 0.05,
    min_incidents: int = 3,
    neighbours: Graph | None = None,
    group: Positions | None = None,
) -> Selection:
    """Choose patrol targets among scored units.

    Candidates are units of a hot spot (q at most `alpha`) with at least `min_incidents`. Given
    `neighbours`, the strongest neighbour of each hot unit is one too, where it is stronger than
    the unit itself. Gi* finds a unit hot for its neighbourhood while the unit's own value is held
    fixed, so the very place that makes its neighbours hot need not be significant itself.

    Touching candidates form one area. An area larger than `max_size` is split around its local
    maxima: from the strongest unit left, a piece grows by its strongest neighbour until the next
    one would not fit. Pieces are contiguous and ranked by their total.

    Parameters
    ----------
    scores
        One row per unit (N): `count`, the column named by `by`, and `q` and `class` of the
        hot-spot statistic.
    contiguity
        Units that touch, shape (N, N), symmetric, binary, zero diagonal.
    size
        Size of each unit, shape (N,): km² of cells, metres of segments.
    max_size
        Greatest size of a target. A single unit larger than this is a target by itself.
    budget
        What may be spent; the default is 20 targets.
    by
        Column that ranks: ``harm`` or ``count``.
    strategy
        ``significant``, or ``top``: every unit with enough incidents is a candidate, whatever
        the statistic says. Such targets must be shown as what they are: a ranking.
    alpha
        Level that q must not exceed.
    min_incidents
        Fewest incidents of a candidate unit.
    neighbours
        The neighbourhoods that the statistic was computed on, shape (N, N).
    group
        Group of each unit for `Budget.per_group`, shape (N,), -1 for none. A target counts in
        the group that `group_of` finds; those in none count as a group of their own.

    Returns
    -------
    Selection
        Targets by descending total of `by`, ties by count, then by lowest position. Empty when
        nothing is significant.

    Raises
    ------
    InvalidInputError
        When the strategy does not exist, a limit is not positive, or shapes differ.

    Examples
    --------
    >>> from scipy import sparse
    >>> row = sparse.csr_array(np.diag([1, 1, 1], 1) + np.diag([1, 1, 1], -1))
    >>> scores = pd.DataFrame(
    ...     {
    ...         "count": [9, 5, 0, 4],
    ...         "harm": [90.0, 50.0, 0.0, 400.0],
    ...         "q": [0.01, 0.02, 0.01, 0.03],
    ...         "class": ["hot_99", "hot_95", "hot_99", "hot_95"],
    ...     }
    ... )
    >>> chosen = select(scores, row, np.ones(4), max_size=2)
    >>> [members.tolist() for members in chosen.members]
    [[3], [0, 1]]
    """
    budget = budget or Budget()
    _check(scores, contiguity, size, max_size, strategy, by)
    if budget.per_group is not None and group is None:
        raise InvalidInputError("A quota per group needs the group of each unit.")
    rank_value = scores[by].to_numpy(dtype=np.float64)
    n, q = len(scores), scores["q"].to_numpy()
    hot_for = np.full(n, -1, dtype=np.intp)
    if strategy == "significant":
        hot = scores["class"].astype(str).str.startswith("hot").to_numpy() & (q <= alpha)
        if neighbours is not None:
            _claim_strongest_neighbours(hot_for, np.flatnonzero(hot), neighbours, rank_value, q)
    else:
        hot = rank_value > 0
    hot_for[hot] = np.flatnonzero(hot)
    hot_for[scores["count"].to_numpy() < max(min_incidents, 1)] = -1

    areas: list[Positions] = []
    units = np.flatnonzero(hot_for >= 0)
    if units.size:
        among = contiguity[units][:, units]
        number, label = connected_components(among, directed=False)
        order = np.argsort(label, kind="stable")
        for inside in np.split(order, np.cumsum(np.bincount(label, minlength=number))[:-1]):
            if size[units[inside]].sum() <= max_size:
                areas.append(units[inside])
            else:
                areas += _split(units[inside], contiguity, rank_value, size, max_size)
    total = np.array([rank_value[members].sum() for members in areas])
    count = np.array([scores["count"].to_numpy()[members].sum() for members in areas])
    first = np.array([members[0] for members in areas])
    ranked = [areas[i] for i in np.lexsort((first, -count, -total))]
    return Selection(
        members=_spend(ranked, rank_value, size, budget, group),
        hot_for=hot_for,
        candidates=int(units.size),
        areas=len(areas),
    )


def target_id(unit: str, members: Sequence[str]) -> str:
    """Return a target's name, the same for the same units in whatever run they meet.

    Examples
    --------
    >>> target_id("h3", ["8a194ad3000ffff", "8a194ad30007fff"])
    't-efa0dd16732f'
    """
    content = "\n".join([unit, *sorted(members)])
    return f"t-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def group_of(members: Positions, group: Positions, held: NDArray[np.float64]) -> int:
    """Return the group that holds most of a target.

    Parameters
    ----------
    members
        Positions of the target's units.
    group
        Group of each unit, shape (N,); -1 for none.
    held
        What each unit holds, e.g. harm, shape (N,). Ties go to the group with more of the
        target's units, then to the lowest.

    Examples
    --------
    >>> group_of(np.array([0, 1, 2]), np.array([1, 0, 0]), np.array([9.0, 2.0, 2.0]))
    1
    """
    groups, slot = np.unique(group[members], return_inverse=True)
    total, units = np.bincount(slot, weights=held[members]), np.bincount(slot)
    return int(groups[np.lexsort((groups, -units, -total))[0]])


def _claim_strongest_neighbours(
    hot_for: Positions,
    hot: Positions,
    neighbours: Graph,
    rank_value: NDArray[np.float64],
    q: NDArray[np.float64],
) -> None:
    """Note for the strongest neighbour of each hot unit, where stronger, the hottest such unit."""
    rows = neighbours[hot]
    each = np.repeat(hot, np.diff(rows.indptr))
    near, value = rows.indices, rank_value[rows.indices]
    order = np.lexsort((near, -value, each))  # ties by lowest position
    strongest = order[np.unique(each[order], return_index=True)[1]]
    strongest = strongest[value[strongest] > rank_value[each[strongest]]]
    claimed, claiming = near[strongest], each[strongest]
    coolest_first = np.lexsort((-claiming, -q[claiming]))
    hot_for[claimed[coolest_first]] = claiming[coolest_first]  # of several, the last: the hottest


def _split(
    units: Positions,
    contiguity: Graph,
    rank_value: NDArray[np.float64],
    size: NDArray[np.float64],
    max_size: float,
) -> list[Positions]:
    free = set(units.tolist())
    pieces: list[Positions] = []
    # Strongest first, ties by lowest position: each seed is a maximum of what is left.
    for seed in units[np.lexsort((units, -rank_value[units]))].tolist():
        if seed not in free:
            continue
        piece: list[int] = []
        room = max_size
        border = [(-rank_value[seed], seed)]
        queued = {seed}
        while border:
            _, unit = heapq.heappop(border)
            if piece and size[unit] > room:
                break
            piece.append(unit)
            free.discard(unit)
            room -= size[unit]
            for near in contiguity.indices[contiguity.indptr[unit] : contiguity.indptr[unit + 1]]:
                if near in free and near not in queued:
                    queued.add(int(near))
                    heapq.heappush(border, (-rank_value[near], int(near)))
        pieces.append(np.sort(np.array(piece, dtype=np.intp)))
    return pieces


def _spend(
    ranked: list[Positions],
    rank_value: NDArray[np.float64],
    size: NDArray[np.float64],
    budget: Budget,
    group: Positions | None,
) -> list[Positions]:
    whole = rank_value.sum()
    chosen: list[Positions] = []
    spent_size = spent_value = 0.0
    spent_of: Counter[int] = Counter()
    for members in ranked:
        own_size = float(size[members].sum())
        minutes = (len(chosen) + 1) * budget.minutes_per_target
        if (
            (budget.top is not None and len(chosen) >= budget.top)
            or (budget.size is not None and spent_size + own_size > budget.size)
            or (budget.patrol_minutes is not None and minutes > budget.patrol_minutes)
            or (budget.harm_share is not None and spent_value >= budget.harm_share * whole)
        ):
            break
        if budget.per_group is not None and group is not None:
            own_group = group_of(members, group, rank_value)
            if spent_of[own_group] >= budget.per_group:
                continue
            spent_of[own_group] += 1
        chosen.append(members)
        spent_size += own_size
        spent_value += float(rank_value[members].sum())
    return chosen


def _check(
    scores: pd.DataFrame,
    contiguity: Graph,
    size: NDArray[np.float64],
    max_size: float,
    strategy: str,
    by: str,
) -> None:
    if strategy not in STRATEGIES:
        raise InvalidInputError(f"strategy is one of {', '.join(STRATEGIES)}, not {strategy!r}.")
    missing = {"count", by, "q", "class"} - set(scores.columns)
    if missing:
        raise InvalidInputError(f"The scores lack {', '.join(sorted(missing))}.")
    n = len(scores)
    if contiguity.shape != (n, n) or size.shape != (n,):
        raise InvalidInputError(
            f"{n} scores need a contiguity of shape ({n}, {n}) and sizes of shape ({n},), not "
            f"{contiguity.shape} and {size.shape}."
        )
    if not max_size > 0:
        raise InvalidInputError(f"max_size must be positive, not {max_size}.")
