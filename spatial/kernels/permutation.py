"""Conditional permutation for every unit at once: shared reference draws, exact sums.

Under the null hypothesis of local statistics unit i keeps its value and its k neighbours are a
draw without replacement from the N - 1 others (Anselin 1995; Ord and Getis 1995). Drawing for each
unit apart costs N times the draws. Here one ordered draw d_1, ..., d_(K+1) of distinct units
serves all:

- a unit with k neighbours takes the first k, d_1, ..., d_k;
- if it is itself among them, the spare d_(k+1) takes its place.

The draw that results is uniform over the k-subsets of the other units. Every ordering of N units
is equally likely, and renaming the others leaves the rule as it is, so no subset of the others can
be likelier than another. ``tests/unit/test_permutation.py`` shows the same by complete enumeration.
The draws of different units are shared and thus dependent, as in PySAL; each p-value is exact.

Counting is done on integers, so sums that are equal on paper are equal here.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial.errors import InvalidInputError
from spatial.kernels import reference_draws
from spatial.kernels.threads import number_of_threads

SUM_BITS: Final = 62
"""A sum of neighbours, and a value packed with its number of neighbours, stay below 2^62."""

GRID_BITS: Final = 44
"""Values without a common unit are rounded to 2^-44 (6e-14) of their range."""

SERIAL_INDICES: Final = 200_000
"""Below as many drawn indices, starting threads costs more than it saves."""


class Steps(NamedTuple):
    """Values as whole steps above the smallest one, and how exactly."""

    x: NDArray[np.int64]  # (N,), the smallest is 0
    tolerance: int  # steps per neighbour within which two sums count as tied, 0 when exact


def whole_steps(x: NDArray[Any], largest_count: int) -> Steps:
    """Return values as integers whose sums compare exactly.

    Integers stay exact, tenths and hundredths become integers. Other floats are rounded to a
    grid of 2^-44 of their range, and two sums of k of them count as tied when they are within 2 k
    steps: what rounding to the grid can make of a tie, and as much again for the rounding that the
    values carry from their own computation.

    Parameters
    ----------
    x
        Finite values, shape (N,).
    largest_count
        The most neighbours a unit has.

    Raises
    ------
    InvalidInputError
        When integers are so large that sums of neighbours overflow 64 bits.

    Examples
    --------
    >>> whole_steps(np.array([0.1 + 0.2, 0.3, 0.1, 0.0]), largest_count=2)
    Steps(x=array([3, 3, 1, 0]), tolerance=0)
    """
    bits = SUM_BITS - (largest_count + 1).bit_length()
    if x.dtype.kind in "biu":
        lowest, highest = int(x.min()), int(x.max())
        if highest - lowest >= 1 << bits:
            raise InvalidInputError(
                f"x spans {highest - lowest}, and sums of {largest_count + 1} such integers "
                "overflow 64 bits: divide x by a common factor, or pass it as floats."
            )
        if highest >= 1 << 63:
            return _exact((x - np.uint64(lowest)).astype(np.int64))
        return _exact(x.astype(np.int64) - lowest)
    x = x.astype(np.float64)
    for scale in (1.0, 10.0, 100.0):
        if float(np.abs(x).max()) >= 2.0 ** min(bits - 1, 52) / scale:
            break
        scaled = x * scale
        nearest = np.rint(scaled)
        if np.all(np.abs(scaled - nearest) <= np.minimum(1e-12 * np.abs(scaled), 1e-3)):
            steps = nearest.astype(np.int64)
            return _exact(steps - steps.min())
    grid = 2.0 ** min(GRID_BITS, bits - 1)
    return Steps(np.rint(unit_range(x) * grid).astype(np.int64), 2)


def _exact(above_lowest: NDArray[np.int64]) -> Steps:
    """Return integers in their common divisor: whole days given in hundredths stay small."""
    divisor = int(np.gcd.reduce(above_lowest))
    return Steps(above_lowest // divisor if divisor > 1 else above_lowest, 0)


def unit_range(x: NDArray[Any]) -> NDArray[np.float64]:
    """Return floats, not all equal, moved and scaled so that the least is 0 and the greatest 1.

    Examples
    --------
    >>> unit_range(np.array([-1e308, 1e308])).tolist()
    [0.0, 1.0]
    """
    if x.max() / 2 - x.min() / 2 > np.finfo(np.float64).max / 2:
        x = x / 2  # or their range overflows
    shifted = x - x.min()
    return np.asarray(shifted / shifted.max(), dtype=np.float64)


def draw(n: int, size: int, permutations: int, seed: int, first: int = 0) -> NDArray[np.int32]:
    """Return reference draws: ordered distinct units, shape (permutations, size).

    Row p is a function of `seed`, `n`, `size` and `first` + p alone: Philox4x64-10 with key
    (seed, 0) and counter (block, draw, 0, 0), each 64-bit word read as its lower and then its upper
    half, bounded by Lemire's method.

    Examples
    --------
    >>> draw(n=100, size=3, permutations=2, seed=1)
    array([[...]], dtype=int32)
    """
    drawn = np.empty((permutations, size), dtype=np.int32)
    if _shuffles(n, size):
        order = np.arange(n, dtype=np.int32)
        reference_draws.draw_by_shuffling(first, n, np.uint64(seed), drawn, order)
    else:
        reference_draws.draw_by_rejection(first, n, np.uint64(seed), drawn)
    return drawn


def count_reaching(
    values: NDArray[np.int64],
    counts: NDArray[np.int64],
    thresholds: NDArray[np.int64],
    permutations: int,
    seed: int,
    threads: int | None = None,
) -> NDArray[np.int64]:
    """Count the permutations in which a unit's drawn neighbours sum to at least its thresholds.

    Memory does not grow with the number of permutations, and the result does not depend on the
    number of threads.

    Parameters
    ----------
    values
        Values of the units, at least 0, shape (N,). Sums of max(counts) + 1 of them are below 2^62.
    counts
        Number of neighbours of each unit, 0 to N - 2, shape (N,).
    thresholds
        Sums to reach, shape (T, N).
    permutations
        Number of reference draws P.
    seed
        Seed of the random stream, 0 to 2^64 - 1.
    threads
        Number of threads; default numba's (``NUMBA_NUM_THREADS``).

    Returns
    -------
    numpy.ndarray
        Counts from 0 to P, shape (T, N).

    Examples
    --------
    >>> values, counts = np.array([0, 0, 0, 9]), np.array([1, 1, 1, 1])
    >>> count_reaching(values, counts, np.array([[0, 1, 10, 1]]), permutations=99, seed=1)
    array([[99, ..., 0, 0]])
    """
    size = int(counts.max()) + 1
    shuffle = _shuffles(values.size, size)
    count_bits = size.bit_length()
    units = np.column_stack([(values << count_bits) + counts, *thresholds])
    tables = _rank_tables(counts, thresholds)
    if threads is None:
        few = permutations * size + values.size < SERIAL_INDICES
        threads = 1 if few else number_of_threads()

    def count_range(first: int, last: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        reached = np.zeros(tables.thresholds.size + tables.counts.size, dtype=np.int64)
        corrections = np.zeros(thresholds.shape, dtype=np.int64)
        reference_draws.tally(
            first, last, np.uint64(seed), shuffle, units, count_bits, *tables,
            reached, corrections,
        )  # fmt: skip
        return reached, corrections

    def look_up_range(first: int, last: int) -> None:
        reference_draws.look_up(first, last, counts, thresholds, *tables, reaching, counted)

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(count_range, *_ranges(permutations, threads)))
        reached = np.sum([part[0] for part in parts], axis=0)
        counted: NDArray[np.int64] = np.sum([part[1] for part in parts], axis=0)
        reaching = _suffix_sums(reached, tables)
        list(pool.map(look_up_range, *_ranges(values.size, threads)))
    return counted


class RankTables(NamedTuple):
    """For each number of neighbours that occurs: the thresholds of its units, in order."""

    counts: NDArray[np.int64]  # (C,), ascending numbers of neighbours
    offsets: NDArray[np.int64]  # (C + 1,), where the thresholds of each begin
    thresholds: NDArray[np.int64]  # ascending and distinct within each
    bucket_bits: NDArray[np.int64]  # (C,), leading bits by which thresholds fall into buckets
    bucket_offsets: NDArray[np.int64]  # (C + 1,), where the buckets of each begin
    bucket_starts: NDArray[np.int64]  # where each bucket begins among the thresholds


def _rank_tables(counts: NDArray[np.int64], thresholds: NDArray[np.int64]) -> RankTables:
    present = np.flatnonzero(np.bincount(counts))
    ordered = [_distinct(thresholds[:, np.flatnonzero(counts == k)]) for k in present]
    bits = [min(max(len(of_count).bit_length() - 4, 6), 16) for of_count in ordered]
    starts = [reference_draws.buckets(*both) for both in zip(ordered, bits, strict=True)]
    return RankTables(
        counts=present.astype(np.int64),
        offsets=np.cumsum([0, *map(len, ordered)]),
        thresholds=np.concatenate(ordered),
        bucket_bits=np.array(bits, dtype=np.int64),
        bucket_offsets=np.cumsum([0, *map(len, starts)]),
        bucket_starts=np.concatenate(starts),
    )


def _distinct(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the distinct values in order; numpy.unique hashes first, ten times slower here."""
    ordered = np.sort(values, axis=None)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))]


def _suffix_sums(reached: NDArray[np.int64], tables: RankTables) -> NDArray[np.int64]:
    """Turn "reach just r thresholds" into "reach at least r", for each number of neighbours."""
    reaching = np.empty_like(reached)
    for c in range(tables.counts.size):
        of_count = slice(tables.offsets[c] + c, tables.offsets[c + 1] + c + 1)
        reaching[of_count] = np.cumsum(reached[of_count][::-1])[::-1]
    return reaching


def _ranges(total: int, parts: int) -> tuple[list[int], list[int]]:
    """Return the first and the last-plus-one of `parts` even ranges of 0 to `total` - 1."""
    bounds = [total * part // parts for part in range(parts + 1)]
    return bounds[:-1], bounds[1:]


def _shuffles(n: int, size: int) -> bool:
    """Say whether throwing repeats away would cost more than shuffling: long or crowded draws."""
    return size > 48 or size * 4 > n
