"""Districts: which one each unit lies in, and what a run found in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from service.analyses.study.units.base import Units
from service.store import models
from service.store.repository import boundaries
from spatial import areas
from spatial.targets import Positions, group_of

ELSEWHERE = "in no district"


@dataclass(frozen=True)
class Districts:
    """The districts of a layer, and the one that each unit lies in.

    Parameters
    ----------
    names
        Distinct names, in the order of the layer.
    of
        District of each unit, shape (N,); -1 for none.
    """

    names: list[str]
    of: NDArray[np.intp]

    @classmethod
    def read(cls, session: Session, layer: models.BoundaryLayer, units: Units) -> Districts:
        """Read the districts of a layer and find those of some units."""
        table = boundaries.layer_areas(session, layer)
        names = list(dict.fromkeys(table["name"]))
        # Areas of one name are one district.
        code = pd.Categorical(table["name"], categories=names).codes.astype(np.intp)
        area = areas.assign(units.shapes, np.asarray(table.geometry.array, dtype=object))
        return cls(names, np.where(area < 0, -1, code[area]))

    def of_units(self) -> NDArray[np.object_]:
        """Return the name of each unit's district, shape (N,); None for none."""
        return np.array([*self.names, None], dtype=object)[self.of]

    def of_target(self, members: Positions, harm: NDArray[np.float64]) -> str | None:
        """Return the district that holds most of a target's harm; None for none."""
        at = group_of(members, self.of, harm)
        return None if at < 0 else self.names[at]

    def summary(
        self, scores: pd.DataFrame, targets: Sequence[str | None] = ()
    ) -> list[dict[str, Any]]:
        """Return totals of each district, units in none the last.

        Parameters
        ----------
        scores
            One row per unit with `count`, `harm` and `class`.
        targets
            District of each target.
        """
        number = len(self.names) + 1
        slot = self.of % number
        harm = np.bincount(slot, weights=scores["harm"], minlength=number)
        count = np.bincount(slot, weights=scores["count"], minlength=number)
        hot = scores["class"].astype(str).str.startswith("hot").to_numpy()
        units = np.bincount(slot, minlength=number)
        hot_units = np.bincount(slot[hot], minlength=number)
        chosen = Counter(name or ELSEWHERE for name in targets)
        total = harm.sum()
        return [
            {
                "district": name,
                "units": int(units[at]),
                "count": int(count[at]),
                "harm": round(float(harm[at]), 2),
                "harm_share": round(float(harm[at] / total), 6) if total else 0.0,
                "hot_units": int(hot_units[at]),
                "targets": chosen[name],
            }
            for at, name in enumerate([*self.names, ELSEWHERE])
            if units[at]
        ]
