"""What is asked to place rows without coordinates by their address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spatial.errors import InvalidInputError, Problem


@dataclass(frozen=True)
class PlaceBy:
    """What is asked to place rows without coordinates.

    Parameters
    ----------
    names
        ``network:NAME`` or ``gazetteer:FILE`` each; the first that knows an address counts.
    street_alone
        Whether rows with a street and no more are placed, too, in the middle of it.
    """

    names: tuple[str, ...]
    street_alone: bool = False

    @classmethod
    def of(
        cls, names: Sequence[str], *, street_alone: bool = False, files: bool = True
    ) -> PlaceBy | None:
        """Return what some words ask for, None where there are none.

        Parameters
        ----------
        names
            The words.
        street_alone
            See the class.
        files
            Whether they may name files of this machine.

        Raises
        ------
        InvalidInputError
            When a word is neither.
        """
        kinds = ("network", "gazetteer") if files else ("network",)
        for name in names:
            kind, _, what = name.partition(":")
            if kind not in kinds or not what:
                right = "network:NAME or gazetteer:FILE" if files else "network:NAME"
                raise InvalidInputError(
                    f"place_by is {right}, not {name!r}.", [Problem("place_by", f"not {right}")]
                )
        if street_alone and not names:
            raise InvalidInputError(
                "Say by what streets are placed: place_by=network:NAME.",
                [Problem("place_street_alone", "needs place_by")],
            )
        return cls(tuple(names), street_alone) if names else None
