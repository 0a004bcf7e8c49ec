"""Areas of touching candidates, split around their local maxima where they are too large."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from spatial.grid import Graph
from spatial.targets.members import Positions
from spatial.targets.pieces import Limits


def connected(units: Positions, contiguity: Graph) -> list[Positions]:
    """Return the areas of touching units that some units form, each ascending.

    Parameters
    ----------
    units
        Positions of the units, ascending, shape (n,).
    contiguity
        Units that touch, shape (N, N).
    """
    if not units.size:
        return []
    among = contiguity[units][:, units]
    number, label = connected_components(among, directed=False)
    order = np.argsort(label, kind="stable")
    ends = np.cumsum(np.bincount(label, minlength=number))[:-1]
    return [units[inside] for inside in np.split(order, ends)]


def merged(units: Positions, rank_value: NDArray[np.float64], limits: Limits) -> list[Positions]:
    """Return the pieces of some units: areas of touching ones, those too large split."""
    pieces: list[Positions] = []
    for area in connected(units, limits.contiguity):
        if limits.together(area):
            pieces.append(area)
        else:
            pieces += _split(area, rank_value, limits)
    return pieces


def _split(units: Positions, rank_value: NDArray[np.float64], limits: Limits) -> list[Positions]:
    free = set(units.tolist())
    pieces: list[Positions] = []
    # Strongest first, ties by lowest position: each seed is a maximum of what is left.
    for seed in units[np.lexsort((units, -rank_value[units]))].tolist():
        if seed not in free:
            continue
        piece = None
        room = limits.max_size
        border = [(-rank_value[seed], seed)]
        queued = {seed}
        while border:
            _, unit = heapq.heappop(border)
            if piece is None:
                grown = limits.alone(unit)
            elif limits.size[unit] > room:
                break
            else:
                farther = limits.spanned(piece, limits.alone(unit))
                if farther is None:
                    continue
                grown = farther
            piece = grown
            free.discard(unit)
            room -= limits.size[unit]
            for near in limits.touching(unit):
                if near in free and near not in queued:
                    queued.add(int(near))
                    heapq.heappush(border, (-rank_value[near], int(near)))
        assert piece is not None
        pieces.append(np.sort(np.array(piece.members, dtype=np.intp)))
    return pieces
