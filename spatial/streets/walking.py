"""Compiled loops of walking along streets: how far it is from one segment to those around it.

Lengths are whole micrometres, so that a walk is as long there as back and a limit that is just
reached is reached from both sides. All kernels share one module because numba's cache watches only
the file a kernel is written in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
_compiled = cast(Callable[[Kernel], Kernel], numba.njit(cache=True, nogil=True))

UNREACHED: Final = -1
"""Walked length to a junction that no walk within the limit reaches."""


class Junctions(NamedTuple):
    """Which segments leave each of M junctions, where each leads, and how far that is."""

    starts: NDArray[np.int64]  # (M + 1,), where the segments of each junction begin
    segment: NDArray[np.int32]  # (2 N,)
    leads_to: NDArray[np.int32]  # (2 N,), the junction at the other end
    length: NDArray[np.int64]  # (2 N,), micrometres


class Scratch(NamedTuple):
    """What one thread writes on: nothing is allocated on the way."""

    walked: NDArray[np.int64]  # (M,), UNREACHED between two walks
    reached: NDArray[np.int32]  # (M,), the junctions reached, in the order of finding
    heap_walked: NDArray[np.int64]  # (2 N + 2,), no junction is offered more often than that
    heap_junction: NDArray[np.int32]  # (2 N + 2,)


def scratch(junctions: Junctions) -> Scratch:
    """Return clean scratch space for one thread."""
    m, offers = junctions.starts.size - 1, junctions.segment.size + 2
    return Scratch(
        walked=np.full(m, UNREACHED, dtype=np.int64),
        reached=np.empty(m, dtype=np.int32),
        heap_walked=np.empty(offers, dtype=np.int64),
        heap_junction=np.empty(offers, dtype=np.int32),
    )


@_compiled
def _push(space: Scratch, size: int, walked: int, junction: int) -> int:
    """Add an offer to the heap and return its size."""
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if space.heap_walked[parent] <= walked:
            break
        space.heap_walked[at] = space.heap_walked[parent]
        space.heap_junction[at] = space.heap_junction[parent]
        at = parent
    space.heap_walked[at], space.heap_junction[at] = walked, junction
    return size + 1


@_compiled
def _drop_first(space: Scratch, size: int) -> int:
    """Take the shortest offer off the heap and return its size."""
    size -= 1
    walked, junction = space.heap_walked[size], space.heap_junction[size]
    at, child = 0, 1
    while child < size:
        if child + 1 < size and space.heap_walked[child + 1] < space.heap_walked[child]:
            child += 1
        if space.heap_walked[child] >= walked:
            break
        space.heap_walked[at] = space.heap_walked[child]
        space.heap_junction[at] = space.heap_junction[child]
        at, child = child, 2 * child + 1
    space.heap_walked[at], space.heap_junction[at] = walked, junction
    return size


@_compiled
def walk(junctions: Junctions, one: int, other: int, limit: int, space: Scratch) -> int:
    """Walk at most `limit` from either of two junctions; return how many are reached.

    They stand in ``space.reached``, how far each is in ``space.walked`` (Dijkstra 1959).
    """
    size, found = 0, 0
    for begin in (one, other):
        if space.walked[begin] == UNREACHED:
            space.walked[begin] = 0
            space.reached[found] = begin
            found += 1
            size = _push(space, size, 0, begin)
    while size > 0:
        here, junction = space.heap_walked[0], space.heap_junction[0]
        size = _drop_first(space, size)
        if here > space.walked[junction]:
            continue
        for at in range(junctions.starts[junction], junctions.starts[junction + 1]):
            there, onward = here + junctions.length[at], junctions.leads_to[at]
            before = space.walked[onward]
            if there > limit or (before != UNREACHED and before <= there):
                continue
            if before == UNREACHED:
                space.reached[found] = onward
                found += 1
            space.walked[onward] = there
            size = _push(space, size, there, onward)
    return found


@_compiled
def list_within(
    junctions: Junctions,
    ends: NDArray[np.int32],
    limit: int,
    first: int,
    last: int,
    most: int,
    space: Scratch,
    counts: NDArray[np.int64],
) -> NDArray[np.int32]:
    """Return the other segments that a walk from each of segments `first` to `last` - 1 meets.

    They are ascending for each; how many there are is written to `counts`, shape (N,). `ends` has
    shape (N, 2). The listing breaks off once it holds more than `most`.
    """
    seen = np.full(ends.shape[0], -1, dtype=np.int32)
    listed = np.empty(16 * (last - first) + 16, dtype=np.int32)
    size = 0
    for s in range(first, last):
        found = walk(junctions, ends[s, 0], ends[s, 1], limit, space)
        seen[s] = s
        begin = size
        for at in range(found):
            junction = space.reached[at]
            space.walked[junction] = UNREACHED
            leaving = junctions.starts[junction]
            beyond = junctions.starts[junction + 1]
            if size + beyond - leaving > listed.size:
                longer = np.empty(listed.size * 3 // 2 + beyond - leaving, dtype=np.int32)
                longer[:size] = listed[:size]
                listed = longer
            for met in junctions.segment[leaving:beyond]:
                if seen[met] != s:
                    seen[met] = s
                    listed[size] = met
                    size += 1
        listed[begin:size].sort()
        counts[s] = size - begin
        if size > most:
            break
    return listed[:size]
