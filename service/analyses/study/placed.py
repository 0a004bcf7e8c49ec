"""Incidents that came without coordinates and were placed by their address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from service.store.repository.incidents import PLACE_PRECISION

if TYPE_CHECKING:
    import pandas as pd

Precision = Literal["recorded", "address", "crossing", "block", "street"]
"""How precisely an incident is placed: with coordinates of its own, or by its address."""

PRECISIONS: Final[tuple[str, ...]] = get_args(Precision)

_WORDS: Final = {
    "address": "at a number",
    "crossing": "at a crossing",
    "block": "in the middle of a block",
    "street": "in the middle of a street",
}


def imprecise(incidents: pd.DataFrame, least: Precision) -> NDArray[np.bool_]:
    """Say which incidents are placed less precisely than is asked for."""
    if PLACE_PRECISION not in incidents or least == PRECISIONS[-1]:
        return np.zeros(len(incidents), dtype=np.bool_)
    too_coarse = PRECISIONS[PRECISIONS.index(least) + 1 :]
    return np.asarray(incidents[PLACE_PRECISION].isin(too_coarse), dtype=np.bool_)


def cautions(incidents: pd.DataFrame) -> list[str]:
    """Return how many of the incidents that count were placed by their address, in one sentence."""
    if PLACE_PRECISION not in incidents:
        return []
    many = incidents[PLACE_PRECISION].value_counts()
    told = [f"{many[one]:,} {words}" for one, words in _WORDS.items() if many.get(one, 0)]
    if not told:
        return []
    total = int(sum(many.get(one, 0) for one in _WORDS))
    return [
        f"{total:,} of {len(incidents):,} incidents came without coordinates and were placed by "
        f"their address: {', '.join(told)}. place_precision leaves out those that are not precise "
        "enough."
    ]
