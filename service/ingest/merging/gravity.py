"""Which of several offences is the gravest: by a harm index that knows them."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from service.errors import NotFoundError
from service.resources import harm_indexes_dir
from service.store.repository import harm_indexes


class Index(NamedTuple):
    """The weights of a harm index, and their unit."""

    unit: str
    weights: Mapping[str, float]


class Gravity(NamedTuple):
    """The weights that tell the gravest offence, and the index that they are of."""

    name: str
    weights: Mapping[str, float]
    """Offences without one weigh less than all others."""


def shipped() -> dict[str, Index]:
    """Return the harm indexes that ship with Harmspot, by name."""
    return dict(_shipped())


def of_agency(session: Session, agency_id: int) -> dict[str, Index]:
    """Return the newest version of each harm index of an agency, and the shipped ones it lacks."""
    found: dict[str, Index] = {}
    for one in harm_indexes.all_indexes(session, agency_id):  # the newest version first
        if one.name not in found:
            lines = harm_indexes.lines_of(session, one)
            weights = {line.offence_code: float(line.weight) for line in lines}
            found[one.name] = Index(one.unit, weights)
    return shipped() | found


def gravity(indexes: Mapping[str, Index], codes: Collection[str], name: str | None) -> Gravity:
    """Return the weights by which the gravest of some offences is told.

    Parameters
    ----------
    indexes
        The harm indexes that there are.
    codes
        The offences.
    name
        Of the index to take. Without one it is the index that knows most of the offences, of equals
        the one that weighs them heaviest; what it does not know is looked up in others of its unit.

    Raises
    ------
    NotFoundError
        When no index has that name.

    Examples
    --------
    >>> gravity(shipped(), ["robbery-personal", "homicide"], None).name
    'cchi-2026-home-office'
    """
    if name is not None and name not in indexes:
        raise NotFoundError(
            f"There is no harm index {name}, by which the profile tells the gravest offence; there "
            f"are: {', '.join(sorted(indexes))}."
        )

    def worth(one: str) -> tuple[int, float, str]:
        known = [indexes[one].weights[code] for code in codes if code in indexes[one].weights]
        return len(known), sum(known), one

    ranked = [name] if name is not None else sorted(indexes, key=worth, reverse=True)
    weights: dict[str, float] = {}
    for one in reversed(ranked):
        if indexes[one].unit == indexes[ranked[0]].unit:
            weights.update(indexes[one].weights)
    return Gravity(ranked[0], {code: weights[code] for code in codes if code in weights})


@cache
def _shipped() -> dict[str, Index]:
    folder = harm_indexes_dir()
    about = tomllib.loads((folder / "indexes.toml").read_text(encoding="utf-8"))
    found = {}
    for name, one in about.items():
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            lines = csv.DictReader(file)
            found[name] = Index(
                one["unit"], {line["offence_code"]: float(line["weight"]) for line in lines}
            )
    return found
