"""What people call a target: one name for one place, whichever list or window tells of it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.analyses.study.units.base import Units
from spatial import describe as evidence
from spatial.targets import Selection


def names(
    units: Units,
    chosen: Selection,
    held: Iterable[tuple[NDArray[np.intp], pd.Series[str]]],
) -> list[str]:
    """Return the name of each target: of its streets or areas, or else of what incidents say.

    Where no network or layer names the units, a target is called what most incidents on it are,
    of all that are held up to the end of the window: lists that end on one day name a place alike,
    however far back their windows reach. A place without any name is told by its coordinates.

    Parameters
    ----------
    units
        The units of place.
    chosen
        The targets.
    held
        Unit and place name of incidents, (n,) each: those before the window, and those within it.
    """
    owner = chosen.target_of(len(units))
    parts = [_on_targets(owner, position, said) for position, said in held]
    target = np.concatenate([of for of, _ in parts])
    said = pd.Series(np.concatenate([text for _, text in parts]), dtype=object)
    return [
        units.label_of(members)
        or evidence.label(said[target == rank], "")
        or _coordinates(units, members)
        for rank, members in enumerate(chosen.members)
    ]


def _on_targets(
    owner: NDArray[np.intp], position: NDArray[np.intp], said: pd.Series[str]
) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """Return the target and the place name of each incident that is on one."""
    within = (position >= 0) & (owner[position] >= 0)
    return owner[position[within]], said.to_numpy(dtype=object)[within]


def _coordinates(units: Units, members: NDArray[np.intp]) -> str:
    centre = units.joined(members).representative_point()
    return f"Near {centre.y:.5f}, {centre.x:.5f}"
