"""What is asked of targets and of the units they are chosen among, before they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spatial.errors import InvalidInputError
from spatial.grid import Graph
from spatial.targets.candidates import REQUIREMENTS, WIDEST_CLASS


def check_scores(scores: pd.DataFrame, strategy: str, by: str, require: str, alpha: float) -> None:
    """Refuse scores that lack what a strategy needs."""
    if require not in REQUIREMENTS:
        raise InvalidInputError(f"require is one of {', '.join(REQUIREMENTS)}, not {require!r}.")
    needed = {"count", by}
    if strategy == "hot-spot":
        if not 0 < alpha < 1:
            raise InvalidInputError(f"alpha must lie between 0 and 1, not {alpha}.")
        needed |= {"q", "class"} if alpha <= WIDEST_CLASS else {"q", "class", "z"}
    if require != "none":
        needed |= {"basis"}
    missing = needed - set(scores.columns)
    if missing:
        raise InvalidInputError(f"The scores lack {', '.join(sorted(missing))}.")
    if strategy == "expected":
        harm = scores[by].to_numpy(dtype=np.float64)
        bad = np.flatnonzero(~(np.isfinite(harm) & (harm >= 0)))
        if bad.size:
            raise InvalidInputError(
                f"{bad.size} units have no expected harm that is a number from 0 on, the first at "
                f"position {bad[0]} ({harm[bad[0]]})."
            )


def check_units(
    n: int,
    contiguity: Graph,
    size: NDArray[np.float64],
    excluded: NDArray[np.bool_] | None,
    shapes: NDArray[np.object_] | None,
) -> None:
    """Refuse what is told of another number of units."""
    if contiguity.shape != (n, n) or size.shape != (n,):
        raise InvalidInputError(
            f"{n} scores need a contiguity of shape ({n}, {n}) and sizes of shape ({n},), not "
            f"{contiguity.shape} and {size.shape}."
        )
    for name, given in (("excluded", excluded), ("shapes", shapes)):
        if given is not None and np.shape(given) != (n,):
            raise InvalidInputError(
                f"{name} needs one value for each of {n} units, not shape {np.shape(given)}."
            )


def check_limits(
    max_size: float,
    max_span_m: float | None,
    spacing_m: float | None,
    min_excess: float,
    shapes: NDArray[np.object_] | None,
) -> None:
    """Refuse limits that none could keep, or that nothing is there to measure by."""
    if not max_size > 0:
        raise InvalidInputError(f"max_size must be positive, not {max_size}.")
    if not min_excess >= 0:
        raise InvalidInputError(f"min_excess must be 0 or more, not {min_excess}.")
    for name, metres in (("max_span_m", max_span_m), ("spacing_m", spacing_m)):
        if metres is None:
            continue
        if not metres > 0:
            raise InvalidInputError(f"{name} must be positive, not {metres}.")
        if shapes is None:
            raise InvalidInputError(f"{name} needs the geometry of the units (shapes).")
