"""Two windows of one place compared by the day: ratios of counts and of harm, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

Direction: TypeAlias = Literal["up", "down"]
Course: TypeAlias = Literal["gone", "fallen", "risen", "steady", "too_little_data"]

CONFIDENCE: Final = 0.95
"""Of the intervals of ratios that are told."""

COURSES: Final[tuple[Course, ...]] = ("gone", "fallen", "risen", "steady", "too_little_data")

STEADY: Final = (0.8, 1.25)
"""A ratio whose whole interval lies within these has not changed as far as anybody would act."""


@dataclass(frozen=True)
class Held:
    """What a place held in a window.

    Parameters
    ----------
    harm
        Sum of the weights of its incidents.
    squares
        Sum of the squares of the weights.
    days
        Length of the window.
    """

    harm: float
    squares: float
    days: float


def count_ratio(
    now: int, before: int, days_now: float, days_before: float, confidence: float = CONFIDENCE
) -> tuple[float | None, float, float | None]:
    """Compare two Poisson counts by the ratio of their daily rates, with its exact interval.

    Given the sum of both counts, the present one is binomial; the Clopper-Pearson limits of its
    share become limits of the ratio (Przyborowski and Wilenski 1940; Clopper and Pearson 1934).

    Parameters
    ----------
    now, before
        Counts of the present and of the previous window.
    days_now, days_before
        Lengths of the windows.
    confidence
        Confidence of the interval.

    Returns
    -------
    ratio, low, high
        The ratio of daily rates and its limits; None stands for infinity, or for a ratio that
        two empty windows do not define.

    Examples
    --------
    >>> ratio, low, high = count_ratio(30, 20, 365, 365)
    >>> round(ratio, 2), round(low, 2), round(high, 2)
    (1.5, 0.82, 2.79)
    """
    return harm_ratio(Held(now, now, days_now), Held(before, before, days_before), 1.0, confidence)


def harm_ratio(
    now: Held, before: Held, largest: float, confidence: float = CONFIDENCE
) -> tuple[float | None, float, float | None]:
    """Compare the harm of two windows by the ratio of daily sums, with an interval for sparse data.

    Harm is a weighted sum of Poisson counts. Its distribution is taken for the gamma distribution
    of the same mean and variance, the upper limits with one more incident of the largest weight
    (Fay and Feuer 1997), and the ratio of two of them for that of two gammas (Fay 1999). A grave
    incident widens the interval as much as it dominates the sum. Where every incident weighs the
    same the interval is the exact one of counts.

    Parameters
    ----------
    now, before
        What the place held in the present and in the previous window.
    largest
        The greatest weight that an incident there can be expected to have.
    confidence
        Confidence of the interval.

    Returns
    -------
    ratio, low, high
        As `count_ratio` returns them.

    Examples
    --------
    Thirty incidents of weight 10, and twenty: the interval of the counts.

    >>> ratio, low, high = harm_ratio(Held(300, 3000, 365), Held(200, 2000, 365), 10)
    >>> round(ratio, 2), round(low, 2), round(high, 2)
    (1.5, 0.82, 2.79)

    One homicide that does not come again is no fall.

    >>> _, low, high = harm_ratio(Held(19, 19, 365), Held(5494, 5475**2 + 19, 365), 5475)
    >>> low < 1 < high
    True
    """
    from scipy import special  # here, so that who tells what is computed does without it

    exposure = before.days / now.days
    tail = (1 - confidence) / 2
    ratio = now.harm / before.harm * exposure if before.harm else None
    low, high = 0.0, None
    if now.harm:
        (shape, scale), (shape_before, scale_before) = _gamma(now), _gamma(before, largest)
        share = special.betaincinv(shape, shape_before, tail)
        low = float(share / (1 - share) * scale / scale_before * exposure)
    if before.harm:
        (shape, scale), (shape_before, scale_before) = _gamma(now, largest), _gamma(before)
        share = special.betaincinv(shape, shape_before, 1 - tail)
        high = float(share / (1 - share) * scale / scale_before * exposure) if share < 1 else None
    return ratio, low, high


def _gamma(held: Held, more: float = 0.0) -> tuple[float, float]:
    """Return shape and scale of the gamma distribution of a sum, with an incident more or not."""
    mean, variance = held.harm + more, held.squares + more**2
    return mean**2 / variance, variance / mean


def told_ratio(now: int, before: int, days_now: float, days_before: float) -> dict[str, Any]:
    """Return the ratio of two counts as features tell it: `ratio`, `interval` and `confidence`.

    Parameters
    ----------
    now, before, days_now, days_before
        As `count_ratio` takes them.

    Examples
    --------
    >>> told_ratio(30, 20, 365, 365)
    {'ratio': 1.5, 'interval': [0.8241, 2.7868], 'confidence': 0.95}
    """
    return told(*count_ratio(now, before, days_now, days_before))


def told(ratio: float | None, low: float, high: float | None) -> dict[str, Any]:
    """Return a ratio with its limits as features tell it.

    Parameters
    ----------
    ratio, low, high
        As `count_ratio` and `harm_ratio` return them.
    """
    return {
        "ratio": None if ratio is None else round(ratio, 4),
        "interval": [round(low, 4), None if high is None else round(high, 4)],
        "confidence": CONFIDENCE,
    }


def direction(interval: Sequence[float | None]) -> Direction | None:
    """Return where a ratio clearly points: only an interval without 1 is a change.

    Parameters
    ----------
    interval
        Its limits; None stands for infinity.

    Examples
    --------
    >>> direction([1.1, None]), direction([0.2, 0.9]), direction([0.8, 2.0])
    ('up', 'down', None)
    """
    low, high = interval
    if low is not None and low > 1:
        return "up"
    return "down" if high is not None and high < 1 else None


def steady(interval: Sequence[float | None]) -> bool:
    """Return whether a ratio is surely near 1: its whole interval within `STEADY`.

    Parameters
    ----------
    interval
        Its limits; None stands for infinity.
    """
    low, high = interval
    return low is not None and high is not None and low >= STEADY[0] and high <= STEADY[1]


def course(count: int, of_counts: Mapping[str, Any], of_value: Mapping[str, Any]) -> Course:
    """Say in a word what became of a place from one window to another.

    Parameters
    ----------
    count
        Its incidents in the present window.
    of_counts, of_value
        The ratio of its counts, and that of what it is ranked by, as `told` gives them.

    Returns
    -------
    str
        ``gone``: nothing is left, and that is less than chance would leave. ``fallen`` or
        ``risen``: beyond chance. ``steady``: surely about as before, its interval within
        `STEADY` (as in two one-sided tests; Schuirmann 1987). ``too_little_data``: none of these
        can be told.

    Examples
    --------
    >>> course(0, told_ratio(0, 24, 365, 365), told_ratio(0, 24, 365, 365))
    'gone'
    >>> course(0, told_ratio(0, 24, 28, 365), told_ratio(0, 24, 28, 365))
    'too_little_data'
    """
    if count == 0 and direction(of_counts["interval"]) == "down":
        return "gone"
    pointing = direction(of_value["interval"])
    if pointing is not None:
        return "risen" if pointing == "up" else "fallen"
    return "steady" if steady(of_value["interval"]) else "too_little_data"
