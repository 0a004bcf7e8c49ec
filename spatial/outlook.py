"""What is expected of a place next, and on what its rank stands, in a plain sentence."""

from __future__ import annotations

from collections.abc import Sequence
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
    expected = f"{told(about['expected_harm'], about['expected_interval'])} {rests.next}"
    if rarely(about["expected_harm"], about["expected_interval"]):
        expected = _on_average(about["expected_harm"], about["expected_interval"], rests.next)
    many = "incident" if rests.incidents == 1 else "incidents"
    return f"Expected harm {expected}, from {rests.incidents:,} {many} in {rests.long}; {stands}."


def rarely(expected: float, interval: Sequence[float] | None) -> bool:
    """Tell whether a mean lies above its interval, as it does where grave offences are rare."""
    return interval is not None and interval[1] < expected


def told(expected: float, interval: Sequence[float] | None) -> str:
    """Return what is expected with its interval, in which the mean need not lie.

    Examples
    --------
    >>> told(310.2, [40.0, 900.0]), told(2.73, [0.0, 0.0]), told(2.73, [0.0, 2.0]), told(2.73, None)
    ('310 (40 to 900)', '2.73 (most often 0)', '2.73 (most often 0 to 2)', '2.73')
    """
    if interval is None:
        return rounding.harm(expected)
    low, high = map(rounding.harm, interval)
    between = f"{low} to {high}"
    if rarely(expected, interval):
        between = f"most often {high if low == high else between}"
    return f"{rounding.harm(expected)} ({between})"


def _on_average(expected: float, interval: Sequence[float], when: str) -> str:
    """Return what is expected where the mean lies above its interval."""
    low, high = map(rounding.harm, interval)
    comes = "none" if interval[1] == 0 else f"{low} to {high}"
    return (
        f"{rounding.harm(expected)} on average {when}, since what is rare here is grave ({comes} "
        "in 95 of 100 cases)"
    )
