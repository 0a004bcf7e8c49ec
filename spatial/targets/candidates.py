"""Which units may become part of a target, and what keeps the others out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spatial.errors import InvalidInputError
from spatial.grid import Graph
from spatial.targets.members import BASES, Positions

Strategy: TypeAlias = Literal["expected", "hot-spot", "top"]
Requirement: TypeAlias = Literal["none", "beyond-chance", "without-worst"]

STRATEGIES: Final = get_args(Strategy)
REQUIREMENTS: Final = get_args(Requirement)

Condition: TypeAlias = Literal["excluded", "require", "min_incidents"]
"""What keeps a unit that a strategy would take from being a candidate."""

ALIASES: Final[Mapping[str, Strategy]] = {"significant": "hot-spot"}
"""What strategies were called before."""

MIN_EXCESS: Final = 2.0
"""How many times the mean a unit's expected harm must be, unless told otherwise."""

FEWEST_INCIDENTS: Final = 3
"""Fewest incidents of a candidate of `hot-spot` and `top`, unless told otherwise."""

WIDEST_CLASS: Final = 0.1
"""The level up to which the classes of the statistic tell what is hot."""

_STANDS: Final[Mapping[Requirement, tuple[str, ...]]] = {
    "none": BASES,
    "beyond-chance": ("own", "neighbourhood", "both"),
    "without-worst": ("own", "both"),
}


def strategy_named(name: str) -> Strategy:
    """Return the strategy of a name, today's or an earlier one.

    Raises
    ------
    InvalidInputError
        When there is no such strategy.

    Examples
    --------
    >>> strategy_named("significant"), strategy_named("expected")
    ('hot-spot', 'expected')
    """
    current = ALIASES.get(name, name)
    if current not in STRATEGIES:
        raise InvalidInputError(f"strategy is one of {', '.join(STRATEGIES)}, not {name!r}.")
    return cast("Strategy", current)


@dataclass(frozen=True)
class Candidates:
    """Units that may become part of a target.

    Parameters
    ----------
    hot_for
        The unit whose neighbourhood makes each unit a candidate, shape (N,), -1 for none.
    left_out
        How many units the strategy would have taken, and each condition kept out.
    """

    hot_for: Positions
    left_out: dict[Condition, int]


def expected_above(harm: NDArray[np.float64], min_excess: float) -> tuple[Positions, float]:
    """Return the candidates of strategy ``expected``, each for itself, and their threshold."""
    threshold = min_excess * float(harm.mean()) if harm.size else 0.0
    above = (harm >= threshold) & (harm > 0)
    return np.where(above, np.arange(len(harm)), -1), threshold


def hot(
    scores: pd.DataFrame,
    rank_value: NDArray[np.float64],
    alpha: float,
    neighbours: Graph | None,
) -> Positions:
    """Return the candidates of strategy ``hot-spot``: hot units with their strongest neighbours."""
    q = scores["q"].to_numpy()
    if alpha <= WIDEST_CLASS:
        warm = scores["class"].astype(str).str.startswith("hot").to_numpy()
    else:
        warm = scores["z"].to_numpy(dtype=np.float64) > 0
    found = warm & (q <= alpha)
    hot_for = np.full(len(scores), -1, dtype=np.intp)
    if neighbours is not None:
        _claim_strongest_neighbours(hot_for, np.flatnonzero(found), neighbours, rank_value, q)
    hot_for[found] = np.flatnonzero(found)
    return hot_for


def admitted(
    hot_for: Positions,
    scores: pd.DataFrame,
    *,
    require: Requirement,
    min_incidents: int,
    excluded: NDArray[np.bool_] | None,
) -> Candidates:
    """Return the candidates that meet every condition, and how many each condition kept out."""
    admitted_for = hot_for.copy()
    none = np.zeros(len(hot_for), dtype=bool)
    keeps_out: dict[Condition, NDArray[np.bool_]] = {
        "excluded": none if excluded is None else excluded,
        "require": none
        if require == "none"
        else ~scores["basis"].astype(str).isin(_STANDS[require]).to_numpy(),
        "min_incidents": scores["count"].to_numpy() < min_incidents,
    }
    left_out: dict[Condition, int] = {}
    for name, out in keeps_out.items():
        many = int((out & (admitted_for >= 0)).sum())
        if many:
            left_out[name] = many
        admitted_for[out] = -1
    return Candidates(admitted_for, left_out)


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
