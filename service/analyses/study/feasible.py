"""Questions that cannot be answered, refused before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from service.analyses.study.units.kinds import KINDS, Kind
from service.store.repository import sizes
from spatial.errors import DegenerateInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from service.analyses.getis_ord import HotSpotParams
    from service.analyses.study.question import Named

FEWEST: Final = 3
"""Units of which Gi* is defined at all."""

LOOKED_AT: Final = 60
"""Layers of more areas than this are not looked at beforehand: one touches not all others."""


def refuse_few_areas(session: Session, params: HotSpotParams, named: Named) -> None:
    """Refuse areas of which one has all others for neighbours, before a job is spent on them.

    Raises
    ------
    DegenerateInputError
        When no hot spot can be told among the areas of the layer.
    """
    layer = named.layer
    if params.unit != "polygon" or layer is None or sizes.areas(session, layer.id) > LOOKED_AT:
        return
    study = named.study_layer.id if named.study_layer is not None else None
    near = sizes.touching(
        session, layer.id, study, (params.study_area or "").partition("/")[2] or None
    )
    if not near:  # which has a refusal of its own
        return
    names = [name for name, _ in near.values()]
    reached = [within(near, area, params.neighbours) for area in near]
    refuse_whole_neighbourhoods(names, reached, KINDS[params.unit])


def within(near: dict[int, tuple[str, set[int]]], start: int, steps: int) -> int:
    """Return how many other areas are within so many borders of one."""
    found = {start}
    for _ in range(steps):
        found |= {other for one in found for other in near[one][1]}
    return len(found) - 1


def refuse_whole_neighbourhoods(names: Sequence[str], near: Sequence[int], kind: Kind) -> None:
    """Refuse units among which no neighbourhood can stand out, and say what would work.

    Parameters
    ----------
    names
        Name of each unit.
    near
        Number of neighbours of each.
    kind
        What they are.

    Raises
    ------
    DegenerateInputError
        When there are too few units, or one has all others for neighbours.
    """
    number = len(names)
    instead = (
        "Ask on finer units (cells: unit=h3, or a layer of smaller areas), or ask how concentrated "
        "harm is (concentration), which needs no neighbours."
    )
    if number < FEWEST:
        units = kind.one if number == 1 else kind.several
        raise DegenerateInputError(
            f"Hot spots are told among at least {FEWEST} units, and these are {number} {units}. "
            f"{instead}",
            [Problem("unit", f"makes {number} {units}")],
        )
    whole = [name for name, many in zip(names, near, strict=True) if many >= number - 1]
    if whole:
        listed = ", ".join(whole[:3]) + (f" and {len(whole) - 3} more" if len(whole) > 3 else "")
        raise DegenerateInputError(
            f"All other {kind.several} are neighbours of {listed}: of {number} {kind.several} a "
            "neighbourhood that holds all cannot stand out from the others. " + instead,
            [Problem("unit", f"the neighbourhood of {name} is everything") for name in whole[:10]],
        )
