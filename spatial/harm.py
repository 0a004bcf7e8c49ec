"""Harm indexes applied to incidents: what each weighs, and which are left out and why.

Harm is exact. A weight has at most two decimals and is kept as an integer number of hundredths of
the index's unit, so sums do not depend on the order of addition and ties are ties.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from spatial.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    import pandas as pd

DETECTIONS: Final = ("victim", "police", "business")
"""Who finds an offence: victims and witnesses, police activity, or shop security."""

ANY_OFFENCE: Final = "*"
"""Offence code of an index's line for every offence without a line of its own."""

MOST: Final = 100_000_000
"""The heaviest weight: above any sentence in days and any cost of a crime in pounds, and a million
such incidents still add up exactly."""

Hundredths = NDArray[np.int64]


@dataclass(frozen=True)
class HarmIndex:
    """What each offence weighs.

    Parameters
    ----------
    name, version
        Which index this is.
    unit
        Unit of the weights, e.g. ``days`` (of recommended imprisonment).
    weights
        Columns `offence_code` (distinct), `weight` (0 to `MOST`, at most two decimals),
        `detection` (one of `DETECTIONS`) and, optional, `family`: offences of one family tell about
        each other where there are few. Without one (None or blank) an offence is its own.

    Raises
    ------
    InvalidInputError
        When a code stands twice, a weight is negative, above `MOST` or has more than two decimals,
        or a detection is unknown.

    Notes
    -----
    Sherman, Neyroud and Neyroud (2016), The Cambridge Crime Harm Index, Policing 10(3).
    """

    name: str
    version: str
    unit: str
    weights: pd.DataFrame

    def __post_init__(self) -> None:
        problems = _problems(self.weights)
        if problems:
            raise InvalidInputError(
                f"The harm index {self.name} is not usable: {problems[0].where}: "
                f"{problems[0].message}.",
                problems,
            )

    def families(self, offence_code: pd.Index[str] | list[str]) -> NDArray[np.intp]:
        """Return a number for each offence's family: offences with the same one are of one family.

        An offence without a family, or without a line, is a family of its own, whatever families
        are called: one called like an offence does not take it in. The line of any offence gives
        its family, where it has one, to all that have no line of their own.

        Parameters
        ----------
        offence_code
            Offences, shape (J,); the same one may stand there twice.

        Returns
        -------
        numpy.ndarray
            Numbers from 0, by first appearance, shape (J,).

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame(
        ...     {
        ...         "offence_code": ["arson", "damage", "theft"],
        ...         "weight": [185, 2, 2],
        ...         "detection": "victim",
        ...         "family": ["fire", "fire", None],
        ...     }
        ... )
        >>> index = HarmIndex("own", "1", "days", table)
        >>> index.families(["theft", "arson", "damage", "piracy"]).tolist()
        [0, 1, 1, 2]
        """
        named: dict[str, str] = {}
        if "family" in self.weights:
            lines = zip(self.weights["offence_code"], self.weights["family"], strict=True)
            named = {
                code: family.strip()
                for code, family in lines
                if isinstance(family, str) and family.strip()
            }
        listed = set(self.weights["offence_code"])
        any_other = named.get(ANY_OFFENCE)
        numbers: dict[tuple[str, bool], int] = {}
        found = np.empty(len(offence_code), dtype=np.intp)
        for at, code in enumerate(offence_code):
            family = named.get(code) if code in listed else any_other
            which = (code, False) if family is None else (family, True)
            found[at] = numbers.setdefault(which, len(numbers))
        return found


@dataclass(frozen=True)
class Weighed:
    """What incidents weigh under an index.

    Parameters
    ----------
    hundredths
        Weight of each incident in hundredths of the index's unit, int64, shape (n,); 0 where
        the incident is not used.
    used
        Whether the incident counts, shape (n,).
    unmapped
        Number of incidents by offence code that has no weight.
    detected
        Number of incidents left out by who found them (``police``, ``business``).
    """

    hundredths: Hundredths
    used: NDArray[np.bool_]
    unmapped: Mapping[str, int]
    detected: Mapping[str, int]

    @property
    def unmapped_share(self) -> float:
        """Share of all incidents whose offence has no weight."""
        return sum(self.unmapped.values()) / len(self.used) if len(self.used) else 0.0


