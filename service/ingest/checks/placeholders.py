"""Coordinates that cannot be meant: what systems write where a place is not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

_NEAR_ZERO_DEGREES: Final = 1e-3
_NEAR_ZERO_METRES: Final = 1.0
_NINES: Final = [10.0**digits - 1 for digits in range(2, 9)]
_NEAR: Final = 1e-6


def null_island(x: np.ndarray, y: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """Tell rows at 0, 0, or so near that nothing but rounding lies between.

    Parameters
    ----------
    x, y
        As they stand in the file.
    degrees
        Of which rows they are degrees; else they are metres.
    """
    near = np.where(degrees, _NEAR_ZERO_DEGREES, _NEAR_ZERO_METRES)
    return np.asarray((np.abs(x) < near) & (np.abs(y) < near))


def placeholders(
    x: np.ndarray, y: np.ndarray, degrees: np.ndarray, known: Sequence[tuple[float, float]] = ()
) -> np.ndarray:
    """Tell rows whose coordinates stand for an unknown place: 1, 1 or -999 or a pole.

    Parameters
    ----------
    x, y, degrees
        See `null_island`.
    known
        The source's own placeholders.
    """
    width, height = np.abs(x), np.abs(y)
    alike = (width == height) & ((width == 1) | np.isin(width, _NINES))
    pole = degrees & ((height == 90) | ((width == 180) & (height == 0)))
    nines = degrees & (np.isin(height, _NINES) | np.isin(width, _NINES[1:]))
    negative = ~degrees & (np.isin(-x, [1, *_NINES]) | np.isin(-y, [1, *_NINES]))
    found = alike | pole | nines | negative
    for east, north in known:
        found |= (np.abs(x - east) < _NEAR) & (np.abs(y - north) < _NEAR)
    return np.asarray(found)
