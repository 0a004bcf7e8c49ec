"""Calibration on as many runs and cities as small faults need to show."""

from scipy import stats

from tests.calibration import ALPHA, noise_alarms, recall_and_precision


def test_noise_alarms_as_rarely_as_promised(proved):
    """A share of 7.5 % of runs instead of 5 is seen 99 times in 100."""
    runs = 3_000
    alarms, most = noise_alarms(runs), stats.binom.ppf(0.999, runs, ALPHA)
    assert alarms <= most
    proved(
        "Where there is only noise, at most one run in twenty shows a hot spot",
        f"{alarms} of {runs:,} runs have any unit with q <= {ALPHA} ({alarms / runs:.1%}); chance "
        f"alone explains up to {most:.0f}.",
    )


def test_planted_spots_are_found_and_little_else(proved):
    cities = 16
    recall, precision = recall_and_precision(cities)
    assert recall >= 0.5
    assert precision >= 0.5
    proved(
        "Planted spots are found, and little else",
        f"In {cities} synthetic cities {recall:.0%} of the planted spots lie in a target, and "
        f"{precision:.0%} of the targets' cells are at a spot.",
    )
