"""Targets of which most lies on one coordinate: default geocodes, anonymised points, or a door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from spatial.harm import Hundredths
    from spatial.targets import Positions

STEP: Final = 1e-7
"""Coordinates are one where they agree in the seven decimals that are stored."""

FEWEST: Final = 20
LEAST_OF_ALL: Final = 0.01
LEAST_OF_TARGET: Final = 0.5


def shared(
    target: Positions,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    hundredths: Hundredths,
    targets: int,
    *,
    of_all: int,
) -> list[dict[str, Any] | None]:
    """Tell which targets rest on a single coordinate that suspiciously many incidents share.

    Where a place is unknown, a geocoder may give the middle of a town, and where it must not be
    known, a publisher gives an anonymous point: what lies there need not have happened there. A
    point is told as on streets (`streets.shared_points`) from 20 incidents on that are 1 % of all,
    and where half of the target's incidents or of its harm are on it.

    Parameters
    ----------
    target, longitude, latitude, hundredths
        Target, place and harm of each incident of the targets, shape (n,).
    targets
        Number of targets.
    of_all
        Number of incidents of the study, whatever target they are in.

    Returns
    -------
    list
        For each target None, or `longitude`, `latitude`, `incidents`, `count_share` and
        `harm_share` of its most frequent point.

    Examples
    --------
    >>> at, weight = np.zeros(30, dtype=int), np.full(30, 100)
    >>> (found,) = shared(at, np.full(30, -0.08), np.full(30, 51.5), weight, 1, of_all=720)
    >>> found["incidents"], found["count_share"]
    (30, 1.0)
    """
    x, y = (np.rint(one / STEP).astype(np.int64) for one in (longitude, latitude))
    points, slot = np.unique(np.column_stack((target, x, y)), axis=0, return_inverse=True)
    slot = slot.ravel()
    count = np.bincount(slot, minlength=len(points))
    harm = np.bincount(slot, hundredths, len(points))
    whole = np.bincount(target, minlength=targets)
    whole_harm = np.bincount(target, hundredths, targets)
    found: list[dict[str, Any] | None] = [None] * targets
    # The fullest last of each target, so that it stays.
    for one in np.lexsort((-points[:, 2], -points[:, 1], harm, count)):
        of = int(points[one, 0])
        if count[one] < max(FEWEST, LEAST_OF_ALL * of_all):
            continue
        count_share = float(count[one] / whole[of])
        harm_share = float(harm[one] / whole_harm[of]) if whole_harm[of] else 0.0
        if max(count_share, harm_share) >= LEAST_OF_TARGET:
            found[of] = {
                "longitude": round(float(points[one, 1] * STEP), 7),
                "latitude": round(float(points[one, 2] * STEP), 7),
                "incidents": int(count[one]),
                "count_share": round(count_share, 6),
                "harm_share": round(harm_share, 6),
            }
    return found
