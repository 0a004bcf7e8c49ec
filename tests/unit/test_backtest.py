"""Rolling origins: where they stand, that none sees what came later, and what they catch."""

import datetime as dt
import itertools

import numpy as np
import pytest

from spatial import backtest, baselines, cube, paired, validation
from spatial.backtest import Origin, day_of, judge, origins, told
from spatial.errors import DegenerateInputError, InvalidInputError
from spatial.verdict import verdicts

CODES, WEIGHT = ("theft", "robbery"), np.array([2.0, 365.0])
UNITS = 12


def day(text):
    return day_of(dt.date.fromisoformat(text))


def town(seed=1, incidents=3000, until="2023-12-31"):
    """Some incidents of three years on a dozen units, some of them busier than others."""
    draw = np.random.default_rng(seed)
    days = draw.integers(day("2021-01-01"), day(until) + 1, incidents)
    unit = np.minimum(draw.geometric(0.3, incidents) - 1, UNITS - 1)
    return unit, days, draw.integers(0, 2, incidents)


def made(unit, days, code):
    return cube.build(unit, days, code, units=UNITS, codes=CODES)


def fullest(known, origin):
    """Choose the three units of most harm in the window."""
    chosen = np.zeros(UNITS, dtype=bool)
    chosen[np.argsort(-baselines.harm(known, WEIGHT, origin.first, origin.last))[:3]] = True
    return chosen


RULES = {
    "window_harm": lambda known, at: baselines.harm(known, WEIGHT, at.first, at.last),
    "window_count": lambda known, at: baselines.count(known, at.first, at.last),
    "memory": lambda known, at: baselines.memory(known, WEIGHT, at.last),
    "random": lambda _known, _at: baselines.at_random(UNITS),
}


def test_origins_are_a_horizon_apart_and_the_last_a_horizon_before_the_end():
    at = origins(day("2020-01-01"), day("2023-01-01"), day("2023-12-31"), months=True)
    assert len(at) == 24
    assert [told(one.last) for one in at[-2:]] == ["2023-10-31", "2023-11-30"]
    assert [told(one.first) for one in at[-2:]] == ["2022-11-01", "2022-12-01"]
    for one, following in itertools.pairwise(at):
        assert one.until == following.last
    assert told(at[-1].until) == "2023-12-31"
    assert told(at[0].last) == "2021-12-31"


def test_origins_of_four_weeks():
    at = origins(day("2021-01-01"), day("2022-11-01"), day("2023-01-31"))
    assert {one.until - one.last for one in at} == {28}
    assert {one.last - one.first for one in at} == {day("2023-01-31") - day("2022-11-01")}
    assert at[-1].until == day("2023-01-31")
    # A year before the day after it, not a day less.
    assert backtest.months_before(at[0].last + 1, 12) >= day("2021-01-01")
    assert backtest.months_before(at[0].last + 1 - 28, 12) < day("2021-01-01")


@pytest.mark.parametrize(
    ("first", "number"), [("2022-06-01", 6), ("2022-06-02", 5), ("2024-01-01", 0)]
)
def test_fewer_than_six_origins_are_refused_with_the_reason(first, number):
    window = day("2023-01-01"), day("2023-11-30")
    if number >= 6:
        assert len(origins(day(first), *window, months=True)) == number
        return
    with pytest.raises(DegenerateInputError, match=f"since {first}.* which leaves {number}:"):
        origins(day(first), *window, months=True)


def test_a_window_that_runs_backward_is_refused():
    with pytest.raises(InvalidInputError, match="backward"):
        origins(0, 10, 9)


