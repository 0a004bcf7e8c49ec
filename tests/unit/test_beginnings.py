"""A history begins where incidents are recorded as later on."""

import numpy as np
from scipy import sparse

from spatial.beginnings import first_day
from spatial.cube import build
from spatial.forecast import expected

TWO_YEARS = np.repeat(np.arange(17_897, 18_627), 7)


def test_an_incident_of_long_before_makes_no_history_of_ten_years():
    stray = np.append(14_000, TWO_YEARS)
    assert first_day(stray) == first_day(TWO_YEARS) == 17_897
    w = sparse.csr_array((1, 1), dtype=np.int64)
    totals = []
    for day in (TWO_YEARS, stray):
        one = build(np.zeros(len(day), int), day, np.zeros(len(day), int), units=1, codes=("a",))
        table = one.counts(since=first_day(day))
        totals.append(expected(table, [1.0], None, w).harm[0])
    assert totals[0] == totals[1]


def test_years_in_which_little_happened_are_history_where_they_hold_more_than_a_few():
    quiet = np.arange(14_000, 17_897, 28)
    assert first_day(np.concatenate((quiet, TWO_YEARS))) == 14_000


def test_a_few_incidents_are_all_the_history_there_is():
    assert first_day(np.array([10, 400, 401, 402, 403])) == 10


def test_months_begin_with_their_first_day():
    middles = np.array(["2019-01-16", "2019-02-15", "2019-03-16"], "M8[D]").astype(np.int64)
    day = np.append(np.datetime64("2009-06-15", "D").astype(np.int64), np.repeat(middles, 100))
    first = np.datetime64("2019-01-01", "D").astype(np.int64)
    assert first_day(day, months=True) == first
