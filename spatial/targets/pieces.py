"""Pieces of touching units that keep within the limits of a target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial.grid import Graph
from spatial.targets.ground import Ground, farthest
from spatial.targets.members import Positions


@dataclass(frozen=True)
class Piece:
    """Touching units.

    Parameters
    ----------
    members
        Their positions, in the order in which they came.
    size
        Their total size.
    corners
        Their corners on the plane, shape (k, 2); none where no span is asked for.
    across
        The greatest distance between two of these corners.
    pair
        How far across the longest two touching members are, where that is more than the limit.
    """

    members: tuple[int, ...]
    size: float
    corners: NDArray[np.float64]
    across: float = 0.0
    pair: float = 0.0


@dataclass(frozen=True)
class Limits:
    """How large a target may be.

    Parameters
    ----------
    contiguity
        Units that touch, shape (N, N).
    size
        Size of each unit, shape (N,).
    max_size
        Greatest size of several units together.
    max_span_m
        How far across several units may be together; two touching ones may always be as far as
        they are. None: as far as they like.
    ground
        Where the units lie, for `max_span_m`.
    """

    contiguity: Graph
    size: NDArray[np.float64]
    max_size: float
    max_span_m: float | None = None
    ground: Ground | None = None

    def touching(self, unit: int) -> Positions:
        """Return the units that touch one."""
        graph = self.contiguity
        return np.asarray(graph.indices[graph.indptr[unit] : graph.indptr[unit + 1]])

    def alone(self, unit: int) -> Piece:
        """Return the piece of one unit, whatever its size."""
        if self.ground is None or self.max_span_m is None:
            return Piece((unit,), float(self.size[unit]), np.empty((0, 2)))
        corners = self.ground.corners(unit)
        return Piece((unit,), float(self.size[unit]), corners, farthest(corners, corners))

    def joined(self, one: Piece, other: Piece) -> Piece | None:
        """Return two touching pieces as one; None where it would be too large."""
        size = one.size + other.size
        return None if size > self.max_size else self.spanned(one, other)

    def spanned(self, one: Piece, other: Piece) -> Piece | None:
        """Return two touching pieces as one of whatever size; None where it reaches too far."""
        members, size = one.members + other.members, one.size + other.size
        if self.ground is None or self.max_span_m is None:
            return Piece(members, size, one.corners)
        across = max(one.across, other.across, farthest(one.corners, other.corners))
        pair = max(one.pair, other.pair)
        limit = self.ground.on_plane(self.max_span_m, members[0])
        if across > limit:
            if self.ground.two_across > limit:
                pair = max(pair, self._longest_pair(one, other))
            if across > pair:
                return None
        return Piece(members, size, np.vstack((one.corners, other.corners)), across, pair)

    def together(self, units: Positions) -> bool:
        """Tell whether a contiguous area may be one target."""
        if self.size[units].sum() > self.max_size:
            return False
        if self.ground is None or self.max_span_m is None:
            return True
        corners = [self.ground.corners(unit) for unit in units.tolist()]
        every = np.vstack(corners)
        across = farthest(every, every)
        if across <= self.ground.on_plane(self.max_span_m, int(units[0])):
            return True
        inside = set(units.tolist())
        return any(
            across <= self._pair(unit, near)
            for unit in inside
            for near in self.touching(unit).tolist()
            if near in inside
        )

    def _longest_pair(self, one: Piece, other: Piece) -> float:
        fewer, more = sorted((one.members, other.members), key=len)
        beside = set(more)
        return max(
            (
                self._pair(unit, near)
                for unit in fewer
                for near in self.touching(unit).tolist()
                if near in beside
            ),
            default=0.0,
        )

    def _pair(self, unit: int, near: int) -> float:
        assert self.ground is not None
        both = np.vstack((self.ground.corners(unit), self.ground.corners(near)))
        return farthest(both, both)
