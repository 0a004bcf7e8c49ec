"""What is expected of a place next, and on what its rank stands, in a plain sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from spatial import rounding

_STANDS: Final = {
    "own": "beyond chance also without its worst incident",
    "both": "beyond chance also without its worst incident",
    "neighbourhood": "chance can explain its own, but not what its surroundings hold",
    "none": "chance can explain it",
}
_STANDS_TOGETHER: Final = _STANDS | {
    "neighbourhood": "chance can explain what each of its {units} units holds by itself, but not "
    "what their surroundings hold",
    "none": "chance can explain what each of its {units} units holds by itself",
}
"""Of several units: each was tested by itself, and all of them together were not."""


@dataclass(frozen=True)
class Rests:
    """What an expectation rests on.

    Parameters
    ----------
    months
        Whether steps are months; four weeks otherwise.
    steps
        Whole steps of history.
    incidents
        Incidents of the place in them.
    units
        Units that it is made of.
    """

    months: bool
    steps: int
    incidents: int
    units: int = 1

    @property
    def next(self) -> str:
        """The time that is told of."""
        return "in the next month" if self.months else "in the next four weeks"

    @property
    def long(self) -> str:
        """How long the history is."""
        many, what = (self.steps, "month") if self.months else (4 * self.steps, "week")
        return f"{many:,} {what}{'' if many == 1 else 's'}"


def sentence(about: dict[str, Any], rests: Rests) -> str:
    """Say what is expected of a place, and whether chance can explain what it held.

    Parameters
    ----------
    about
        Its `expected_harm`, `expected_interval` and `basis`.
    rests
        What the expectation rests on.

    Examples
    --------
    >>> about = {"expected_harm": 310.0, "expected_interval": [40.0, 900.0], "basis": "own"}
    >>> sentence(about, Rests(months=False, steps=26, incidents=34))
    'Expected harm 310 (40 to 900) in the next four weeks, from 34 incidents in 104 weeks; beyond \
chance also without its worst incident.'
    """
    stands = (_STANDS if rests.units == 1 else _STANDS_TOGETHER)[about["basis"]]
    stands = stands.format(units=rests.units)
    if about["expected_harm"] is None:
        return f"{stands[:1].upper()}{stands[1:]}."
    between = ""
    if about["expected_interval"] is not None:
        low, high = (rounding.harm(one) for one in about["expected_interval"])
        between = f" ({low} to {high})"
    many = "incident" if rests.incidents == 1 else "incidents"
    return (
        f"Expected harm {rounding.harm(about['expected_harm'])}{between} {rests.next}, from "
        f"{rests.incidents:,} {many} in {rests.long}; {stands}."
    )