def weigh(
    offence_code: pd.Series[str] | pd.Index[str] | list[str],
    index: HarmIndex,
    detections: Collection[str] = ("victim",),
) -> Weighed:
    """Weigh incidents by their offences.

    Parameters
    ----------
    offence_code
        Offence of each incident, shape (n,).
    index
        The harm index.
    detections
        Which incidents count by who found them. The default leaves out what police activity or
        shop security found, since those offences measure enforcement and would feed it back
        (Lum and Isaac 2016; Ensign et al. 2018).

    Returns
    -------
    Weighed
        Weights in hundredths; an offence without a weight is reported, never silently zero.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {
    ...         "offence_code": ["robbery", "drugs"],
    ...         "weight": [365, 3.61],
    ...         "detection": ["victim", "police"],
    ...     }
    ... )
    >>> cchi = HarmIndex("cchi", "2026", "days", table)
    >>> weighed = weigh(["robbery", "drugs", "piracy"], cchi)
    >>> weighed.hundredths.tolist(), weighed.used.tolist()
    ([36500, 0, 0], [True, False, False])
    >>> weighed.unmapped, weighed.detected
    ({'piracy': 1}, {'police': 1})
    """
    unknown = sorted(set(detections) - set(DETECTIONS))
    if unknown:
        raise InvalidInputError(
            f"detections may hold {', '.join(DETECTIONS)}, not {', '.join(unknown)}."
        )
    import pandas as pd  # here, so that who needs but the names of detections does without it

    codes = pd.Categorical(offence_code)
    # One look-up per distinct offence; the incidents then take theirs by position.
    line = pd.Index(index.weights["offence_code"])
    found = line.get_indexer(codes.categories)
    if ANY_OFFENCE in line:
        found = np.where(found < 0, line.get_loc(ANY_OFFENCE), found)
    mapped = found >= 0
    detection = np.where(mapped, index.weights["detection"].to_numpy()[found], "")
    counts_in = mapped & np.isin(detection, list(detections))
    weight = np.where(counts_in, to_hundredths(index.weights["weight"].to_numpy())[found], 0)

    number = np.bincount(codes.codes[codes.codes >= 0], minlength=len(codes.categories))
    if (codes.codes < 0).any():
        raise InvalidInputError("Every incident needs an offence_code; some have none.")
    return Weighed(
        hundredths=weight[codes.codes].astype(np.int64),
        used=counts_in[codes.codes],
        unmapped={
            str(code): int(many)
            for code, many, has in zip(codes.categories, number, mapped, strict=True)
            if many and not has
        },
        detected={
            found_by: total
            for found_by in DETECTIONS
            if found_by not in detections and (total := int(number[detection == found_by].sum()))
        },
    )


def to_hundredths(weight: NDArray[np.float64]) -> Hundredths:
    """Return weights of at most two decimals as exact integers of hundredths."""
    return np.rint(np.asarray(weight, dtype=np.float64) * 100).astype(np.int64)


def from_hundredths(hundredths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return hundredths in the index's unit: the double nearest to the exact decimal."""
    return np.asarray(hundredths, dtype=np.int64) / 100.0


def _problems(weights: pd.DataFrame) -> list[Problem]:
    import pandas as pd

    missing = {"offence_code", "weight", "detection"} - set(weights.columns)
    if missing:
        return [Problem(column, "missing column") for column in sorted(missing)]
    weight = weights["weight"].to_numpy(dtype=np.float64)
    possible = (weight >= 0) & (weight <= MOST)
    hundredths = np.where(possible, weight, 0) * 100
    checks = {
        "stands twice": weights["offence_code"].duplicated().to_numpy(),
        f"has a weight that is not a number from 0 to {MOST:,}": ~possible,
        "has a weight with more than two decimals: round it": np.abs(
            hundredths - np.rint(hundredths)
        )
        > 1e-6 + np.spacing(hundredths),
        f"has a detection other than {', '.join(DETECTIONS)}": ~weights["detection"]
        .isin(DETECTIONS)
        .to_numpy(),
    }
    if "family" in weights:
        checks["has a family that is no text"] = np.array(
            [not (isinstance(one, str) or pd.isna(one)) for one in weights["family"]], dtype=bool
        )
    return [
        Problem(f"offence {code!r}", message)
        for message, bad in checks.items()
        for code in weights["offence_code"][bad]
    ]