def test_what_is_caught_is_what_a_plain_loop_counts():
    unit, days, code = town()
    size = np.arange(1.0, UNITS + 1)
    at = origins(day("2021-01-01"), day("2023-01-01"), day("2023-12-31"), months=True)
    judged = judge(made(unit, days, code), WEIGHT, size, at, fullest, RULES)
    for moment, origin in enumerate(at):
        held = np.zeros((4, UNITS))
        for one, when, what in zip(unit, days, code, strict=True):
            if origin.first <= when <= origin.last:
                held[0, one] += WEIGHT[what]
            if origin.last < when <= origin.until:
                held[1, one] += WEIGHT[what]
                held[2, one] += 1
            if when <= origin.last:
                held[3, one] += WEIGHT[what] * 0.5 ** ((origin.last - when) / 365.25)
        best = np.argsort(-held[0])[:3]
        assert judged.area[moment] == size[best].sum()
        assert judged.harm[0, moment] == held[1, best].sum()
        assert judged.count[0, moment] == held[2, best].sum()
        assert judged.harm_before[0, moment] == held[0, best].sum()
        assert judged.all_harm[moment] == held[1].sum()
        # The window's harm, spent on the same area, is the list itself here.
        assert judged.harm[1, moment] == pytest.approx(judged.harm[0, moment])
        remembered = validation.taken(held[3], size, size[best].sum())
        assert judged.harm[3, moment] == pytest.approx(remembered @ held[1])
        assert judged.harm[4, moment] == pytest.approx(
            held[1].sum() * size[best].sum() / size.sum()
        )


def test_no_origin_sees_what_came_later():
    unit, days, code = town()
    at = origins(day("2021-01-01"), day("2023-01-01"), day("2023-12-31"), months=True)
    seen = {}

    def noting(known, origin):
        assert not known.day.size or known.day.max() <= origin.last
        chosen = fullest(known, origin)
        seen.setdefault(origin, []).append(chosen.tobytes())
        for name, rule in RULES.items():
            seen.setdefault((origin, name), []).append(rule(known, origin).tobytes())
        return chosen

    judge(made(unit, days, code), WEIGHT, np.ones(UNITS), at, noting, RULES)
    for planted in at:
        # A marker: everything after this origin happens on the emptiest unit, and is grave.
        later = days > planted.last
        changed = made(np.where(later, UNITS - 1, unit), days, np.where(later, 1, code))
        judge(changed, WEIGHT, np.ones(UNITS), at, noting, RULES)
        for origin in at:
            for name in (origin, *((origin, rule) for rule in RULES)):
                first, again = seen[name][0], seen[name].pop()
                assert (first == again) or origin.last > planted.last
    assert {len(found) for found in seen.values()} == {1}


def test_an_origin_that_nothing_came_after_is_not_applicable():
    unit, days, code = town()
    quiet = (days < day("2023-06-01")) | (days > day("2023-06-30"))
    at = origins(day("2021-01-01"), day("2023-01-01"), day("2023-12-31"), months=True)
    held = made(unit[quiet], days[quiet], code[quiet])
    judged = judge(held, WEIGHT, np.ones(UNITS), at, fullest, RULES)
    of_list = verdicts(judged)[0]
    (silent,) = [place for place, one in enumerate(of_list.captures) if one is None]
    assert told(at[silent].last) == "2023-05-31"
    against = verdicts(judged)[1].difference
    assert against is not None
    assert against.pairs == len(at) - 1


def test_an_empty_list_catches_nothing_and_has_no_index():
    at = origins(day("2021-01-01"), day("2023-01-01"), day("2023-12-31"), months=True)

    def nothing(_known, _origin):
        return np.zeros(UNITS, dtype=bool)

    found = verdicts(judge(made(*town()), WEIGHT, np.ones(UNITS), at, nothing, RULES))
    for one in found:
        assert (one.capture_harm, one.capture_count) == (0, 0)
        assert (one.pai, one.pei, one.rri) == (None, None, None)
    assert found[1].difference == paired.Paired(0.0, 0.0, 0.0, 1.0, len(at))


