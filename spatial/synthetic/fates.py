"""What becomes of planted spots: they persist, each moves once, or each fades away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spatial.synthetic import ground, places
from spatial.synthetic.ground import Metres

Spots: TypeAlias = Literal["persist", "move", "fade"]

SPOTS: Final = get_args(Spots)

_MOVES_WITHIN: Final = (0.25, 0.75)
_FADED_WITHIN: Final = (0.5, 1.0)
"""Shares of the window between which a spot moves, or after which it is gone."""


@dataclass(frozen=True)
class Fates:
    """What becomes of each of some spots, over so many days.

    Parameters
    ----------
    spots
        What becomes of all of them.
    centre, later
        Where each is, and where it is at last; metres, shape (n, 2).
    turn
        The day from which on each is at `later`, or gone; counted from 0, shape (n,).
    days
        Length of the window.
    """

    spots: Spots
    centre: Metres
    later: Metres
    turn: NDArray[np.intp]
    days: int

    @classmethod
    def drawn(
        cls,
        random: np.random.Generator,
        spots: Spots,
        centre: Metres,
        outline: Metres,
        days: int,
    ) -> Fates:
        """Draw what becomes of spots; the source of chance is theirs alone."""
        if spots == "persist":
            return cls(spots, centre, centre, np.full(len(centre), days), days)
        earliest, latest = _MOVES_WITHIN if spots == "move" else _FADED_WITHIN
        turn = np.ceil(random.uniform(earliest, latest, len(centre)) * days).astype(np.intp)
        later = places.elsewhere(random, outline, centre) if spots == "move" else centre
        return cls(spots, centre, later, turn, days)

    def days_of(self, spot: NDArray[np.intp], day: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the days of incidents at spots, given days that are even over the window.

        At a spot that fades, ever fewer happen: as many as are left of its time.
        """
        if self.spots != "fade":
            return day
        even = (day + 0.5) / self.days
        return np.asarray(np.floor(self.turn[spot] * (1 - np.sqrt(1 - even))))

    def follow(
        self, spot: NDArray[np.intp], day: NDArray[np.float64], place: Metres
    ) -> tuple[NDArray[np.float64], Metres]:
        """Return days and places of incidents at spots, as their spot is by then."""
        if self.spots == "fade":
            return np.minimum(day, self.turn[spot] - 1), place
        moved = (day >= self.turn[spot])[:, None]
        return day, place + np.where(moved, (self.later - self.centre)[spot], 0)

    def table(
        self, spot: NDArray[np.intp], day: NDArray[np.float64], first: pd.Timestamp
    ) -> pd.DataFrame:
        """Return where each spot is, with its offence and its number of incidents.

        Those that do not persist have their first and last day, and a row for each place.
        """
        east_north = ground.lonlat(self.centre)
        there = np.bincount(spot, minlength=len(self.centre))
        table = pd.DataFrame(
            {
                "longitude": east_north[:, 0],
                "latitude": east_north[:, 1],
                "radius_m": places.SPOT_RADIUS_M,
                "offence_code": [kind for kind, _ in places.SPOTS],
                "incidents": there,
            }
        )
        if self.spots != "persist":
            table["first_day"] = first
            table["last_day"] = first + pd.to_timedelta(self.turn - 1, unit="D")
        if self.spots == "move":
            at_last = ground.lonlat(self.later)
            after = np.bincount(spot[day >= self.turn[spot]], minlength=len(self.centre))
            moved = table.assign(
                longitude=at_last[:, 0],
                latitude=at_last[:, 1],
                incidents=after,
                first_day=first + pd.to_timedelta(self.turn, unit="D"),
                last_day=first + pd.Timedelta(days=self.days - 1),
            )
            table["incidents"] = there - after
            table = pd.concat([table, moved], ignore_index=True)
        return table[table["incidents"] > 0]
