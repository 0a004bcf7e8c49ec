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
    """Return the name of each target: of its streets or areas, or of what incidents on it say.

    Cells have no names: a target of cells is called what most incidents on it are, of all that are
    held up to the end of the window, so that lists that end on one day name a place alike, however
    far back their windows reach. Where those say nothing, it is the street of the network, and
    what has no name at all is told by its coordinates.

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
    found = []
    for rank, members in enumerate(chosen.members):
        own, of_incidents = units.label_of(members), evidence.label(said[target == rank], "")
        first, second = (of_incidents, own) if units.kind.made_of is None else (own, of_incidents)
        found.append(first or second or _coordinates(units, members))
    return found


def _on_targets(
    owner: NDArray[np.intp], position: NDArray[np.intp], said: pd.Series[str]
) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """Return the target and the place name of each incident that is on one."""
    within = (position >= 0) & (owner[position] >= 0)
    return owner[position[within]], said.to_numpy(dtype=object)[within]


def _coordinates(units: Units, members: NDArray[np.intp]) -> str:
    centre = units.joined(members).representative_point()
    return f"Near {centre.y:.5f}, {centre.x:.5f}"