def test_all_incidents_in_one_unit_and_one_unit_alone():
    unit, days, code = town()
    at = origins(day("2021-01-01"), day("2023-01-01"), day("2023-12-31"), months=True)
    crowded = made(np.zeros_like(unit), days, code)
    of_list = verdicts(judge(crowded, WEIGHT, np.ones(UNITS), at, fullest, RULES))[0]
    assert (of_list.capture_harm, of_list.pei) == (1, 1)
    assert of_list.pai == pytest.approx(UNITS / 3)
    alone = cube.build(np.zeros_like(unit), days, code, units=1, codes=CODES)
    for one in verdicts(
        judge(alone, WEIGHT, [2.0], at, lambda _known, _at: np.ones(1, dtype=bool), {})
    ):
        assert (one.capture_harm, one.pai, one.pei, one.rri) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("size", "chosen"),
    [
        (np.zeros(UNITS), np.ones(UNITS, dtype=bool)),
        (np.ones(UNITS - 1), np.ones(UNITS, dtype=bool)),
        (np.ones(UNITS), np.ones(UNITS)),
        (np.ones(UNITS), np.ones(UNITS - 1, dtype=bool)),
    ],
)
def test_what_cannot_be_judged_is_refused(size, chosen):
    at = (Origin(day("2022-01-01"), day("2022-12-31"), day("2023-01-31")),)
    with pytest.raises(InvalidInputError):
        judge(made(*town()), WEIGHT, size, at, lambda _known, _at: chosen, RULES)


def test_the_list_is_compared_with_each_rule_and_corrected_for_their_number():
    at = origins(day("2021-01-01"), day("2023-01-01"), day("2023-12-31"), months=True)
    judged = judge(made(*town()), WEIGHT, np.ones(UNITS), at, fullest, RULES)
    for value, caught, everywhere in (
        ("harm", judged.harm, judged.all_harm),
        ("count", judged.count, judged.all_count),
    ):
        found = verdicts(judged, value)
        shares = caught / everywhere
        assert [one.name for one in found] == ["list", *RULES]
        expected = [paired.paired(shares[0], one) for one in shares[1:]]
        assert [one.difference for one in found[1:]] == expected
        assert [one.p_holm for one in found[1:]] == paired.holm([one.p for one in expected])
        assert found[0].difference is None
        assert found[0].captures == pytest.approx(shares[0])
    assert verdicts(judged)[-1].pai == pytest.approx(1)  # at random


def test_the_kernel_is_that_of_a_plain_loop():
    draw = np.random.default_rng(3)
    east, north = 179.995 + draw.uniform(0, 0.01, 40), 51.5 + draw.uniform(0, 0.01, 40)
    held = draw.integers(0, 9, 40)
    across = np.where(east > 180, east - 360, east)  # over the antimeridian
    found = baselines.density(held.astype(float), baselines.kernel(across, north, 250.0))
    for at in range(40):
        x = np.radians(east - east[at]) * np.cos(np.radians(north[at])) * 6_371_008.8
        y = np.radians(north - north[at]) * 6_371_008.8
        far = np.hypot(x, y)
        near = np.where(far <= 250, (1 - (far / 250) ** 2) ** 2, 0)
        assert found[at] == pytest.approx(near @ held, rel=1e-3)


def test_the_reach_of_the_kernel_fits_the_units():
    def row(apart_m):
        return np.zeros(9), 51.5 + np.degrees(np.arange(9) * apart_m / 6_371_008.8)

    assert [baselines.bandwidth_m(*row(apart)) for apart in (40, 100, 400)] == [200, 300, 800]
    assert baselines.bandwidth_m([0], [0]) == baselines.bandwidth_m([0, 0], [0, 0]) == 300


def test_what_has_no_kernel_and_no_memory_is_refused():
    assert baselines.kernel([], []).shape == (0, 0)
    for ask in (
        lambda: baselines.kernel([np.nan], [0]),
        lambda: baselines.kernel([0], [0], 0),
        lambda: baselines.memory(made(*town()), WEIGHT, 0, half_life_days=0),
    ):
        with pytest.raises(InvalidInputError):
            ask()
