"""What a target is called, where it belongs and on what it stands, all from its members."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.errors import InvalidInputError

Positions: TypeAlias = NDArray[np.intp]

BASES: Final = ("both", "own", "neighbourhood", "none")
"""What stands behind a unit or a target, the strongest first."""


def target_id(unit: str, members: Sequence[str]) -> str:
    """Return a target's name, the same for the same units in whatever run they meet.

    Examples
    --------
    >>> target_id("h3", ["8a194ad3000ffff", "8a194ad30007fff"])
    't-efa0dd16732f'
    """
    content = "\n".join([unit, *sorted(members)])
    return f"t-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def group_of(members: Positions, group: Positions, held: NDArray[np.float64]) -> int:
    """Return the group that holds most of a target.

    Parameters
    ----------
    members
        Positions of the target's units.
    group
        Group of each unit, shape (N,); -1 for none.
    held
        What each unit holds, e.g. harm, shape (N,). Ties go to the group with more of the
        target's units, then to the lowest.

    Examples
    --------
    >>> group_of(np.array([0, 1, 2]), np.array([1, 0, 0]), np.array([9.0, 2.0, 2.0]))
    1
    """
    groups, slot = np.unique(group[members], return_inverse=True)
    total, units = np.bincount(slot, weights=held[members]), np.bincount(slot)
    return int(groups[np.lexsort((groups, -units, -total))[0]])


def strongest_basis(bases: Iterable[str]) -> str:
    """Return the basis of a target from those of its members.

    ``both`` is stronger than ``own``, that than ``neighbourhood``, and that than ``none``. It is
    that of one member: where one stands on its own harm and another on its neighbourhood, no unit
    stands on both, and the target stands on ``own``.

    Raises
    ------
    InvalidInputError
        When there is no member, or a basis is none of the four.

    Examples
    --------
    >>> strongest_basis(["none", "neighbourhood", "own"])
    'own'
    """
    found = {str(basis) for basis in bases}
    if not found or found - set(BASES):
        raise InvalidInputError(f"A basis is one of {', '.join(BASES)}, not {sorted(found)}.")
    return min(found, key=BASES.index)


def smallest(p: ArrayLike) -> float | None:
    """Return the smallest p of a target's members; None where no member has one.

    Examples
    --------
    >>> smallest([0.2, np.nan, 0.04]), smallest([np.nan])
    (0.04, None)
    """
    values = np.asarray(p, dtype=np.float64)
    known = values[~np.isnan(values)]
    return float(known.min()) if known.size else None
