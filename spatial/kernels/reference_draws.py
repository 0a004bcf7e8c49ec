"""Compiled loops of the permutation test: random stream, reference draws, exact counting.

All kernels share one module because numba's cache watches only the file a kernel is written in.
Unsigned and signed integers are never mixed: numba would promote them to float.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
_compiled = cast(Callable[[Kernel], Kernel], numba.njit(cache=True, nogil=True))

BLOCK_WORDS: Final = 8
"""32-bit words in one Philox block."""

BATCH_DRAWS: Final = 256
"""Draws generated before they are summed: few enough to stay in the nearest cache."""

EXACT_SUMS: Final = 4096
"""Sums up to as far above the lowest threshold are tallied one by one and ranked afterwards."""


def _high_word(typing_context: Any, a: Any, b: Any) -> Any:  # noqa: ARG001
    """Type and emit the upper 64 bits of a 64 by 64 bit product, one machine instruction."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        wide = ir.IntType(128)
        product = builder.mul(*(builder.zext(word, wide) for word in arguments))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), emit


_multiply_high = cast(Callable[[Any, Any], Any], intrinsic(_high_word))


@_compiled
def philox_block(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return four random words for a counter and a key: Philox4x64-10 (Salmon et al. 2011).

    The words depend on nothing but counter and key, so any draw can be made again alone, in any
    order, on any thread and with any version of numpy.
    """
    m0, m1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
    w0, w1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
    for _ in range(10):
        high0, low0 = _multiply_high(m0, c0), m0 * c0
        high1, low1 = _multiply_high(m1, c2), m1 * c2
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0 += w0
        k1 += w1
    return c0, c1, c2, c3


@_compiled
def _refill(words: NDArray[np.uint64], block: np.uint64, draw: np.uint64, seed: np.uint64) -> None:
    """Write the eight 32-bit words of one block of one draw's stream."""
    zero, low, half = np.uint64(0), np.uint64(0xFFFFFFFF), np.uint64(32)
    a, b, c, d = philox_block(block, draw, zero, zero, seed, zero)
    words[0], words[1], words[2], words[3] = a & low, a >> half, b & low, b >> half
    words[4], words[5], words[6], words[7] = c & low, c >> half, d & low, d >> half


@_compiled
def _rejected_below(n: np.uint64) -> np.uint64:
    """Return how many of the 2^32 words must be refused for `n` equally likely integers."""
    return (np.uint64(1 << 32) - n) % n


@_compiled
def draw_by_rejection(first: int, n: int, seed: np.uint64, drawn: NDArray[np.int32]) -> None:
    """Fill each row with distinct indices below `n`, repeats thrown away: for short rows.

    Bounded integers are those of Lemire (2019), without bias. Row r is draw `first` + r.
    """
    words = np.empty(BLOCK_WORDS, dtype=np.uint64)
    bound, low, half = np.uint64(n), np.uint64(0xFFFFFFFF), np.uint64(32)
    refused = _rejected_below(bound)
    rows, size = drawn.shape
    for r in range(rows):
        block, position, filled = np.uint64(0), BLOCK_WORDS, 0
        while filled < size:
            if position == BLOCK_WORDS:
                _refill(words, block, np.uint64(first + r), seed)
                block += np.uint64(1)
                position = 0
            product = words[position] * bound
            position += 1
            if (product & low) < refused:
                continue
            index = np.int32(product >> half)
            repeated = False
            for j in range(filled):
                repeated |= drawn[r, j] == index
            if not repeated:
                drawn[r, filled] = index
                filled += 1


@_compiled
def draw_by_shuffling(
    first: int, n: int, seed: np.uint64, drawn: NDArray[np.int32], order: NDArray[np.int32]
) -> None:
    """Fill each row with distinct indices below `n` by a partial shuffle: for long rows.

    `order` holds 0 to n - 1 and is put back after every row, so a row does not depend on those
    before it.
    """
    words = np.empty(BLOCK_WORDS, dtype=np.uint64)
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    rows, size = drawn.shape
    swapped = np.empty(size, dtype=np.int32)
    for r in range(rows):
        block, position, filled = np.uint64(0), BLOCK_WORDS, 0
        while filled < size:
            if position == BLOCK_WORDS:
                _refill(words, block, np.uint64(first + r), seed)
                block += np.uint64(1)
                position = 0
            bound = np.uint64(n - filled)
            product = words[position] * bound
            position += 1
            if (product & low) < bound and (product & low) < _rejected_below(bound):
                continue
            other = np.int32(filled + np.int64(product >> half))
            order[filled], order[other] = order[other], order[filled]
            swapped[filled] = other
            drawn[r, filled] = order[filled]
            filled += 1
        for j in range(size - 1, -1, -1):
            order[j], order[swapped[j]] = order[swapped[j]], order[j]


@_compiled
def _bucket(above_lowest: np.int64, leading_bits: np.int64) -> np.int64:
    """Return a number that never falls as a sum rises: the leading bits of sum + 1 as a float.

    Sums far apart and sums close together get buckets of a like share, however skewed they are.
    """
    bits = np.float64(above_lowest + 1).view(np.int64)
    return (bits >> (np.int64(52) - leading_bits)) - (np.int64(1023) << leading_bits)


@_compiled
def buckets(thresholds: NDArray[np.int64], leading_bits: int) -> NDArray[np.int64]:
    """Return where each bucket begins among ascending thresholds, and at the end their number."""
    bits = np.int64(leading_bits)
    last = _bucket(thresholds[-1] - thresholds[0], bits)
    start = np.zeros(last + 2, dtype=np.int64)
    for threshold in thresholds:
        start[_bucket(threshold - thresholds[0], bits) + 1] += 1
    return np.cumsum(start)


@_compiled
def _reached(
    total: np.int64,
    thresholds: NDArray[np.int64],
    start: NDArray[np.int64],
    leading_bits: np.int64,
) -> np.int64:
    """Return how many of the ascending distinct thresholds a sum reaches."""
    if total < thresholds[0]:
        return np.int64(0)
    if total >= thresholds[-1]:
        return np.int64(thresholds.size)
    b = _bucket(total - thresholds[0], leading_bits)
    low, high = start[b], start[b + 1]
    while low < high:
        middle = (low + high) >> 1
        if thresholds[middle] <= total:
            low = middle + 1
        else:
            high = middle
    return np.int64(low)


@_compiled
def tally(
    first: int,
    last: int,
    seed: np.uint64,
    shuffle: bool,
    units: NDArray[np.int64],
    count_bits: int,
    class_counts: NDArray[np.int64],
    class_offsets: NDArray[np.int64],
    class_thresholds: NDArray[np.int64],
    bucket_bits: NDArray[np.int64],
    bucket_offsets: NDArray[np.int64],
    bucket_starts: NDArray[np.int64],
    reached: NDArray[np.int64],
    corrections: NDArray[np.int64],
) -> None:
    """Count how far the sums of draws `first` to `last` - 1 reach, and correct for own units.

    Parameters
    ----------
    units
        Shape (N, 1 + T), one access to memory for all of a unit: its value shifted left by
        `count_bits` plus its number of neighbours, then the sums that count for it.
    class_counts, class_offsets, class_thresholds, bucket_bits, bucket_offsets, bucket_starts
        For each number of neighbours that occurs: that number, where its ascending distinct
        thresholds begin, these, the leading bits of its buckets, where they begin, these.
    reached
        Added to, class c at `class_offsets[c]` + c: how many sums reach just r thresholds.
    corrections
        Added to, shape (T, N): by how much the draws that hold the unit itself change its count.
    """
    n, columns = units.shape
    size = class_counts[-1] + 1
    mask = np.int64((1 << count_bits) - 1)
    drawn = np.empty((BATCH_DRAWS, size), dtype=np.int32)
    held = np.empty((BATCH_DRAWS, size, columns), dtype=np.int64)
    order = np.arange(n if shuffle else 0).astype(np.int32)
    value = np.empty(size, dtype=np.int64)
    sum_of_first = np.zeros(size + 1, dtype=np.int64)
    class_lowest = class_thresholds[class_offsets[:-1]]
    seen = np.zeros((class_counts.size, EXACT_SUMS), dtype=np.int64)  # sums ranked at the end
    all_lowest = 0
    for batch in range(first, last, BATCH_DRAWS):
        rows = min(BATCH_DRAWS, last - batch)
        if shuffle:
            draw_by_shuffling(batch, n, seed, drawn[:rows], order)
        else:
            draw_by_rejection(batch, n, seed, drawn[:rows])
        for r in range(rows):  # nothing but reads here, so that they wait for memory together
            for j in range(size):
                for column in range(columns):
                    held[r, j, column] = units[drawn[r, j], column]
        for r in range(rows):
            total = np.int64(0)
            for j in range(size):
                value[j] = held[r, j, 0] >> count_bits
                total += value[j]
                sum_of_first[j + 1] = total
            if total == 0:  # harm is mostly zero, and then so are all sums and corrections
                all_lowest += 1
                continue
            for c in range(class_counts.size):
                above = sum_of_first[class_counts[c]] - class_lowest[c]
                if 0 <= above < EXACT_SUMS:
                    seen[c, above] += 1
                else:
                    rank = _reached(
                        above + class_lowest[c],
                        class_thresholds[class_offsets[c] : class_offsets[c + 1]],
                        bucket_starts[bucket_offsets[c] : bucket_offsets[c + 1]],
                        bucket_bits[c],
                    )
                    reached[class_offsets[c] + c + rank] += 1
            for j in range(size - 1):
                k = held[r, j, 0] & mask  # the unit drawn j-th takes the first k, or the spare
                with_itself = sum_of_first[k]
                with_spare = with_itself - value[j] + value[k]
                low, high = min(with_itself, with_spare), max(with_itself, with_spare)
                for t in range(columns - 1):
                    threshold = held[r, j, 1 + t]
                    if (low < threshold) & (threshold <= high) & (j < k):
                        corrections[t, drawn[r, j]] += 1 if with_spare > with_itself else -1
    for c in range(class_counts.size):
        thresholds = class_thresholds[class_offsets[c] : class_offsets[c + 1]]
        start = bucket_starts[bucket_offsets[c] : bucket_offsets[c + 1]]
        at = class_offsets[c] + c
        reached[at + _reached(np.int64(0), thresholds, start, bucket_bits[c])] += all_lowest
        for above in range(EXACT_SUMS):
            if seen[c, above] > 0:
                rank = _reached(class_lowest[c] + above, thresholds, start, bucket_bits[c])
                reached[at + rank] += seen[c, above]


@_compiled
def neighbour_sums(
    row_starts: NDArray[np.int64], neighbours: NDArray[np.int32], values: NDArray[Any]
) -> NDArray[Any]:
    """Return the sum of the values at each unit's neighbours, in the values' own type."""
    sums = np.zeros(row_starts.size - 1, dtype=values.dtype)
    for i in range(sums.size):
        for at in range(row_starts[i], row_starts[i + 1]):
            sums[i] += values[neighbours[at]]
    return sums


@_compiled
def look_up(
    first: int,
    last: int,
    unit_counts: NDArray[np.int64],
    unit_thresholds: NDArray[np.int64],
    class_counts: NDArray[np.int64],
    class_offsets: NDArray[np.int64],
    class_thresholds: NDArray[np.int64],
    bucket_bits: NDArray[np.int64],
    bucket_offsets: NDArray[np.int64],
    bucket_starts: NDArray[np.int64],
    reaching: NDArray[np.int64],
    counted: NDArray[np.int64],
) -> None:
    """Add to `counted`, shape (T, N), the sums that reach the thresholds of a range of units.

    `reaching` is laid out as `reached` of `tally`: how many sums reach at least r thresholds.
    """
    class_of = np.zeros(class_counts[-1] + 1, dtype=np.int64)
    for c in range(class_counts.size):
        class_of[class_counts[c]] = c
    for t in range(unit_thresholds.shape[0]):
        for i in range(first, last):
            c = class_of[unit_counts[i]]
            begin, end = class_offsets[c], class_offsets[c + 1]
            rank = _reached(
                unit_thresholds[t, i],
                class_thresholds[begin:end],
                bucket_starts[bucket_offsets[c] : bucket_offsets[c + 1]],
                bucket_bits[c],
            )
            counted[t, i] += reaching[begin + c + rank]
