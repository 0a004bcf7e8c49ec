"""Calibration: on noise few alarms, on planted cities the planted places.

`make prove` asks the same of more runs and cities, and so sees smaller faults.
"""

from scipy import stats

from tests.calibration import ALPHA, noise_alarms, recall_and_precision


def test_on_noise_the_share_of_runs_with_any_hot_unit_stays_near_alpha():
    """Of 300 runs 28 may alarm: a share of 14 % instead of 5 is seen 99 times in 100."""
    runs = 300
    assert noise_alarms(runs) <= stats.binom.ppf(0.999, runs, ALPHA)


def test_planted_spots_are_found_and_little_else():
    """Two cities, of eight spots each: a method that misses most spots, or chooses mostly other
    places, is seen; one that is somewhat worse is for the proof of many cities to see.
    """
    recall, precision = recall_and_precision(2)
    assert recall >= 0.5
    assert precision >= 0.5
