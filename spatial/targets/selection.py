"""Ranked patrol targets among scored units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spatial.errors import InvalidInputError
from spatial.grid import Graph
from spatial.targets import candidates as choosing
from spatial.targets.areas import connected, merged
from spatial.targets.budget import Budget, spend
from spatial.targets.candidates import Condition, Requirement, strategy_named
from spatial.targets.checks import check_limits, check_scores, check_units
from spatial.targets.ground import Ground, Spacing
from spatial.targets.members import Positions
from spatial.targets.pieces import Limits
from spatial.targets.taking import take

Emptiness: TypeAlias = Literal["not_concentrated", "not_significant", "no_harm", "budget"]


@dataclass(frozen=True)
class Selection:
    """Ranked targets, and why there are not more.

    Parameters
    ----------
    members
        Positions of each target's units, ascending; the targets in the order of their rank.
    hot_for
        The unit whose neighbourhood makes each unit a candidate, shape (N,): itself where it is
        hot, or for another strategy than ``hot-spot``; the hottest neighbour that it makes hot
        otherwise; -1 for units that are no candidate.
    candidates
        Number of units that could have become part of a target.
    areas
        Number of areas that the candidates formed, before the budget; for strategies ``expected``
        and ``top`` before they were split.
    strategy
        By which the units were chosen.
    wanted
        Number of units that the strategy would take: above the threshold, hot, or of any harm;
        `candidates` are what is left of them after the conditions.
    left_out
        How many of the wanted each condition kept out, the first that did: `excluded`, `require`,
        `min_incidents`. None are told that kept out nobody.
    passed_over
        How many areas (units, for strategies ``expected`` and ``top``) found a full quota
        (`quota`) or a target too near (`too_near`).
    ended_by
        The limit of the budget that ended the list: `top`, `harm_share`, `size` or
        `patrol_minutes`; None where every candidate is on it, but for those passed over.
    mean, greatest, threshold
        Of the ranked quantity over all units, and what a candidate of strategy ``expected`` had to
        reach.
    """

    members: Sequence[Positions]
    hot_for: Positions
    candidates: int
    areas: int
    strategy: str = "hot-spot"
    wanted: int = 0
    left_out: Mapping[Condition, int] = field(default_factory=dict)
    passed_over: Mapping[str, int] = field(default_factory=dict)
    ended_by: str | None = None
    mean: float = 0.0
    greatest: float = 0.0
    threshold: float = 0.0

    def target_of(self, units: int) -> Positions:
        """Return the rank, from 0, of the target that each unit is part of; -1 for none."""
        owner = np.full(units, -1, dtype=np.intp)
        for rank, members in enumerate(self.members):
            owner[members] = rank
        return owner

    @property
    def empty_because(self) -> Emptiness | Condition | None:
        """Why there is no target; None where there is one.

        `no_harm`: nothing is held by any unit. `not_concentrated`: no unit's expected harm reaches
        the threshold. `not_significant`: no unit is hot. `excluded`, `require`, `min_incidents`:
        the last of these conditions that kept a unit out left none. `budget`: it allows for none.
        """
        if self.members:
            return None
        if self.candidates:
            return "budget"
        if self.left_out:
            return list(self.left_out)[-1]
        if not self.greatest > 0:
            return "no_harm"
        return "not_concentrated" if self.strategy == "expected" else "not_significant"


def select(
    scores: pd.DataFrame,
    contiguity: Graph,
    size: NDArray[np.float64],
    *,
    max_size: float,
    budget: Budget | None = None,
    by: str = "harm",
    strategy: str | None = None,
    require: Requirement = "none",
    min_excess: float = choosing.MIN_EXCESS,
    alpha: float = 0.05,
    min_incidents: int | None = None,
    neighbours: Graph | None = None,
    group: Positions | None = None,
    excluded: NDArray[np.bool_] | None = None,
    max_span_m: float | None = None,
    spacing_m: float | None = None,
    shapes: NDArray[np.object_] | None = None,
) -> Selection:
    """Choose patrol targets among scored units, by one of three strategies.

    ``expected``: candidates are units whose expected harm is at least `min_excess` times the mean
    over all units. ``top``: every unit that holds anything is a candidate, whatever the statistic
    says. Such targets must be shown as what they are: a ranking. In both, units are taken one by
    one, the strongest first, until the budget is spent: each joins the target that it touches, its
    strongest neighbour's first, where both keep within `max_size` and `max_span_m`, and is a target
    of its own otherwise. So areas too large for one target part around their local maxima, and the
    list holds the same units as a plain ranking of the same length: no unit is taken for touching
    another.

    ``hot-spot``: candidates are units of a hot spot (q at most `alpha`). Given `neighbours`, the
    strongest neighbour of each hot unit is one too, where it is stronger than the unit itself. Gi*
    finds a unit hot for its neighbourhood while the unit's own value is held fixed, so the very
    place that makes its neighbours hot need not be significant itself. Touching candidates form one
    area. An area larger than `max_size` is split around its local maxima: from the strongest unit
    left, a piece grows by its strongest neighbour until the next one would not fit. Whole pieces
    are taken by their total until the budget is spent. Such a list tells where harm clusters; for
    where to be, the two others hold more at the same size.

    Parameters
    ----------
    scores
        One row per unit (N): `count`; `expected_harm` for strategy ``expected``, the column named
        by `by` for others; `q` and `class` of the hot-spot statistic for ``hot-spot``; `basis`
        where something is required.
    contiguity
        Units that touch, shape (N, N), symmetric, binary, zero diagonal.
    size
        Size of each unit, shape (N,): km² of cells, metres of segments.
    max_size
        Greatest size of a target. A single unit larger than this is a target by itself.
    budget
        What may be spent; the default is 20 targets. `Budget.harm_share` is of the ranked
        quantity.
    by
        Column that ranks, ``harm`` or ``count``, for ``hot-spot`` and ``top``.
    strategy
        ``expected``, ``hot-spot`` (``significant`` is read as it) or ``top``; by default
        ``expected`` where the scores have `expected_harm`, ``hot-spot`` where they have not.
    require
        What must stand behind a candidate: ``none``; ``beyond-chance``, a `basis` other than
        ``none``; ``without-worst``, ``own`` or ``both``.
    min_excess
        How many times the mean a unit's expected harm must be, for ``expected``.
    alpha
        Level that q must not exceed, for ``hot-spot``; above that of the widest class it needs
        `z`, whose sign tells what is hot.
    min_incidents
        Fewest incidents of a candidate unit; by default 3, and for ``expected`` none: what is
        expected of a unit rests on its neighbours and on years before the window, too.
    neighbours
        The neighbourhoods that the statistic was computed on, shape (N, N).
    group
        Group of each unit for `Budget.per_group`, shape (N,), -1 for none. A target counts in
        the group that `group_of` finds by the ranked quantity; those in none count as a group of
        their own.
    excluded
        Units that must not be part of a target, shape (N,).
    max_span_m
        How far across a target may be, from corner to corner, in metres on the ground; two
        touching units, where those are longer. None: its size alone limits it.
    spacing_m
        How far targets must be from each other, from edge to edge; the higher rank stays. None:
        they may touch.
    shapes
        Geometry of each unit, EPSG:4326, shape (N,), for `max_span_m` and `spacing_m`.

    Returns
    -------
    Selection
        Targets by descending total of the ranked quantity, ties by count, then by lowest position.
        Empty when there is no candidate; `Selection.empty_because` says why.

    Raises
    ------
    InvalidInputError
        When a strategy or requirement does not exist, a limit is not positive, a column or the
        geometry is lacking, an expected harm is negative or no number, or shapes differ.

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
    >>> scores["expected_harm"] = [40.0, 2.0, 1.0, 37.0]
    >>> chosen = select(scores, row, np.ones(4), max_size=2, min_excess=1)
    >>> [members.tolist() for members in chosen.members]
    [[0], [3]]
    """
    if strategy is None:
        strategy = "expected" if "expected_harm" in scores.columns else "hot-spot"
    named = strategy_named(strategy)
    by = "expected_harm" if named == "expected" else by
    budget = budget or Budget()
    check_scores(scores, named, by, require, alpha)
    check_units(len(scores), contiguity, size, excluded, shapes)
    check_limits(max_size, max_span_m, spacing_m, min_excess, shapes)
    if budget.per_group is not None and group is None:
        raise InvalidInputError("A quota per group needs the group of each unit.")
    rank_value, threshold = scores[by].to_numpy(dtype=np.float64), 0.0
    if named == "expected":
        wanted, threshold = choosing.expected_above(rank_value, min_excess)
    elif named == "hot-spot":
        wanted = choosing.hot(scores, rank_value, alpha, neighbours)
    else:
        wanted = np.where(rank_value > 0, np.arange(len(scores)), -1)
    if min_incidents is None:
        min_incidents = 0 if named == "expected" else choosing.FEWEST_INCIDENTS
    found = choosing.admitted(
        wanted,
        scores,
        require=require,
        min_incidents=min_incidents if named == "expected" else max(min_incidents, 1),
        excluded=excluded,
    )
    units = np.flatnonzero(found.hot_for >= 0)
    measured = shapes is not None and units.size and (max_span_m or spacing_m)
    ground = Ground.of(shapes, units) if measured and shapes is not None else None
    limits = Limits(contiguity, size, max_size, max_span_m, ground)
    spacing = Spacing(ground, spacing_m) if ground is not None and spacing_m else None
    count = scores["count"].to_numpy()
    if named != "hot-spot":
        areas = connected(units, contiguity)
        order = units[np.lexsort((units, -count[units], -rank_value[units]))]
        spent = take(order, rank_value, limits, budget, group, spacing)
    else:
        areas = merged(units, rank_value, limits)
        spent = spend(_ranked(areas, rank_value, count), rank_value, limits, budget, group, spacing)
    return Selection(
        members=_ranked(spent.targets, rank_value, count),
        hot_for=found.hot_for,
        candidates=int(units.size),
        areas=len(areas),
        strategy=named,
        wanted=int((wanted >= 0).sum()),
        left_out=found.left_out,
        passed_over=dict(spent.passed_over),
        ended_by=spent.ended_by,
        mean=float(rank_value.mean()) if len(scores) else 0.0,
        greatest=float(rank_value.max(initial=0.0)),
        threshold=threshold,
    )


def _ranked(
    areas: Sequence[Positions], rank_value: NDArray[np.float64], count: NDArray[np.int64]
) -> list[Positions]:
    total = np.array([rank_value[members].sum() for members in areas])
    incidents = np.array([count[members].sum() for members in areas])
    first = np.array([members[0] for members in areas])
    return [areas[i] for i in np.lexsort((first, -incidents, -total))]
